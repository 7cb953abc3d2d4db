"""Several processes of one bot on one database, with the sandbox as Telegram: their senders, stepped by hand."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.chat import Answer, Screen, Send
from bot.domain.discussion import Channel, Layout, PostKind, State
from bot.domain.ids import ChatId, DiscussionId, UserId
from bot.domain.installation import Myself
from bot.sandbox import People, Server, newsroom, serve
from bot.telegram.api import Api
from bot.telegram.request import AiohttpRequest
from bot.vault import Vault
from bot.workers.answers import store_answers
from bot.workers.leases import Leases
from bot.workers.outbox import Outbox
from bot.workers.posts import Poster
from bot.workers.redraw import Drawer
from db.engine import Database
from db.queries import channel as channels
from db.queries import discussion as discussions
from tests.conftest import HandClock


class Process:
    """As on a machine of its own, so that nobody takes it for dead by its number."""

    def __init__(self, newsroom: "Newsroom", name: str) -> None:
        room = newsroom
        self.leases = Leases(room.db, f"{name}/1/x")
        self.outbox = Outbox(room.db, room.api, room.vault, self.leases, room.clock)
        self.poster = Poster(room.db, room.api, room.vault, self.leases, room.myself, room.clock)
        self.drawer = Drawer(room.db, room.api, self.leases, room.myself, room.clock)

    async def step(self, now: datetime) -> list[datetime]:
        times = [await worker.step(now) for worker in (self.outbox, self.poster, self.drawer)]
        return [at for at in times if at is not None]

    async def idle(self) -> None:
        for worker in (self.outbox, self.poster, self.drawer):
            await worker.idle()


@dataclass
class Newsroom:
    db: Database
    vault: Vault
    clock: HandClock
    api: Api
    people: People
    server: Server
    myself: Myself
    owner: int
    chat: ChatId
    channel: Channel = field(init=False)

    async def process(self, name: str) -> Process:
        process = Process(self, name)
        await process.leases.take_seat(self.clock.now())
        return process

    async def leave(self, *answers: Answer) -> None:
        """As a handler does."""
        async with self.db.write() as tx:
            await store_answers(tx, self.vault, answers, self.clock.now())

    async def queue(self, *texts: str) -> DiscussionId:
        """A discussion whose messages wait; the last one carries the ballot."""
        kinds = [PostKind.ARTICLE] * (len(texts) - 1) + [PostKind.BALLOT]
        async with self.db.write() as tx:
            return await discussions.store(
                tx,
                channel=self.channel.id,
                chat=self.chat,
                title=texts[0],
                token=f"{texts[0]} {self.clock.seconds()}",
                question="Ви за?",
                options=["Так", "Ні"],
                now=self.clock.now(),
                closes_at=None,
                target=None,
                editor=None,
                key=self.vault.new_discussion(0, texts=False),
                posts=[
                    {"kind": kind, "text": text, "entities": [], "fingerprint": b"", "reply_to": None}
                    for kind, text in zip(kinds, texts, strict=True)
                ],
            )

    async def state(self, number: DiscussionId) -> State:
        async with self.db.read() as tx:
            found = await discussions.find(tx, number)
        assert found is not None
        return found.state

    async def settle(self, *processes: Process, seconds: float = 90.0) -> None:
        """Until nothing is due within this time."""
        end = self.clock.seconds() + seconds
        while True:
            times = [at for process in processes for at in await process.step(self.clock.now())]
            for process in processes:
                await process.idle()
            if not times or min(times).timestamp() > end:
                return
            self.clock.set(min(times))
            for process in processes:
                await process.leases.step(self.clock.now())

    async def reader(self, name: str) -> ChatId:
        person = await self.people.user(name, "uk")
        await self.people.start(by=person)
        return ChatId(person)

    async def said(self, chat: int) -> list[str]:
        history = await self.people.history(None, by=chat)
        return [m["text"] for m in history if m.get("from", {}).get("is_bot")]

    async def posted(self) -> list[str]:
        return [m["text"] for m in await self.people.history(self.chat, by=self.owner)]

    async def times(self, chat: int | None = None) -> list[float]:
        """When sends and edits arrived, in this chat or anywhere; in seconds."""
        found: list[dict[str, Any]] = []
        for method in ("sendMessage", "editMessageText", "editMessageReplyMarkup"):
            found += await self.people.calls(method)
        return sorted(c["time"] for c in found if chat is None or c["params"]["chat_id"] == chat)


def says(chat: ChatId, *texts: str) -> list[Send]:
    return [Send(chat, Screen(text)) for text in texts]


def most_within(times: Sequence[float], seconds: float) -> int:
    return max((sum(start <= time < start + seconds for time in times) for start in times), default=0)


@asynccontextmanager
async def sharing(db: Database, vault: Vault, clock: HandClock) -> AsyncIterator[Newsroom]:
    async with (
        serve(newsroom(), clock=clock.seconds) as server,
        People(server.url) as people,
        AiohttpRequest() as request,
    ):
        ids = server.world.ids
        api = Api(request, server.url, server.world.token)
        me = (await api.call("getMe")).result
        chat = ChatId(ids["channel"])
        await people.add_bot(chat, by=ids["owner"])
        myself = Myself(UserId(me["id"]), me["username"], reads_groups=False)
        room = Newsroom(db, vault, clock, api, people, server, myself, ids["owner"], chat)
        async with db.write() as tx:
            room.channel = await channels.store(
                tx,
                chat=chat,
                title="Новини",
                username=None,
                group=None,
                group_seen=False,
                now=clock.now(),
                language="uk",
                layout=Layout.AUTO,
                owner=None,
            )
        yield room
        assert await people.violations() == []
