"""What links rows to readers goes: which discussions it is time for, and their rows, a bounded number at a time.

A discussion's key is destroyed in the key store first, then ``keyless_at`` is stored, then its rows are erased, and only
when none is left, its ``key`` becomes NULL.  Each step may be repeated, so it does not matter where a crash comes between.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    and_,
    delete,
    exists,
    func,
    inspect,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute

from bot.domain.discussion import State
from bot.domain.ids import BallotId, DiscussionId, KeyName, OpinionId, Pseudonym
from db.dialect import upsert
from db.engine import Tx
from db.models import (
    AnswerRow,
    ArrivalRow,
    BallotRow,
    CardRow,
    DiscussionRow,
    FactRow,
    MuteRow,
    OpinionRow,
    PromptRow,
    QuotaRow,
    ReportRow,
    SampleRow,
    VoteRow,
)
from db.queries import ballot as ballots

NAME_BYTES = 16
TRACES = "traces"  # the fact that erased rows may still lie in files
ERASED = (
    *(
        "vote",
        "opinion",
        "prompt",
        "quota",
        "mute",
        "report",
        "arrival",
        "card",
        "card_post",
        "answer",
        "quote",
    ),
    *(
        "outbox",
        "failed_update",
        "draft",
        "invitation",
        "room",
        "post",
        "ballot",
        "option",
        "discussion",
    ),  # a panic
)


@dataclass(frozen=True, slots=True)
class Keyed:
    """A discussion whose readers can be recognised for as long as its key lives."""

    discussion: DiscussionId
    key: KeyName
    open: bool


def _has_key() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return DiscussionRow.key.is_not(None), DiscussionRow.keyless_at.is_(None)


async def keyed(tx: Tx) -> list[Keyed]:
    """All whose key should be in the key store."""
    rows = await tx.execute(
        select(DiscussionRow.id, DiscussionRow.key, DiscussionRow.state).where(*_has_key())
    )
    return [Keyed(number, key, state != State.CLOSED) for number, key, state in rows if key is not None]


def _closed(before: datetime) -> ColumnElement[bool]:
    ended = select(BallotRow.discussion_id).where(BallotRow.closed_at <= before)
    return DiscussionRow.id.in_(ended)


async def closed_before(tx: Tx, before: datetime) -> list[Keyed]:
    rows = await tx.execute(select(DiscussionRow.id, DiscussionRow.key).where(*_has_key(), _closed(before)))
    return [Keyed(number, key, open=False) for number, key in rows if key is not None]


async def next_closed(tx: Tx, after: datetime) -> datetime | None:
    """The next one whose time runs was closed then."""
    return await tx.scalar(
        select(func.min(BallotRow.closed_at))
        .join(DiscussionRow, DiscussionRow.id == BallotRow.discussion_id)
        .where(*_has_key(), BallotRow.closed_at > after)
    )


async def open_since(tx: Tx, before: datetime) -> list[DiscussionId]:
    """Open, or still in the queue, and made ``before``."""
    found = select(DiscussionRow.id).where(
        DiscussionRow.state != State.CLOSED, DiscussionRow.created_at <= before
    )
    return list(await tx.scalars(found))


async def mark_keyless(tx: Tx, discussions: Collection[DiscussionId], now: datetime) -> None:
    """To be called when their keys are destroyed."""
    mine = update(DiscussionRow).where(DiscussionRow.id.in_(list(discussions)), *_has_key())
    await tx.execute(mine.values(keyless_at=now))


async def keyless(tx: Tx) -> tuple[DiscussionId, BallotId] | None:
    """The first one of which something may be left to erase."""
    found = await tx.execute(
        select(DiscussionRow.id, BallotRow.id)
        .join(BallotRow, BallotRow.discussion_id == DiscussionRow.id)
        .where(DiscussionRow.key.is_not(None), DiscussionRow.keyless_at.is_not(None))
        .order_by(DiscussionRow.id)
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else (row[0], row[1])


async def erase_votes(tx: Tx, ballot: BallotId, after: Pseudonym, limit: int) -> Pseudonym | None:
    """The next ``limit`` of them; returns the last one, ``None`` at the end.  The counters stay.

    Walks along the primary key: on PostgreSQL, rows that were deleted lie there until the next VACUUM.
    """
    mine = (VoteRow.ballot_id == ballot, VoteRow.voter > after)
    last = await tx.scalar(
        select(VoteRow.voter).where(*mine).order_by(VoteRow.voter).offset(limit - 1).limit(1)
    )
    old = delete(VoteRow).where(*mine)
    await tx.execute(old if last is None else old.where(VoteRow.voter <= last))
    return last


async def erase_authors(tx: Tx, discussion: DiscussionId, after: OpinionId, limit: int) -> OpinionId | None:
    """Of the next ``limit`` opinions, and who reported them; as ``erase_votes``."""
    mine: list[ColumnElement[bool]] = [OpinionRow.discussion_id == discussion, OpinionRow.id > after]
    last = await tx.scalar(
        select(OpinionRow.id).where(*mine).order_by(OpinionRow.id).offset(limit - 1).limit(1)
    )
    if last is not None:
        mine.append(OpinionRow.id <= last)
    await tx.execute(delete(ReportRow).where(ReportRow.opinion_id.in_(select(OpinionRow.id).where(*mine))))
    # What screening found may tell one author's apart: many in a row.  What it has yet to look at stays so.
    screened = update(OpinionRow).where(*mine, _linked(), OpinionRow.flags.is_not(None))
    await tx.execute(screened.values(flags=[]).execution_options(synchronize_session=False))
    known = update(OpinionRow).where(*mine, _linked())
    await tx.execute(
        known.values(author=None, origin=None, address=None).execution_options(synchronize_session=False)
    )
    return last


def _linked() -> ColumnElement[bool]:
    return or_(
        OpinionRow.author.is_not(None), OpinionRow.origin.is_not(None), OpinionRow.address.is_not(None)
    )


DECIDED = (
    "approved",
    "rejected",
)  # cards say nothing of an author: those that staff has yet to see stay until then


def _of(
    discussion: DiscussionId | InstrumentedAttribute[DiscussionId],
) -> list[tuple[Any, ColumnElement[bool]]]:
    """What else hangs on it."""
    decided = and_(CardRow.state.in_(DECIDED), CardRow.opinion_id.is_not(None))
    return [
        (PromptRow, PromptRow.discussion_id == discussion),
        (QuotaRow, QuotaRow.discussion_id == discussion),
        (MuteRow, MuteRow.discussion_id == discussion),
        (ArrivalRow, ArrivalRow.discussion_id == discussion),
        (
            SampleRow,
            SampleRow.ballot_id.in_(select(BallotRow.id).where(BallotRow.discussion_id == discussion)),
        ),
        (CardRow, and_(CardRow.discussion_id == discussion, decided)),
    ]


async def erase_rest(tx: Tx, discussion: DiscussionId, limit: int) -> bool:
    """At most ``limit`` rows of each table; returns whether there may be more."""
    more = False
    cards = set(await tx.scalars(select(CardRow.id).where(CardRow.discussion_id == discussion)))
    if cards:
        answers = await tx.execute(select(AnswerRow.id, AnswerRow.cards))
        about = [answer for answer, chosen in answers if cards.issuperset(chosen)]
        await tx.execute(delete(AnswerRow).where(AnswerRow.id.in_(about)))
    for model, mine in _of(discussion):
        keys = inspect(model).primary_key
        some = select(*keys).where(mine).limit(limit)
        done = await tx.execute(delete(model).where(tuple_(*keys).in_(some)))
        more = more or done.rowcount == limit  # type: ignore[attr-defined]
    return more


async def finish(tx: Tx, discussion: DiscussionId, ballot: BallotId) -> bool:
    """Nothing hangs on the key any more; False when something came in between, and it has to be erased once more."""
    await tx.execute(select(DiscussionRow.id).where(DiscussionRow.id == discussion).with_for_update())
    if await tx.scalar(select(or_(*_left(discussion, ballot)))):
        return False
    await tx.execute(update(DiscussionRow).where(DiscussionRow.id == discussion).values(key=None))
    await ballots.bump(tx, ballot)  # the closed message says so
    return True


def _left(discussion: DiscussionId, ballot: BallotId) -> list[ColumnElement[bool]]:
    tables = [exists().where(mine) for _, mine in _of(discussion)]
    return [
        exists().where(VoteRow.ballot_id == ballot),
        exists().where(OpinionRow.discussion_id == discussion, _linked()),
        *tables,
    ]


async def leave_traces(tx: Tx) -> None:
    """Rows with something about readers are erased in this transaction: ``Database.scrub`` has to follow."""
    await upsert(tx, FactRow, [{"name": TRACES, "value": secrets.token_hex(8)}], update=["value"])


async def traces_left(tx: Tx) -> str | None:
    """A mark that changes with each erasure; ``None`` when nothing was erased since the last scrubbing."""
    return await tx.scalar(select(FactRow.value).where(FactRow.name == TRACES))


async def no_traces(tx: Tx, mark: str) -> None:
    """But for what was erased after ``mark``."""
    await tx.execute(delete(FactRow).where(FactRow.name == TRACES, FactRow.value == mark))


# Opinions


async def wordy_before(tx: Tx, before: datetime) -> list[DiscussionId]:
    """Closed ``before``, and its opinions were not erased yet."""
    found = select(DiscussionRow.id).where(DiscussionRow.wordless_at.is_(None), _closed(before))
    return list(await tx.scalars(found.order_by(DiscussionRow.id)))


async def oldest_key(tx: Tx) -> datetime | None:
    """When the first of the closed discussions was closed whose readers can still be recognised."""
    joined = select(func.min(BallotRow.closed_at)).join(
        DiscussionRow, DiscussionRow.id == BallotRow.discussion_id
    )
    return await tx.scalar(joined.where(*_has_key()))


async def oldest_open(tx: Tx) -> datetime | None:
    """When the first of the discussions was made that are not closed."""
    return await tx.scalar(
        select(func.min(DiscussionRow.created_at)).where(DiscussionRow.state != State.CLOSED)
    )


async def oldest_words(tx: Tx) -> datetime | None:
    """When the first of the closed discussions whose opinions are kept was closed."""
    has_some = exists().where(OpinionRow.discussion_id == BallotRow.discussion_id)
    return await tx.scalar(select(func.min(BallotRow.closed_at)).where(has_some))


TEXT_KEYS: Select[Any] = (
    select(func.substr(OpinionRow.sealed, 1, NAME_BYTES, type_=LargeBinary()))
    .distinct()
    .where(OpinionRow.sealed.is_not(None))
)


async def text_keys(tx: Tx, discussions: Sequence[DiscussionId] | None = None) -> set[KeyName]:
    """The names of the keys under which the texts of opinions are encrypted; of these discussions, or of all."""
    found = TEXT_KEYS
    if discussions is not None:
        found = found.where(OpinionRow.discussion_id.in_(discussions))
    return {KeyName(bytes(each)) for each in await tx.scalars(found)}


async def mark_wordless(tx: Tx, discussions: Collection[DiscussionId], now: datetime) -> None:
    mine = update(DiscussionRow).where(DiscussionRow.id.in_(list(discussions)))
    await tx.execute(mine.values(wordless_at=now))


async def erase_opinions(tx: Tx, limit: int) -> int:
    """Of discussions that were marked, at most ``limit``; how many.  Their counters stay: so many there were."""
    marked = select(DiscussionRow.id).where(DiscussionRow.wordless_at.is_not(None))
    some = select(OpinionRow.id).where(OpinionRow.discussion_id.in_(marked)).limit(limit)
    done = await tx.execute(delete(OpinionRow).where(OpinionRow.id.in_(some)))
    return int(done.rowcount)  # type: ignore[attr-defined]


# What came too late


async def remains(tx: Tx) -> list[DiscussionId]:
    """Discussions that nobody hangs on any more, but for what a transaction stored that had begun before they ended."""
    over = (DiscussionRow.key.is_(None), DiscussionRow.keyless_at.is_not(None))
    found: set[DiscussionId] = set()
    for _, mine in _of(DiscussionRow.id):
        found |= set(await tx.scalars(select(DiscussionRow.id).where(*over, exists().where(mine))))
    return sorted(found)


async def reopen(tx: Tx, discussions: Collection[DiscussionId], key: KeyName) -> None:
    """Erase once more what is there of them.  ``key`` is one that does not exist."""
    mine = update(DiscussionRow).where(DiscussionRow.id.in_(list(discussions)), DiscussionRow.key.is_(None))
    await tx.execute(mine.values(key=key))
