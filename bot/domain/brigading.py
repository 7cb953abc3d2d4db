"""Brigading: votes brought together from outside.  Signs of it, and the counts adjusted by what a sample says.

The rules are published (docs/brigading.md): whoever doubts a result can check what was done to it, and nothing is taken away; raw
and adjusted counts stand side by side.  Nobody is judged alone: there are minutes, shares and sums here, no voters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from bot.domain.ids import BallotId, OptionId, UserId

Tally = tuple[int, ...]  # votes for each option, in their order

LEAST_STEP = 5  # arrivals and samples are written in whole steps of at least this many
QUIET = 10  # minutes before the first that can be a burst: the beginning of a ballot always is one
BURST, TIMES = 20, 5  # votes in a minute, and how many times the median of the minutes before
COPIES, COPIED_SHARE = 10, 0.2
ENOUGH = 30  # people in a sample before anything is concluded from it
STRANGERS_SHARE = 0.5


class Sign(StrEnum):
    BURST = "burst"  # many first votes in one minute
    COPIED = "copied"  # many opinions are nearly the same
    STRANGERS = "strangers"  # many in the sample were no members of the channel before the call


@dataclass(frozen=True, slots=True)
class FirstVote:
    """Somebody who held no vote has cast one.  It lives in memory, for moments."""

    ballot: BallotId
    option: OptionId
    user: UserId


@dataclass(frozen=True, slots=True)
class Sample:
    """Of an option: how many sampled voters were members of the channel before the ballot was opened, and how many not."""

    members: int = 0
    strangers: int = 0

    @property
    def size(self) -> int:
        return self.members + self.strangers


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Side by side with the raw counts.  ``cells``: as many of them are members, by the sample; ``None``: not to be told."""

    signs: tuple[Sign, ...]
    cells: tuple[int | None, ...] | None  # None: the sample is too small


def batch(step: int) -> int:
    """The least that is written of arrivals and samples."""
    return max(step, LEAST_STEP)


def whole_steps(votes: int, step: int) -> int:
    return votes // batch(step) * batch(step)


def is_burst(minutes: Sequence[int]) -> bool:
    """``minutes``: first votes of each minute from the opening on.  A minute with at least 20 of them, and five times the median
    of all minutes before it, of which there must be ten.
    """
    return any(
        votes >= max(BURST, TIMES * median(minutes[:place]))
        for place, votes in enumerate(minutes)
        if place >= QUIET
    )


def are_copied(copied: int, opinions: int) -> bool:
    return copied >= COPIES and copied >= COPIED_SHARE * opinions


def are_strangers(samples: Sequence[Sample]) -> bool:
    size = sum(sample.size for sample in samples)
    return size >= ENOUGH and sum(sample.strangers for sample in samples) > STRANGERS_SHARE * size


def signs(minutes: Sequence[int], copied: int, opinions: int, samples: Sequence[Sample]) -> tuple[Sign, ...]:
    found = {
        Sign.BURST: is_burst(minutes),
        Sign.COPIED: are_copied(copied, opinions),
        Sign.STRANGERS: are_strangers(samples),
    }
    return tuple(sign for sign, is_there in found.items() if is_there)


def adjust(cells: Sequence[int | None], samples: Sequence[Sample]) -> tuple[int | None, ...] | None:
    """Each count times the share of members in its option's sample, halves up; where nobody of an option was sampled, the
    share of the whole sample.  ``None`` with fewer than 30 in the whole sample; hidden cells stay hidden.
    """
    whole = Sample(sum(s.members for s in samples), sum(s.strangers for s in samples))
    if whole.size < ENOUGH:
        return None
    return tuple(
        None if votes is None else _share_of(votes, sample if sample.size else whole)
        for votes, sample in zip(cells, samples, strict=True)
    )


def _share_of(votes: int, sample: Sample) -> int:
    return (2 * votes * sample.members + sample.size) // (2 * sample.size)


def conclude(found: Sequence[Sign], raw: Tally, samples: Sequence[Sample]) -> tuple[int, ...] | None:
    """What is kept with a ballot that ends: the adjusted counts, where there was a sign and a sample."""
    if not found:
        return None
    adjusted = adjust(raw, samples)
    return None if adjusted is None else tuple(votes or 0 for votes in adjusted)
