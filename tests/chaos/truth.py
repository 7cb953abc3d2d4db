"""What the crowd did, kept by the crowd alone: a log of acts, replayed into what must be true of the bot.

Nothing in it comes from the bot's code or was asked of the bot, but for the numbers of discussions.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

COMMENT, PRIVATE = "comment", "private"


@dataclass
class Case:
    """One article with its question, as the newsroom wrote it.  Its mark stands in each of its messages."""

    mark: str
    channel: int
    question: str
    options: tuple[str, ...]
    parts: int  # messages that it must take, the ballot's included
    number: int = 0  # of the discussion; 0 until the bot accepted it


@dataclass(frozen=True)
class Press:
    """``option`` is ``None`` on the key that withdraws.  ``tap`` is Telegram's id of the press."""

    tap: str
    person: int
    case: str
    option: str | None


@dataclass(frozen=True)
class Said:
    """``key``: the chat and the number of the message."""

    key: tuple[int, int]
    person: int
    case: str
    text: str
    source: str


@dataclass(frozen=True)
class Edited:
    key: tuple[int, int]
    text: str


@dataclass(frozen=True)
class Withdrawn:
    key: tuple[int, int]
    tap: str


@dataclass(frozen=True)
class Replaced:
    """A new message took the place of an earlier opinion."""

    key: tuple[int, int]
    by: tuple[int, int]
    text: str


Act = Press | Said | Edited | Withdrawn | Replaced


@dataclass
class Truth:
    cases: dict[str, Case] = field(default_factory=dict)  # by mark; all that the bot accepted
    acts: list[Act] = field(default_factory=list)  # one person's in their order
    tricks: int = 0

    def accept(self, case: Case, number: int) -> None:
        case.number = number
        self.cases[case.mark] = case

    def outcome(self, lost: Iterable[str] = ()) -> "Outcome":
        """``lost``: presses that Telegram dropped since nobody fetched them in time."""
        dropped = set(lost)
        outcome = Outcome({mark: {} for mark in self.cases}, {})
        for act in self.acts:
            outcome.apply(act, dropped)
        return outcome


@dataclass
class Outcome:
    votes: dict[str, dict[int, str]]  # case, person: option
    said: dict[tuple[int, int], Said]

    def apply(self, act: Act, dropped: set[str]) -> None:
        match act:
            case Press(tap) | Withdrawn(tap=tap) if tap in dropped:
                return
            case Press(_, person, mark, None):
                self.votes[mark].pop(person, None)
            case Press(_, person, mark, option) if option is not None:
                self.votes[mark][person] = option
            case Said(key):
                self.said[key] = act
            case Edited(key, text):
                old = self.said[key]
                self.said[key] = Said(key, old.person, old.case, text, old.source)
            case Withdrawn(key):
                del self.said[key]
            case Replaced(key, by, text):
                old = self.said.pop(key)
                self.said[by] = Said(by, old.person, old.case, text, old.source)

    def count(self, case: Case) -> dict[str, int]:
        counted = Counter(self.votes[case.mark].values())
        return {option: counted[option] for option in case.options}

    def opinions(self, case: Case, source: str) -> Counter[tuple[int, str]]:
        """Who said what, each as often as it was said."""
        mine = (said for said in self.said.values() if said.case == case.mark and said.source == source)
        return Counter((said.person, said.text) for said in mine)


def percent(votes: int, voters: int) -> int:
    """Whole per cent, halves up."""
    whole, rest = divmod(100 * votes, voters)
    return whole + (2 * rest >= voters)
