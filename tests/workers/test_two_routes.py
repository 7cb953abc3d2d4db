"""A vote decoded straight from the JSON, and the same one as python-telegram-bot's Update through the handlers, come to the same."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from bot.chat import Toast
from bot.domain.discussion import Discussion
from bot.workers.intake import Incoming, read
from bot.workers.taps import open_envelope
from db.models import AppliedUpdateRow, BallotRow, FailedUpdateRow, OptionCountRow, VoteRow
from tests.conftest import HandClock
from tests.flows.conftest import Chat, newsroom_with_bot

JSON = dict[str, Any]
ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"

# Filled with the world's own numbers once it stands: {open}, {other} and {closed} are ballots, {yes}, {no} options of the
# first, {theirs} of the second, {late} of the third.
DATA = [
    "v:{open}:{yes}",
    "v:{open}:{no}",
    "w:{open}",
    "v:{other}:{theirs}",
    "w:{other}",
    "v:{open}:{theirs}",
    "v:{closed}:{late}",
    "w:{closed}",
    "v:{open}:999999",
    "v:999999:{yes}",
    "w:999999",
    "v:0:0",
    "v:{open}:0",
    "v:0{open}:{yes}",
    "v:{open}:{yes}:1",
    "v:{open}",
    "v:{open}:",
    "w:{open}:{yes}",
    "v:-1:{yes}",
    "v:+{open}:{yes}",
    "v: {open}:{yes}",
    "v:{open}:{yes}\n",
    "v:1_0:{yes}",
    "v:٣:{yes}",
    "V:{open}:{yes}",
    "vv:{open}:{yes}",
    "v:9223372036854775807:{yes}",
    "v:9223372036854775808:{yes}",
    "v:1000000000000000:1000000000000000",
    "v:99999999999999999:{yes}",
    "w:99999999999999999999999999",
    "",
    "\x00",
    "zz:1",
    "t:1",
    "<b>v</b>",
    "🗳",
]
CHATS = ["{channel}", "{group}", "-1009999999999", "-1", "777", "-9007199254740991"]
TYPES = st.sampled_from(["channel", "supergroup", "group", "private"])
EXTRA = st.dictionaries(
    st.sampled_from(["brand_new", "is_premium_2", "option", "update_id", "tap"]),
    st.sampled_from([True, None, 0, "text", [1, [2]], {"id": 5, "from": {"id": 6}}]),
    max_size=2,
)

PEOPLE = st.builds(
    lambda number, code, more: {**more, "id": number, "is_bot": False, "first_name": "Оля"} | code,
    st.sampled_from([501, 502, 503, 2**40, 2**52 - 1]),
    st.sampled_from(
        [{}, {"language_code": None}, *({"language_code": c} for c in ("uk", "en", "en-GB", "pl", ""))]
    ),
    EXTRA,
)


@st.composite
def messages(draw: st.DrawFn) -> JSON:
    """As far as Telegram still shows it: an inaccessible one has the date 0 and nothing else."""
    chat = draw(EXTRA) | {"id": draw(st.sampled_from(CHATS)), "type": draw(TYPES), "title": "Новини"}
    number = draw(st.sampled_from([0, 1, 2, 3, 4, 5, 6, 2**31, 2**52]))
    message: JSON = {"message_id": number, "chat": chat, "date": 0}
    if draw(st.booleans()):
        message |= draw(EXTRA) | {"date": 1_795_435_200, "text": "Що скажете?"}
        if draw(st.booleans()):
            message["sender_chat"] = chat
    return message


@st.composite
def presses(draw: st.DrawFn) -> JSON:
    query: JSON = draw(EXTRA) | {"id": str(draw(st.integers(1, 2**62))), "from": draw(PEOPLE)}
    query["chat_instance"] = "1"
    match draw(st.sampled_from(["data"] * 12 + ["game", "nothing", "null"])):
        case "data":
            query["data"] = draw(st.sampled_from(DATA[:3]) | st.sampled_from(DATA))
        case "game":
            query["game_short_name"] = "шахи"
        case "null":
            query["data"] = None
    match draw(st.sampled_from(["ours"] * 6 + ["some"] * 4 + ["none", "null", "inline"])):
        case "ours":
            chat = {"id": draw(st.sampled_from(CHATS[:2])), "type": "channel", "title": "Новини"}
            query["message"] = {"message_id": 2, "chat": chat, "date": 1}
        case "some":
            query["message"] = draw(messages())
        case "null":
            query["message"] = None
        case "inline":
            query["inline_message_id"] = "AAA"
    return query


@dataclass
class Room:
    chat: Chat
    names: dict[str, int]
    number: int = 100_000

    def bytes_of(self, query: JSON) -> bytes:
        self.number += 1
        return json.dumps({"update_id": self.number, "callback_query": self.filled(query)}).encode()

    def filled(self, value: Any) -> Any:
        """The world's own numbers in the place of their names; chats are numbers."""
        match value:
            case dict():
                return {key: self.filled(each) for key, each in value.items()}
            case str() if value in CHATS:
                return int(value.format(**self.names))
            case str():
                return value.format(**self.names)
        return value

    async def outcome(
        self, updates: Sequence[bytes], *, fast: bool, together: bool = False
    ) -> tuple[Any, ...]:
        """Votes, counters and toasts, from nothing."""
        await self.clear()
        intake = self.chat.app.intake
        queue = [incoming for raw in updates if (incoming := self.incoming(raw, fast)) is not None]
        assert len(queue) == len(updates)
        toasts: dict[int, tuple[str, Toast]] = {}
        for group in [queue] if together else [[one] for one in queue]:
            done = await intake.round(group)
            assert not done.left
            toasts |= done.answered
        async with self.chat.app.db.read() as tx:
            votes = sorted((await tx.execute(select(*VoteRow.__table__.columns))).all())
            counted = await tx.execute(
                select(OptionCountRow.ballot_id, OptionCountRow.option_id, OptionCountRow.votes).order_by(
                    OptionCountRow.option_id
                )
            )
            return votes, [row for row in counted.all() if row.votes], toasts

    def incoming(self, raw: bytes, fast: bool) -> Incoming | None:
        if fast:
            return read(msgspec.Raw(raw))
        try:
            envelope = open_envelope(msgspec.Raw(raw))
        except msgspec.MsgspecError:
            return read(msgspec.Raw(raw))
        return Incoming(msgspec.Raw(raw), envelope, None)

    async def clear(self) -> None:
        async with self.chat.app.db.write() as tx:
            for model in (VoteRow, OptionCountRow, AppliedUpdateRow, FailedUpdateRow):
                await tx.execute(delete(model))


