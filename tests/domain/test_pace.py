from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pace import CHAT, MESSAGE, OVERALL, PRIVATE, ROOM_FOR_POSTS, Pace

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
    tat, now = 0.0, 1_000_000.0
    calls: list[float] = []
    for wait in waits:
        now = max(now + wait, pace.earliest(tat))
        tat = pace.spend(tat, now)
        calls.append(now)

    most = max(sum(start <= call < start + window for call in calls) for start in calls)
    assert most <= pace.burst + window / pace.interval + 1e-6


@given(st.integers(1, 10))
def test_burst_is_allowed_at_once_and_no_more(burst: int) -> None:
    pace = Pace(interval=10.0, burst=burst)
    tat = 0.0
    for _ in range(burst):
        assert pace.earliest(tat) <= 100.0
        tat = pace.spend(tat, 100.0)

    assert pace.earliest(tat) == 110.0


def test_what_is_kept_for_others_is_not_used() -> None:
    tat = 0.0
    for _ in range(CHAT.burst - ROOM_FOR_POSTS):
        assert CHAT.earliest(tat, ROOM_FOR_POSTS) <= 100.0
        tat = CHAT.spend(tat, 100.0)

    assert CHAT.earliest(tat, ROOM_FOR_POSTS) > 100.0
    assert CHAT.earliest(tat) <= 100.0


def test_paces_stay_within_what_telegram_allows() -> None:
    assert CHAT.burst + 60 / CHAT.interval <= 20
    assert 60 / MESSAGE.interval <= 14
    assert MESSAGE.interval < 5
    assert OVERALL.burst + 1 / OVERALL.interval <= 30
