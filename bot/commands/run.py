"""``dumka run``: the bot, until it is told to stop.

What is imported here is light, so that the process listens at once: connections wait in the kernel while the rest of the
bot is loaded.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from socket import socket
from typing import Protocol

from bot.config import Settings, load
from bot.listening import bind
from bot.sections import Mode


class Clock(Protocol):
    """``bot.workers.clock.Clock``."""

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Place:
    """What a parent process gives to one of several: its number, the webhook's socket, a pipe that ends with the parent."""

    number: int = 0
    socket: int | None = None
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Doors:
    """Listening sockets."""

    metrics: socket | None
    webhook: socket | None


def place_of(given: str | None) -> Place:
    """From ``number:socket:pipe``, as ``dumka run --workers`` says it; file descriptors, or nothing."""
    if given is None:
        return Place()
    number, listening, parent = given.split(":")
    return Place(int(number), int(listening) if listening else None, int(parent))


def run(config: Path | None, place: Place | None = None, clock: Clock | None = None) -> int:
    """``clock`` takes the place of the system's.  Raises SettingsError, at the start or when Telegram takes the token back."""
    settings, place = load(config), place or Place()
    doors = open_doors(settings, place)
    from bot.commands.running import run_until_stopped  # noqa: PLC0415 - half a second, after the sockets are open

    run_until_stopped(settings, place, doors, clock)
    return 0


def open_doors(settings: Settings, place: Place) -> Doors:
    listen = settings.metrics.listen
    metrics = bind("metrics.listen", listen, plus=place.number) if listen else None
    if settings.telegram.mode is not Mode.WEBHOOK:
        return Doors(metrics, None)
    if place.socket is not None:
        return Doors(metrics, socket(fileno=place.socket))
    return Doors(metrics, bind("webhook.listen", settings.webhook.listen))
