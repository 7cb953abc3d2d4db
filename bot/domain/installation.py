"""What is the same for every channel of an installation."""

from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.ballot import Results
from bot.domain.ids import UserId
from bot.domain.opinion import Moderation
from bot.domain.retention import Retention


@dataclass(frozen=True, slots=True)
class Myself:
    """The bot as getMe describes it."""

    id: UserId
    username: str
    reads_groups: bool  # privacy mode is off


@dataclass(frozen=True, slots=True)
class Defaults:
    """Settings for channels that set nothing of their own; ``None``: the words of the channel's language."""

    language: str = "uk"
    question: str | None = None
    options: tuple[str, ...] | None = None
    layout: str = "auto"
    time_zone: str = "Europe/Kyiv"
    results: Results = Results.LIVE
    step: int = 5
    minimum: int = 10
    moderation: Moderation = Moderation.NONE
    watch: bool = False
    per_minute: int = 5  # what one author may say in a discussion
    per_day: int = 30
    encrypt: bool = False  # opinions are stored encrypted
    deadman: timedelta | None = None  # how long no owner may be silent before everything is destroyed
    retention: Retention = field(default_factory=Retention)
