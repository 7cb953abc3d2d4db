"""Calls to be made, and how far the budget of each chat is spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, delete, func, select, update

from bot.domain.ids import Pseudonym
from db.dialect import upsert
from db.engine import Tx
from db.models import OutboxRow, PaceRow


@dataclass(frozen=True, slots=True)
class Waiting:
    id: int
    chat: Pseudonym
    call: bytes
    attempts: int


async def put(tx: Tx, chat: Pseudonym, call: bytes, not_before: datetime, subject: int | None = None) -> None:
    tx.add(OutboxRow(chat=chat, call=call, not_before=not_before, subject=subject))


def _first_of_each_chat() -> ScalarSelect[int]:
    return select(func.min(OutboxRow.id)).group_by(OutboxRow.chat).scalar_subquery()


async def due(tx: Tx, now: datetime, limit: int) -> list[Waiting]:
    """The first call of each chat that waits, oldest first: a chat's messages never overtake one another."""
    statement = (
        select(OutboxRow)
        .where(OutboxRow.id.in_(_first_of_each_chat()), OutboxRow.not_before <= now)
        .order_by(OutboxRow.id)
        .limit(limit)
    )
    return [Waiting(row.id, row.chat, row.call, row.attempts) for row in await tx.scalars(statement)]


async def next_due(tx: Tx, now: datetime) -> datetime | None:
    """When the next call becomes due after ``now``; what waits behind a postponed one is not due before it."""
    return await tx.scalar(
        select(func.min(OutboxRow.not_before)).where(
            OutboxRow.id.in_(_first_of_each_chat()), OutboxRow.not_before > now
        )
    )


async def remove(tx: Tx, rows: Sequence[int]) -> None:
    await tx.execute(delete(OutboxRow).where(OutboxRow.id.in_(rows)))


async def remove_subject(tx: Tx, subject: int) -> None:
    """What waits about this is outdated."""
    await tx.execute(delete(OutboxRow).where(OutboxRow.subject == subject))


async def remove_chat(tx: Tx, chat: Pseudonym) -> None:
    """Nobody is there any more: whatever else waits for this chat goes, too."""
    await tx.execute(delete(OutboxRow).where(OutboxRow.chat == chat))


async def postpone(tx: Tx, row: int, not_before: datetime) -> None:
    await tx.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row)
        .values(not_before=not_before, attempts=OutboxRow.attempts + 1)
    )


async def paces(tx: Tx) -> list[tuple[str, float, float]]:
    """(key, theoretical arrival time, held until), times in Unix seconds."""
    rows = await tx.execute(select(PaceRow.key, PaceRow.tat, PaceRow.held_until))
    return [(key, tat, held) for key, tat, held in rows]


async def store_pace(tx: Tx, states: Sequence[tuple[str, float, float]]) -> None:
    rows = [{"key": key, "tat": tat, "held_until": held} for key, tat, held in states]
    await upsert(tx, PaceRow, rows, update=["tat", "held_until"])


async def forget_paces_before(tx: Tx, moment: float) -> None:
    await tx.execute(delete(PaceRow).where(PaceRow.tat < moment, PaceRow.held_until < moment))
