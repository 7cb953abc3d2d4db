"""What staff did, as a chain: each row's digest covers the row before it.  Never a reader, never an opinion."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.domain.ids import ChannelId, DiscussionId, Pseudonym, UserId

DIGEST_BYTES = 32
BEGINNING = bytes(DIGEST_BYTES)  # what stands before the first row
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_DETAIL = 200  # characters


class Act(StrEnum):
    """Stored by their names, which are never reused."""

    PUBLISHED = "published"
    DRAFT_CANCELLED = "draft-cancelled"
    CLOSED = "closed"
    ASKED = "asked"  # /poll
    POSTED_AGAIN = "posted-again"
    POST_CONFIRMED = "post-confirmed"
    CONFIGURED = "configured"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    ROOM_NAMED = "room-named"
    ROOM_LEFT = "room-left"
    ROOM_MENDED = "room-mended"
    MEMBERS_ACCEPTED = "members-accepted"
    APPROVED = "approved"
    REJECTED = "rejected"
    MUTED = "muted"
    QUOTED = "quoted"
    ANSWERED = "answered"
    INVITED = "invited"
    NAMED = "named"
    REMOVED = "removed"
    CHECKED_IN = "checked-in"
    PANICKED = "panicked"
    PANIC_FINISHED = "panic-finished"
    PANIC_ENDED = "panic-ended"
    READ_OPINIONS = "read-opinions"
    BACKED_UP = "backed-up"
    RESTORED = "restored"
    REPLAYED = "replayed"
    KEYS_CHANGED = "keys-changed"


class ActorKind(StrEnum):
    PERSON = "person"
    CHANNEL = "channel"  # whoever may post there: Telegram names nobody
    OPERATOR = "operator"  # at the machine's command line
    BOT = "bot"  # by itself, because nobody checked in


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it.  ``name`` as Telegram shows it."""

    kind: ActorKind
    user: UserId | None = None
    name: str = ""


OPERATOR = Actor(ActorKind.OPERATOR)
BOT = Actor(ActorKind.BOT)
SOMEBODY = Actor(ActorKind.CHANNEL)


def person(user: UserId, name: str) -> Actor:
    return Actor(ActorKind.PERSON, user, name)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row.  ``label`` is sealed and may say who it was."""

    number: int
    at: datetime
    actor: Pseudonym | None
    label: bytes | None
    act: str
    channel: ChannelId | None
    discussion: DiscussionId | None
    detail: str | None
    previous: bytes
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The newest row that is remembered outside of the database."""

    number: int
    digest: bytes


class Break(StrEnum):
    """How the chain does not hold."""

    MISSING = "missing"  # a number is left out, or comes twice, or in the wrong place
    CHANGED = "changed"  # its own digest does not fit it
    UNLINKED = "unlinked"  # it does not follow the row before it
    CUT = "cut"  # the row that is remembered is not there
    REPLACED = "replaced"  # another one stands in the place of the one that is remembered


@dataclass(frozen=True, slots=True)
class Fault:
    kind: Break
    number: int


def content(entry: Entry) -> bytes:
    """What the digest covers: every field, so that none can be changed, nor moved into another."""
    fields = (
        entry.number,
        (entry.at - EPOCH) // timedelta(microseconds=1),
        None if entry.actor is None else entry.actor.hex(),
        None if entry.label is None else entry.label.hex(),
        entry.act,
        entry.channel,
        entry.discussion,
        entry.detail,
        entry.previous.hex(),
    )
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode()


class Chain:
    """Rows are looked at one by one, in the order of their numbers; remembers nothing but the last one."""

    def __init__(self, anchor: Anchor | None, after: Anchor = Anchor(0, BEGINNING)) -> None:
        """``after``: the row that the first one follows."""
        self.last = after
        self._anchor = anchor

    def look(self, entry: Entry, digest: bytes) -> Iterable[Fault]:
        """``digest``: the one that this row should have."""
        if entry.number != self.last.number + 1:
            yield Fault(Break.MISSING, self.last.number + 1)
        elif entry.previous != self.last.digest:
            yield Fault(Break.UNLINKED, entry.number)
        if entry.digest != digest:
            yield Fault(Break.CHANGED, entry.number)
        if (
            self._anchor is not None
            and entry.number == self._anchor.number
            and entry.digest != self._anchor.digest
        ):
            yield Fault(Break.REPLACED, entry.number)
        self.last = Anchor(entry.number, entry.digest)

    def end(self) -> Iterable[Fault]:
        """Rows after the one that is remembered are fine; one that is remembered and not there is not."""
        if self._anchor is not None and self.last.number < self._anchor.number:
            yield Fault(Break.CUT, self.last.number + 1)
