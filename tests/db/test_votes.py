"""Counters are moved by the net change of each batch: they always equal the votes counted one by one."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.discussion import Layout, PostKind, PostState
from bot.domain.ids import BallotId, ChatId, MessageId, OptionId, UserId
from bot.services.ballot import Tap, cast_votes
from bot.vault import Vault
from db.engine import Database
from db.models import PostRow
from db.queries import ballot as ballots
from db.queries import channel as channels
from db.queries import discussion as discussions

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CHANNEL = ChatId(-1001)


async def open_ballot(db: Database, vault: Vault) -> tuple[BallotId, list[OptionId]]:
    async with db.write() as tx:
        channel = await channels.by_chat(tx, CHANNEL) or await channels.store(
            tx,
            chat=CHANNEL,
            title="Новини",
            username=None,
            group=None,
            group_seen=False,
            now=NOW,
            language="uk",
            layout=Layout.AUTO,
            owner=None,
        )
        number = await discussions.store(
            tx,
            channel=channel.id,
            chat=CHANNEL,
            title="Стаття",
            token=str(datetime.now(UTC).timestamp()),
            question="За?",
            options=["Так", "Ні", "Не знаю"],
            now=NOW,
            closes_at=None,
            target=None,
            editor=None,
            key=vault.new_discussion(0, texts=False),
            posts=[
                {"kind": PostKind.BALLOT, "text": "За?", "entities": [], "fingerprint": b"", "reply_to": None}
            ],
        )
        discussion = await discussions.find(tx, number)
        assert discussion is not None
        return discussion.ballot.id, [option.id for option in discussion.ballot.options]


# One file serves all examples: each opens a ballot of its own.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(batches=st.lists(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 3)), max_size=12), max_size=5))
async def test_counters_equal_the_votes_after_any_batches(
    db: Database, vault: Vault, batches: list[list[tuple[int, int]]]
) -> None:
    ballot, options = await open_ballot(db, vault)
    last: dict[int, OptionId | None] = {}
    for batch in batches:
        taps = [
            Tap(ballot, None if choice == 3 else options[choice], UserId(voter), CHANNEL, MessageId(5))
            for voter, choice in batch
        ]
        last |= {voter: None if choice == 3 else options[choice] for voter, choice in batch}
        async with db.write() as tx:
            await cast_votes(tx, vault, taps, NOW, 0)

    async with db.read() as tx:
        placed = await ballots.placed(tx, ballot)
        counted = await ballots.count_anew(tx, ballot)
    assert placed is not None
    truth = {option: sum(held == option for held in last.values()) for option in options}
    assert {option.id: option.votes for option in placed.ballot.options} == truth
    assert {option: counted.get(option, 0) for option in options} == truth


@pytest.mark.parametrize("size", [1, 100, 1500])
async def test_batches_of_any_size_are_one_set_of_statements(db: Database, vault: Vault, size: int) -> None:
    ballot, options = await open_ballot(db, vault)
    taps = [Tap(ballot, options[n % 3], UserId(n), CHANNEL, MessageId(5)) for n in range(size)]

    async with db.write() as tx:
        outcomes = await cast_votes(tx, vault, taps, NOW, 0)

    assert len(outcomes) == size
    async with db.read() as tx:
        placed = await ballots.placed(tx, ballot)
    assert placed is not None
    assert placed.ballot.voters == size
    assert placed.ballot.version > 0


async def test_votes_prove_nothing_while_the_message_waits(db: Database, vault: Vault) -> None:
    ballot, options = await open_ballot(db, vault)
    async with db.write() as tx:
        await cast_votes(tx, vault, [Tap(ballot, options[0], UserId(1), CHANNEL, MessageId(5))], NOW, 0)

    async with db.read() as tx:
        post = (await tx.get_one(PostRow, 1)).state
    assert post == PostState.WAITING
