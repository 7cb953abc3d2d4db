"""When everything has to go at once, and when it goes by itself because no owner checks in."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

TWO_TAPS_WITHIN = timedelta(seconds=10)
ASKED_FOR = timedelta(minutes=10)  # an old message's keys do nothing
LONGEST_TICK = 60.0  # seconds; a clock that jumps ahead, or a bot that was down, counts for no more
SHORTEST = timedelta(hours=1)  # of a dead man's switch: all reminders have their time


class Stage(StrEnum):
    BEGUN = "begun"  # the keys may still be there
    CLOSED = "closed"  # the keys are gone, and so is what they opened; Telegram is still to be told
    FINISHED = "finished"


class Cause(StrEnum):
    OWNER = "owner"
    OPERATOR = "operator"
    DEADMAN = "deadman"


@dataclass(frozen=True, slots=True)
class Alarm:
    stage: Stage
    cause: Cause
    at: datetime


@dataclass(frozen=True, slots=True)
class GivenUp:
    """What stays in Telegram as it is, because the bot cannot or is not to do any more there."""

    messages: int
    rooms: int


@dataclass(frozen=True, slots=True)
class Asked:
    """An owner's /panic: ``number`` stands on its two keys; ``armed_at``: when the first one was pressed."""

    number: int
    asked_at: datetime
    armed_at: datetime | None = None

    def arm(self, number: int, now: datetime) -> "Asked | None":
        """The first tap; ``None`` for a key that is none of this question's, or too old."""
        if number != self.number or not timedelta() <= now - self.asked_at <= ASKED_FOR:
            return None
        return replace(self, armed_at=now)

    def confirms(self, number: int, now: datetime) -> bool:
        """The second tap: it counts only within 10 s of the first, and never alone."""
        fits = number == self.number and timedelta() <= now - self.asked_at <= ASKED_FOR
        return fits and self.armed_at is not None and timedelta() <= now - self.armed_at <= TWO_TAPS_WITHIN


class Watch(StrEnum):
    QUIET = "quiet"
    REMIND = "remind"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Silence:
    """For how long no owner was heard of, in seconds during which the bot ran.

    ``told``: how many reminders went out; ``told_at``: the silence at the last one; ``tick``: Unix seconds of the last look.
    """

    tick: float
    lasted: float = 0.0
    told: int = 0
    told_at: float = 0.0

    def look(self, now: datetime, limit: timedelta) -> tuple["Silence", Watch]:
        """Counts what has passed since the last look, in steps that no jump of the clock makes longer.

        It ends only where both reminders went out, and an eighth of the time passed after the second.
        """
        seconds, all_ = now.timestamp(), limit.total_seconds()
        lasted = self.lasted + min(max(0.0, seconds - self.tick), LONGEST_TICK)
        later = replace(self, tick=seconds, lasted=lasted)
        if self.told < 2 and lasted >= all_ * (2 + self.told) / 4:
            return replace(later, told=self.told + 1, told_at=lasted), Watch.REMIND
        if self.told == 2 and lasted >= all_ and lasted - self.told_at >= all_ / 8:
            return later, Watch.MISSED
        return later, Watch.QUIET

    def left(self, limit: timedelta) -> timedelta:
        return max(timedelta(), limit - timedelta(seconds=self.lasted))
