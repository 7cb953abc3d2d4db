"""Cards: opinions on their way to the rooms, where they stand there, and what was decided."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, exists, func, insert, or_, select, update

from bot.domain.card import Card, CardState
from bot.domain.ids import CardId, ChannelId, DiscussionId, MessageId, OpinionId, Pseudonym, RoomId
from bot.domain.opinion import Source, Standing
from db.dialect import upsert
from db.engine import Tx
from db.models import CardPostRow, CardRow, DiscussionRow, MuteRow, OpinionRow, RoomRow

ID_BITS = 52  # random, so that order tells nothing


def card_of(row: CardRow) -> Card:
    return Card(
        id=row.id,
        opinion=row.opinion_id,
        discussion=row.discussion_id,
        state=CardState(row.state),
        language=row.language,
        hour=row.hour,
        reasons=tuple(row.reasons),
        chosen_by=row.chosen_by,
        muted=row.muted,
        answered=row.answered,
        version=row.version,
    )


async def find(tx: Tx, card: CardId) -> Card | None:
    row = await tx.get(CardRow, card, populate_existing=True, with_for_update=True)
    return None if row is None else card_of(row)


async def look(tx: Tx, card: CardId) -> Card | None:
    """As ``find``, only to read."""
    row = await tx.get(CardRow, card, populate_existing=True)
    return None if row is None else card_of(row)


async def of_opinion(tx: Tx, opinion: OpinionId) -> Card | None:
    """The one that stands for it now."""
    row = await tx.scalar(
        select(CardRow).where(CardRow.opinion_id == opinion, CardRow.state != CardState.REPLACED)
    )
    return None if row is None else card_of(row)


async def add(
    tx: Tx,
    opinion: OpinionId,
    discussion: DiscussionId,
    hour: datetime,
    language: str | None = None,
    reasons: Sequence[str] = (),
) -> None:
    row = {
        "id": secrets.randbits(ID_BITS),
        "opinion_id": opinion,
        "discussion_id": discussion,
        "state": CardState.WAITING,
        "language": language,
        "hour": hour,
        "reasons": list(reasons),
        "muted": False,
        "answered": False,
        "version": 0,
    }
    await tx.execute(insert(CardRow).values(row))


async def store(tx: Tx, card: Card) -> None:
    """What its keys show has changed: they are drawn anew in each room."""
    values = {
        "state": card.state,
        "reasons": list(card.reasons),
        "chosen_by": card.chosen_by,
        "muted": card.muted,
        "answered": card.answered,
        "version": CardRow.version + 1,
    }
    await tx.execute(
        update(CardRow)
        .where(CardRow.id == card.id)
        .values(values)
        .execution_options(synchronize_session=False)
    )


async def touch(tx: Tx, opinion: OpinionId) -> None:
    """Something else that the keys of its card show has changed."""
    changed = update(CardRow).where(CardRow.opinion_id == opinion).values(version=CardRow.version + 1)
    await tx.execute(changed.execution_options(synchronize_session=False))


async def add_reasons(tx: Tx, card: Card, reasons: Sequence[str]) -> None:
    """To a card that has not been delivered yet."""
    values = {"reasons": [*card.reasons, *(each for each in reasons if each not in card.reasons)]}
    await tx.execute(update(CardRow).where(CardRow.id == card.id).values(values))


async def chosen(tx: Tx, discussion: DiscussionId, person: Pseudonym) -> list[Card]:
    """In the order of their random ids."""
    rows = await tx.scalars(
        select(CardRow)
        .where(CardRow.chosen_by == person, CardRow.discussion_id == discussion)
        .where(CardRow.opinion_id.is_not(None), CardRow.state != CardState.REPLACED)
        .order_by(CardRow.id)
    )
    return [card_of(row) for row in rows]


async def release(tx: Tx, before: datetime | None) -> bool:
    """What waits goes to the rooms from now on; ``before``: only what came in an hour that began before it."""
    waiting = update(CardRow).where(CardRow.state == CardState.WAITING)
    if before is not None:
        waiting = waiting.where(or_(CardRow.hour.is_(None), CardRow.hour < before))
    done = await tx.execute(waiting.values(state=CardState.READY))
    return bool(done.rowcount)  # type: ignore[attr-defined]


async def waits(tx: Tx) -> bool:
    waiting = select(CardRow.id).where(CardRow.state == CardState.WAITING)
    return await tx.scalar(waiting.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Undelivered:
    card: CardId
    room: RoomId


def _undelivered() -> Select[CardId, RoomId]:
    there = exists().where(CardPostRow.card_id == CardRow.id, CardPostRow.room_id == RoomRow.id)
    return (
        select(CardRow.id, RoomRow.id)
        .join(DiscussionRow, DiscussionRow.id == CardRow.discussion_id)
        .join(RoomRow, RoomRow.channel_id == DiscussionRow.channel_id)
        .join(OpinionRow, OpinionRow.id == CardRow.opinion_id)
        .where(CardRow.state == CardState.READY, OpinionRow.flags.is_not(None), ~there)
    )


async def undelivered(tx: Tx, rooms: Collection[RoomId]) -> list[Undelivered]:
    """For each of ``rooms`` the card that goes next; what was found in it is known by then.  Ids are random, and so is the order of what goes together."""
    found = []
    for room in rooms:
        first = _undelivered().where(RoomRow.id == room).order_by(CardRow.id).limit(1)
        row = (await tx.execute(first)).first()
        if row is not None:
            found.append(Undelivered(row[0], row[1]))
    return found


async def needs_delivery(tx: Tx, card: CardId, room: RoomId) -> bool:
    """Still, at this moment."""
    one = _undelivered().where(CardRow.id == card, RoomRow.id == room)
    return (await tx.execute(one)).first() is not None


async def store_delivered(tx: Tx, card: CardId, room: RoomId, message: MessageId | None, drawn: int) -> None:
    """Its hour is forgotten once no other room that gets something waits for it."""
    row = {"card_id": card, "room_id": room, "message": message, "drawn": drawn}
    await upsert(tx, CardPostRow, [row], update=["message", "drawn"])
    others = _undelivered().where(CardRow.id == card, RoomRow.trouble.is_(None)).limit(1)
    if (await tx.execute(others)).first() is None:
        await tx.execute(update(CardRow).where(CardRow.id == card).values(hour=None))


@dataclass(frozen=True, slots=True)
class StaleCard:
    """A message in a room whose keys show an old state."""

    card: Card
    room: RoomId
    message: MessageId


async def stale(tx: Tx, rooms: Collection[RoomId]) -> list[StaleCard]:
    """One of each room: withdrawn ones first."""
    found = []
    for room in rooms:
        statement = (
            select(CardRow, CardPostRow.message)
            .join(CardPostRow, CardPostRow.card_id == CardRow.id)
            .where(CardPostRow.room_id == room, CardPostRow.message.is_not(None))
            .where(or_(CardRow.opinion_id.is_(None), CardPostRow.drawn < CardRow.version))
            .order_by(CardRow.opinion_id.is_not(None), CardRow.id)
            .limit(1)
        )
        row = (await tx.execute(statement.execution_options(populate_existing=True))).first()
        if row is not None and row[1] is not None:
            found.append(StaleCard(card_of(row[0]), room, row[1]))
    return found


async def store_drawn(tx: Tx, card: CardId, room: RoomId, drawn: int) -> None:
    place = CardPostRow.card_id == card, CardPostRow.room_id == room
    await tx.execute(update(CardPostRow).where(*place).values(drawn=drawn))


async def forget_post(tx: Tx, card: CardId, room: RoomId, *, keep: bool) -> None:
    """Its message is settled for good, or gone; ``keep``: the room has had the card all the same."""
    place = CardPostRow.card_id == card, CardPostRow.room_id == room
    if keep:
        await tx.execute(update(CardPostRow).where(*place).values(message=None))
    else:
        await tx.execute(delete(CardPostRow).where(*place))


async def sweep(tx: Tx) -> None:
    """Cards of which nothing is left to show or to take back."""
    shown = exists().where(CardPostRow.card_id == CardRow.id, CardPostRow.message.is_not(None))
    over = or_(CardRow.opinion_id.is_(None), CardRow.state == CardState.REPLACED)
    await tx.execute(delete(CardRow).where(over, ~shown).execution_options(synchronize_session=False))


async def mute(tx: Tx, discussion: DiscussionId, author: Pseudonym) -> None:
    await upsert(tx, MuteRow, [{"discussion_id": discussion, "author": author}])


async def unmute(tx: Tx, discussion: DiscussionId, author: Pseudonym) -> None:
    """Unless another card of the same author says otherwise: what one card shows must tell nothing of another."""
    others = (
        select(CardRow.id)
        .join(OpinionRow, OpinionRow.id == CardRow.opinion_id)
        .where(OpinionRow.author == author, CardRow.discussion_id == discussion, CardRow.muted)
    )
    if await tx.scalar(others.limit(1)) is None:
        gone = delete(MuteRow).where(MuteRow.discussion_id == discussion, MuteRow.author == author)
        await tx.execute(gone)


async def is_muted(tx: Tx, discussion: DiscussionId, author: Pseudonym) -> bool:
    return await tx.get(MuteRow, (discussion, author)) is not None


async def waiting_for_approval(tx: Tx, discussion: DiscussionId) -> int:
    new = OpinionRow.discussion_id == discussion, OpinionRow.state == Standing.NEW
    return await tx.scalar(select(func.count()).select_from(OpinionRow).where(*new)) or 0


async def channel_of(tx: Tx, discussion: DiscussionId) -> ChannelId | None:
    return await tx.scalar(select(DiscussionRow.channel_id).where(DiscussionRow.id == discussion))


async def source_of(tx: Tx, opinion: OpinionId) -> Source | None:
    source = await tx.scalar(select(OpinionRow.source).where(OpinionRow.id == opinion))
    return None if source is None else Source(source)
