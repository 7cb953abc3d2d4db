"""People around the bot: the real bot, over HTTP, in the sandbox's world; its clock is moved by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot import app as application
from bot.app import App
from bot.config import Settings
from bot.domain.discussion import Discussion
from bot.domain.ids import DiscussionId
from bot.domain.opinion import Opinion
from bot.sandbox import People, Server, newsroom, serve
from bot.sections import (
    Brigading,
    DatabaseSettings,
    Defaults,
    ModerationSettings,
    Panic,
    Privacy,
    Secrets,
    Telegram,
)
from db.models import Base
from db.queries import discussion as discussions
from db.queries import opinion as opinions
from tests.conftest import HandClock

JSON = dict[str, Any]
# What stands under the question of every ballot.
PROMISE = (
    "🔒 Хто як проголосував, бот не показує нікому: ключ до голосів знищується, коли голосування закривають. "
    "Докладніше: /privacy у боті."
)
HORIZON = timedelta(seconds=90)  # how far ``settle`` lets time run for what is under way


@dataclass
class Chat:
    """The world as a test sees it.  ``settle`` lets everything happen that is under way."""

    people: People
    server: Server
    clock: HandClock
    settings: Settings
    owner: int
    channel: int
    group: int
    app: App = field(init=False)

    async def settle(self, horizon: timedelta = HORIZON) -> None:
        """Until no update waits and nothing is due within ``horizon``; time jumps to what is due next."""
        limit = self.clock.now() + horizon
        while True:
            if await self.people.pending():
                await self.app.polling.step(0)
                await self.app.toaster.flush()
                continue
            now = self.clock.now()
            times = [
                await self.app.clockwork.step(now),
                await self.app.forgetter.step(now),
                await self.app.tying.step(now),
                await self.app.publisher.step(now),
                await self.app.sampler.step(now),
                await self.app.panicker.step(now),
            ]
            times.append(await self.app.screener.step(now))
            for worker in (
                self.app.outbox,
                self.app.poster,
                self.app.drawer,
                self.app.cards,
                self.app.quoter,
            ):
                times.append(await worker.step(now))
                await worker.idle()
            if await self.people.pending():
                continue
            following = min((at for at in times if at is not None), default=None)
            if following is None or following > limit:
                return
            self.clock.set(following)

    async def connect(self, **rights: bool) -> None:
        """The owner makes the bot an administrator of the channel and of its group."""
        await self.people.add_bot(self.group, by=self.owner)
        await self.people.add_bot(self.channel, by=self.owner, rights=rights or None)
        await self.settle()

    async def publish(self, text: str) -> Discussion:
        """The owner sends an article in private and publishes it."""
        await self.people.start(by=self.owner)
        await self.people.say(None, text, by=self.owner)
        await self.settle()
        await self.press("📣 Опублікувати", by=self.owner)
        await self.settle()
        return await self.newest()

    async def newest(self) -> Discussion:
        async with self.app.db.read() as tx:
            return (await discussions.newest(tx, None, 1))[0]

    async def discussion(self, number: DiscussionId) -> Discussion:
        async with self.app.db.read() as tx:
            found = await discussions.find(tx, number)
        assert found is not None
        return found

    async def opinions(self, number: DiscussionId) -> list[Opinion]:
        async with self.app.db.read() as tx:
            return sorted(
                [o async for o in opinions.each_of(tx, number, self.app.vault.open_text)],
                key=lambda o: o.text,
            )

    async def votes(self, number: DiscussionId) -> dict[str, int]:
        ballot = (await self.discussion(number)).ballot
        return {option.label: option.votes for option in ballot.options}

    async def press(self, label: str, *, by: int, chat: int | None = None) -> JSON | None:
        """Press the newest key that begins with ``label`` and return the toast."""
        for message in reversed(await self.people.history(chat, by=by)):
            rows = message.get("reply_markup", {}).get("inline_keyboard", [])
            if any(key["text"].startswith(label) for row in rows for key in row):
                tap = await self.people.tap(chat, message["message_id"], label, by=by)
                await self.settle()
                return await self.people.toast(tap)
        raise AssertionError(f"no key {label!r} to press")

    async def vote(self, label: str, *, by: int) -> str:
        toast = await self.press(label, by=by, chat=self.channel)
        assert toast is not None
        return str(toast["text"])

    async def texts(self, chat: int | None = None, *, by: int) -> list[str]:
        return [message.get("text", "") for message in await self.people.history(chat, by=by)]

    async def said_to(self, person: int) -> list[str]:
        """What the bot wrote to somebody in private."""
        me = self.app.myself.id
        history = await self.people.history(None, by=person)
        return [m["text"] for m in history if m.get("from", {}).get("id") == me and "text" in m]

    async def keys(self, chat: int | None, *, by: int) -> list[str]:
        """The labels of the newest keyboard in the chat."""
        for message in reversed(await self.people.history(chat, by=by)):
            if "reply_markup" in message:
                return [key["text"] for row in message["reply_markup"]["inline_keyboard"] for key in row]
        return []

    async def open_link(self, *, by: int) -> None:
        """Follow «✍️ Написати думку» under the newest ballot."""
        for message in reversed(await self.people.history(self.channel, by=by)):
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for key in row:
                    if "url" in key:
                        await self.people.start(by=by, payload=key["url"].split("start=")[1])
                        await self.settle()
                        return
        raise AssertionError("no link to follow")

    async def stored(self) -> bytes:
        """All that the database holds, with what SQLite's file holds besides."""
        await self.app.db.close()  # the last connection folds the write-ahead log into the file
        if self.settings.database.path is not None:
            return self.files()
        everything = BytesIO()
        async with self.app.db.engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            for table in Base.metadata.tables:
                await driver.copy_from_table(table, output=everything, format="binary")
        await self.app.db.close()
        return everything.getvalue()

    def files(self) -> bytes:
        """SQLite's files as they lie there while the bot runs, the write-ahead log among them."""
        path = self.settings.database.path
        assert path is not None
        return b"".join(f.read_bytes() for f in path.parent.iterdir() if f.name.startswith(path.name))

    def at(self, moment: datetime) -> None:
        self.clock.set(moment)


@asynccontextmanager
async def newsroom_with_bot(
    database_url: str,
    folder: Path,
    clock: HandClock,
    defaults: Defaults | None = None,
    privacy: Privacy | None = None,
    brigading: Brigading | None = None,
    panic: Panic | None = None,
    moderation: ModerationSettings | None = None,
) -> AsyncIterator[Chat]:
    async with serve(newsroom(), clock=clock.seconds) as server, People(server.url) as people:
        settings = Settings(
            telegram=Telegram(token=server.world.token, api_base_url=server.url),
            database=DatabaseSettings(url=SecretStr(database_url)),
            secrets=Secrets(key_file=folder / "dumka.key"),
            privacy=privacy or Privacy(step=1, minimum=1),
            brigading=brigading or Brigading(),
            defaults=defaults or Defaults(),
            panic=panic or Panic(),
            moderation=moderation or ModerationSettings(),
        )
        ids = server.world.ids
        chat = Chat(people, server, clock, settings, ids["owner"], ids["channel"], ids["group"])
        async with application.open_app(settings, clock) as app:
            chat.app = app
            await app.poster.start(clock.now())
            yield chat
            assert await people.violations() == []
            assert await people.unanswered() == []


@pytest.fixture
async def chat(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Chat]:
    async with newsroom_with_bot(database_url, tmp_path, clock) as world:
        await world.connect()
        yield world
