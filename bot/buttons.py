"""Every button as a type, and its 1 to 64 bytes on the wire.

Callback data comes from outside: old, forged, or about someone else's ballot.  It holds ids, never an answer or a right;
the service checks who taps.  Buttons outlive releases: a tag is never reused, a changed payload gets a new one.
"""

from dataclasses import astuple, dataclass, fields
from typing import ClassVar

from bot.domain.ids import (
    AnswerId,
    BallotId,
    CardId,
    ChannelId,
    DiscussionId,
    DraftId,
    OpinionId,
    OptionId,
    PostId,
    QuoteId,
)
from bot.domain.refusals import StaleButton

MAX_BYTES = 64
MAX_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Button:
    """``everywhere``: under a post, for all readers; ``in_rooms``: where opinions are moderated, under a card of that room;
    the others stand in a person's private chat alone.
    """

    tag: ClassVar[str]
    everywhere: ClassVar[bool] = False
    in_rooms: ClassVar[bool] = False

    @classmethod
    def matches(cls, data: object) -> bool:
        return isinstance(data, str) and data.split(":", 1)[0] == cls.tag


@dataclass(frozen=True, slots=True)
class Vote(Button):
    tag: ClassVar[str] = "v"
    everywhere: ClassVar[bool] = True
    ballot: BallotId
    option: OptionId


@dataclass(frozen=True, slots=True)
class WithdrawVote(Button):
    tag: ClassVar[str] = "w"
    everywhere: ClassVar[bool] = True
    ballot: BallotId


@dataclass(frozen=True, slots=True)
class ChooseDiscussion(Button):
    """The text that the asking message replies to belongs to this discussion."""

    tag: ClassVar[str] = "oc"
    discussion: DiscussionId


@dataclass(frozen=True, slots=True)
class StopWriting(Button):
    tag: ClassVar[str] = "os"
    discussion: DiscussionId


@dataclass(frozen=True, slots=True)
class TakeLane(Button):
    """What shall stay in the chat: ``lane`` is a bot.domain.opinion.Lane."""

    tag: ClassVar[str] = "ol"
    discussion: DiscussionId
    lane: int


@dataclass(frozen=True, slots=True)
class SendTrimmed(Button):
    """The text that the asking message replies to is an opinion without what betrays its author.

    ``replaces``: the opinion whose place it takes, 0 for none; ``lane`` as in TakeLane.
    """

    tag: ClassVar[str] = "ot"
    discussion: DiscussionId
    replaces: OpinionId
    lane: int


@dataclass(frozen=True, slots=True)
class SendAsItIs(Button):
    """As SendTrimmed, with everything in it."""

    tag: ClassVar[str] = "oi"
    discussion: DiscussionId
    replaces: OpinionId
    lane: int


@dataclass(frozen=True, slots=True)
class KeepBack(Button):
    """It is not sent."""

    tag: ClassVar[str] = "ok"
    discussion: DiscussionId
    lane: int


@dataclass(frozen=True, slots=True)
class ForgetMe(Button):
    """All that is kept about whoever presses; asked once more."""

    tag: ClassVar[str] = "fm"


@dataclass(frozen=True, slots=True)
class ForgetMeNow(Button):
    tag: ClassVar[str] = "fn"


@dataclass(frozen=True, slots=True)
class KeepMine(Button):
    tag: ClassVar[str] = "fk"


@dataclass(frozen=True, slots=True)
class ChangeOpinion(Button):
    tag: ClassVar[str] = "oe"
    opinion: OpinionId


@dataclass(frozen=True, slots=True)
class WithdrawOpinion(Button):
    tag: ClassVar[str] = "ow"
    opinion: OpinionId


@dataclass(frozen=True, slots=True)
class ChooseChannel(Button):
    tag: ClassVar[str] = "dc"
    draft: DraftId
    channel: ChannelId


@dataclass(frozen=True, slots=True)
class Publish(Button):
    tag: ClassVar[str] = "dp"
    draft: DraftId
    channel: ChannelId


@dataclass(frozen=True, slots=True)
class CancelDraft(Button):
    tag: ClassVar[str] = "dx"
    draft: DraftId


@dataclass(frozen=True, slots=True)
class ShowTally(Button):
    tag: ClassVar[str] = "t"
    discussion: DiscussionId


@dataclass(frozen=True, slots=True)
class AskClose(Button):
    tag: ClassVar[str] = "c"
    discussion: DiscussionId


@dataclass(frozen=True, slots=True)
class Close(Button):
    tag: ClassVar[str] = "cc"
    discussion: DiscussionId


@dataclass(frozen=True, slots=True)
class PostAgain(Button):
    tag: ClassVar[str] = "pa"
    post: PostId


