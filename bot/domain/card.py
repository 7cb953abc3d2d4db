"""A card shows staff one opinion and nothing about who wrote it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.domain.ids import CardId, DiscussionId, OpinionId, Pseudonym
from bot.domain.opinion import Moderation, Source, Standing

HOUR = timedelta(hours=1)
REPORTS = 3  # readers who report a quotation before staff looks at it again
REPORTS_AGAIN = 10  # and how many more each time after that


class CardState(StrEnum):
    WAITING = "waiting"  # collects others, so that they go together and in no order
    READY = "ready"  # goes to each room, or has gone; nobody has decided
    APPROVED = "approved"
    REJECTED = "rejected"
    REPLACED = "replaced"  # another card shows the opinion as it is now


class Reason(StrEnum):
    """Why an opinion is shown (again), besides what screening found (bot.domain.screening.Flag)."""

    REPORTED = "reported"
    CHANGED = "changed"  # its author wrote it anew after it was shown


@dataclass(frozen=True, slots=True)
class Card:
    id: CardId
    opinion: OpinionId | None  # None: withdrawn
    discussion: DiscussionId
    state: CardState
    language: str | None = None
    hour: datetime | None = None
    reasons: tuple[str, ...] = ()
    chosen_by: Pseudonym | None = None
    muted: bool = False
    answered: bool = False
    version: int = 0

    @property
    def is_shown(self) -> bool:
        """Whether it still stands for an opinion."""
        return self.opinion is not None and self.state is not CardState.REPLACED


def shows(moderation: Moderation, source: Source) -> bool:
    """Whether staff sees every opinion of this kind; what screening or readers point at, it sees anyway."""
    return source is Source.PRIVATE and moderation is not Moderation.NONE


def first_standing(moderation: Moderation, source: Source) -> Standing:
    waits = source is Source.PRIVATE and moderation is Moderation.PRE
    return Standing.NEW if waits else Standing.APPROVED


def hour_of(moment: datetime) -> datetime:
    """No finer, so that a card does not tell when somebody was writing."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def slot_of(moment: datetime, every: timedelta | None) -> int:
    """Batches go at whole multiples of ``every`` since 1970, so that nothing need be kept of when the first one came."""
    return int(moment.timestamp() // every.total_seconds()) if every else int(moment.timestamp() * 1000)


def decided(state: CardState) -> Standing:
    return Standing.REJECTED if state is CardState.REJECTED else Standing.APPROVED


def calls_back(reports: int) -> bool:
    """Whether this many reports bring the opinion before staff (again)."""
    return reports == REPORTS or (reports > REPORTS and (reports - REPORTS) % REPORTS_AGAIN == 0)
