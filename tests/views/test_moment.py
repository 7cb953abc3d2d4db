from datetime import UTC, datetime

from bot.texts import Say
from bot.views.screen import moment

EVENING = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)


def test_moment_is_written_in_the_zone_and_language_asked_for() -> None:
    assert moment(Say("uk"), EVENING, "Europe/Kyiv") == "24 листопада 2026, 00:30"
    assert moment(Say("en"), EVENING, "America/New_York") == "23 November 2026, 17:30"
