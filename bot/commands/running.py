"""The bot's process between its start and its end.

With a webhook it answers ``/healthz`` at once, while the rest of the bot is loaded in another thread; updates that
arrive meanwhile wait.
"""

import asyncio
import gc
import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Any

from bot import logs
from bot.commands.run import Clock, Doors, Place
from bot.config import Settings
from bot.serving import Probes, serving
from bot.telegram.webhook import Webhook

GRACE = 0.8  # seconds to finish what is in hand
PANICKED = 3  # exit code of one of several processes: the parent starts none of them again
LIMIT = 2.0  # seconds after which the process ends, whatever hangs: what is committed is safe, the rest comes again


def run_until_stopped(settings: Settings, place: Place, doors: Doors, clock: Clock | None) -> None:
    logs.set_up(settings.logging.format, settings.logging.level, file=settings.logging.file)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        panicked = runner.run(_run(settings, place, doors, clock))
    _end(
        PANICKED if panicked and place.parent is not None else 0
    )  # what Python would tidy up now is memory, and takes it longer than all of our own ending


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one: half of the time of a small request is the loop's."""
    try:
        return importlib.import_module("uvloop").new_event_loop  # type: ignore[no-any-return]
    except ImportError:  # Windows
        return None


async def _run(settings: Settings, place: Place, doors: Doors, clock: Clock | None) -> bool:
    """Returns whether a panic ended it."""
    stop, hurry, started = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def on_stop() -> None:
        _end_within(LIMIT)
        (hurry if stop.is_set() else stop).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_stop)
    if place.parent is not None:  # nothing is ever written to it: it becomes readable when the parent is gone
        parent = place.parent

        def on_parent_gone() -> None:
            loop.remove_reader(parent)
            on_stop()

        loop.add_reader(parent, on_parent_gone)
    work = asyncio.create_task(_work(settings, doors, clock, started, stop))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not work.done() and started.is_set():
        hurrying = asyncio.create_task(hurry.wait())
        await asyncio.wait({work, hurrying}, timeout=GRACE, return_when=asyncio.FIRST_COMPLETED)
        hurrying.cancel()
    stopping.cancel()
    if work.done():
        return await work
    work.cancel()  # still starting, or Telegram holds it up
    with suppress(asyncio.CancelledError):
        return await work
    return False


async def _work(
    settings: Settings, doors: Doors, clock: Clock | None, started: asyncio.Event, stop: asyncio.Event
) -> bool:
    """Returns whether a panic ended it."""
    async with AsyncExitStack() as stack:
        probes = Probes()
        webhook = await _serve(settings, doors, probes, stack)
        # In a thread, so that this one answers meanwhile; they only define things.
        application: Any = await asyncio.to_thread(importlib.import_module, "bot.app")
        storage: Any = importlib.import_module("bot.storage")
        await stack.enter_async_context(storage.only_process(settings))
        app = await stack.enter_async_context(application.open_app(settings, clock, panicking=True))
        started.set()
        _spare_the_collector()
        await application.run(app, stop, webhook, probes)
    return bool(app.panicker.over.is_set())


async def _serve(settings: Settings, doors: Doors, probes: Probes, stack: AsyncExitStack) -> Webhook | None:
    if doors.metrics is not None:
        await stack.enter_async_context(serving(probes.app(metrics=True), doors.metrics))
    if doors.webhook is None:
        return None
    webhook = Webhook(settings.webhook.path, probes.app())
    key = settings.webhook.private_key
    certificate = settings.webhook.certificate if key else None
    await stack.enter_async_context(serving(webhook, doors.webhook, certificate, key))
    return webhook


def _spare_the_collector() -> None:
    """What is loaded by now stays: looking through it again and again would stop the loop for up to 100 ms at a time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _end_within(seconds: float) -> None:
    """From a thread of its own: nothing that hangs in the loop or in another thread holds it up."""
    timer = threading.Timer(seconds, _end)
    timer.daemon = True
    timer.start()


def _end(code: int = 0) -> None:
    sys.stderr.flush()
    os._exit(code)
