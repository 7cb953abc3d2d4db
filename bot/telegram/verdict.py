"""What an answer means.  The only place where Telegram's error sentences are read.

They are compared as substrings without regard to case: other libraries pass some on in lower case, and the server
puts "Bad Request: " or "Forbidden: " before them.
"""

import re
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

from bot.telegram.api import NoAnswer, Reply


class Reason(StrEnum):
    """Why Telegram did not do it; ``value`` is for logs."""

    KEY_GONE = auto()  # our own: what was to be sent cannot be read any more
    BLOCKED = auto()  # the person blocked the bot
    DEACTIVATED = auto()  # the person's account is gone
    NEVER_STARTED = auto()  # the person never wrote to the bot
    RECIPIENT_IS_BOT = auto()
    KICKED = auto()
    NOT_MEMBER = auto()  # the bot left or was removed
    CHAT_DELETED = auto()
    CHAT_NOT_FOUND = auto()  # unknown, or a person who never met the bot
    MEMBER_NOT_FOUND = auto()  # the person asked about is unknown in that chat
    MIGRATED = auto()  # the group has a new id
    NO_RIGHT = auto()
    MESSAGE_GONE = auto()
    REPLY_GONE = auto()  # the message to answer was deleted; it could be sent without
    TOPIC_GONE = auto()
    NOT_EDITABLE = auto()  # this message cannot be edited, deleted or closed that way by this bot
    QUERY_TOO_OLD = auto()  # the tap was answered too late
    MEDIA_REFUSED = auto()  # Telegram could not fetch or use a file or an address of one
    FILE_TOO_BIG = auto()
    TOKEN_REJECTED = auto()
    METHOD_UNKNOWN = auto()  # a server older than the method
    WEBHOOK_ACTIVE = auto()  # getUpdates while a webhook is set
    CONFLICT = auto()  # a second program polls with this token
    BAD_REQUEST = auto()  # anything else wrong with the request itself, such as its text or its markup
    FLOOD = auto()
    SERVER = auto()
    GATEWAY = auto()  # something between us and Telegram refused
    NETWORK = auto()


@dataclass(frozen=True, slots=True)
class Sent:
    """Done.  ``result`` is None when it was so already or is gone again, and for what nobody could read."""

    result: Any = None


@dataclass(frozen=True, slots=True)
class TryLater:
    """Not done; the same request may work after ``after`` seconds (None: not said).

    ``whole_bot`` is True when waiting concerns every request, not only this chat's.
    """

    after: float | None
    whole_bot: bool
    reason: Reason


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Not done, and the same request will never work.  ``migrate_to`` is the chat's new id if that is why."""

    reason: Reason
    migrate_to: int | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """May have taken effect.  To repeat an edit is harmless, to repeat a message posts it twice."""


Verdict = Sent | TryLater | GiveUp | Unknown

# It is as was wished.  Polls are only ever closed by the bot that sent them, so "can't" means closed before.
ALREADY = (
    "message is not modified",
    "poll has already been closed",
    "poll can't be stopped",
    "message to delete not found",
    "sent message was immediately deleted",
)

