"""The one place that turns a refusal into words."""

from bot.domain.refusals import Refusal
from bot.texts import Say
from bot.views.screen import TOAST_LIMIT, shorten

DETAIL = 100  # characters of a title or a question in a refusal


def words(say: Say, refusal: Refusal) -> str:
    """Plain text."""
    return say.plain(refusal.text, **_details(refusal))


def html(say: Say, refusal: Refusal) -> str:
    return say.html(refusal.text, **_details(refusal))


def toast(say: Say, refusal: Refusal) -> str:
    return shorten(words(say, refusal), TOAST_LIMIT)


def _details(refusal: Refusal) -> dict[str, str | int]:
    return {k: shorten(v, DETAIL) if isinstance(v, str) else v for k, v in refusal.details.items()}
