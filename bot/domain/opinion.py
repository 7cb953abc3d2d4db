"""An opinion is a statement in someone's own words."""

import unicodedata
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from bot.domain.article import shows
from bot.domain.ids import DiscussionId, OpinionId
from bot.domain.refusals import OpinionInvalid

MAX_OPINION = 4000
MAX_COMMENT = (
    32_768  # Telegram's longest (rich) message: a comment stands in the group already, it is kept whole
)
UNKEPT = frozenset({"Cc", "Cs", "Zl", "Zp"})  # Unicode's categories: controls, halves of pairs, separators


class Source(StrEnum):
    COMMENT = "comment"  # said in the discussion group, under the reader's own name
    PRIVATE = "private"  # said to the bot alone


class Lane(IntEnum):
    """What stays in the private chat of an opinion.  Buttons carry the numbers: they are never changed."""

    PLAIN = 0  # everything, so that it can be changed and withdrawn there
    TRACELESS = 1  # nothing: once it is stored, the reader's message and the bot's own are deleted
    ANSWERABLE = 2  # as TRACELESS, but the chat's address is kept, sealed, so that an answer can come

    @property
    def leaves_trace(self) -> bool:
        return self is Lane.PLAIN


class Moderation(StrEnum):
    """What becomes of private opinions before they count."""

    NONE = "none"  # they count; only what screening or readers point at is shown to staff
    PRE = "pre"  # they count once they are approved
    POST = "post"  # they count until they are rejected


class Standing(StrEnum):
    NEW = "new"  # waits for somebody to approve it, and does not count until then
    APPROVED = "approved"  # counts: also where nobody has to decide first
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Opinion:
    id: OpinionId
    discussion: DiscussionId
    source: Source
    text: str
    edited: bool
    standing: Standing = Standing.APPROVED


@dataclass(frozen=True, slots=True)
class OpinionCounts:
    comments: int = 0
    private: int = 0

    @property
    def total(self) -> int:
        return self.comments + self.private


def check_opinion(text: str | None, limit: int = MAX_OPINION) -> str:
    """The text without white space at its ends, 1 to ``limit`` characters; raises OpinionInvalid.

    ``None`` stands for a message without words (a sticker, a voice).  Control characters are not kept; non-breaking
    spaces, marks of direction and emoji that this Python does not know yet are.
    """
    if text is None:
        raise OpinionInvalid(problem="kind", limit=limit)
    said = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in UNKEPT).strip()
    if not shows(said):
        raise OpinionInvalid(problem="empty", limit=limit)
    if len(said) > limit:
        raise OpinionInvalid(problem="long", limit=limit)
    return said
