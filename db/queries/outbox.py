"""Calls to be made: queued, claimed by one process at a time, removed when they are done."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from bot.domain.ids import Pseudonym
from bot.domain.pace import LONGEST_CLAIM, LONGEST_WAIT
from db.dialect import upsert
from db.engine import Tx
from db.models import OutboxRow, UnreachableRow
from db.queries.times import AT_ONCE, has_come

DAY = 86_400  # seconds
# Priorities; lower goes first.
AT_THIS_MOMENT = 0  # somebody waits for it
LATER = 1
REMOVING = 2  # takes a message away after a while, and holds up nothing


@dataclass(frozen=True, slots=True)
class Due:
    id: int
    chat: Pseudonym


@dataclass(frozen=True, slots=True)
class Waiting(Due):
    call: bytes
    attempts: int


async def put(
    tx: Tx,
    chat: Pseudonym,
    call: bytes,
    not_before: datetime = AT_ONCE,
    *,
    now: datetime,
    subject: int | None = None,
    priority: int = 0,
    edits: Pseudonym | None = None,
) -> None:
    """``edits``: the message that this call edits."""
    row = OutboxRow(
        chat=chat,
        call=call,
        not_before=not_before,
        subject=subject,
        priority=priority,
        edits=edits,
        day=int(now.timestamp()) // DAY,
    )
    tx.add(row)
    await tx.flush()  # rows get their numbers in the order in which they were left


async def replace_edit(tx: Tx, edits: Pseudonym, call: bytes) -> bool:
    """Where an edit of this message waits, the newer one takes its place.  Returns whether one did."""
    done = await tx.execute(update(OutboxRow).where(*_edit_waits(edits)).values(call=call))
    return bool(done.rowcount)  # type: ignore[attr-defined]


async def remove_edit(tx: Tx, edits: Pseudonym) -> None:
    """The message goes: nobody needs to see what it was to become."""
    await tx.execute(delete(OutboxRow).where(*_edit_waits(edits)))


def _edit_waits(edits: Pseudonym) -> tuple[ColumnElement[bool], ...]:
    return OutboxRow.edits == edits, OutboxRow.claimed_by.is_(None)


def _is_first() -> ColumnElement[bool]:
    """A chat's messages never overtake one another: only its first one may go.  None waits for a removal that has time."""
    earlier = aliased(OutboxRow)
    holds_up = or_(earlier.priority < REMOVING, OutboxRow.priority >= REMOVING)
    before = earlier.id < OutboxRow.id, holds_up
    return ~exists().where(earlier.chat == OutboxRow.chat, *before)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return has_come(OutboxRow.not_before, now, LONGEST_WAIT)


def _is_free(now: datetime, living: Collection[str]) -> ColumnElement[bool]:
    """Nobody is sending it.  The claim of a process that died comes back at once, any other when its time is over."""
    return or_(
        OutboxRow.claimed_by.is_(None),
        has_come(OutboxRow.claimed_until, now, LONGEST_CLAIM),
        OutboxRow.claimed_by.not_in(list(living)),
    )


async def due(tx: Tx, now: datetime, living: Collection[str], limit: int) -> list[Due]:
    """The first call of each chat that waits, what matters more and then what is older first."""
    statement = (
        select(OutboxRow.id, OutboxRow.chat)
        .where(_is_due(now), _is_free(now, living), _is_first())
        .order_by(OutboxRow.priority, OutboxRow.id)
        .limit(limit)
    )
    return [Due(number, chat) for number, chat in await tx.execute(statement)]


async def next_due(tx: Tx, now: datetime) -> datetime | None:
    """When the next call becomes due after ``now``; what waits behind a postponed one is not due before it."""
    statement = select(OutboxRow.not_before).where(OutboxRow.not_before > now, _is_first())
    return await tx.scalar(statement.order_by(OutboxRow.not_before).limit(1))


async def lock(tx: Tx, rows: Collection[int], now: datetime, living: Collection[str]) -> list[Waiting]:
    """Those of ``rows`` that are still due, as they are now.  What another process claims at this moment is passed by."""
    statement = (
        select(OutboxRow.id, OutboxRow.chat, OutboxRow.call, OutboxRow.attempts)
        .where(OutboxRow.id.in_(list(rows)), _is_due(now), _is_free(now, living))
        .order_by(OutboxRow.priority, OutboxRow.id)
        .with_for_update(skip_locked=True)
    )
    return [Waiting(*row) for row in await tx.execute(statement)]


async def claim(tx: Tx, rows: Sequence[int], holder: str, until: datetime) -> None:
    """Those locked before are sent by this process."""
    statement = update(OutboxRow).where(OutboxRow.id.in_(rows))
    await tx.execute(statement.values(claimed_by=holder, claimed_until=until))


async def remove(tx: Tx, rows: Sequence[int]) -> None:
    await tx.execute(delete(OutboxRow).where(OutboxRow.id.in_(rows)))


async def remove_subject(tx: Tx, subject: int) -> None:
    """What waits about this is outdated."""
    await tx.execute(delete(OutboxRow).where(OutboxRow.subject == subject))


async def waiting_for(tx: Tx, chats: Collection[Pseudonym]) -> int:
    """How many messages are kept for a chat; ``chats``: what it is called under the key of each day."""
    mine = OutboxRow.chat.in_(list(chats)), OutboxRow.priority < REMOVING
    return await tx.scalar(select(func.count()).select_from(OutboxRow).where(*mine)) or 0


async def drop_for(tx: Tx, chats: Collection[Pseudonym]) -> None:
    """What waits for a chat is not sent.  What takes messages out of it is still done."""
    mine = OutboxRow.chat.in_(list(chats)), OutboxRow.claimed_by.is_(None), OutboxRow.priority < REMOVING
    await tx.execute(delete(OutboxRow).where(*mine))


async def postpone(tx: Tx, row: int, holder: str, not_before: datetime) -> None:
    """Not sent, or nobody knows: again later.  Nothing to do where the claim has passed to another process."""
    await tx.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row, OutboxRow.claimed_by == holder)
        .values(not_before=not_before, attempts=OutboxRow.attempts + 1, claimed_by=None, claimed_until=None)
    )


async def mark_unreachable(tx: Tx, chat: Pseudonym, now: datetime) -> None:
    """Nobody is there any more: what waits for this chat goes, and nothing is queued for it until ``reachable_again``."""
    await upsert(tx, UnreachableRow, [{"chat": chat, "day": int(now.timestamp()) // DAY}], update=["day"])
    await tx.execute(delete(OutboxRow).where(OutboxRow.chat == chat, OutboxRow.claimed_by.is_(None)))


async def unreachable(tx: Tx, chats: Collection[Pseudonym]) -> set[Pseudonym]:
    return set(await tx.scalars(select(UnreachableRow.chat).where(UnreachableRow.chat.in_(list(chats)))))


async def reachable_again(tx: Tx, chat: Pseudonym) -> None:
    """Somebody wrote from there, or Telegram says that the bot is back."""
    await tx.execute(delete(UnreachableRow).where(UnreachableRow.chat == chat))
