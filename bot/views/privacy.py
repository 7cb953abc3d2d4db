"""What readers are told about what is kept: under each ballot in a line, and in the private chat as a whole."""

from datetime import timedelta

from bot.chat import Screen
from bot.domain.article import RichText, Span, Style
from bot.domain.installation import Defaults
from bot.texts import Say

LOCK = "🔒 "
COMMAND = "/privacy"


def span(say: Say, kept: timedelta | None) -> str:
    """Whole days where it is days, else hours, else minutes."""
    if kept is None:
        return say.plain("span-never")
    minutes = round(kept.total_seconds() / 60)
    if minutes % 1440 == 0:
        return say.plain("span-days", count=minutes // 1440)
    if minutes % 60 == 0:
        return say.plain("span-hours", count=minutes // 60)
    return say.plain("span-minutes", count=minutes)


def end_of(kept: timedelta | None) -> str:
    """For the texts to choose their words: ``closing``, ``later`` or ``never``."""
    return "never" if kept is None else "later" if kept else "closing"


def promise(say: Say, keys: timedelta | None) -> RichText:
    """The line under a ballot's question.  The command is no link there: in a group, a tap would send it to all."""
    text = LOCK + say.plain("ballot-privacy", end=end_of(keys), span=span(say, keys))
    at = text.find(COMMAND)
    return RichText(text, (Span(at, at + len(COMMAND), Style.CODE),)) if at >= 0 else RichText(text)


def without_promise(said: RichText) -> RichText:
    """A ballot's message without that line, in whatever language and words of whichever release it was written."""
    head, _, last = said.text.rpartition("\n")
    return said.slice(0, len(head.rstrip())) if last.startswith(LOCK) and COMMAND in last else said


def privacy(say: Say, defaults: Defaults) -> Screen:
    kept = defaults.retention
    values = {
        name: span(say, getattr(kept, name))
        for name in ("keys", "longest", "opinions", "failed_updates", "outbox", "applied_updates", "logs")
    }
    text = say.html(
        "privacy",
        end=end_of(kept.keys),
        ends="never" if kept.longest is None else "later",
        texts="never" if kept.opinions is None else "later",
        encrypted="yes" if defaults.encrypt else "no",
        **values,
    )
    return Screen(text)
