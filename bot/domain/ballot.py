"""A ballot asks a question; each voter holds at most one of its options."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from bot.domain.brigading import Sign
from bot.domain.ids import BallotId, DiscussionId, OptionId
from bot.domain.refusals import BallotClosed, BallotInvalid, StaleButton

MIN_OPTIONS = 2
MAX_OPTIONS = 12
MAX_LABEL = 100  # Telegram's own limit for an option of a poll; a longer label does not fit a phone's button
MAX_QUESTION = 300


class Results(StrEnum):
    """When readers see numbers."""

    LIVE = "live"  # under the ballot
    AFTER_VOTE = "after_vote"  # in the notice after one's own vote
    AFTER_CLOSE = "after_close"


@dataclass(frozen=True, slots=True)
class Option:
    """``votes`` is the truth; the rest is what bot.domain.shown makes of it."""

    id: OptionId
    label: str
    votes: int = 0
    shown: int = 0
    published: int = 0
    taken: int | None = None


@dataclass(frozen=True, slots=True)
class Ballot:
    """``version`` grows with every change; ``look`` with every change that could be seen on its message, which is up to
    date when it was drawn from the newest.
    """

    id: BallotId
    discussion: DiscussionId
    question: str
    options: tuple[Option, ...]
    version: int = 0
    look: int = 0
    closes_at: datetime | None = None
    closed_at: datetime | None = None
    results: Results = Results.LIVE
    step: int = 1  # published numbers move by this many votes at least
    minimum: int = 1  # voters before which no number is shown
    slack: int = 0  # random, drawn for each publication
    signs: tuple[Sign, ...] = ()
    adjusted: tuple[int, ...] | None = None  # at its end, where there were signs and a sample
    hushed: bool = False  # closed by a panic: its message says so, without numbers

    def is_open(self, now: datetime) -> bool:
        return self.closed_at is None and (self.closes_at is None or now < self.closes_at)

    def option(self, wanted: OptionId) -> Option | None:
        return next((option for option in self.options if option.id == wanted), None)

    def counting(self, net: Mapping[OptionId, int]) -> "Ballot":
        """With the net change of each option added."""
        options = tuple(
            replace(option, votes=option.votes + net.get(option.id, 0)) for option in self.options
        )
        return replace(self, options=options)

    @property
    def voters(self) -> int:
        return sum(option.votes for option in self.options)


@dataclass(frozen=True, slots=True)
class VoteCast:
    option: Option


@dataclass(frozen=True, slots=True)
class VoteMoved:
    option: Option
    instead_of: OptionId


@dataclass(frozen=True, slots=True)
class VoteKept:
    option: Option


@dataclass(frozen=True, slots=True)
class VoteWithdrawn:
    instead_of: OptionId


@dataclass(frozen=True, slots=True)
class NoVote:
    """A withdrawal by someone who holds no vote: nothing changes, and that is no error."""


VoteChange = VoteCast | VoteMoved | VoteKept | VoteWithdrawn | NoVote


def decide_vote(ballot: Ballot, held: OptionId | None, tapped: OptionId | None, now: datetime) -> VoteChange:
    """A tap sets the vote, never toggles it: said twice by a thumb or by a network, it is still one vote.

    ``tapped`` is ``None`` for the button that withdraws.  Raises StaleButton for an option that the ballot does not
    have and BallotClosed after its end.
    """
    option = None if tapped is None else ballot.option(tapped)
    if tapped is not None and option is None:
        raise StaleButton()
    if not ballot.is_open(now):
        raise BallotClosed(question=ballot.question)
    if option is None:
        return NoVote() if held is None else VoteWithdrawn(instead_of=held)
    if held is None:
        return VoteCast(option)
    return VoteKept(option) if held == option.id else VoteMoved(option, instead_of=held)


def held_after(change: VoteChange, held: OptionId | None) -> OptionId | None:
    """What the voter holds once the change is made."""
    match change:
        case VoteCast(option) | VoteMoved(option) | VoteKept(option):
            return option.id
        case VoteWithdrawn():
            return None
        case NoVote():
            return held
        case _:
            assert_never(change)


def share(votes: int, voters: int) -> float:
    """The part of all voters, 0 to 1; 0 when nobody voted."""
    return votes / voters if voters else 0.0


def percent(votes: int, voters: int) -> int:
    """Whole per cent, halves up.  Each share is rounded for itself: equal counts always look equal."""
    return (200 * votes + voters) // (2 * voters) if voters else 0


def check_ballot(question: str, labels: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Question and labels with their white space folded; BallotInvalid says what is wrong with them."""
    return check_question(question), check_options(labels)


def check_question(question: str) -> str:
    asked = " ".join(question.split())
    if not asked or len(asked) > MAX_QUESTION:
        raise BallotInvalid(problem="question", limit=MAX_QUESTION)
    return asked


def check_options(labels: Sequence[str]) -> tuple[str, ...]:
    options = tuple(" ".join(label.split()) for label in labels)
    if not MIN_OPTIONS <= len(options) <= MAX_OPTIONS:
        raise BallotInvalid(problem="count", limit=MAX_OPTIONS)
    if any(not label or len(label) > MAX_LABEL for label in options):
        raise BallotInvalid(problem="label", limit=MAX_LABEL)
    if len({label.casefold() for label in options}) < len(options):
        raise BallotInvalid(problem="twice", limit=MAX_OPTIONS)
    return options
