"""An opinion is a statement in someone's own words."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.ids import DiscussionId, OpinionId
from bot.domain.refusals import OpinionInvalid

MAX_OPINION = 4000
MAX_COMMENT = (
    32_768  # Telegram's longest (rich) message: a comment stands in the group already, it is kept whole
)


class Source(StrEnum):
    COMMENT = "comment"  # said in the discussion group, under the reader's own name
    PRIVATE = "private"  # said to the bot alone


@dataclass(frozen=True, slots=True)
class Opinion:
    id: OpinionId
    discussion: DiscussionId
    source: Source
    text: str
    edited: bool


@dataclass(frozen=True, slots=True)
class OpinionCounts:
    comments: int = 0
    private: int = 0

    @property
    def total(self) -> int:
        return self.comments + self.private


def check_opinion(text: str | None, limit: int = MAX_OPINION) -> str:
    """The text without white space at its ends, 1 to ``limit`` characters; raises OpinionInvalid.

    ``None`` stands for a message without words (a sticker, a voice): we store only what can be printed.
    """
    if text is None:
        raise OpinionInvalid(problem="kind", limit=limit)
    said = "".join(c for c in text if c.isprintable() or c in "\n\u200d\u200c").strip()
    if not said:
        raise OpinionInvalid(problem="empty", limit=limit)
    if len(said) > limit:
        raise OpinionInvalid(problem="long", limit=limit)
    return said
