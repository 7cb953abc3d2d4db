"""How long things are kept, and the names of a log's files."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import PurePath

LONGEST_QUEUE = 3660  # days: where something waits for ever


@dataclass(frozen=True, slots=True)
class Retention:
    """``None``: for ever."""

    keys: timedelta | None = timedelta(0)  # after closing
    longest: timedelta | None = timedelta(days=180)  # open, before it is closed
    opinions: timedelta | None = None  # after closing
    drafts: timedelta | None = timedelta(days=7)
    failed_updates: timedelta | None = timedelta(days=7)
    outbox: timedelta | None = timedelta(days=2)
    applied_updates: timedelta | None = timedelta(hours=48)
    logs: timedelta | None = timedelta(days=14)

    @property
    def queue_days(self) -> int:
        """How many days the key of a day must outlive it: as long as anything that is sealed under it."""
        spans = [self.failed_updates, self.outbox]
        return max(LONGEST_QUEUE if span is None else -(-span // timedelta(days=1)) for span in spans)

    def ends(self, created: datetime, closes: datetime | None) -> datetime | None:
        """When a discussion that still runs is closed at the latest."""
        last = None if self.longest is None else created + self.longest
        known = [moment for moment in (closes, last) if moment is not None]
        return min(known, default=None)

    def forgets(self, closed: datetime) -> datetime | None:
        """When the readers of a discussion that was closed can no longer be told apart."""
        return None if self.keys is None else closed + self.keys


def log_of(path: PurePath, day: date) -> str:
    """dumka.log: dumka.2026-11-25.log."""
    return f"{path.stem}.{day.isoformat()}{path.suffix}"


def old_logs(path: PurePath, names: Iterable[str], before: datetime) -> list[str]:
    """Those of ``names`` that are this log's, of days that had ended ``before``."""
    return [name for name, day in logs_of(path, names) if day < before.date()]


def logs_of(path: PurePath, names: Iterable[str]) -> list[tuple[str, date]]:
    """Those of ``names`` that are this log's, and their days."""
    pattern = re.compile(rf"{re.escape(path.stem)}\.(\d{{4}}-\d\d-\d\d){re.escape(path.suffix)}")
    found = []
    for name in names:
        matched = pattern.fullmatch(name)
        if matched is None:
            continue
        try:
            day = date.fromisoformat(matched[1])
        except ValueError:
            continue
        found.append((name, day))
    return found
