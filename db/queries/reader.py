"""All that is kept about one reader, found by what the reader is called in each discussion that still knows anybody."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import delete, func, select, tuple_

from bot.domain.ids import (
    BallotId,
    DiscussionId,
    KeyName,
    OptionId,
    Pseudonym,
)
from bot.domain.opinion import Opinion
from db.dialect import among, kind, pseudonyms
from db.engine import Tx
from db.models import (
    BallotRow,
    DiscussionRow,
    MuteRow,
    OpinionRow,
    OptionRow,
    PromptRow,
    QuotaRow,
    ReportRow,
    VoteRow,
)
from db.queries.opinion import Opened, opinion_of

PAIRS = 500  # of a statement: SQLite takes 32 766 values


@dataclass(frozen=True, slots=True)
class Place:
    """A discussion whose readers can be told apart."""

    discussion: DiscussionId
    ballot: BallotId
    key: KeyName
    title: str
    created_at: datetime
    closes_at: datetime | None
    closed_at: datetime | None


async def places(tx: Tx) -> list[Place]:
    """In the order of their ballots, so that processes which change several of them do not wait in a circle."""
    rows = await tx.execute(
        select(
            DiscussionRow.id,
            BallotRow.id,
            DiscussionRow.key,
            DiscussionRow.title,
            DiscussionRow.created_at,
            BallotRow.closes_at,
            BallotRow.closed_at,
        )
        .join(BallotRow, BallotRow.discussion_id == DiscussionRow.id)
        .where(DiscussionRow.key.is_not(None), DiscussionRow.keyless_at.is_(None))
        .order_by(BallotRow.id)
    )
    return [
        Place(discussion, ballot, key, title, created_at, closes_at, closed_at)
        for discussion, ballot, key, title, created_at, closes_at, closed_at in rows
        if key is not None
    ]


async def votes(
    tx: Tx, voters: Mapping[BallotId, Pseudonym]
) -> dict[BallotId, tuple[Pseudonym, OptionId, str]]:
    """What is held: who holds it, the option and its label."""
    found = (
        select(VoteRow.ballot_id, VoteRow.voter, VoteRow.option_id, OptionRow.label)
        .join(OptionRow, OptionRow.id == VoteRow.option_id)
        .order_by(VoteRow.ballot_id)
    )
    rows: list[Any] = []
    for pairs in _pairs(voters):
        rows += await tx.execute(found.where(tuple_(VoteRow.ballot_id, VoteRow.voter).in_(pairs)))
    return {ballot: (voter, option, label) for ballot, voter, option, label in rows}


async def opinions(tx: Tx, authors: Sequence[Pseudonym], opened: Opened) -> list[Opinion]:
    said = select(OpinionRow).where(among(kind(tx), OpinionRow.author)).order_by(OpinionRow.id)
    return [opinion_of(row, opened) for row in await tx.scalars(said, pseudonyms(kind(tx), authors))]


async def prompts(tx: Tx, persons: Sequence[Pseudonym]) -> set[DiscussionId]:
    """Whose links were opened."""
    opened = select(PromptRow.discussion_id).where(among(kind(tx), PromptRow.person))
    return set(await tx.scalars(opened, pseudonyms(kind(tx), persons)))


async def muted(tx: Tx, authors: Mapping[DiscussionId, Pseudonym]) -> set[DiscussionId]:
    found: set[DiscussionId] = set()
    for pairs in _pairs(authors):
        here = tuple_(MuteRow.discussion_id, MuteRow.author).in_(pairs)
        found |= set(await tx.scalars(select(MuteRow.discussion_id).where(here)))
    return found


async def counted(tx: Tx, authors: Mapping[DiscussionId, Pseudonym]) -> set[DiscussionId]:
    """Where it is counted how much the author says on a day."""
    found: set[DiscussionId] = set()
    for pairs in _pairs(authors):
        here = tuple_(QuotaRow.discussion_id, QuotaRow.author).in_(pairs)
        found |= set(await tx.scalars(select(QuotaRow.discussion_id).where(here)))
    return found


async def reports(tx: Tx, reporters: Sequence[Pseudonym]) -> dict[DiscussionId, int]:
    """How many opinions of others were reported, in each discussion."""
    made = (
        select(OpinionRow.discussion_id, func.count())
        .select_from(ReportRow)
        .join(OpinionRow, OpinionRow.id == ReportRow.opinion_id)
        .where(among(kind(tx), ReportRow.reporter))
        .group_by(OpinionRow.discussion_id)
    )
    rows = await tx.execute(made, pseudonyms(kind(tx), reporters))
    return {discussion: reports for discussion, reports in rows}  # noqa: C416 - rows are no pairs to mypy


async def erase(
    tx: Tx,
    persons: Sequence[Pseudonym],
    authors: Mapping[DiscussionId, Pseudonym],
    reporters: Sequence[Pseudonym],
) -> None:
    """What has no counters: prompts, quotas and reports.  Mutes stay."""
    which = kind(tx)
    loose = {"synchronize_session": False}
    gone = delete(PromptRow).where(among(which, PromptRow.person)).execution_options(**loose)
    await tx.execute(gone, pseudonyms(which, persons))
    gone = delete(ReportRow).where(among(which, ReportRow.reporter)).execution_options(**loose)
    await tx.execute(gone, pseudonyms(which, reporters))
    for pairs in _pairs(authors):
        here = tuple_(QuotaRow.discussion_id, QuotaRow.author).in_(pairs)
        await tx.execute(delete(QuotaRow).where(here).execution_options(**loose))


def _pairs(names: Mapping[Any, Pseudonym]) -> Iterator[list[tuple[Any, Pseudonym]]]:
    left = iter(names.items())
    while chunk := list(islice(left, PAIRS)):
        yield chunk
