"""A discussion is opened in a channel or its group: an article or another's post, a question with a ballot, opinions."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.article import Article
from bot.domain.ballot import Ballot, Results, check_ballot
from bot.domain.ids import ChannelId, ChatId, DiscussionId, KeyName, MessageId, PostId
from bot.domain.opinion import Moderation, OpinionCounts


class Layout(StrEnum):
    AUTO = "auto"
    TOGETHER = "together"
    APART = "apart"


class State(StrEnum):
    QUEUED = "queued"  # not all of it has been posted
    UNCERTAIN = "uncertain"  # a message may or may not have arrived: its editor decides
    OPEN = "open"
    CLOSED = "closed"


class PostKind(StrEnum):
    ARTICLE = "article"
    BALLOT = "ballot"  # carries the keyboard, alone or under the end of the article


class PostState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"  # committed before the call: found after a crash, it means that nobody knows
    UNCERTAIN = "uncertain"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class Channel:
    """``group`` is the discussion group that Telegram links to the channel; ``group_seen`` whether the bot reads it."""

    id: ChannelId
    chat: ChatId
    title: str
    username: str | None = None
    group: ChatId | None = None
    group_seen: bool = False
    active: bool = True
    language: str = "uk"
    question: str | None = None
    options: tuple[str, ...] | None = None
    layout: Layout = Layout.AUTO
    # None: the installation's settings hold.
    results: Results | None = None
    step: int | None = None
    minimum: int | None = None
    moderation: Moderation | None = None
    watch: bool | None = None
    owner: bytes | None = None  # sealed: the administrator who promoted the bot


@dataclass(frozen=True, slots=True)
class Discussion:
    id: DiscussionId
    channel: Channel
    chat: ChatId
    state: State
    title: str
    token: str
    created_at: datetime
    ballot: Ballot
    opinions: OpinionCounts = field(default_factory=OpinionCounts)
    trouble: str | None = None
    editor: bytes | None = None  # sealed
    messages: tuple[MessageId, ...] = ()
    key: KeyName | None = None  # None once nobody can be recognised any more
    keyless_at: datetime | None = None

    @property
    def takes_opinions(self) -> bool:
        return self.state is not State.CLOSED


@dataclass(frozen=True, slots=True)
class Post:
    """One message of a discussion.  ``text`` and ``entities`` are what Telegram is given."""

    id: PostId
    discussion: DiscussionId
    position: int
    kind: PostKind
    chat: ChatId
    text: str
    entities: tuple[dict[str, object], ...]
    state: PostState
    message: MessageId | None = None
    reply_to: MessageId | None = None


SHORT = (
    700  # characters: Telegram sends the whole text with every press, and drops presses past 128 MiB a bot
)
RESULT_ROOM = 2400  # UTF-16 units kept free in the message of a ballot for its final counts


def together(layout: Layout, has_group: bool, article: Article, question: str) -> bool:
    """Whether article and ballot share a message.

    Buttons on a post take Telegram's comment bar away, so a channel with a discussion group keeps them apart.  What was
    asked for by hand is done; whether it fits one message, with room for the final counts, is for the caller to see.
    """
    match layout:
        case Layout.APART:
            return False
        case Layout.TOGETHER:
            return True
        case Layout.AUTO:
            return not has_group and len(article.whole().text) + len(question) < SHORT


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: from the command, else the article, else the channel, else the language's own words."""

    text: str
    options: tuple[str, ...]


def choose_question(
    asked: str | None,
    options: tuple[str, ...],
    article_question: str | None,
    channel: Channel,
    default_question: str,
    default_options: tuple[str, ...],
) -> Question:
    """Raises BallotInvalid."""
    text = asked or article_question or channel.question or default_question
    question, labels = check_ballot(text, options or channel.options or default_options)
    return Question(question, labels)


@dataclass(frozen=True, slots=True)
class PostPlan:
    """A message to be posted.  ``entities`` as Telegram takes them; ``reply_to`` somebody else's post, if any."""

    kind: PostKind
    text: str
    entities: tuple[dict[str, object], ...]
    reply_to: MessageId | None = None


def fingerprint(text: str) -> bytes:
    """16 bytes by which a text is known again after Telegram has trimmed and cleaned it: white space does not count."""
    visible = "".join(c for c in text if not c.isspace() and c.isprintable())
    return hashlib.sha256(visible.encode()).digest()[:16]
