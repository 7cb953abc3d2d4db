"""The one endless loop that the workers share: do a step, sleep until there is more to do."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from bot.workers.clock import Clock
from bot.workers.trouble import where

log = structlog.get_logger()

LONGEST_SLEEP = 1.0  # seconds; another process may have queued something
AFTER_FAILURE = 5.0  # seconds

Step = Callable[[datetime], Awaitable[datetime | None]]


class Bell:
    """Wakes every worker that listens."""

    def __init__(self) -> None:
        self._listeners: list[asyncio.Event] = []

    def listen(self) -> asyncio.Event:
        self._listeners.append(asyncio.Event())
        return self._listeners[-1]

    def ring(self) -> None:
        for listener in self._listeners:
            listener.set()


async def keep_doing(name: str, step: Step, clock: Clock, wake: asyncio.Event, stop: asyncio.Event) -> None:
    """Until ``stop``.  A failing step (a database that is away, a bug) is told and tried again."""
    while not stop.is_set():
        wake.clear()
        try:
            following = await step(clock.now())
            pause = LONGEST_SLEEP
            if following is not None:
                pause = min(LONGEST_SLEEP, max(0.0, (following - clock.now()).total_seconds()))
        except Exception as error:  # noqa: BLE001 - a worker outlives what it stumbles over
            log.error("worker.failed", worker=name, error=type(error).__name__, where=where(error))
            pause = AFTER_FAILURE
        if pause:
            await first_of(wake, stop, timeout=pause)
        else:
            await asyncio.sleep(0)


async def first_of(*events: asyncio.Event, timeout: float) -> None:
    """Return when one of the events is set or the time is over."""
    waiters = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiters, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiters:
            waiter.cancel()
