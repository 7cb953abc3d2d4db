"""Every word that the bot says, in Fluent files: one a language, found by their names.

``say.html`` escapes every value, for screens; ``say.plain`` does not, for toasts and the labels of keys, which have no
formatting.  A message that a language lacks is taken from English.
"""

import html
from functools import cache
from importlib.resources import files
from typing import Any

from fluent.runtime import FluentBundle, FluentResource

DEFAULT = "uk"  # for readers whose language we do not know
FALLBACK = "en"  # for messages that a translation lacks


@cache
def languages() -> tuple[str, ...]:
    names = sorted(entry.name for entry in files(__name__).iterdir())
    return tuple(name.removesuffix(".ftl") for name in names if name.endswith(".ftl"))


def language_of(code: str | None) -> str:
    """The language to speak with somebody whose client says ``code`` (IETF tag, or nothing)."""
    primary = (code or "").split("-")[0].lower()
    return primary if primary in languages() else DEFAULT


@cache
def _bundle(language: str) -> FluentBundle:
    # No isolation marks around values: in labels and toasts they would count as characters and show as boxes on old
    # phones.  Values that may be right-to-left stand alone on their line in the texts.
    bundle = FluentBundle([language, FALLBACK], use_isolating=False)
    bundle.add_resource(FluentResource((files(__name__) / f"{language}.ftl").read_text("utf-8")))
    return bundle


class Say:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language if language in languages() else DEFAULT

    def plain(self, message: str, **values: Any) -> str:
        """Raises LookupError for a message that no file has, ValueError for a missing variable: both are bugs."""
        bundle = _bundle(self.language)
        if not bundle.has_message(message):
            bundle = _bundle(FALLBACK)
        pattern = bundle.get_message(message).value
        if pattern is None:
            raise LookupError(message)
        text, errors = bundle.format_pattern(pattern, values)
        if errors or not isinstance(text, str):
            raise ValueError(f"{message}: {', '.join(type(error).__name__ for error in errors)}")
        return text

    def html(self, message: str, **values: Any) -> str:
        """As Telegram's HTML: values are escaped, the message's own tags stay."""
        safe = {name: html.escape(v, quote=False) if isinstance(v, str) else v for name, v in values.items()}
        return self.plain(message, **safe)
