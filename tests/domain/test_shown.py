"""Shown numbers, whatever people do: properties over any sequence of votes, any step and any luck."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise, product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ballot import Ballot, Option, Results
from bot.domain.ids import BallotId, DiscussionId, OptionId
from bot.domain.opinion import OpinionCounts
from bot.domain.shown import (
    Audience,
    Publication,
    ShownTally,
    Tally,
    Withheld,
    advance,
    distance,
    shown_opinions,
    shown_tally,
    visible,
)

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
Choice = int | None  # the place of the option that somebody holds


@dataclass(frozen=True)
class Act:
    voter: int
    choice: Choice
    look: bool  # whether the publisher looks after it


@dataclass(frozen=True)
class Moment:
    """After an act: what each voter holds, and what is published."""

    held: dict[int, Choice]
    state: Publication
    published: bool  # in this moment


def tally_of(held: dict[int, Choice], options: int) -> Tally:
    return tuple(sum(choice == place for choice in held.values()) for place in range(options))


def differing(a: dict[int, Choice], b: dict[int, Choice]) -> int:
    return sum(a.get(voter) != b.get(voter) for voter in {*a, *b})


def play(acts: list[Act], options: int, step: int, seed: int) -> Iterator[Moment]:
    luck = Random(seed)
    nothing = (0,) * options
    state = Publication(nothing, nothing, None, luck.randrange(step))
    held: dict[int, Choice] = {}
    for act in acts:
        held = held | {act.voter: act.choice}
        before = state
        if act.look:
            state = advance(state, tally_of(held, options), step, luck.randrange(step))
        yield Moment(held, state, state.published != before.published)


@st.composite
def stories(draw: st.DrawFn, always_look: bool = False) -> tuple[list[Act], int, int, int]:
    """Votes, moves and withdrawals of a few people in any order: many of them, so that numbers do appear."""
    options, step = draw(st.integers(2, 4)), draw(st.integers(2, 6))
    choices = st.one_of(st.none(), *[st.just(place) for place in range(options)])
    look = st.just(True) if always_look else st.booleans()
    act = st.builds(Act, st.integers(1, 40), choices, look)
    acts = draw(st.lists(act, min_size=20, max_size=120))
    return acts, options, step, draw(st.integers(0, 2**32))


def snapshots(moments: list[Moment], options: int) -> list[tuple[int, int]]:
    """(moment of the count, moment of its publication), in order.  The count is the newest that equals what was taken."""
    found = []
    taken_at = None
    for now, moment in enumerate(moments):
        before = moments[now - 1].state if now else None
        if moment.published:
            assert taken_at is not None
            assert moment.state.published == tally_of(moments[taken_at].held, options)
            found.append((taken_at, now))
        if moment.state.taken is not None and (before is None or before.taken != moment.state.taken):
            taken_at = now
    return found


@given(stories())
def test_each_shown_number_stays_or_moves_by_a_step_at_least(
    story: tuple[list[Act], int, int, int],
) -> None:
    acts, options, step, seed = story

    states = [moment.state for moment in play(acts, options, step, seed)]

    for before, after in pairwise(states):
        moves = [abs(new - old) for old, new in zip(before.shown, after.shown, strict=True)]
        assert all(move == 0 or move >= step for move in moves)


@given(stories())
def test_votes_that_let_numbers_appear_are_not_in_them(story: tuple[list[Act], int, int, int]) -> None:
    acts, options, step, seed = story
    moments = list(play(acts, options, step, seed))

    for counted, published in snapshots(moments, options):
        assert differing(moments[counted].held, moments[published].held) >= step


@given(stories())
def test_between_two_publications_as_many_voters_differ_as_the_step(
    story: tuple[list[Act], int, int, int],
) -> None:
    acts, options, step, seed = story
    moments = list(play(acts, options, step, seed))

    counts = [moments[counted].held for counted, _ in snapshots(moments, options)]

    for before, after in pairwise([{}, *counts]):
        assert differing(before, after) >= step


@given(stories())
def test_one_account_that_flips_its_vote_can_publish_what_others_left_and_no_more(
    story: tuple[list[Act], int, int, int],
) -> None:
    acts, options, step, seed = story
    last = list(play(acts, options, step, seed))[-1]
    state, publications = last.state, 0

    for flip in range(100):
        before, held = state, last.held | {99: flip % options}
        state = advance(state, tally_of(held, options), step, 0)
        publications += state.published != before.published

    assert publications <= 1


@given(stories(always_look=True))
def test_shown_numbers_lag_by_a_bounded_number_of_voters(story: tuple[list[Act], int, int, int]) -> None:
    acts, options, step, seed = story

    for moment in play(acts, options, step, seed):
        current = tally_of(moment.held, options)
        assert distance(current, moment.state.published) <= 3 * step
        assert all(
            abs(new - old) < step for old, new in zip(moment.state.shown, moment.state.published, strict=True)
        )


def ballot(
    votes: Tally, shown: Tally, step: int = 5, minimum: int = 10, results: Results = Results.LIVE
) -> Ballot:
    options = tuple(
        Option(OptionId(place), "x", count, number)
        for place, (count, number) in enumerate(zip(votes, shown, strict=True))
    )
    return Ballot(BallotId(1), DiscussionId(1), "?", options, results=results, step=step, minimum=minimum)


@given(
    st.lists(st.integers(0, 40), min_size=2, max_size=4),
    st.lists(st.integers(0, 40), min_size=4, max_size=4),
    st.integers(2, 6),
    st.integers(1, 30),
)
def test_hidden_cells_cannot_be_told_from_all_that_is_shown(
    numbers: list[int], votes: list[int], step: int, minimum: int
) -> None:
    """Every other content of the hidden cells gives the very same picture."""
    shown = tuple(numbers)
    truth = tuple(votes[: len(shown)])
    picture = seen(ballot(truth, shown, step, minimum))
    hidden = [place for place, number in enumerate(shown) if number < step]

    others = product(range(step), repeat=min(len(hidden), 3))
    for values in others:
        other = list(shown)
        for place, value in zip(hidden, values, strict=False):
            other[place] = value
        assert seen(ballot(truth, tuple(other), step, minimum)) == picture


@given(
    st.lists(st.integers(0, 40), min_size=3, max_size=3),
    st.lists(st.integers(0, 40), min_size=3, max_size=3),
    st.integers(2, 6),
)
def test_votes_themselves_are_in_nothing_that_is_shown(
    votes: list[int], others: list[int], step: int
) -> None:
    shown = (12, 0, 7)

    assert seen(ballot(tuple(votes), shown, step)) == seen(ballot(tuple(others), shown, step))


def seen(given: Ballot) -> list[object]:
    """All that anybody is told of an open ballot."""
    pictures: list[object] = []
    for audience in Audience:
        tally = shown_tally(given, audience)
        shares = [tally.percent(place) for place in range(len(tally.cells))]
        pictures += [tally, tally.total, tally.whole, shares]
    return pictures


@given(stories(), st.sampled_from(Results))
def test_closed_ballot_is_exact_whatever_was_shown(
    story: tuple[list[Act], int, int, int], results: Results
) -> None:
    acts, options, step, seed = story
    last = list(play(acts, options, step, seed))[-1]
    votes = tally_of(last.held, options)
    closed = replace(ballot(votes, last.state.shown, step, results=results), closed_at=NOON)

    for audience in Audience:
        assert shown_tally(closed, audience) == ShownTally(votes, 1, exact=True)


@given(stories())
def test_step_one_is_live(story: tuple[list[Act], int, int, int]) -> None:
    acts, options, _, seed = story

    for moment in play(acts, options, 1, seed):
        votes = tally_of(moment.held, options)
        live = shown_tally(ballot(votes, (0,) * options, 1, 1))
        assert (live.cells, live.withheld) == (votes, None)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 9))
def test_private_opinions_of_an_open_ballot_are_shown_in_steps(
    comments: int, private: int, step: int
) -> None:
    shown = shown_opinions(ballot((0, 0), (0, 0), step), OpinionCounts(comments, private))

    assert shown.comments == comments
    assert shown.private % step == 0
    assert 0 <= private - shown.private < step


@given(st.integers(0, 60), st.integers(1, 9))
def test_opinions_of_a_closed_ballot_are_exact(private: int, step: int) -> None:
    closed = replace(ballot((0, 0), (0, 0), step), closed_at=datetime(2026, 11, 25, tzinfo=UTC))

    assert shown_opinions(closed, OpinionCounts(3, private)) == OpinionCounts(3, private)


def test_first_numbers_come_when_visible_cells_hold_the_minimum() -> None:
    assert shown_tally(ballot((9, 9, 9), (6, 4, 4))).withheld is Withheld.MINIMUM
    assert shown_tally(ballot((9, 9, 9), (6, 5, 4))) == ShownTally((6, 5, None), 5)


def test_minimum_below_the_step_waits_for_one_visible_cell() -> None:
    assert shown_tally(ballot((9, 9), (4, 4), minimum=1)).withheld is Withheld.MINIMUM
    assert shown_tally(ballot((9, 9), (4, 5), minimum=1)) == ShownTally((None, 5), 5)


def test_total_is_of_visible_cells_and_shares_only_where_all_are() -> None:
    some, all_ = ShownTally((12, None, 8), 5), ShownTally((12, 8), 5)

    assert (some.total, [some.percent(place) for place in range(3)]) == (20, [None, None, None])
    assert (all_.total, [all_.percent(place) for place in range(2)]) == (20, [60, 40])


@pytest.mark.parametrize(
    ("results", "audience", "withheld"),
    [
        (Results.LIVE, Audience.EVERYBODY, None),
        (Results.LIVE, Audience.VOTER, None),
        (Results.AFTER_VOTE, Audience.EVERYBODY, Withheld.VOTE_FIRST),
        (Results.AFTER_VOTE, Audience.VOTER, None),
        (Results.AFTER_VOTE, Audience.STAFF, None),
        (Results.AFTER_CLOSE, Audience.EVERYBODY, Withheld.CLOSE),
        (Results.AFTER_CLOSE, Audience.VOTER, Withheld.CLOSE),
        (Results.AFTER_CLOSE, Audience.STAFF, Withheld.CLOSE),
    ],
)
def test_who_sees_numbers_of_an_open_ballot(
    results: Results, audience: Audience, withheld: Withheld | None
) -> None:
    assert shown_tally(ballot((20, 9), (18, 9), results=results), audience).withheld is withheld


def test_zero_is_hidden_like_any_small_number() -> None:
    assert visible((0, 1, 4, 5, 6), 5) == (None, None, None, 5, 6)
    assert visible((0, 1, 4), 1) == (0, 1, 4)


def test_published_numbers_are_of_a_moment_before_the_last_votes() -> None:
    """The rule of docs: five people, then a random number more, are taken; five more let that be published."""
    state = Publication((0, 0), (0, 0), None, slack=2)
    states = []
    for votes in range(1, 13):
        state = advance(state, (votes, 0), 5, slack=0)
        states.append((state.taken and state.taken[0], state.shown[0]))

    assert states == [(None, 0)] * 6 + [(7, 0)] * 5 + [(12, 7)]
