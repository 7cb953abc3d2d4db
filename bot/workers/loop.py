"""What the workers share: the endless loop (do a step, sleep until there is more to do), and calls under way."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.workers.clock import Clock
from bot.workers.trouble import where
from db.dialect import DatabaseAway, Raced

log = structlog.get_logger()

LONGEST_SLEEP = 1.0  # seconds; another process may have queued something
REST = 0.05  # seconds; a storm of votes wakes the workers more often than there is anything to see
AFTER_FAILURE = 5.0  # seconds
AWAY = 1.0  # seconds between two looks whether the database is back
# Seconds, two minutes in all; each attempt itself waits for a lock, see db/engine.py.
STORE_AGAIN = (0.1, 0.5, 1.0, 2.0, 4.0, *[8.0] * 14)

Step = Callable[[datetime], Awaitable[datetime | None]]
_started_by: ContextVar[asyncio.Event | None] = ContextVar(
    "started_by", default=None
)  # the loop that runs a step


class Bell:
    """Wakes the workers that listen.  Votes come by the thousand, and only the drawer has more to do for them."""

    def __init__(self) -> None:
        self._listeners: list[tuple[asyncio.Event, bool]] = []

    def listen(self, *, votes: bool = False) -> asyncio.Event:
        self._listeners.append((asyncio.Event(), votes))
        return self._listeners[-1][0]

    def ring(self, *, only_votes: bool = False) -> None:
        for listener, votes in self._listeners:
            if votes or not only_votes:
                listener.set()


class Flights:
    """Calls under way, one for each key (a chat): a slow one holds up nobody else.

    Each stores by itself what came of it.  The loop that started it is woken when it is over, since its chat may have
    more to do.
    """

    def __init__(self, worker: str, most: int = 30, after_failure: float = AFTER_FAILURE) -> None:
        self._worker, self._most, self._after_failure = worker, most, after_failure
        self._tasks: dict[Hashable, asyncio.Task[None]] = {}

    def under_way(self) -> frozenset[Hashable]:
        """Ask before reading what is due: what was read may be older than the end of a flight."""
        return frozenset(self._tasks)

    def room(self) -> int:
        """How many more may begin."""
        return max(0, self._most - len(self._tasks))

    def start(self, key: Hashable, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._fly(work), name=f"{self._worker} call")
        self._tasks[key] = task
        wake = _started_by.get()
        task.add_done_callback(lambda _: self._land(key, wake))

    async def idle(self) -> None:
        """Wait for all.  Who gives up waiting ends them."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _fly(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - a worker outlives what it stumbles over
            log.error("worker.failed", worker=self._worker, error=type(error).__name__, where=where(error))
            await asyncio.sleep(
                self._after_failure
            )  # its key stays taken: what failed is not repeated at once

    def _land(self, key: Hashable, wake: asyncio.Event | None) -> None:
        del self._tasks[key]
        if wake is not None:
            wake.set()


def moment(at: float, now: datetime) -> datetime:
    """Unix seconds as a time of the same zone, never before them: a datetime rounds, and a worker that is called a
    fraction of a microsecond early would have nothing to do and ask for the same moment again.
    """
    return datetime.fromtimestamp(at, now.tzinfo) + timedelta(microseconds=1)


async def insist(store: Callable[[], Awaitable[None]], pauses: Sequence[float] = STORE_AGAIN) -> None:
    """An answer of Telegram's comes once: a database that is locked or away for a moment must not lose it."""
    for pause in pauses:
        try:
            return await store()
        except DatabaseAway:
            await asyncio.sleep(pause)
    return await store()


async def keep_doing(
    name: str,
    step: Step,
    clock: Clock,
    wake: asyncio.Event,
    stop: asyncio.Event,
    longest_sleep: float = LONGEST_SLEEP,
    rest: float = REST,
) -> None:
    """Until ``stop``, with at least ``rest`` seconds from one step to the next.

    A step that fails is tried again: soon when the database is away, which is told once; else it is a bug.
    """
    _started_by.set(wake)
    away = False
    while not stop.is_set():
        wake.clear()
        try:
            following = await step(clock.now())
            pause = longest_sleep
            if following is not None:
                pause = min(longest_sleep, max(0.0, (following - clock.now()).total_seconds()))
            away = False
        except DatabaseAway as error:
            pause = 0.0 if isinstance(error, Raced) else AWAY
            if pause and not away:
                log.warning("database.away", worker=name, cause=error.cause)
                away = True
        except Exception as error:  # noqa: BLE001 - a worker outlives what it stumbles over
            log.error("worker.failed", worker=name, error=type(error).__name__, where=where(error))
            pause = AFTER_FAILURE
        await first_of(stop, timeout=rest)
        if pause > rest:
            await first_of(wake, stop, timeout=pause - rest)


async def first_of(*events: asyncio.Event, timeout: float) -> None:
    """Return when one of the events is set or the time is over."""
    waiters = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiters, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiters:
            waiter.cancel()
