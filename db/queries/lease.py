"""Leases: what only one process does at a time.  The statement that takes one is the statement that decides."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select, update

from db.dialect import upsert
from db.engine import Tx
from db.models import LeaseRow


@dataclass(frozen=True, slots=True)
class Lease:
    name: str
    holder: str
    until: datetime


async def named(tx: Tx, prefix: str) -> list[Lease]:
    rows = await tx.execute(
        select(LeaseRow.name, LeaseRow.holder, LeaseRow.until).where(
            LeaseRow.name.startswith(prefix, autoescape=True)
        )
    )
    return [Lease(name, holder, until) for name, holder, until in rows]


async def find(tx: Tx, name: str) -> Lease | None:
    row = (
        await tx.execute(select(LeaseRow.holder, LeaseRow.until).where(LeaseRow.name == name))
    ).one_or_none()
    return None if row is None else Lease(name, row.holder, row.until)


async def take(
    tx: Tx,
    name: str,
    holder: str,
    *,
    now: datetime,
    until: datetime,
    at_most: datetime,
    dead: Collection[str] = (),
) -> bool:
    """Take or renew; returns whether it is this holder's.

    It is free when it has run out, when one of the ``dead`` holds it, and when it would last longer than ``at_most``,
    which nobody may ask for: then a clock was put back.
    """
    free = or_(
        LeaseRow.holder == holder,
        LeaseRow.holder.in_(list(dead)),
        LeaseRow.until <= now,
        LeaseRow.until > at_most,
    )
    taken = await tx.execute(
        update(LeaseRow).where(LeaseRow.name == name, free).values(holder=holder, until=until)
    )
    if taken.rowcount:  # type: ignore[attr-defined]
        return True
    await upsert(tx, LeaseRow, [{"name": name, "holder": holder, "until": until}])  # the first one stays
    return await tx.scalar(select(LeaseRow.holder).where(LeaseRow.name == name)) == holder


async def renew(tx: Tx, names: Sequence[str], holder: str, until: datetime) -> set[str]:
    """Returns those that are still this holder's."""
    mine = (LeaseRow.holder == holder, LeaseRow.name.in_(list(names)))
    await tx.execute(update(LeaseRow).where(*mine).values(until=until))
    return set(await tx.scalars(select(LeaseRow.name).where(*mine)))


async def release(tx: Tx, holder: str) -> None:
    await tx.execute(delete(LeaseRow).where(LeaseRow.holder == holder))
