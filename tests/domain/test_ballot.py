from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ballot import (
    Ballot,
    NoVote,
    Option,
    VoteCast,
    VoteKept,
    VoteMoved,
    VoteWithdrawn,
    check_ballot,
    decide_vote,
    held_after,
    percent,
    share,
)
from bot.domain.ids import BallotId, DiscussionId, OptionId
from bot.domain.refusals import BallotClosed, BallotInvalid, StaleButton

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
YES, NO = Option(OptionId(1), "Так"), Option(OptionId(2), "Ні")
BALLOT = Ballot(BallotId(7), DiscussionId(3), "За?", (YES, NO))


def test_tap_sets_and_never_toggles() -> None:
    assert decide_vote(BALLOT, None, YES.id, NOW) == VoteCast(YES)
    assert decide_vote(BALLOT, YES.id, YES.id, NOW) == VoteKept(YES)
    assert decide_vote(BALLOT, YES.id, NO.id, NOW) == VoteMoved(NO, instead_of=YES.id)


def test_withdrawing_takes_what_is_held() -> None:
    assert decide_vote(BALLOT, NO.id, None, NOW) == VoteWithdrawn(instead_of=NO.id)
    assert decide_vote(BALLOT, None, None, NOW) == NoVote()


def test_option_of_another_ballot_is_refused() -> None:
    with pytest.raises(StaleButton):
        decide_vote(BALLOT, None, OptionId(3), NOW)


@pytest.mark.parametrize(
    "ballot",
    [
        Ballot(BALLOT.id, BALLOT.discussion, "За?", (YES, NO), closes_at=NOW),
        Ballot(BALLOT.id, BALLOT.discussion, "За?", (YES, NO), closed_at=NOW - timedelta(days=1)),
    ],
)
@pytest.mark.parametrize("tapped", [YES.id, None])
def test_closed_ballot_takes_and_gives_back_nothing(ballot: Ballot, tapped: OptionId | None) -> None:
    with pytest.raises(BallotClosed):
        decide_vote(ballot, YES.id, tapped, NOW)


def test_ballot_is_open_until_its_very_end() -> None:
    ballot = Ballot(BALLOT.id, BALLOT.discussion, "За?", (YES, NO), closes_at=NOW)

    assert ballot.is_open(NOW - timedelta(microseconds=1))
    assert not ballot.is_open(NOW)


@given(st.lists(st.sampled_from([YES.id, NO.id, None]), max_size=30))
def test_after_any_taps_the_last_one_holds(taps: list[OptionId | None]) -> None:
    held: OptionId | None = None
    for tapped in taps:
        held = held_after(decide_vote(BALLOT, held, tapped, NOW), held)

    assert held == (taps[-1] if taps else None)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_percent_is_rounded_half_up_from_the_exact_share(votes: int, others: int) -> None:
    voters = votes + others

    shown = percent(votes, voters)

    assert 0 <= shown <= 100
    if voters:
        assert -voters <= 2 * (shown * voters - 100 * votes) <= voters
        assert share(votes, voters) == votes / voters
    else:
        assert (shown, share(votes, voters)) == (0, 0.0)


@pytest.mark.parametrize(
    ("question", "labels", "problem"),
    [
        ("", ("a", "b"), "question"),
        (" \n", ("a", "b"), "question"),
        ("x" * 301, ("a", "b"), "question"),
        ("q", ("a",), "count"),
        ("q", tuple("abcdefghijklm"), "count"),
        ("q", ("a", " "), "label"),
        ("q", ("a", "x" * 101), "label"),
        ("q", ("Так", "ТАК"), "twice"),
    ],
)
def test_ballot_that_nobody_could_use_is_refused(
    question: str, labels: tuple[str, ...], problem: str
) -> None:
    with pytest.raises(BallotInvalid) as refused:
        check_ballot(question, labels)

    assert refused.value.details["problem"] == problem


def test_white_space_of_question_and_labels_is_folded() -> None:
    assert check_ballot(" Ви \n за? ", (" Так,  звісно", "Ні ")) == ("Ви за?", ("Так, звісно", "Ні"))
