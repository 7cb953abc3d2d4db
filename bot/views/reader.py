"""What a reader is shown of what is kept about them, and what becomes of it."""

from collections.abc import Iterable

from bot.buttons import ForgetMe, ForgetMeNow, KeepMine
from bot.chat import Key, Screen
from bot.services.reader import Held, Mine
from bot.texts import Say
from bot.views.opinion import TITLE
from bot.views.screen import moment, shorten

LONGEST = 3500  # characters of a message: Telegram takes 4096
MOST_SHOWN = 5  # opinions of a discussion whose beginnings are shown
BEGINNING = 100  # characters of one


def mine(say: Say, kept: Mine, time_zone: str) -> tuple[Screen, ...]:
    if not (kept.erasable or kept.discussions):
        return (Screen(f"{say.html('mydata-nothing')}\n\n{say.html('mydata-foot')}"),)
    parts = [say.html("mydata-head"), *(_held(say, held, time_zone) for held in kept.discussions)]
    if kept.waiting:
        parts.append(say.html("mydata-waiting", count=kept.waiting))
    if kept.failed:
        parts.append(say.html("mydata-failed", count=kept.failed))
    if kept.unreachable:
        parts.append(say.html("mydata-unreachable"))
    parts.append(say.html("mydata-foot"))
    return tuple(Screen(text) for text in _together(parts))


def _together(parts: Iterable[str]) -> list[str]:
    """As few messages as hold them; none is cut."""
    messages: list[str] = []
    for part in parts:
        if messages and len(messages[-1]) + len(part) + 2 <= LONGEST:
            messages[-1] += f"\n\n{part}"
        else:
            messages.append(part)
    return messages


def _held(say: Say, held: Held, time_zone: str) -> str:
    lines = [say.html("mydata-title", title=shorten(held.title, TITLE))]
    if held.vote is not None:
        lines.append(say.html("mydata-vote", option=held.vote))
    if held.opinions:
        lines.append(say.html("mydata-opinions", count=len(held.opinions)))
        lines += [
            say.html("mydata-opinion", text=shorten(text, BEGINNING)) for text in held.opinions[:MOST_SHOWN]
        ]
        if (more := len(held.opinions) - MOST_SHOWN) > 0:
            lines.append(say.html("mydata-more", count=more))
    if held.has_opened:
        lines.append(say.html("mydata-writing"))
    if held.is_counted:
        lines.append(say.html("mydata-quota"))
    if held.reports:
        lines.append(say.html("mydata-reports", count=held.reports))
    if held.is_muted:
        lines.append(say.html("mydata-muted"))
    when = "" if held.until is None else moment(say, held.until, time_zone)
    lines.append(say.html("mydata-kept", state=_state(held), when=when))
    return "\n".join(lines)


def _state(held: Held) -> str:
    """For the texts to choose their words."""
    if held.until is None:
        return "open-endless" if held.is_open else "endless"
    return "open" if held.is_open else "closed"


def forget(say: Say, kept: Mine) -> Screen:
    if not kept.erasable:
        return _nothing(say, kept)
    text = say.html("forget-ask", votes=kept.votes, opinions=kept.opinions, muted=_muted(kept))
    return Screen(_without_gaps(text), ((Key(say.plain("button-forget"), ForgetMe()),), _keep(say)))


def _nothing(say: Say, kept: Mine) -> Screen:
    return Screen(say.html("forget-nothing", muted=_muted(kept)))


def _keep(say: Say) -> tuple[Key, ...]:
    return (Key(say.plain("button-keep-mine"), KeepMine()),)


def _muted(kept: Mine) -> str:
    return "yes" if kept.is_muted else "no"


def _without_gaps(text: str) -> str:
    """Lines that had nothing to say go."""
    return "\n".join(line for line in text.splitlines() if line.strip())


def sure(say: Say) -> Screen:
    return Screen(
        say.html("forget-sure"), ((Key(say.plain("button-forget-sure"), ForgetMeNow()),), _keep(say))
    )


def erased(say: Say, was: Mine) -> Screen:
    if not was.erasable:
        return _nothing(say, was)
    return Screen(say.html("forget-done", votes=was.votes, opinions=was.opinions, muted=_muted(was)))