# The first that occurs counts.
REASONS = (
    ("bot was blocked by the user", Reason.BLOCKED),
    ("user is deactivated", Reason.DEACTIVATED),
    ("can't initiate conversation", Reason.NEVER_STARTED),
    ("can't send messages to the bot", Reason.RECIPIENT_IS_BOT),
    ("bot was kicked", Reason.KICKED),
    ("bot is not a member", Reason.NOT_MEMBER),
    ("group chat was deleted", Reason.CHAT_DELETED),
    ("group chat was upgraded", Reason.MIGRATED),
    ("chat not found", Reason.CHAT_NOT_FOUND),
    ("member list is inaccessible", Reason.NO_RIGHT),
    ("need administrator rights", Reason.NO_RIGHT),
    ("have no write access", Reason.NO_RIGHT),
    ("not enough rights", Reason.NO_RIGHT),
    ("chat_admin_required", Reason.NO_RIGHT),
    ("chat_write_forbidden", Reason.NO_RIGHT),
    ("member not found", Reason.MEMBER_NOT_FOUND),
    ("participant_id_invalid", Reason.MEMBER_NOT_FOUND),
    ("message to be replied not found", Reason.REPLY_GONE),
    ("message thread not found", Reason.TOPIC_GONE),
    ("wrong direct messages topic", Reason.TOPIC_GONE),
    ("message to edit not found", Reason.MESSAGE_GONE),
    ("message to pin not found", Reason.MESSAGE_GONE),
    ("message to copy not found", Reason.MESSAGE_GONE),
    ("message to forward not found", Reason.MESSAGE_GONE),
    ("message to react not found", Reason.MESSAGE_GONE),
    ("message with poll to stop not found", Reason.MESSAGE_GONE),
    ("message_id_invalid", Reason.MESSAGE_GONE),
    ("message can't be edited", Reason.NOT_EDITABLE),
    ("message can't be deleted", Reason.NOT_EDITABLE),
    ("no text in the message to edit", Reason.NOT_EDITABLE),
    ("message is not a poll", Reason.NOT_EDITABLE),
    ("query is too old", Reason.QUERY_TOO_OLD),
    ("query id is invalid", Reason.QUERY_TOO_OLD),
    ("query_id_invalid", Reason.QUERY_TOO_OLD),
    ("file is too big", Reason.FILE_TOO_BIG),
    ("wrong file identifier", Reason.MEDIA_REFUSED),
    ("wrong http url", Reason.MEDIA_REFUSED),
    ("failed to get http url content", Reason.MEDIA_REFUSED),
    ("wrong type of the web page content", Reason.MEDIA_REFUSED),
    ("method not found", Reason.METHOD_UNKNOWN),
    ("webhook is active", Reason.WEBHOOK_ACTIVE),
    ("terminated by setwebhook", Reason.WEBHOOK_ACTIVE),
)

# A page without Telegram's JSON that blames the request itself: repeating it would only hold up all others.
REQUEST_REFUSED = {400, 413, 414, 431}


def judge(outcome: Reply | NoAnswer) -> Verdict:
    """What to do next, from the outcome of one call."""
    if isinstance(outcome, NoAnswer):
        return Unknown() if outcome.maybe_done else TryLater(None, True, Reason.NETWORK)
    if outcome.ok:
        return Sent(outcome.result)
    if not outcome.description:
        return judge_page(outcome.code)
    return judge_refusal(outcome, outcome.description.lower())


def judge_page(code: int) -> Verdict:
    """An answer that is not Telegram's: a proxy, a load balancer or a wrong address spoke.

    With a 4xx or a redirect it refused by itself, and nothing was done.  A 5xx often means that it did pass the
    request on and then lost the answer (502, 504), and a 2xx may be a mangled answer of Telegram's.
    """
    if code in REQUEST_REFUSED:
        return GiveUp(Reason.BAD_REQUEST)
    if 300 <= code < 500:
        return TryLater(None, True, Reason.GATEWAY)
    return Unknown()


def judge_refusal(reply: Reply, text: str) -> Verdict:
    """``text`` is Telegram's sentence in lower case."""
    if reply.migrate_to is not None:
        return GiveUp(Reason.MIGRATED, reply.migrate_to)
    if reply.code == 429 or reply.retry_after is not None:
        return TryLater(wait(reply, text), False, Reason.FLOOD)
    if any(sentence in text for sentence in ALREADY):
        return Sent()
    if reply.code in {502, 504}:  # api.telegram.org's own front door writes these as JSON
        return Unknown()
    if reply.code >= 500:
        return TryLater(None, "restart" in text or reply.code == 503, Reason.SERVER)
    for sentence, reason in REASONS:
        if sentence in text:
            return GiveUp(reason)
    match reply.code:
        case 401 | 404:
            return GiveUp(Reason.TOKEN_REJECTED)
        case 403:
            return GiveUp(Reason.NO_RIGHT)
        case 409:
            return TryLater(None, True, Reason.CONFLICT)
    return GiveUp(Reason.BAD_REQUEST)


def wait(reply: Reply, text: str) -> float | None:
    """Seconds, from the parameters or, where something in between dropped them, from the sentence."""
    if reply.retry_after is not None:
        return float(reply.retry_after)
    said = re.search(r"retry after (\d+)", text)
    return float(said[1]) if said else None
