"""``dumka run``: the bot, until it is told to stop.

What is imported here is light: with a webhook the process listens at once and answers ``/healthz``, while the rest of
the bot is loaded in another thread; updates that arrive meanwhile wait.
"""

import asyncio
import importlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.commands.settings import settings_at
from bot.config import Mode, Settings
from bot.serving import Probes, bind, serving
from bot.telegram.webhook import Webhook

GRACE = 0.8  # seconds to finish what is in hand
LIMIT = 2.0  # seconds after which the process ends, whatever hangs: what is committed is safe, the rest comes again


@dataclass(frozen=True, slots=True)
class Place:
    """What a parent process gives to one of several: its number, the webhook's socket, a pipe that ends with the parent."""

    number: int = 0
    socket: int | None = None
    parent: int | None = None


def place_of(given: str | None) -> Place:
    """From ``number:socket:pipe``, as ``dumka run --workers`` says it; file descriptors, or nothing."""
    if given is None:
        return Place()
    number, listening, parent = given.split(":")
    return Place(int(number), int(listening) if listening else None, int(parent))


def run(config: Path | None, place: Place | None = None) -> int:
    """Raises SettingsError, at the start or when Telegram takes the token back."""
    settings = settings_at(config)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_run(settings, place or Place()))
    return 0


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one: half of the time of a small request is the loop's."""
    try:
        return importlib.import_module("uvloop").new_event_loop  # type: ignore[no-any-return]
    except ImportError:  # Windows
        return None


async def _run(settings: Settings, place: Place) -> None:
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
    work = asyncio.create_task(_work(settings, place, started, stop))
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


async def _work(settings: Settings, place: Place, started: asyncio.Event, stop: asyncio.Event) -> None:
    async with AsyncExitStack() as stack:
        probes = Probes()
        webhook = await _listen(settings, place, probes, stack)
        # In a thread, so that this one answers meanwhile; they only define things.
        application: Any = await asyncio.to_thread(importlib.import_module, "bot.app")
        storage: Any = importlib.import_module("bot.storage")
        await stack.enter_async_context(storage.only_process(settings))
        app = await stack.enter_async_context(application.open_app(settings))
        started.set()
        await application.run(app, stop, webhook, probes)


async def _listen(settings: Settings, place: Place, probes: Probes, stack: AsyncExitStack) -> Webhook | None:
    if settings.metrics.listen:
        listening = bind("metrics.listen", settings.metrics.listen, plus=place.number)
        await stack.enter_async_context(serving(probes.app(metrics=True), listening))
    if settings.telegram.mode is not Mode.WEBHOOK:
        return None
    webhook = Webhook(settings.webhook.path, probes.app())
    listening = (
        bind("webhook.listen", settings.webhook.listen)
        if place.socket is None
        else socket.socket(fileno=place.socket)
    )
    tls = settings.webhook.private_key
    certificate = settings.webhook.certificate if tls else None
    await stack.enter_async_context(serving(webhook, listening, certificate, tls))
    return webhook


def _end_within(seconds: float) -> None:
    """From a thread of its own: nothing that hangs in the loop or in another thread holds it up."""

    def end() -> None:
        sys.stderr.flush()
        os._exit(0)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
