from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.panic import Asked, Silence, Watch
from tests.conftest import NOON

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def test_two_taps_within_ten_seconds_confirm_and_nothing_else_does() -> None:
    asked = Asked(7, NOON)
    armed = asked.arm(7, NOON + SECOND)

    assert armed is not None
    assert armed.confirms(7, NOON + 11 * SECOND)
    assert not armed.confirms(7, NOON + 12 * SECOND)  # too late
    assert not armed.confirms(8, NOON + 2 * SECOND)  # another message's
    assert not armed.confirms(7, NOON)  # a clock was put back
    assert not asked.confirms(7, NOON + SECOND)  # the second alone
    assert asked.arm(8, NOON + SECOND) is None
    assert asked.arm(7, NOON + timedelta(minutes=11)) is None  # an old message


def passed(silence: Silence, limit: timedelta, steps: list[float]) -> tuple[Silence, list[Watch]]:
    seen = []
    now = NOON
    for step in steps:
        now += timedelta(seconds=step)
        silence, watch = silence.look(now, limit)
        seen.append(watch)
    return silence, seen


def test_reminds_at_a_half_and_at_three_quarters_and_ends_after_all_of_it() -> None:
    limit = timedelta(hours=2)

    _, seen = passed(Silence(NOON.timestamp()), limit, [30.0] * 241)

    told = [(number + 1) * 30 for number, watch in enumerate(seen) if watch is Watch.REMIND]
    missed = [(number + 1) * 30 for number, watch in enumerate(seen) if watch is Watch.MISSED]
    assert told == [3600, 5400]
    assert missed[0] == 7200


@given(st.lists(st.floats(-1e8, 1e8), max_size=60))
def test_no_jump_of_the_clock_and_no_time_without_the_bot_ends_anything(jumps: list[float]) -> None:
    """Sixty looks are an hour at most, whatever the clock shows."""
    _, seen = passed(Silence(NOON.timestamp()), timedelta(hours=2), jumps)

    assert Watch.MISSED not in seen


def test_a_bot_that_was_down_for_weeks_still_reminds_twice_first() -> None:
    nearly = Silence(NOON.timestamp(), lasted=timedelta(hours=71, minutes=59).total_seconds())
    limit = timedelta(hours=72)

    _, seen = passed(nearly, limit, [14 * 86400, *[30.0] * 20])

    assert seen.count(Watch.REMIND) == 2
    assert Watch.MISSED not in seen  # an eighth of the time is left after the second reminder
