"""Answers to authors before they are sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from bot.domain.ids import AnswerId, CardId, Pseudonym, RoomId
from db.engine import Tx
from db.models import AnswerRow


@dataclass(frozen=True, slots=True)
class Answer:
    """``text`` is sealed; None while it has yet to be written."""

    id: AnswerId
    editor: Pseudonym
    room: RoomId
    cards: tuple[int, ...]
    text: bytes | None


def _answer(row: AnswerRow) -> Answer:
    return Answer(row.id, row.editor, row.room_id, tuple(row.cards), row.text)


async def begin(
    tx: Tx, number: AnswerId, editor: Pseudonym, room: RoomId, cards: Sequence[CardId], now: datetime
) -> None:
    """In place of one that this person has not written yet."""
    unwritten = AnswerRow.editor == editor, AnswerRow.text.is_(None)
    await tx.execute(delete(AnswerRow).where(*unwritten))
    row = AnswerRow(id=number, editor=editor, room_id=room, cards=list(cards), created_at=now)
    tx.add(row)
    await tx.flush()


async def unwritten(tx: Tx, editor: Pseudonym, rooms: Collection[RoomId]) -> Answer | None:
    mine = AnswerRow.editor == editor, AnswerRow.room_id.in_(list(rooms)), AnswerRow.text.is_(None)
    row = await tx.scalar(select(AnswerRow).where(*mine))
    return None if row is None else _answer(row)


async def find(tx: Tx, answer: AnswerId) -> Answer | None:
    row = await tx.get(AnswerRow, answer, populate_existing=True)
    return None if row is None else _answer(row)


async def store_text(tx: Tx, answer: AnswerId, text: bytes) -> None:
    await tx.execute(update(AnswerRow).where(AnswerRow.id == answer).values(text=text))


async def remove(tx: Tx, answer: AnswerId) -> None:
    await tx.execute(delete(AnswerRow).where(AnswerRow.id == answer))
