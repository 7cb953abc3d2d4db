"""Shown numbers move on by one process at a time, from the votes that all of them count; and votes do not wait for it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event, select, update

from bot.domain.ids import BallotId, ChatId, DiscussionId, MessageId, OptionId, Pseudonym, UserId
from bot.domain.shown import Publication, distance
from bot.services.ballot import Tap, cast_votes
from bot.vault import Vault
from bot.workers.leases import Leases
from bot.workers.publisher import Publisher
from db.dialect import is_sqlite
from db.engine import Database
from db.models import BallotRow
from db.queries import ballot as ballots
from db.queries import discussion as discussions
from db.queries import shown
from tests.conftest import HandClock
from tests.workers.sharing import Newsroom, sharing

STEP = 5


@pytest.fixture
async def room(db: Database, vault: Vault, clock: HandClock) -> AsyncIterator[Newsroom]:
    async with sharing(db, vault, clock) as room:
        yield room


async def opened(room: Newsroom, step: int = STEP) -> tuple[DiscussionId, BallotId, list[OptionId]]:
    room.clock.pass_(seconds=1)
    number = await room.queue("Питання?")
    async with room.db.write() as tx:
        await tx.execute(update(BallotRow).values(step=step, minimum=step))
        found = await discussions.find(tx, number)
    assert found is not None
    return number, found.ballot.id, [option.id for option in found.ballot.options]


async def vote(room: Newsroom, ballot: BallotId, option: OptionId, voter: int, shard: int) -> None:
    async with room.db.write() as tx:
        await ballots.store_votes(tx, ballot, {}, {Pseudonym(voter.to_bytes(16)): option}, shard)


async def state(room: Newsroom, ballot: BallotId) -> Publication:
    async with room.db.read() as tx:
        found = await shown.state(tx, ballot)
    assert found is not None
    return found[0]


async def test_votes_of_several_processes_are_published_together(room: Newsroom) -> None:
    _, ballot, options = await opened(room)
    anna, borys = (Publisher(room.db, Leases(room.db, f"{name}/1/x")) for name in ("anna", "borys"))
    for voter in range(40):
        await vote(room, ballot, options[0], voter, shard=voter % 3)
        await asyncio.gather(anna.step(room.clock.now()), borys.step(room.clock.now()))

    reached = await state(room, ballot)

    assert 40 - 3 * STEP <= reached.shown[0] <= 40 - STEP
    assert reached.shown[1] == 0


async def test_two_who_both_believe_to_be_the_only_one_break_nothing(room: Newsroom) -> None:
    """A lease spares work; what is published is decided in the transaction."""
    _, ballot, options = await opened(room)
    same = Leases(room.db, "anna/1/x")
    twins = [Publisher(room.db, same), Publisher(room.db, same)]
    before, publications = await state(room, ballot), 0
    for voter in range(60):
        await vote(room, ballot, options[voter % 2], voter, shard=voter % 2)
        await asyncio.gather(*(twin.step(room.clock.now()) for twin in twins))
        after = await state(room, ballot)
        if after.published != before.published:
            publications += 1
            assert after.published == before.taken
            assert distance(after.published, before.published) >= STEP
        moves = [abs(b - a) for a, b in zip(before.shown, after.shown, strict=True)]
        assert all(move == 0 or move >= STEP for move in moves)
        before = after
    assert publications >= 60 // (3 * STEP)


async def test_ballot_that_is_closed_or_live_is_left_alone(room: Newsroom) -> None:
    _, live, options = await opened(room, step=1)
    told: list[str] = []
    publisher = Publisher(room.db, Leases(room.db, "anna/1/x"), lambda: told.append("moved"))
    for voter in range(20):
        await vote(room, live, options[0], voter, shard=0)
        await publisher.step(room.clock.now())

    assert (await state(room, live)).shown == (0, 0)
    assert told == []


async def test_look_without_news_is_one_statement_and_writes_nothing(room: Newsroom) -> None:
    _, ballot, options = await opened(room)
    publisher = Publisher(room.db, Leases(room.db, "anna/1/x"))
    await vote(room, ballot, options[0], 1, shard=0)
    await publisher.step(room.clock.now())
    said: list[str] = []

    @event.listens_for(room.db.engine.sync_engine, "before_cursor_execute")
    def heard(_: object, __: object, statement: str, *___: object) -> None:
        said.append(statement)

    await publisher.step(room.clock.now())

    assert len([statement for statement in said if statement.lstrip().startswith("SELECT")]) == 1
    assert not [s for s in said if s.lstrip().startswith(("INSERT", "UPDATE", "DELETE"))]


async def test_voting_costs_the_same_statements_whatever_is_shown(room: Newsroom, vault: Vault) -> None:
    statements: dict[int, list[str]] = {}
    for step in (1, STEP):
        _, ballot, options = await opened(room, step)
        said: list[str] = []

        @event.listens_for(room.db.engine.sync_engine, "before_cursor_execute")
        def heard(_: object, __: object, statement: str, *___: object, into: list[str] = said) -> None:
            into.append(statement)

        taps = [Tap(ballot, options[n % 2], UserId(n), ChatId(room.chat), MessageId(9)) for n in range(1, 50)]
        async with room.db.write() as tx:
            await cast_votes(tx, vault, taps, room.clock.now(), 0)
        event.remove(room.db.engine.sync_engine, "before_cursor_execute", heard)
        statements[step] = said

    assert statements[1] == statements[STEP]
    assert not [s for s in statements[STEP] if "UPDATE ballot" in s or 'UPDATE "option"' in s]


async def test_votes_do_not_wait_for_a_publication_under_way(room: Newsroom, vault: Vault) -> None:
    """On a server; an SQLite file has one writer at a time anyway."""
    if is_sqlite(room.db.engine.dialect):
        return
    _, ballot, options = await opened(room)
    async with room.db.write() as publishing:
        await shown.lock(publishing, ballot)
        found = await shown.state(publishing, ballot)
        assert found is not None
        await shown.store(publishing, ballot, found[0], Publication((7, 0), (7, 0)))

        async with asyncio.timeout(5), room.db.write() as tx:
            tap = Tap(ballot, options[0], UserId(1), room.chat, MessageId(9))
            await cast_votes(tx, vault, [tap], room.clock.now(), 0)

    async with room.db.read() as tx:
        assert await tx.scalar(select(BallotRow.shown_version)) == 1
