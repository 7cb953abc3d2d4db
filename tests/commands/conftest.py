"""The commands as an operator runs them: processes of their own, against the sandbox over HTTP and a real file."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import People, Server, newsroom, serve
from tests.commands.forking import Forker

CONFIG = """\
[telegram]
token = "{token}"
api_base_url = "{url}"
"""
WITHIN = 30.0  # seconds; the machine may be busy


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


@dataclass
class Running:
    """A bot.  ``err`` grows while it runs."""

    process: Process
    err: str = ""
    _told: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.err += line.decode()
            self._told.set()

    async def says(self, words: str) -> None:
        """Wait until ``words`` stand in its log."""
        async with asyncio.timeout(WITHIN):
            while words not in self.err:
                self._told.clear()
                await self._told.wait()

    async def ends(self) -> int:
        async with asyncio.timeout(WITHIN):
            return await self.process.wait()


@dataclass
class Office:
    """An installation in ``folder``, its settings in ``config.toml``."""

    folder: Path
    streams: Path
    server: Server
    people: People
    forker: Forker

    @property
    def ids(self) -> dict[str, int]:
        return self.server.world.ids

    def configure(self, token: str | None = None, url: str | None = None, more: str = "") -> None:
        text = CONFIG.format(token=token or self.server.world.token, url=url or self.server.url)
        if "[metrics]" not in more:
            more += '[metrics]\nlisten = ""\n'  # tests run side by side
        if "[privacy]" not in more:
            more += "[privacy]\nstep = 1\nminimum = 1\n"  # a few readers are enough
        self.write("config.toml", text + more)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def files(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}

    async def _start(self, *words: str) -> Process:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DUMKA_")}
        command = (sys.executable, "-m", "bot", *words)
        environment = kept | {"PYTHONUTF8": "1"}
        return await asyncio.create_subprocess_exec(
            *command, stdout=PIPE, stderr=PIPE, cwd=self.folder, env=environment
        )

    async def dumka(self, *words: object, stdin: str = "") -> Ended:
        """A command to its end."""
        told = list(map(str, words))
        return Ended(*await asyncio.to_thread(self.forker.run, told, self.folder, self.streams, stdin))

    @asynccontextmanager
    async def bot(self, until: str = "bot.running") -> AsyncIterator[Running]:
        running = Running(await self._start("run"))
        following = asyncio.create_task(running.follow())
        try:
            if until:
                await running.says(until)
            yield running
        finally:
            if running.process.returncode is None:
                running.process.kill()
                await running.process.wait()
            await following

    async def connect(self) -> None:
        owner = self.ids["owner"]
        await self.people.add_bot(self.ids["group"], by=owner)
        await self.people.add_bot(self.ids["channel"], by=owner)

    async def called(self, method: str) -> None:
        """Wait until the bot has called it."""
        async with asyncio.timeout(WITHIN):
            while not await self.people.calls(method):
                await asyncio.sleep(0.05)

    async def ballot(self) -> dict[str, Any]:
        """The message with the keyboard."""
        history = await self.people.history(self.ids["channel"], by=self.ids["owner"])
        return next(message for message in history if "reply_markup" in message)


@pytest.fixture(scope="session")
def forker() -> Iterator[Forker]:
    forker = Forker()
    yield forker
    forker.close()


@pytest.fixture
async def office(tmp_path: Path, forker: Forker) -> AsyncIterator[Office]:
    folder, streams = tmp_path / "office", tmp_path / "streams"
    folder.mkdir()
    streams.mkdir()
    async with serve(newsroom()) as server, People(server.url) as people:
        place = Office(folder, streams, server, people, forker)
        place.configure()
        yield place
