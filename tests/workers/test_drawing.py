"""One process at a time draws a message, from the counts of all of them, and a closed ballot needs no counting."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.ids import BallotId, DiscussionId, MessageId, OptionId, PostId, Pseudonym
from bot.services import discussion as services
from bot.vault import Vault
from db.engine import Database
from db.models import BallotRow, OptionCountRow
from db.queries import ballot as ballots
from db.queries import discussion as discussions
from db.queries import post as posts
from tests.conftest import HandClock
from tests.workers.sharing import Newsroom, Process, most_within, sharing

EDIT = "editMessageReplyMarkup"


@pytest.fixture
async def room(db: Database, vault: Vault, clock: HandClock) -> AsyncIterator[Newsroom]:
    async with sharing(db, vault, clock) as room:
        yield room


async def posted(room: Newsroom, *processes: Process) -> DiscussionId:
    number = await room.queue("Питання?")
    await room.settle(*processes)
    return number


async def options(room: Newsroom, number: DiscussionId) -> tuple[BallotId, list[OptionId]]:
    async with room.db.read() as tx:
        found = await discussions.find(tx, number)
    assert found is not None
    return found.ballot.id, [option.id for option in found.ballot.options]


async def vote(room: Newsroom, number: DiscussionId, voter: int, place: int, shard: int) -> None:
    """The first vote of this person, counted by the process with this number."""
    ballot, choices = await options(room, number)
    async with room.db.write() as tx:
        await ballots.store_votes(tx, ballot, {}, {Pseudonym(voter.to_bytes(16)): choices[place]}, shard)


async def keys(room: Newsroom) -> list[str]:
    message = (await room.people.history(room.chat, by=room.owner))[-1]
    return [key["text"] for row in message["reply_markup"]["inline_keyboard"] for key in row][:2]


async def test_votes_counted_by_several_processes_are_drawn_as_one(room: Newsroom) -> None:
    anna, borys = await room.process("anna"), await room.process("borys")
    number = await posted(room, anna, borys)
    for voter in range(8):
        await vote(room, number, voter, place=voter % 4 == 0, shard=voter % 3)

    await room.settle(anna, borys)

    assert await keys(room) == ["Так · 75 %", "Ні · 25 %"]
    assert len(await room.people.calls(EDIT)) == 1


async def test_message_is_drawn_by_one_process_at_a_time(room: Newsroom) -> None:
    anna, borys = await room.process("anna"), await room.process("borys")
    number = await posted(room, anna, borys)
    room.clock.pass_(minutes=2)
    begin = room.clock.seconds()
    for voter in range(40):
        await vote(room, number, voter, place=voter % 2, shard=voter % 2)
        await asyncio.gather(anna.drawer.step(room.clock.now()), borys.drawer.step(room.clock.now()))
        await anna.idle()
        await borys.idle()
        room.clock.pass_(seconds=1)

    times = [time for time in await room.times(room.chat) if time >= begin]
    assert 8 <= len(times) <= 16
    assert most_within(times, 1.0) == 1
    assert most_within(times, 60.0) <= 20


async def test_storm_is_looked_at_four_times_a_second_at_most(room: Newsroom) -> None:
    anna = await room.process("anna")
    number = await posted(room, anna)
    room.clock.pass_(minutes=1)
    await anna.drawer.step(room.clock.now())
    looked = room.clock.now()
    room.clock.pass_(seconds=0.1)
    await vote(room, number, 1, place=0, shard=0)

    again = await anna.drawer.step(room.clock.now())

    assert again is not None
    assert (again - looked).total_seconds() == 0.25
    await anna.idle()
    assert await room.people.calls(EDIT) == []


async def close(room: Newsroom, number: DiscussionId) -> None:
    async with room.db.write() as tx:
        found = await discussions.find(tx, number)
        assert found is not None
        await services.close(tx, found, room.clock.now())


async def test_closing_folds_the_counters_and_draws_the_end(room: Newsroom) -> None:
    anna = await room.process("anna")
    number = await posted(room, anna)
    for voter in range(4):
        await vote(room, number, voter, place=voter == 0, shard=voter)
    ballot, choices = await options(room, number)
    await close(room, number)

    async with room.db.read() as tx:
        found = await discussions.find(tx, number)
        counted = (await tx.execute(select(OptionCountRow.shard, OptionCountRow.version).distinct())).all()
        own = await tx.scalar(select(BallotRow.own_version))
        truth = await ballots.count_anew(tx, ballot)
        stale = await posts.stale(tx)
    assert found is not None
    assert (
        {option.id: option.votes for option in found.ballot.options}
        == truth
        == {choices[0]: 3, choices[1]: 1}
    )
    assert [tuple(row) for row in counted] == [(0, 0)]
    assert own == found.ballot.version == 5
    assert [drawing.closed for drawing in stale] == [True]

    await room.settle(anna)

    text = (await room.people.history(room.chat, by=room.owner))[-1]["text"]
    assert "75" in text
    async with room.db.read() as tx:
        assert await posts.stale(tx) == []


async def test_closing_twice_changes_nothing(room: Newsroom) -> None:
    anna = await room.process("anna")
    number = await posted(room, anna)
    await vote(room, number, 1, place=0, shard=3)
    await close(room, number)
    await room.settle(anna)

    async with room.db.write() as tx:
        assert not await discussions.close(tx, number, room.clock.now())

    async with room.db.read() as tx:
        assert await posts.stale(tx) == []


async def test_refused_redraw_waits_in_every_process(room: Newsroom) -> None:
    anna, borys = await room.process("anna"), await room.process("borys")
    number = await posted(room, anna)
    room.clock.pass_(minutes=1)
    fault: dict[str, Any] = {"status": 400, "description": "Bad Request: not enough rights to edit messages"}
    await room.people.fault("5xx", method=EDIT, **fault)
    await vote(room, number, 1, place=0, shard=0)
    await room.settle(anna, seconds=5)

    await room.settle(borys, await room.process("vira"), seconds=30)
    assert len(await room.people.calls(EDIT)) == 1
    await room.settle(borys)

    assert await keys(room) == ["Так · 100 %", "Ні · 0 %"]


async def test_refusal_that_comes_while_the_clock_is_wrong_is_waited_for_no_longer_than_any_other(
    room: Newsroom,
) -> None:
    anna = await room.process("anna")
    number = await posted(room, anna)
    room.clock.pass_(minutes=1)
    right = room.clock.now()
    await room.people.fault("5xx", method=EDIT)
    await vote(room, number, 1, place=0, shard=0)
    await anna.drawer.step(right)  # the call has begun
    room.clock.pass_(hours=2)
    await anna.idle()

    room.clock.put_back(right)
    await room.settle(anna)

    assert await keys(room) == ["Так · 100 %", "Ні · 0 %"]
    assert room.clock.now() - right < timedelta(seconds=30)


async def test_older_picture_does_not_hide_a_newer_one(room: Newsroom) -> None:
    """A process that slept stores late what it drew, or saw, before another one drew more."""
    anna = await room.process("anna")
    number = await posted(room, anna)
    async with room.db.write() as tx:
        await posts.store_drawn(tx, number, 7, "newer")

    async with room.db.write() as tx:
        await posts.store_drawn(tx, number, 6, "older")
        seen = posts.StaleDrawing(PostId(0), number, room.chat, MessageId(0), "older", closed=False)
        await posts.store_same(tx, seen, 9)

    async with room.db.read() as tx:
        row = (await tx.execute(select(BallotRow.drawn_version, BallotRow.drawn))).one()
    assert tuple(row) == (7, "newer")