@dataclass(frozen=True, slots=True)
class PostIsThere(Button):
    tag: ClassVar[str] = "pt"
    post: PostId


@dataclass(frozen=True, slots=True)
class ShowStaff(Button):
    tag: ClassVar[str] = "st"
    channel: ChannelId


@dataclass(frozen=True, slots=True)
class InviteModerator(Button):
    tag: ClassVar[str] = "sm"
    channel: ChannelId


@dataclass(frozen=True, slots=True)
class InviteAnalyst(Button):
    tag: ClassVar[str] = "sa"
    channel: ChannelId


@dataclass(frozen=True, slots=True)
class RemoveRole(Button):
    """``person``: a number made of their pseudonym, see ``bot.domain.role.handle``."""

    tag: ClassVar[str] = "sx"
    channel: ChannelId
    person: int


@dataclass(frozen=True, slots=True)
class ShowAudit(Button):
    """``before``: the number of a row; 0 for the newest ones."""

    tag: ClassVar[str] = "au"
    before: int


@dataclass(frozen=True, slots=True)
class PanicFirst(Button):
    """``number`` is random and of one /panic alone: of two keys that have to be pressed one after the other."""

    tag: ClassVar[str] = "p1"
    number: int


@dataclass(frozen=True, slots=True)
class PanicSecond(Button):
    tag: ClassVar[str] = "p2"
    number: int


@dataclass(frozen=True, slots=True)
class NameRoom(Button):
    """``group``: the number of a group without its minus; 0: the private chat in which it is pressed."""

    tag: ClassVar[str] = "mr"
    channel: ChannelId
    group: int


@dataclass(frozen=True, slots=True)
class Approve(Button):
    tag: ClassVar[str] = "ma"
    in_rooms: ClassVar[bool] = True
    card: CardId


@dataclass(frozen=True, slots=True)
class Reject(Button):
    tag: ClassVar[str] = "mx"
    in_rooms: ClassVar[bool] = True
    card: CardId


@dataclass(frozen=True, slots=True)
class Quote(Button):
    tag: ClassVar[str] = "mq"
    in_rooms: ClassVar[bool] = True
    card: CardId


@dataclass(frozen=True, slots=True)
class Mute(Button):
    tag: ClassVar[str] = "mm"
    in_rooms: ClassVar[bool] = True
    card: CardId


@dataclass(frozen=True, slots=True)
class Unmute(Button):
    tag: ClassVar[str] = "mu"
    in_rooms: ClassVar[bool] = True
    card: CardId


@dataclass(frozen=True, slots=True)
class Choose(Button):
    """Among those that get one common answer."""

    tag: ClassVar[str] = "mc"
    in_rooms: ClassVar[bool] = True
    card: CardId


@dataclass(frozen=True, slots=True)
class Unchoose(Button):
    tag: ClassVar[str] = "mn"
    in_rooms: ClassVar[bool] = True
    card: CardId


@dataclass(frozen=True, slots=True)
class AskAnswer(Button):
    """``chosen``: 1 for one answer to all that the person has chosen."""

    tag: ClassVar[str] = "mw"
    in_rooms: ClassVar[bool] = True
    card: CardId
    chosen: int


@dataclass(frozen=True, slots=True)
class SendAnswer(Button):
    tag: ClassVar[str] = "ms"
    in_rooms: ClassVar[bool] = True
    answer: AnswerId


@dataclass(frozen=True, slots=True)
class CancelAnswer(Button):
    tag: ClassVar[str] = "mz"
    in_rooms: ClassVar[bool] = True
    answer: AnswerId


@dataclass(frozen=True, slots=True)
class Report(Button):
    """Under a quotation: a reader says that it should not stand there."""

    tag: ClassVar[str] = "qr"
    everywhere: ClassVar[bool] = True
    quote: QuoteId


BY_TAG: dict[str, type[Button]] = {kind.tag: kind for kind in Button.__subclasses__()}


def pack(button: Button) -> str:
    """Raises ValueError for more than Telegram takes."""
    wire = ":".join([button.tag, *map(str, astuple(button))])
    if len(wire.encode()) > MAX_BYTES:
        raise ValueError(f"{type(button).__name__} needs more than {MAX_BYTES} bytes")
    return wire


def unpack(wire: str) -> Button:
    """The inverse of ``pack``; raises StaleButton for anything else."""
    tag, *values = wire.split(":")
    kind = BY_TAG.get(tag)
    if (
        kind is None
        or len(values) != len(fields(kind))
        or not all(v.isascii() and v.isdecimal() for v in values)
    ):
        raise StaleButton()
    numbers = [int(value) for value in values]
    if any(number > MAX_NUMBER for number in numbers) or pack(button := kind(*numbers)) != wire:
        raise StaleButton()
    return button
