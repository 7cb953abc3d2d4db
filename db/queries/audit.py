"""The audit log: rows are added at the end, by one at a time, and never changed."""

from collections.abc import AsyncIterator, Collection, Sequence

from sqlalchemy import select

from bot.domain.audit import Entry
from bot.domain.ids import ChannelId
from db.dialect import AUDIT, lock
from db.engine import Tx
from db.models import AuditRow


def entry_of(row: AuditRow) -> Entry:
    return Entry(
        number=row.number,
        at=row.at,
        actor=row.actor,
        label=row.label,
        act=row.act,
        channel=row.channel,
        discussion=row.discussion,
        detail=row.detail,
        previous=row.previous,
        digest=row.digest,
    )


async def newest(tx: Tx) -> Entry | None:
    row = await tx.scalar(select(AuditRow).order_by(AuditRow.number.desc()).limit(1))
    return None if row is None else entry_of(row)


async def last_to_follow(tx: Tx) -> Entry | None:
    """As ``newest``, and nobody else adds a row until the transaction ends."""
    await lock(tx, AUDIT, 0)
    return await newest(tx)


async def at(tx: Tx, number: int) -> Entry | None:
    row = await tx.get(AuditRow, number)
    return None if row is None else entry_of(row)


async def add(tx: Tx, entry: Entry) -> None:
    tx.add(
        AuditRow(
            number=entry.number,
            at=entry.at,
            actor=entry.actor,
            label=entry.label,
            act=entry.act,
            channel=entry.channel,
            discussion=entry.discussion,
            detail=entry.detail,
            previous=entry.previous,
            digest=entry.digest,
        )
    )
    await tx.flush()


async def each(tx: Tx, after: int = 0, chunk: int = 500) -> AsyncIterator[Entry]:
    """In the order of their numbers, whatever their number is."""
    while True:
        statement = select(AuditRow).where(AuditRow.number > after).order_by(AuditRow.number).limit(chunk)
        rows = (await tx.scalars(statement)).all()
        for row in rows:
            yield entry_of(row)
            after = row.number
        tx.expunge_all()
        if len(rows) < chunk:
            return


async def page(
    tx: Tx, channels: Collection[ChannelId] | None, before: int | None, limit: int
) -> Sequence[Entry]:
    """Newest first: of these channels and what is of none, or all; older than row ``before``."""
    statement = select(AuditRow).order_by(AuditRow.number.desc()).limit(limit)
    if channels is not None:
        statement = statement.where(AuditRow.channel.in_(channels) | AuditRow.channel.is_(None))
    if before is not None:
        statement = statement.where(AuditRow.number < before)
    return [entry_of(row) for row in await tx.scalars(statement)]
