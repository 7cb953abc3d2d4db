"""The hot path: a tap on a ballot, decoded straight from Telegram's JSON.  Everything else takes the ordinary route."""

import re
from typing import Annotated

import msgspec

from bot.buttons import MAX_NUMBER, Vote, WithdrawVote, unpack
from bot.domain.ids import BallotId, ChatId, MessageId, OptionId, UserId
from bot.domain.refusals import StaleButton
from bot.services.ballot import Tap


class _Person(msgspec.Struct):
    id: int
    language_code: str | None = None


class _Chat(msgspec.Struct):
    id: int


class _Message(msgspec.Struct):
    message_id: int
    chat: _Chat


class _Query(msgspec.Struct):
    id: str
    sender: _Person = msgspec.field(name="from")
    data: str = ""
    message: _Message | None = None


class _Said(msgspec.Struct):
    sender: _Person | None = msgspec.field(name="from", default=None)
    chat: _Chat | None = None


class Numbered(msgspec.Struct):
    """The least that an update has; what does not fit into the database is no number of Telegram's."""

    update_id: Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]


class Envelope(Numbered):
    """As much of an update as the fast path reads."""

    callback_query: _Query | None = None
    message: _Said | None = None
    edited_message: _Said | None = None
    channel_post: _Said | None = None
    edited_channel_post: _Said | None = None
    my_chat_member: _Said | None = None
    chat_member: _Said | None = None

    @property
    def queues(self) -> frozenset[int]:
        """The person and the chat in whose order this update stands; a tap stands in its person's alone."""
        if self.callback_query is not None:
            return frozenset([self.callback_query.sender.id])
        said = (
            self.message
            or self.edited_message
            or self.channel_post
            or self.edited_channel_post
            or self.my_chat_member
            or self.chat_member
        )
        if said is None:
            return frozenset()
        return frozenset(party.id for party in (said.sender, said.chat) if party is not None)


class Pressed(msgspec.Struct, frozen=True):
    update_id: int
    query: str
    language: str | None
    tap: Tap


# What ``pack(Vote(...))`` makes, read without its detours; anything else, ``unpack`` judges.
_VOTE = re.compile(rf"{Vote.tag}:([1-9][0-9]{{0,15}}):([1-9][0-9]{{0,15}})").fullmatch
_decoder = msgspec.json.Decoder(Envelope)


def open_envelope(raw: msgspec.Raw) -> Envelope:
    """Raises msgspec.MsgspecError for what is no update."""
    return _decoder.decode(raw)


def tap_of(envelope: Envelope) -> Pressed | None:
    """``None`` for all that is not a well-formed vote: the ordinary route says what is wrong with it."""
    query = envelope.callback_query
    if query is None or query.message is None:
        return None
    option: OptionId | None
    if (vote := _VOTE(query.data)) is not None:
        ballot, option = BallotId(int(vote[1])), OptionId(int(vote[2]))
    else:
        try:
            button = unpack(query.data)
        except StaleButton:
            return None
        if not isinstance(button, Vote | WithdrawVote):
            return None
        ballot, option = button.ballot, button.option if isinstance(button, Vote) else None
    chat, message = ChatId(query.message.chat.id), MessageId(query.message.message_id)
    tap = Tap(ballot, option, UserId(query.sender.id), chat, message)
    return Pressed(envelope.update_id, query.id, query.sender.language_code, tap)
