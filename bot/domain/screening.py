"""What of an opinion moderators should look at first.  A flag drops nothing and tells nothing to the reader."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.folding import fold

LETTERS_TO_SHOUT = 16  # fewer capitals may be an abbreviation
LOUD = 0.7  # of the letters that have a case


class Flag(StrEnum):
    WORD = "word"  # begins with a banned root
    LINK = "link"
    COPIED = "copied"  # somebody else said nearly the same
    FLOOD = "flood"
    SHOUTING = "shouting"  # mostly capitals


@dataclass(frozen=True, slots=True)
class Limits:
    """How many messages of one pseudonym are no flood."""

    per_minute: int
    per_day: int


@dataclass(frozen=True, slots=True)
class Roots:
    """Folded words: ``beginnings`` of words, and ``words`` that are banned as a whole only."""

    beginnings: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def __or__(self, other: "Roots") -> "Roots":
        return Roots(self.beginnings | other.beginnings, self.words | other.words)


def banned_word(text: str, roots: Roots) -> bool:
    """Whether a word begins with a root, or is a banned one.  What stands inside a word does not count (Scunthorpe)."""
    lengths = sorted({len(root) for root in roots.beginnings})
    return any(
        word in roots.words or any(word[:length] in roots.beginnings for length in lengths)
        for word in fold(text).split(" ")
    )


ZONES = (
    "com|net|org|info|biz|edu|gov|mil|eu|ua|ru|by|pl|de|fr|uk|cz|sk|lt|lv|ee|md|ge|kz|su|io|tv|app|dev|online|site|shop|store|"
    "top|xyz|club|рф|укр|бел"
)
LINK = re.compile(
    r"(?:https?|hxxps?|ftp|tg)\s?:\s?//|(?<!\w)www\.\w"
    rf"|(?<![\w@.-])(?:[\w-]+(?:\.|\s?[\[(]\.[\])]\s?))+(?:{ZONES})(?![\w-])"
    r"|(?<![\w@.-])(?:[\w-]+\.)+[a-z]{2,10}/\w"
    r"|(?<![\w@.-])(?:t|telegram)\s?\.\s?me\s?/|(?<!\w)youtu\.be"
    rf"|\w\s?(?:\(dot\)|\[dot\]|\sdot\s|\sкрапка\s|\sточка\s)\s?(?:{ZONES}|ком|нет|юа|уа|ру)(?!\w)"
)


def has_link(text: str) -> bool:
    """Addresses of the web in the words, disguised a little or not.  Links behind words are entities, not text."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return LINK.search("".join(c for c in plain if unicodedata.category(c) != "Cf")) is not None


def is_shouting(text: str) -> bool:
    capitals = sum(map(str.isupper, text))
    return capitals >= LETTERS_TO_SHOUT and capitals > LOUD * (capitals + sum(map(str.islower, text)))


def is_flood(earlier: Iterable[datetime], now: datetime, limits: Limits) -> bool:
    """Whether a message at ``now`` is one too many after those of the same pseudonym at the times ``earlier``."""
    ages = [now - time for time in earlier]
    minute = sum(age < timedelta(minutes=1) for age in ages)
    day = sum(age < timedelta(days=1) for age in ages)
    return minute >= limits.per_minute or day >= limits.per_day
