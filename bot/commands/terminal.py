"""Words of other people on the operator's terminal."""

from rich.console import Console
from rich.text import Text


def visible(text: str) -> str:
    """Without control characters: they could move the cursor, recolour or retitle the terminal."""
    return "".join(
        c if c.isprintable() or c in "\n\u00a0\u202f\u200d\u200c" else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )


def cell(text: str, style: str = "") -> Text:
    """As it is: square brackets are no markup."""
    return Text(" ".join(visible(text).split()), style=style)


def console() -> Console:
    """Standard output; 80 columns when it is no terminal."""
    found = Console(highlight=False, markup=False, emoji=False)
    return found if found.is_terminal else Console(highlight=False, markup=False, emoji=False, width=80)
