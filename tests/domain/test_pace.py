from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pace import CHAT, CLOCKS_DIFFER, MESSAGE, OVERALL, PRIVATE, ROOM_FOR_POSTS, Pace, Spent

PACES = [CHAT, MESSAGE, PRIVATE, OVERALL]


@given(
    st.sampled_from(PACES),
    st.lists(st.floats(0, 20), min_size=1, max_size=120),
    st.sampled_from([1.0, 10.0, 60.0]),
)
def test_no_window_holds_more_than_the_burst_and_the_rate(
    pace: Pace, waits: list[float], window: float
) -> None:
    """Whoever calls as soon as it is allowed never calls more often than was promised."""
    spent, now = Spent(), 1_000_000.0
    calls: list[float] = []
    for wait in waits:
        now = max(now + wait, pace.earliest(spent))
        spent = pace.spend(spent, now)
        assert pace.mend(spent, now) == spent
        calls.append(now)

    most = max(sum(start <= call < start + window for call in calls) for start in calls)
    assert most <= pace.burst + window / pace.interval + 1e-6
    assert all(later - sooner >= pace.gap for sooner, later in pairwise(calls))


@given(st.integers(1, 10))
def test_burst_is_allowed_at_once_and_no_more(burst: int) -> None:
    pace = Pace(interval=10.0, burst=burst)
    spent = Spent()
    for _ in range(burst):
        assert pace.earliest(spent) <= 100.0
        spent = pace.spend(spent, 100.0)

    assert pace.earliest(spent) == 110.0


def test_what_is_kept_for_others_is_not_used() -> None:
    pace = Pace(CHAT.interval, CHAT.burst)
    spent = Spent()
    for _ in range(CHAT.burst - ROOM_FOR_POSTS):
        assert pace.earliest(spent, ROOM_FOR_POSTS) <= 100.0
        spent = pace.spend(spent, 100.0)

    assert pace.earliest(spent, ROOM_FOR_POSTS) > 100.0
    assert pace.earliest(spent) <= 100.0


def test_hold_is_kept_until_it_is_over() -> None:
    assert PRIVATE.earliest(Spent(held_until=140.0)) == 140.0


@given(st.sampled_from(PACES), st.integers(1, 40), st.floats(1, 100_000))
def test_clock_that_was_put_back_costs_a_burst_and_no_more(pace: Pace, calls: int, back: float) -> None:
    spent, now = Spent(), 1_000_000.0
    for _ in range(calls):
        now = max(now, pace.earliest(spent))
        spent = pace.spend(spent, now)
    now -= back

    mended = pace.mend(spent, now)

    assert pace.earliest(mended) <= now + max(pace.interval, pace.gap) + CLOCKS_DIFFER
    assert pace.mend(mended, now) == mended


def test_paces_stay_within_what_telegram_allows() -> None:
    assert CHAT.burst + 60 / CHAT.interval <= 20
    assert 60 / MESSAGE.interval <= 14
    assert MESSAGE.interval < 5
    assert OVERALL.burst + 1 / OVERALL.interval <= 30
