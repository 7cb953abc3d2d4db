"""Whether a time that was stored has come."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import InstrumentedAttribute

AT_ONCE = datetime.fromtimestamp(0, UTC)


def has_come(
    time: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    now: datetime,
    longest: float,
) -> ColumnElement[bool]:
    """Nobody may ask for more than ``longest`` seconds: a time twice as far ahead was read from a clock that was put back
    since, and to wait until it has caught up may take hours.
    """
    return or_(time <= now, time > now + timedelta(seconds=2 * longest))
