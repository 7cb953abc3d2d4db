"""What is the same for every channel of an installation."""

from dataclasses import dataclass

from bot.domain.ids import UserId


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
