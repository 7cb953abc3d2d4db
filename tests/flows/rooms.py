"""A staff room beside the newsroom, and what happens in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.discussion import Discussion
from bot.domain.opinion import Moderation
from bot.sections import Defaults, ModerationSettings
from tests.conftest import HandClock
from tests.flows.conftest import JSON, Chat, newsroom_with_bot

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"
RIGHTS = {"can_delete_messages": True, "can_invite_users": True}


@dataclass
class Room:
    """A closed staff group with the owner, the bot and a moderator-to-be in it."""

    chat: Chat
    group: int
    colleague: int  # an editor of the channel, and administrator of the room
    others: list[int] = field(default_factory=list)  # whom a test brings in

    async def name(self, *, by: int | None = None) -> None:
        """/moderate_here."""
        await self.chat.people.say(self.group, "/moderate_here", by=by or self.chat.owner)
        await self.chat.settle()

    async def cards(self) -> list[JSON]:
        """Messages of the bot that stand in the room with keys of a card, oldest first."""
        return [m for m in await self.history() if "Схвал" in str(m.get("reply_markup", ""))]

    async def history(self) -> list[JSON]:
        history = await self.chat.people.history(self.group, by=self.chat.owner)
        me = self.chat.app.myself.id
        return [m for m in history if m.get("from", {}).get("id") == me]

    async def ever(self) -> list[str]:
        """All that the bot ever wrote there, deleted or not."""
        return [t for m in await self.chat.people.messages(self.group) if m["from_bot"] for t in m["texts"]]

    async def keys(self, number: int = -1) -> list[str]:
        card = (await self.cards())[number]
        return [key["text"] for row in card["reply_markup"]["inline_keyboard"] for key in row]

    async def press(self, label: str, *, by: int | None = None, card: JSON | None = None) -> str:
        """A key of the newest card, or of this one; returns the toast."""
        shown = card or (await self.cards())[-1]
        who = by or self.chat.owner
        tap = await self.chat.people.tap(self.group, shown["message_id"], label, by=who)
        await self.chat.settle()
        toast = await self.chat.people.toast(tap)
        assert toast is not None
        return str(toast["text"])

    async def say(self, text: str, *, name: str = "Оля") -> int:
        """A new reader says something in private; returns who it is."""
        reader = await self.chat.people.user(name, "uk")
        await self.chat.open_link(by=reader)
        await self.chat.people.say(None, text, by=reader)
        await self.chat.settle()
        return reader

    async def pass_batch(self) -> None:
        """Until what was collected is delivered."""
        self.chat.clock.pass_(minutes=15)
        await self.chat.settle()

    async def change(self, **settings: object) -> None:
        await self.chat.people.change_chat(self.group, by=self.chat.owner, **settings)


@asynccontextmanager
async def newsroom_with_room(
    database_url: str,
    folder: Path,
    clock: HandClock,
    mode: Moderation = Moderation.PRE,
    moderation: ModerationSettings | None = None,
) -> AsyncIterator[tuple[Room, Discussion]]:
    """An article is open, the room is named, and opinions of readers are moderated."""
    given = (moderation or ModerationSettings()).model_copy(update={"mode": mode})
    async with newsroom_with_bot(database_url, folder, clock, Defaults(), moderation=given) as chat:
        await chat.connect()
        group = await chat.people.group("Кімната", owner=chat.owner)
        await chat.people.change_chat(group, by=chat.owner, visible_history=False, join_by_request=True)
        await chat.people.add_bot(group, by=chat.owner, rights=RIGHTS)
        colleague = await chat.people.user("Колега", "uk")
        await chat.people.join(chat.channel, colleague)
        await chat.people.promote(chat.channel, colleague, by=chat.owner, rights={"can_post_messages": True})
        await chat.people.add(group, colleague, by=chat.owner)
        await chat.people.promote(group, colleague, by=chat.owner, rights={"can_invite_users": True})
        await chat.settle()
        discussion = await chat.publish(ARTICLE)
        room = Room(chat, group, colleague)
        await room.name()
        yield room, discussion
