"""Which updates were applied, which met a bug, and small facts of the installation."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, select

from db.dialect import upsert
from db.engine import Tx
from db.models import AppliedUpdateRow, FactRow, FailedUpdateRow

DAY = 86_400


async def applied(tx: Tx, updates: Sequence[int]) -> set[int]:
    """Those of ``updates`` whose effects are stored."""
    return set(
        await tx.scalars(select(AppliedUpdateRow.update_id).where(AppliedUpdateRow.update_id.in_(updates)))
    )


async def mark_applied(tx: Tx, updates: Iterable[int], now: datetime) -> None:
    day = int(now.timestamp()) // DAY
    await upsert(tx, AppliedUpdateRow, [{"update_id": update, "day": day} for update in updates])


async def forget_applied_before(tx: Tx, moment: datetime) -> None:
    await tx.execute(delete(AppliedUpdateRow).where(AppliedUpdateRow.day < int(moment.timestamp()) // DAY))


async def store_failed(tx: Tx, update: int, raw: bytes, error: str, now: datetime) -> None:
    row = {"update_id": update, "raw": raw, "error": error, "failed_at": now}
    await upsert(tx, FailedUpdateRow, [row], update=["raw", "error", "failed_at"])


async def forget_failed_before(tx: Tx, moment: datetime) -> None:
    await tx.execute(delete(FailedUpdateRow).where(FailedUpdateRow.failed_at < moment))


async def fact(tx: Tx, name: str) -> str | None:
    return await tx.scalar(select(FactRow.value).where(FactRow.name == name))


async def store_fact(tx: Tx, name: str, value: str) -> None:
    await upsert(tx, FactRow, [{"name": name, "value": value}], update=["value"])
