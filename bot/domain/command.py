"""What an editor writes behind a command."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PollCommand:
    """``/poll``, then the question, then one option a line; all of it may be left out."""

    question: str | None
    options: tuple[str, ...]


def parse_poll(text: str) -> PollCommand:
    """The command's own line may carry the question already."""
    first, *rest = text.splitlines()
    said = first.split(maxsplit=1)
    lines = [line.strip() for line in ([said[1]] if len(said) > 1 else []) + rest]
    wanted = [line for line in lines if line]
    return PollCommand(wanted[0] if wanted else None, tuple(wanted[1:]))


def parse_number(text: str) -> int | None:
    """The number of a discussion behind a command: «12», «№ 12», «#12»."""
    digits = text.strip().lstrip("№#").strip()
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 18 else None
