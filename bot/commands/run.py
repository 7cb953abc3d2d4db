"""``dumka run``: the bot, until it is told to stop."""

import asyncio
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

from bot import app as application
from bot.commands.settings import settings_at
from bot.config import Settings

GRACE = 3.5  # seconds to finish what is in hand
LIMIT = 4.7  # seconds after which the process ends, whatever hangs: what is committed is safe, the rest comes again
HURRY = 1.0  # seconds after a second signal


def run(config: Path | None) -> int:
    asyncio.run(_run(settings_at(config)))
    return 0


async def _run(settings: Settings) -> None:
    """Raises SettingsError, at the start or when Telegram takes the token back."""
    stop, hurry = asyncio.Event(), asyncio.Event()
    started = asyncio.Event()

    def on_signal() -> None:
        _end_within(HURRY if stop.is_set() else LIMIT)
        (hurry if stop.is_set() else stop).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    work = asyncio.create_task(_work(settings, started, stop))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not work.done() and started.is_set():
        hurrying = asyncio.create_task(hurry.wait())
        await asyncio.wait({work, hurrying}, timeout=GRACE, return_when=asyncio.FIRST_COMPLETED)
        hurrying.cancel()
    stopping.cancel()
    if work.done():
        await work
    else:  # still starting, or Telegram holds it up
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


async def _work(settings: Settings, started: asyncio.Event, stop: asyncio.Event) -> None:
    async with application.open_app(settings) as app:
        started.set()
        await application.run(app, stop)


def _end_within(seconds: float) -> None:
    """From a thread of its own: nothing that hangs in the loop or in another thread holds it up."""

    def end() -> None:
        sys.stderr.flush()
        os._exit(0)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
