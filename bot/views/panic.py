"""What owners read before everything is destroyed, and when they check in."""

from datetime import timedelta

from bot.buttons import PanicFirst, PanicSecond
from bot.chat import Key, Screen
from bot.texts import Say


def sure(say: Say, number: int) -> Screen:
    first = Key(say.plain("button-panic-first"), PanicFirst(number))
    second = Key(say.plain("button-panic-second"), PanicSecond(number))
    return Screen(say.html("panic-sure"), ((first,), (second,)))


def checked_in(say: Say, left: timedelta | None) -> str:
    """``left``: until everything would be destroyed; ``None`` where that is turned off."""
    if left is None:
        return say.html("checkin-off")
    return say.html("checkin-done", hours=max(1, round(left.total_seconds() / 3600)))
