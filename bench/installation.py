"""Dumka installed on a database with one open ballot, as an operator would do it: ``dumka post`` and ``dumka run``.

The ballot is posted once; each run works on a copy of that database.
"""

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.crowd import CHANNEL, TOKEN
from bench.postgres import Postgres
from bench.processes import Running, output, running
from bench.telegram import Telegram, telegram
from bot.config import Settings

HAS_METRICS = "metrics" in Settings.model_fields
ARTICLE = """\
Міст через Дніпро відкриють у вівторок

Міська рада оголосила, що новий міст через Дніпро відкриють для руху у вівторок о шостій ранку.
Будівництво тривало чотирнадцять років.

Чи потрібен місту ще один міст?
"""
SECRET = "bench-secret-of-the-webhook"  # noqa: S105 - of no real bot
HOOK = "/telegram"


@dataclass(frozen=True, slots=True)
class Installation:
    """A database that a bot can be started on, with the ballot's message in the channel."""

    folder: Path
    database: str
    message: dict[str, Any]
    postgres: Postgres | None = None

    @property
    def key_file(self) -> Path:
        return self.folder.parent / "dumka.key"

    def config(self, telegram_url: str, listen: int | None) -> Path:
        """A settings file for polling, or for a webhook on the port ``listen``."""
        path = self.folder / "config.toml"
        path.write_text(settings(telegram_url, self.database, self.key_file, listen), "utf-8")
        return path

    @asynccontextmanager
    async def bot(self, telegram_url: str, listen: int | None = None) -> AsyncIterator[Running]:
        config = self.config(telegram_url, listen)
        async with running("bot", "run", "--config", str(config), errors=self.folder / "bot.log") as bot:
            yield bot

    async def tally(self) -> dict[str, int]:
        """Votes by option, as ``dumka tally`` says them."""
        config = self.folder / "config.toml"
        said = json.loads(await output("bot", "tally", "1", "--json", "--config", str(config)))
        return {option["label"]: option["votes"] for option in said["ballot"]["options"]}


def settings(telegram_url: str, database: str, key_file: Path, listen: int | None) -> str:
    lines = ["[telegram]", f'token = "{TOKEN}"', f'api_base_url = "{telegram_url}"']
    if listen is not None:
        lines += ['mode = "webhook"', "[webhook]", f'url = "https://dumka.example{HOOK}"']
        lines += [f'listen = "127.0.0.1:{listen}"', f'secret = "{SECRET}"']
    lines += ["[database]", f'url = "{database}"', "[secrets]", f'key_file = "{key_file}"']
    lines += ["[metrics]", 'listen = ""']
    lines += ["[privacy]", "step = 1", "minimum = 1"]  # what it shows is compared while people vote
    lines += ["[logging]", 'format = "json"', 'level = "warning"']
    return "\n".join(lines) + "\n"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def deliver(crowd: Telegram, listen: int) -> None:
    await crowd.deliver("127.0.0.1", listen, HOOK, SECRET)


class Ground:
    """Where installations stand: on SQLite files, or in databases of one PostgreSQL."""

    def __init__(self, folder: Path, server: Postgres | None) -> None:
        self.server = server
        self._folder = folder
        self._made = 0
        self._base: Installation | None = None

    @property
    def name(self) -> str:
        return "postgresql" if self.server else "sqlite"

    @asynccontextmanager
    async def installation(self) -> AsyncIterator[Installation]:
        """A copy of its own, gone afterwards."""
        if self._base is None:
            self._base = await self._install()
        self._made += 1
        copy = await self._place(f"run{self._made}", self._base)
        try:
            yield copy
        finally:
            await asyncio.to_thread(shutil.rmtree, copy.folder)
            if self.server:
                await self.server.drop(copy.folder.name)

    async def _install(self) -> Installation:
        async with telegram() as crowd:
            place = await self._place("base", None)
            article = place.folder / "article.txt"
            article.write_text(ARTICLE, "utf-8")
            async with place.bot(crowd.url):
                post = ("post", str(article), "--channel", str(CHANNEL["id"]), "--wait")
                await output("bot", *post, "--config", str(place.folder / "config.toml"))
                message = await crowd.posted()
        return replace(place, message=message)

    async def _place(self, name: str, base: Installation | None) -> Installation:
        folder = self._folder / self.name / name
        folder.mkdir(parents=True)
        if self.server:
            await self.server.create(name, base.folder.name if base else "template0")
            database = self.server.url(name)
        else:
            database = f"sqlite+aiosqlite:///{folder / 'dumka.db'}"
            for file in base.folder.glob("dumka.db*") if base else ():
                await asyncio.to_thread(shutil.copy, file, folder)
        return Installation(folder, database, base.message if base else {}, self.server)
