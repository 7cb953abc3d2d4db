"""Which updates were applied, which met a bug, and small facts of the installation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from db.dialect import insert_missing, upsert
from db.engine import Tx
from db.models import AppliedUpdateRow, FactRow, FailedUpdateRow

DAY = 86_400


@dataclass(frozen=True, slots=True)
class FailedUpdate:
    update_id: int
    raw: bytes  # sealed
    error: str
    failed_at: datetime


async def claim(tx: Tx, numbers: Iterable[int], now: datetime) -> set[int]:
    """Mark these updates as applied; returns those that were not before.  Their effects come in the same transaction.

    Another process that has the same update in hand is waited for: it is applied by one of the two.
    """
    day = int(now.timestamp()) // DAY
    return await insert_missing(tx, AppliedUpdateRow, [{"update_id": n, "day": day} for n in sorted(numbers)])


async def unclaim(tx: Tx, numbers: Sequence[int]) -> None:
    """They were not applied after all."""
    if numbers:
        await tx.execute(delete(AppliedUpdateRow).where(AppliedUpdateRow.update_id.in_(numbers)))


async def store_failed(tx: Tx, update: int, raw: bytes, error: str, now: datetime) -> None:
    row = {"update_id": update, "raw": raw, "error": error, "failed_at": now}
    await upsert(tx, FailedUpdateRow, [row], update=["raw", "error", "failed_at"])


async def failed(tx: Tx, numbers: Sequence[int] = ()) -> list[FailedUpdate]:
    """Those with these ids, or all; in their order."""
    statement = select(FailedUpdateRow).order_by(FailedUpdateRow.update_id)
    if numbers:
        statement = statement.where(FailedUpdateRow.update_id.in_(numbers))
    rows = await tx.scalars(statement)
    return [FailedUpdate(row.update_id, row.raw, row.error, row.failed_at) for row in rows]


async def drop_failed(tx: Tx, number: int) -> bool:
    """Returns whether it was there."""
    done = await tx.execute(delete(FailedUpdateRow).where(FailedUpdateRow.update_id == number))
    return bool(done.rowcount)  # type: ignore[attr-defined]


async def fact(tx: Tx, name: str) -> str | None:
    return await tx.scalar(select(FactRow.value).where(FactRow.name == name))


async def store_fact(tx: Tx, name: str, value: str) -> None:
    await upsert(tx, FactRow, [{"name": name, "value": value}], update=["value"])


async def store_first(tx: Tx, name: str, value: str) -> str:
    """Unless another process was quicker; returns what is stored."""
    await upsert(tx, FactRow, [{"name": name, "value": value}])
    return await fact(tx, name) or value


async def fact_to_change(tx: Tx, name: str) -> str | None:
    """As ``fact``; nobody else changes it until the transaction ends."""
    return await tx.scalar(select(FactRow.value).where(FactRow.name == name).with_for_update())


async def drop_fact(tx: Tx, name: str) -> None:
    await tx.execute(delete(FactRow).where(FactRow.name == name))
