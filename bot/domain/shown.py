"""Shown numbers: what anybody sees of an open ballot.  They are published in steps, not counted.

Whoever watches a live count each second learns each vote as it falls, and with it, from who was online or who said so, the
voter.  So numbers are *published*, in two stages, ``step`` votes apart (k):

- Nothing is taken, and the count is k + slack voters away from the published one: the count of this moment is *taken*.
  ``slack`` is random, 0 to k - 1, drawn anew after each publication.
- Something is taken, and the count has gone on for k voters since: what was taken is *published*.

``distance`` counts voters that must differ between two counts: a vote that moves is one more here and one less there, so it is
the larger of all increases and all decreases.  One account that flips its vote to and fro is at distance 0 or 1, however often.
With ``step`` 1 nothing is hidden: the count itself is shown.

What holds, whatever people do (tests/domain/test_shown.py):

- The vote that lets numbers appear is not in them, nor are the k - 1 voters before it that it takes to get there.
- Between two publications the choices of k voters at least differ; each shown number stays or moves by k at least.
- A cell below k is shown as "<k", zero included: the first vote does not show.  The total is the sum of the cells that can be
  seen, and there are no numbers at all until that sum has reached ``minimum``.  So all that can be seen is made of the
  visible cells, and nothing of a hidden one can be had by subtraction.  Shares are shown only where every cell is visible.
- At the end the numbers are exact.

What follows for those who try:

- The end minus what was shown last: where nobody takes votes back, at least k voters of difference, each publication being
  k behind.
- Withdrawals and /forget lower the count as votes raise it, and show as little.
- Who watches each second sees when a publication came, so that somebody acted then; that one is not in it.
- Who controls a < k accounts and knows what they did sees a mix of k - a other voters at least.

What is not promised: who controls k - 1 accounts or more, or knows that many of the others' votes, can single out one vote.
When all choose the same, everybody knows what each one chose.  And votes taken back before the end may leave less than k
between the last publication and the end: the numbers at the end are exact, and that is a promise, too.

How far behind: by less than 2k voters until something is taken, by k more until it is published, and by k - 1 in each
cell; what arrives between two looks of the publisher comes on top.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.ballot import Ballot, Results, percent
from bot.domain.opinion import OpinionCounts

Tally = tuple[int, ...]  # votes for each option, in their order


@dataclass(frozen=True, slots=True)
class Publication:
    """``published`` is a count of some moment that has passed; ``shown`` what of it moved enough to be shown."""

    shown: Tally
    published: Tally
    taken: Tally | None = None
    slack: int = 0


def distance(a: Tally, b: Tally) -> int:
    """How many voters' choices differ between two counts, at least."""
    rises = sum(max(0, after - before) for before, after in zip(a, b, strict=True))
    falls = sum(max(0, before - after) for before, after in zip(a, b, strict=True))
    return max(rises, falls)


def advance(state: Publication, current: Tally, step: int, slack: int) -> Publication:
    """After a look at the count.  ``slack``: a fresh random number, 0 to step - 1, used if something is published."""
    if step == 1:
        return Publication(current, current)
    taken = state.taken
    if taken is not None and distance(current, taken) >= step:
        shown = tuple(
            new if abs(new - old) >= step else old for old, new in zip(state.shown, taken, strict=True)
        )
        state = Publication(shown, taken, None, slack)
    if state.taken is None and distance(current, state.published) >= step + state.slack:
        state = Publication(state.shown, state.published, current, state.slack)
    return state


class Audience(StrEnum):
    """Who looks."""

    EVERYBODY = "everybody"  # at the keys under the ballot
    VOTER = "voter"  # at the notice after their own vote
    STAFF = "staff"


class Withheld(StrEnum):
    """Why there are no numbers."""

    VOTE_FIRST = "vote-first"
    MINIMUM = "minimum"  # too few have voted
    CLOSE = "close"  # they come when the ballot is closed


@dataclass(frozen=True, slots=True)
class ShownTally:
    """``cells``: votes for each option, in their order; ``None``: fewer than ``step``.  ``exact`` once it is closed."""

    cells: tuple[int | None, ...]
    step: int
    exact: bool = False
    withheld: Withheld | None = None

    @property
    def total(self) -> int:
        """Of the visible cells: there are as many votes at least."""
        return sum(cell or 0 for cell in self.cells)

    @property
    def whole(self) -> bool:
        """Whether every cell is visible."""
        return None not in self.cells

    def percent(self, place: int) -> int | None:
        """Whole per cent, where each cell can be seen."""
        cell = self.cells[place]
        return None if cell is None or not self.whole else percent(cell, self.total)


def shown_tally(ballot: Ballot, audience: Audience = Audience.STAFF) -> ShownTally:
    """The one way to numbers of a ballot that anybody is told."""
    if ballot.closed_at is not None:
        return ShownTally(tuple(option.votes for option in ballot.options), 1, exact=True)
    nothing: tuple[int | None, ...] = (None,) * len(ballot.options)
    if ballot.results is Results.AFTER_CLOSE:
        return ShownTally(nothing, ballot.step, withheld=Withheld.CLOSE)
    if ballot.results is Results.AFTER_VOTE and audience is Audience.EVERYBODY:
        return ShownTally(nothing, ballot.step, withheld=Withheld.VOTE_FIRST)
    tally = ShownTally(visible(_numbers(ballot), ballot.step), ballot.step)
    if tally.total < begins_at(ballot) > 1:  # that nobody has voted hides nothing where one vote shows
        return ShownTally(nothing, ballot.step, withheld=Withheld.MINIMUM)
    return tally


def shown_opinions(ballot: Ballot, counted: OpinionCounts) -> OpinionCounts:
    """The one way to how many opinions a discussion has, for whoever is told.

    While the ballot is open, private ones are rounded down to a multiple of ``step``: nobody can watch them arrive one by
    one, but for each that makes a step full.  With ``step`` 1, and once it is closed, they are exact.  Comments stand in
    the group for all to see, and are always exact.
    """
    if not rounds_opinions(ballot):
        return counted
    return OpinionCounts(counted.comments, counted.private - counted.private % ballot.step)


def rounds_opinions(ballot: Ballot) -> bool:
    """Whether there may be more private opinions than are shown."""
    return ballot.closed_at is None and ballot.step > 1


def begins_at(ballot: Ballot) -> int:
    """Votes in visible cells before there are numbers: those of one cell at least."""
    return max(ballot.minimum, ballot.step)


def _numbers(ballot: Ballot) -> Sequence[int]:
    return [option.votes if ballot.step == 1 else option.shown for option in ballot.options]


def visible(numbers: Sequence[int], step: int) -> tuple[int | None, ...]:
    """With step 1, zero is a number like others."""
    return tuple(number if number >= step or step == 1 else None for number in numbers)


def publication_of(ballot: Ballot) -> Publication:
    options = ballot.options
    taken = [option.taken for option in options if option.taken is not None]
    return Publication(
        tuple(option.shown for option in options),
        tuple(option.published for option in options),
        tuple(taken) if len(taken) == len(options) else None,
        ballot.slack,
    )
