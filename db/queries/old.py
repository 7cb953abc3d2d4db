"""What is old goes, a bounded number of rows at a time, so that nobody waits long for it."""

from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, inspect, select, tuple_

from db.engine import Tx
from db.models import (
    AnswerRow,
    AppliedUpdateRow,
    DraftRow,
    FailedUpdateRow,
    LeaseRow,
    OutboxRow,
    PaceRow,
    PromptRow,
    UnreachableRow,
)
from db.models.base import Base
from db.queries import forgetting

DAY = 86_400  # seconds


class Kind(Enum):
    FAILED_UPDATES = auto()
    DRAFTS = auto()
    ANSWERS = auto()  # to authors, begun and not sent
    OUTBOX = auto()
    PROMPTS = auto()
    UNREACHABLE = auto()
    PACES = auto()
    LEASES = auto()


def _old(kind: Kind, moment: datetime) -> tuple[type[Base], ColumnElement[bool]]:
    seconds = moment.timestamp()
    match kind:
        case Kind.FAILED_UPDATES:
            return FailedUpdateRow, FailedUpdateRow.failed_at < moment
        case Kind.DRAFTS:
            return DraftRow, DraftRow.created_at < moment
        case Kind.ANSWERS:
            return AnswerRow, AnswerRow.created_at < moment
        case Kind.OUTBOX:
            return OutboxRow, OutboxRow.day < int(seconds) // DAY
        case Kind.PROMPTS:
            return PromptRow, PromptRow.day < int(seconds) // DAY
        case Kind.UNREACHABLE:
            return UnreachableRow, UnreachableRow.day < int(seconds) // DAY
        case Kind.PACES:  # a budget that is whole again need not be remembered
            times = (PaceRow.tat, PaceRow.held_until, PaceRow.last, PaceRow.claimed_until)
            return PaceRow, and_(*(time < seconds for time in times))
        case Kind.LEASES:
            return LeaseRow, LeaseRow.until < moment


async def forget(tx: Tx, kind: Kind, moment: datetime, limit: int) -> bool:
    """Delete at most ``limit`` rows from before ``moment``; returns whether there may be more."""
    model, is_old = _old(kind, moment)
    key: Any = tuple_(*inspect(model).primary_key)
    rows = select(*inspect(model).primary_key).where(is_old).limit(limit)
    done = await tx.execute(delete(model).where(key.in_(rows)))
    return bool(done.rowcount == limit)  # type: ignore[attr-defined]


async def oldest(tx: Tx) -> dict[str, datetime | None]:
    """Of each kind of data that is kept for a time, by its setting: since when the oldest one waits for its end."""
    days = {"outbox": OutboxRow.day, "applied_updates": AppliedUpdateRow.day}
    found = {
        "drafts": await tx.scalar(select(func.min(DraftRow.created_at))),
        "failed_updates": await tx.scalar(select(func.min(FailedUpdateRow.failed_at))),
        "keys": await forgetting.oldest_key(tx),
        "longest": await forgetting.oldest_open(tx),
        "opinions": await forgetting.oldest_words(tx),
    }
    for name, column in days.items():
        day = await tx.scalar(select(func.min(column)))
        found[name] = None if day is None else datetime.fromtimestamp(day * DAY, UTC)
    return found


async def forget_applied(tx: Tx, moment: datetime, after: int, limit: int) -> int | None:
    """Look at the next ``limit`` update ids ``after`` this one and delete those from before ``moment``'s day.

    Returns the last one looked at; ``None`` at the end.  Walks along the primary key: the table has no other index.
    """
    number = AppliedUpdateRow.update_id
    last = await tx.scalar(select(number).where(number > after).order_by(number).offset(limit - 1).limit(1))
    old = delete(AppliedUpdateRow).where(
        number > after, AppliedUpdateRow.day < int(moment.timestamp()) // DAY
    )
    await tx.execute(old if last is None else old.where(number <= last))
    return last
