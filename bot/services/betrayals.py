"""What in an opinion may tell who wrote it, found offline before the opinion is kept.  Nothing leaves this process.

Patterns are bounded, so the time grows with the length of the text, whatever it is.
"""

from collections.abc import Iterable, Iterator

from bot.domain.betrayal import PLACEHOLDER, Betrayal, merged, without
from bot.domain.folding import Reading, read
from bot.services.betrayal_addresses import addresses
from bot.services.betrayal_numbers import numbers
from bot.services.betrayal_words import words

SEARCHES = (numbers, addresses, words)


def find_betrayals(text: str) -> tuple[Betrayal, ...]:
    """Sorted, without overlaps, offsets in code points.  What stands behind a placeholder is a text of its own."""
    found: list[Betrayal] = []
    offset = 0
    for part in text.split(PLACEHOLDER):
        found += _find(read(part), offset)
        offset += len(part) + len(PLACEHOLDER)
    return merged(found)


def _find(reading: Reading, offset: int) -> Iterator[Betrayal]:
    for search in SEARCHES:
        for start, end, kind in search(reading):
            first, last = reading.span(start, end)
            yield Betrayal(first + offset, last + offset, kind)


def trimmed(text: str, betrayals: Iterable[Betrayal]) -> str:
    """The text with «[…]» in place of each finding, and of what only shows once those are gone: nothing is found in it.

    It ends, since every round takes at least one character and the placeholder is never found.
    """
    found = tuple(betrayals)
    while found:
        text = without(text, found)
        found = find_betrayals(text)
    return text
