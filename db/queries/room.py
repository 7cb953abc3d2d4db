"""Rooms where opinions are moderated."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update

from bot.domain.ids import ChannelId, Pseudonym, RoomId
from bot.domain.room import Room, RoomKind, Trouble
from db.engine import Tx
from db.models import RoomRow

UNNAMED = RoomId(0)  # of a room that is not stored yet
NOBODY = -1_000_000  # so few that no number of people who are let in later makes up for it


def room_of(row: RoomRow) -> Room:
    return Room(
        id=row.id,
        channel=row.channel_id,
        kind=RoomKind(row.kind),
        chat=row.chat,
        address=row.address,
        members=row.members,
        trouble=None if row.trouble is None else Trouble(row.trouble),
        told=None if row.told is None else Trouble(row.told),
    )


async def find(tx: Tx, room: RoomId) -> Room | None:
    row = await tx.get(RoomRow, room, populate_existing=True)
    return None if row is None else room_of(row)


async def all_(tx: Tx) -> list[Room]:
    return [room_of(row) for row in await tx.scalars(select(RoomRow).order_by(RoomRow.id))]


async def of_channel(tx: Tx, channel: ChannelId) -> list[Room]:
    rows = await tx.scalars(select(RoomRow).where(RoomRow.channel_id == channel).order_by(RoomRow.id))
    return [room_of(row) for row in rows]


async def at(tx: Tx, chat: Pseudonym) -> list[Room]:
    """A chat may be the room of several channels."""
    rows = await tx.scalars(select(RoomRow).where(RoomRow.chat == chat).order_by(RoomRow.id))
    return [room_of(row) for row in rows]


async def name(
    tx: Tx, channel: ChannelId, chat: Pseudonym, address: bytes, kind: RoomKind, members: int | None
) -> Room:
    """From now on, also if it was one before: what was wrong with it then is to be found out anew."""
    row = await tx.scalar(select(RoomRow).where(RoomRow.channel_id == channel, RoomRow.chat == chat))
    if row is None:
        row = RoomRow(channel_id=channel, chat=chat, address=address, kind=kind)
        tx.add(row)
    row.members, row.trouble, row.told = members, None, None
    await tx.flush()
    return room_of(row)


async def leave(tx: Tx, rooms: Sequence[RoomId]) -> None:
    await tx.execute(delete(RoomRow).where(RoomRow.id.in_(rooms)))


async def store_trouble(tx: Tx, room: RoomId, trouble: Trouble | None) -> bool:
    """Returns whether the owner has yet to be told."""
    row = await tx.get(RoomRow, room, populate_existing=True, with_for_update=True)
    if row is None:
        return False
    untold = trouble is not None and row.told != trouble
    row.trouble = row.told = trouble
    await tx.flush()
    return untold


async def stop(tx: Tx, chat: Pseudonym) -> None:
    """Somebody came in who was not let in: whatever is counted there is too many, until the room is named anew."""
    counted = RoomRow.chat == chat, RoomRow.members.is_not(None)
    await tx.execute(update(RoomRow).where(*counted).values(members=NOBODY))


async def add_members(tx: Tx, chat: Pseudonym, change: int) -> None:
    counted = RoomRow.chat == chat, RoomRow.members.is_not(None)
    await tx.execute(update(RoomRow).where(*counted).values(members=RoomRow.members + change))
