"""Who is measured: Dumka in each mode on each database, and the plain bot in each mode."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from bench.crowd import TOKEN
from bench.installation import Ground, Installation, deliver, free_port
from bench.processes import Running, running
from bench.telegram import Telegram, telegram

PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Stage:
    """A bot that is ready to be started, before its crowd.  ``port`` is its webhook's, None where it polls."""

    crowd: Telegram
    port: int | None
    start: Callable[[], AbstractAsyncContextManager[Running]]
    tally: Callable[[], Awaitable[list[int]]]  # votes in the order of the options
    place: Installation


@dataclass(frozen=True, slots=True)
class Subject:
    program: str
    mode: str
    ground: Ground

    @property
    def name(self) -> str:
        return f"{self.program} {self.mode} {self.ground.name}"

    @property
    def is_plain(self) -> bool:
        return self.program == PLAIN

    @asynccontextmanager
    async def stage(self) -> AsyncIterator[Stage]:
        port = free_port() if self.mode == "webhook" else None
        async with self.ground.installation() as place, telegram(place.message) as crowd:
            if port is not None:
                await deliver(crowd, port)

            async def tally() -> list[int]:
                return list((await place.tally()).values())

            async def plain_tally() -> list[int]:
                connection = sqlite3.connect(place.folder / "plain.db")
                counted = connection.execute(
                    "SELECT count(*) FROM votes GROUP BY option_id ORDER BY option_id"
                )
                numbers = [number for (number,) in counted]
                connection.close()
                return numbers

            def plain() -> AbstractAsyncContextManager[Running]:
                arguments = [TOKEN, crowd.url, str(place.folder / "plain.db"), *([str(port)] if port else [])]
                return running("bench.plain", *arguments, errors=place.folder / "bot.log")

            yield Stage(
                crowd=crowd,
                port=port,
                start=plain if self.is_plain else lambda: place.bot(crowd.url, port),
                tally=plain_tally if self.is_plain else tally,
                place=place,
            )
