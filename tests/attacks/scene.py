"""One crowd's whole run, and what an attacker may get hold of at each of its stages.

The bot is the real one, over HTTP; the crowd votes, moves and withdraws, writes in private and in comments, blocks the bot,
and sends what the bot cannot parse, while some answers cannot be delivered.
"""

import asyncio
import logging
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from random import Random

from sqlalchemy import select

from bot import logs
from bot.domain.ids import DiscussionId
from bot.keystore import Kind
from bot.readiness import metrics_of
from bot.sections import Privacy
from db import migrate
from db.models import DiscussionRow, VoteRow
from tests.attacks.loot import Loot, files_of, look, server_files
from tests.attacks.needles import Identity
from tests.conftest import HandClock
from tests.flows.conftest import Chat, newsroom_with_bot
from tests.postgres import PostgresServer, running

READERS = 30
SMALLEST = 2**46  # Telegram's numbers have up to 52 bits; shorter ones stand in any file by chance
ARTICLES = (
    "Мости міста\n\nМіст на Подолі закриють на два роки.\n\nЧи згодні ви?",
    "Школа взимку\n\nУроки знову почнуть о дев'ятій.\n\nЩо скажете?",
)
LABELS = ("👍 Погоджуюсь", "👎 Не погоджуюсь", "🤷 Важко сказати")
LETTERS = "абвгґдеєжзиіїклмнопрстуфхцчшщюя"


@dataclass(repr=False)
class Evidence:
    """``open`` while all is running, ``closed`` when every discussion is over and was erased."""

    crowd: list[Identity]
    said: dict[int, str]  # who said what in private
    ballots: dict[int, int]  # of each discussion
    open: Loot
    closed: Loot
    backups: dict[str, bytes]
    logs: bytes
    metrics: bytes
    master: bytes
    store_open: bytes
    store_closed: bytes
    reader_keys: dict[int, bytes]  # of each discussion, as they were
    voters: set[bytes]  # all pseudonyms that voted, as long as they were there


def crowd_of(seed: int) -> list[tuple[str, str, int]]:
    random = Random(seed)

    def word(length: int) -> str:
        return "".join(random.choices(LETTERS, k=length))

    return [
        (
            f"{word(9).capitalize()} {word(11).capitalize()}",
            f"reader_{random.randbytes(8).hex()}",
            random.randrange(SMALLEST, 2 * SMALLEST),
        )
        for _ in range(READERS)
    ]


@asynccontextmanager
async def database(kind: str, folder: Path) -> AsyncIterator[tuple[str, PostgresServer | None]]:
    """Its address; a server of its own, since its whole disk is looked through."""
    if kind == "sqlite":
        url = f"sqlite+aiosqlite:///{folder / 'dumka.db'}"
        await migrate.upgrade(url)
        yield url, None
        return
    with running() as server:
        url = await server.create("newsroom")
        await migrate.upgrade(url)
        yield url, server


