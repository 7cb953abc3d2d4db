"""The operator's log says for how long nothing was heard, and whether anything is lost by it."""

from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.workers.deafness import HEARD, NOTE_EVERY, Deafness
from db.engine import Database
from db.queries import update as facts
from tests.conftest import HandClock

SOON = "nothing was lost"
LONG = "taps older than 150 s are lost at Telegram; messages are not"
VERY_LONG = "Telegram kept messages of the last 24 hours, and taps of the last 150 s"


@pytest.mark.parametrize(
    ("seconds", "level", "hint"),
    [
        (0, "warning", SOON),
        (150, "warning", SOON),
        (151, "error", LONG),
        (86_400, "error", LONG),
        (86_401, "error", VERY_LONG),
    ],
)
async def test_end_tells_how_long_it_was_and_what_it_means(
    db: Database, clock: HandClock, seconds: int, level: str, hint: str
) -> None:
    deafness = Deafness(db, clock)
    deafness.begin("database")
    clock.pass_(seconds=seconds)

    with capture_logs() as told:
        deafness.end("database")

    assert told == [
        {"event": "back", "what": "database", "deaf_seconds": seconds, "hint": hint, "log_level": level}
    ]


async def test_each_cause_is_told_once_and_ends_for_itself(db: Database, clock: HandClock) -> None:
    deafness = Deafness(db, clock)
    with capture_logs() as told:
        for _ in range(3):
            deafness.begin("database")
            clock.pass_(seconds=10)
        deafness.begin("telegram")
        assert set(deafness.causes) == {"database", "telegram"}
        clock.pass_(seconds=5)
        for _ in range(3):
            deafness.end("telegram")
        assert deafness.causes == ("database",)
        deafness.end("database")

    assert [brief(each) for each in told] == [
        ("away", "database", None),
        ("away", "telegram", None),
        ("back", "telegram", 5),
        ("back", "database", 35),
    ]
    assert not deafness.causes


def brief(told: Any) -> tuple[str, str, int | None]:
    return told["event"], told["what"], told.get("deaf_seconds")


async def test_first_start_has_missed_nothing(db: Database, clock: HandClock) -> None:
    with capture_logs() as told:
        await Deafness(db, clock).start(clock.now())

    assert told == []


@pytest.mark.parametrize(("seconds", "hint"), [(150, None), (200, LONG), (100_000, VERY_LONG)])
async def test_start_tells_how_long_no_process_ran(
    db: Database, clock: HandClock, seconds: int, hint: str | None
) -> None:
    await Deafness(db, clock).step(clock.now())
    clock.pass_(seconds=seconds)

    with capture_logs() as told:
        await Deafness(db, clock).start(clock.now())

    expected = [
        {"event": "was_down", "what": "bot", "deaf_seconds": seconds, "hint": hint, "log_level": "error"}
    ]
    assert told == (expected if hint else [])


async def test_another_process_that_heard_counts(db: Database, clock: HandClock) -> None:
    await Deafness(db, clock).step(clock.now())
    clock.pass_(hours=1)
    await Deafness(db, clock).step(clock.now())  # the other one
    clock.pass_(seconds=60)

    with capture_logs() as told:
        await Deafness(db, clock).start(clock.now())

    assert told == []


async def heard(db: Database) -> str | None:
    async with db.read() as tx:
        return await facts.fact(tx, HEARD)


async def test_hearing_is_noted_now_and_then(db: Database, clock: HandClock) -> None:
    deafness = Deafness(db, clock)
    start = clock.now()

    assert await deafness.step(start) == start + NOTE_EVERY
    assert await deafness.step(start + NOTE_EVERY / 2) == start + NOTE_EVERY
    assert await heard(db) == str(int(start.timestamp()))
    later = start + NOTE_EVERY
    assert await deafness.step(later) == later + NOTE_EVERY
    assert await heard(db) == str(int(later.timestamp()))


async def test_who_hears_nothing_notes_nothing(db: Database, clock: HandClock) -> None:
    deafness = Deafness(db, clock)
    deafness.begin("telegram")

    following = await deafness.step(clock.now())

    assert following is not None
    assert following > clock.now()
    assert await heard(db) is None


async def test_clock_that_was_put_back_is_noted_at_once(db: Database, clock: HandClock) -> None:
    deafness = Deafness(db, clock)
    await deafness.step(clock.now() + timedelta(hours=1))

    await deafness.step(clock.now())

    assert await heard(db) == str(int(clock.now().timestamp()))
