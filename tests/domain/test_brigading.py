import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.brigading import (
    Sample,
    Sign,
    adjust,
    are_copied,
    batch,
    conclude,
    is_burst,
    signs,
    whole_steps,
)

CALM = [10, 5, 5, 10, 5, 5, 5, 10, 5, 5]  # ten minutes with a median of 5


@pytest.mark.parametrize(
    ("minutes", "burst"),
    [
        ([*CALM, 25], True),
        ([*CALM, 24], False),
        ([*CALM, 5, 5, 25], True),
        ([0] * 10 + [20], True),
        ([0] * 10 + [19], False),
        ([500, *CALM, 10], False),  # the crowd that comes when it is posted
        ([0] * 9 + [500], False),  # too early to know what is usual
        ([100] * 12 + [499], False),
        ([100] * 12 + [500], True),
        ([], False),
    ],
)
def test_burst_is_a_minute_far_above_those_before_it(minutes: list[int], burst: bool) -> None:
    assert is_burst(minutes) is burst


@pytest.mark.parametrize(
    ("copied", "opinions", "sign"),
    [(10, 50, True), (10, 51, False), (9, 9, False), (0, 0, False), (40, 60, True)],
)
def test_copied_opinions_are_a_sign_when_they_are_many(copied: int, opinions: int, sign: bool) -> None:
    assert are_copied(copied, opinions) is sign


@pytest.mark.parametrize(
    ("samples", "found"),
    [
        ([Sample(14, 16), Sample(0, 0)], (Sign.STRANGERS,)),
        ([Sample(15, 15), Sample(0, 0)], ()),
        ([Sample(0, 20), Sample(0, 9)], ()),
        ([Sample(0, 20), Sample(0, 10)], (Sign.STRANGERS,)),
    ],
)
def test_strangers_are_a_sign_when_they_are_most_of_a_sample_that_is_large_enough(
    samples: list[Sample], found: tuple[Sign, ...]
) -> None:
    assert signs([], 0, 0, samples) == found


def test_counts_are_adjusted_by_each_options_own_sample() -> None:
    samples = [Sample(10, 30), Sample(9, 1), Sample(0, 0)]

    assert adjust((400, 100, 50), samples) == (100, 90, 19)  # 19 of 50 in the whole sample
    assert adjust((400, None, 50), samples) == (100, None, 19)
    assert adjust((400, 100, 50), [Sample(10, 19), Sample(0, 0), Sample(0, 0)]) is None


def test_nothing_is_adjusted_at_the_end_without_a_sign() -> None:
    samples = [Sample(10, 30), Sample(9, 1)]

    assert conclude((), (400, 100), samples) is None
    assert conclude((Sign.BURST,), (400, 100), samples) == (100, 90)
    assert conclude((Sign.BURST,), (400, 100), [Sample(), Sample()]) is None


@given(st.integers(0, 10_000), st.integers(1, 100))
def test_only_whole_steps_are_written(votes: int, step: int) -> None:
    written = whole_steps(votes, step)

    assert written % batch(step) == 0
    assert 0 <= votes - written < batch(step)
    assert batch(step) >= 5


@given(
    st.lists(
        st.tuples(st.integers(0, 10_000), st.integers(0, 500), st.integers(0, 500)), min_size=2, max_size=12
    )
)
def test_adjusted_is_never_more_than_the_raw_count(rows: list[tuple[int, int, int]]) -> None:
    adjusted = adjust([votes for votes, _, _ in rows], [Sample(m, s) for _, m, s in rows])

    assert adjusted is None or all(
        few is not None and 0 <= few <= votes for few, (votes, _, _) in zip(adjusted, rows, strict=True)
    )