@pytest.fixture
async def room(database_path: Path, tmp_path: Path, clock: HandClock) -> AsyncIterator[Room]:
    async with newsroom_with_bot(f"sqlite+aiosqlite:///{database_path}", tmp_path, clock) as chat:
        await chat.connect()
        opened, other, closed = [await published(chat, n) for n in range(3)]
        async with chat.app.db.write() as tx:
            (await tx.get_one(BallotRow, closed.ballot.id)).closes_at = clock.now()
        yes, no, _ = opened.ballot.options
        names: dict[str, int] = {
            "open": opened.ballot.id,
            "other": other.ballot.id,
            "closed": closed.ballot.id,
        }
        names |= {"yes": yes.id, "no": no.id, "theirs": other.ballot.options[0].id}
        names |= {"late": closed.ballot.options[0].id, "channel": chat.channel, "group": chat.group}
        yield Room(chat, names)


async def published(chat: Chat, number: int) -> Discussion:
    chat.clock.pass_(minutes=5)
    return await chat.publish(f"Стаття {number}\n\n{ARTICLE}")


@settings(suppress_health_check=list(HealthCheck), max_examples=60)
@given(queries=st.lists(presses(), min_size=1, max_size=5))
async def test_both_routes_give_the_same_votes_counters_and_toasts(room: Room, queries: list[JSON]) -> None:
    updates = [room.bytes_of(query) for query in queries]

    fast = await room.outcome(updates, fast=True)
    ordinary = await room.outcome(updates, fast=False)
    together = await room.outcome(updates, fast=True, together=True)

    assert fast == ordinary
    assert together[:2] == ordinary[:2]  # its toasts count all that was committed with them
    assert together[2].keys() == ordinary[2].keys()


async def test_well_formed_votes_do_take_the_fast_path(room: Room) -> None:
    """Else the test above would compare the ordinary route with itself."""
    taps = [
        {"id": "1", "from": {"id": 501, "first_name": "О", "is_bot": False}, "data": data}
        for data in DATA[:3]
    ]
    message = {"message_id": 2, "date": 1, "chat": {"id": "{channel}", "type": "channel"}}
    raws = [room.bytes_of(tap | {"message": message}) for tap in taps]

    incoming = [read(msgspec.Raw(raw)) for raw in raws]

    assert all(one is not None and one.pressed is not None for one in incoming)
    votes, counted, _ = await room.outcome(raws[:2], fast=True)
    assert (len(votes), len(counted)) == (1, 1)
