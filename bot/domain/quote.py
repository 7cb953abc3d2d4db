"""An approved private opinion, published in the discussion group without its author."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.ids import ChatId, DiscussionId, MessageId, OpinionId, QuoteId


class QuoteState(StrEnum):
    WAITING = "waiting"  # for its random moment
    SENDING = "sending"  # committed before the call: found after a crash, nobody knows, and it counts as sent
    PUBLISHED = "published"
    LEAVING = "leaving"  # withdrawn or rejected: its message is to be deleted


@dataclass(frozen=True, slots=True)
class Quote:
    id: QuoteId
    opinion: OpinionId | None
    discussion: DiscussionId
    state: QuoteState
    chat: ChatId | None = None
    message: MessageId | None = None  # None: not sent, or the answer was lost