class Scene:
    def __init__(self, chat: Chat, server: PostgresServer | None, folder: Path, log: StringIO) -> None:
        self.chat, self.server, self.folder, self.log = chat, server, folder, log
        self.random = Random(7)
        self.crowd: list[Identity] = []
        self.said: dict[int, str] = {}

    async def arrive(self) -> None:
        for name, username, number in crowd_of(11):
            person = await self.chat.people.user(name, "uk", username, user_id=number)
            self.crowd.append(Identity(person, name, username))

    async def talk(self, discussion: DiscussionId, quiet: bool) -> None:
        """Most vote, some change their mind, some write."""
        people = self.chat.people
        ballot = await self._ballot()
        for identity in self.crowd:
            for label in self.random.sample(LABELS, k=self.random.choice((1, 1, 1, 2))):
                await people.tap(self.chat.channel, ballot, label, by=identity.number)
            if self.random.random() < 0.1:
                await people.tap(self.chat.channel, ballot, "↩️", by=identity.number)
        await self.chat.settle()
        for identity in self.random.sample(self.crowd, k=8):
            await self._write(identity)
        await self.chat.settle()
        post = (await self.chat.discussion(discussion)).messages[-1]
        for identity in self.random.sample(self.crowd, k=6):
            await people.comment(
                self.chat.channel, post, f"Коментар {secrets.token_hex(6)}", by=identity.number
            )
        await self.chat.settle()
        if quiet:
            return
        await people.block(by=self.crowd[0].number)
        await self.chat.settle()

    async def trouble(self) -> None:
        """An update that no library can parse, and answers that cannot go out."""
        unlucky = self.crowd[1]
        await self.chat.people.start(by=unlucky.number)
        await self.chat.settle()
        chat = {"id": unlucky.number, "type": "private", "first_name": unlucky.name}
        sender = {**chat, "is_bot": False, "language_code": "uk", "username": unlucky.username}
        body = {"message_id": 9_000, "date": 1, "chat": chat, "from": sender, "text": "Що це?"}
        await self.chat.people.raw_update(
            "message", {**body, "entities": [{"type": "bold", "offset": "x"}, 1]}
        )
        await self.chat.settle()
        await self.chat.people.fault("429", "sendMessage", times=500, retry_after=3000)
        for identity in self.crowd[2:6]:
            await self.chat.people.say(None, "/help", by=identity.number)
        await self.chat.settle()

    async def _ballot(self) -> int:
        history = await self.chat.people.history(self.chat.channel, by=self.chat.owner)
        return next(int(m["message_id"]) for m in reversed(history) if "reply_markup" in m)

    async def _write(self, identity: Identity) -> None:
        text = f"Думка {secrets.token_hex(8)} про це"
        await self.chat.open_link(by=identity.number)
        message = await self.chat.people.say(None, text, by=identity.number)
        await self.chat.settle()
        if self.random.random() < 0.3:
            text = f"Думка {secrets.token_hex(8)} виправлена"
            await self.chat.people.edit(None, message["message_id"], text, by=identity.number)
        self.said[identity.number] = text

    async def loot(self) -> Loot:
        more = [self.chat.settings.telegram.read_token().encode(), self.chat.app.myself.username.encode()]
        if self.server is None:
            files = await asyncio.to_thread(files_of, self.folder, "dumka.db")
        else:
            files = await server_files(self.server)
        return await look(self.chat.app.db, files, more)

    async def backup(self, name: str) -> bytes:
        config, file = self.folder / "config.toml", self.folder / name
        address = self.chat.settings.database.address
        config.write_text(f'[telegram]\ntoken = "1:A"\n[database]\nurl = "{address}"\n')
        command = [sys.executable, "-m", "bot", "--config", str(config), "backup", str(file), "--quiet"]
        if self.server is not None:
            command += ["--pg-dump", str(self.server.program("pg_dump"))]
        process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        _, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        return file.read_bytes()

    def metrics(self) -> bytes:
        app = self.chat.app
        return metrics_of(app.intake, app.gathering, app.api, app.deafness)()


async def play(kind: str, folder: Path) -> Evidence:
    """The whole run, on one of the databases."""
    clock, log = HandClock(), StringIO()
    logs.set_up("json", "debug", log)
    heard = logging.StreamHandler(log)  # libraries, as far as they are not silenced
    logging.getLogger().addHandler(heard)
    try:
        async with AsyncExitStack() as stack:
            url, server = await stack.enter_async_context(database(kind, folder))
            privacy = Privacy(step=5, minimum=10)
            chat = await stack.enter_async_context(newsroom_with_bot(url, folder, clock, privacy=privacy))
            return await _act(Scene(chat, server, folder, log))
    finally:
        logging.getLogger().removeHandler(heard)


async def _act(scene: Scene) -> Evidence:
    chat = scene.chat
    await chat.connect()
    await scene.arrive()
    discussions = []
    for article in ARTICLES:
        discussions.append((await chat.publish(article)).id)
        await scene.talk(discussions[-1], quiet=article == ARTICLES[0])
    await scene.trouble()
    async with chat.app.db.read() as tx:
        names = {row.id: row.key for row in await tx.scalars(select(DiscussionRow))}
        voters = set(await tx.scalars(select(VoteRow.voter)))
    keys = {
        record.name: record.key for record in chat.app.vault.store.read()[1] if record.kind is Kind.READERS
    }
    ballots = {int(d): int((await chat.discussion(d)).ballot.id) for d in discussions}
    open_loot, store_open = await scene.loot(), (scene.folder / "dumka.keys").read_bytes()
    backups = {"open.age": await scene.backup("open.age")}
    metrics = scene.metrics()
    await chat.people.clear_faults()
    for discussion in discussions:
        await chat.people.say(None, f"/close {discussion}", by=chat.owner)
        await chat.settle()
        await chat.press("Так, завершити", by=chat.owner)
        await chat.settle()
    backups["closed.age"] = await scene.backup("closed.age")
    return Evidence(
        crowd=scene.crowd,
        said=scene.said,
        ballots=ballots,
        open=open_loot,
        closed=await scene.loot(),
        backups=backups,
        logs=scene.log.getvalue().encode(),
        metrics=metrics + scene.metrics(),
        master=bytes.fromhex((scene.folder / "dumka.key").read_text()),
        store_open=store_open,
        store_closed=(scene.folder / "dumka.keys").read_bytes(),
        reader_keys={int(d): keys[name] for d in discussions if (name := names[d]) is not None},
        voters=set(voters),
    )
