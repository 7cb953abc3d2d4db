"""Times at which something is to happen, where the clock that they were read from was put back."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from bot.domain.discussion import PostState
from db.dialect import upsert
from db.engine import Tx
from db.models import FactRow, OutboxRow, PaceRow, PostRow

LATEST = "clock"  # when it was last seen


async def see(tx: Tx, now: datetime) -> datetime | None:
    """It is ``now``: returns what it was when this was last said.  Only one transaction at a time may."""
    before = await tx.scalar(select(FactRow.value).where(FactRow.name == LATEST).with_for_update())
    await upsert(tx, FactRow, [{"name": LATEST, "value": now.isoformat()}], update=["value"])
    return None if before is None else datetime.fromisoformat(before)


async def put_back(tx: Tx, now: datetime, by: timedelta, *, call: timedelta, doubt: timedelta) -> int:
    """The clock stands ``by`` earlier than before: what lies ahead of ``now`` would wait for too long.

    What waits may go now.  ``call``: the longest that a call may be under way; ``doubt``: how long a post is in doubt
    before its editor is asked.  What Telegram told to wait for, waits for what is left of that.  Returns how many rows
    were changed.  When ballots close is left alone: editors have said that.
    """
    statements = [
        update(OutboxRow).where(OutboxRow.not_before > now).values(not_before=now),
        update(OutboxRow).where(OutboxRow.claimed_until > now + call).values(claimed_until=now + call),
    ]
    for state, wait in (
        (PostState.WAITING, timedelta(0)),
        (PostState.SENDING, call),
        (PostState.UNCERTAIN, doubt),
    ):
        late = (PostRow.state == state, PostRow.not_before > now + wait)
        statements.append(update(PostRow).where(*late).values(not_before=now + wait))
    seconds = now.timestamp()
    statements += [
        update(PaceRow).where(column > seconds).values({column: column - by.total_seconds()})
        for column in (PaceRow.held_until, PaceRow.claimed_until)
    ]
    changed = 0
    for statement in statements:
        changed += (await tx.execute(statement)).rowcount  # type: ignore[attr-defined]
    return changed
