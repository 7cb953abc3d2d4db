"""The words that handlers speak: what they answer, and the surroundings in which they do it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self, TypeVar

from telegram import Update
from telegram.ext import Application, CallbackContext, ExtBot

from bot.buttons import Button, unpack
from bot.domain.admission import Admission, Recent
from bot.domain.audit import SOMEBODY, Actor, ActorKind
from bot.domain.facts import Facts
from bot.domain.ids import ChatId, KeyName, MessageId, Pseudonym, UserId
from bot.domain.installation import Defaults, Myself
from bot.domain.refusals import StaleButton
from bot.domain.room import RoomRules
from bot.texts import Say, language_of
from bot.vault import Vault
from db.engine import Tx

B = TypeVar("B", bound=Button)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a keyboard: it sends a button, or opens a link."""

    label: str
    button: Button | None = None
    url: str | None = None


Keyboard = tuple[tuple[Key, ...], ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """A message: Telegram's HTML, or plain text with ``entities``; and its keyboard."""

    text: str
    keyboard: Keyboard = ()
    entities: tuple[Mapping[str, object], ...] | None = None
    asks: str | None = None  # a reply is asked for; what its empty field says


@dataclass(frozen=True, slots=True)
class Toast:
    """The short notice after a tap: plain text, 200 characters at most."""

    text: str
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Passing:
    """A message of the bot's belongs to this person's conversation about the discussion with this key.

    ``traceless``: should that be over when the message is sent, it goes after ``linger`` seconds.
    """

    key: KeyName
    person: Pseudonym
    traceless: bool
    linger: float = 0.0


@dataclass(frozen=True, slots=True)
class Send:
    """``subject`` names what it is about, so that it can be taken back while it waits; ``delay`` is in seconds.

    ``passing``: the conversation that it belongs to, whose messages may have to go.
    """

    chat: ChatId
    screen: Screen
    reply_to: MessageId | None = None
    subject: int | None = None
    delay: float = 0.0
    passing: Passing | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    chat: ChatId
    message: MessageId
    screen: Screen


@dataclass(frozen=True, slots=True)
class Delete:
    """``delay``: the message is read for so many seconds first."""

    chat: ChatId
    message: MessageId
    delay: float = 0.0


Answer = Toast | Send | Edit | Delete


@dataclass(slots=True)
class Scope:
    """What one update is applied in: the open transaction, the moment, and the answers left so far."""

    tx: Tx
    now: datetime
    facts: Facts
    myself: Myself
    defaults: Defaults
    vault: Vault
    shard: int = 0  # which counters of votes this process adds to
    recent: Recent = field(default_factory=Recent)  # what authors said in the last minute
    rules: RoomRules = field(default_factory=RoomRules)
    answers: list[Answer] = field(default_factory=list)


class Surroundings:
    """python-telegram-bot's ``bot_data``: where the intake leaves the scope of the update in hand."""

    scope: Scope


class Context(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], Surroundings]):
    incoming: Update

    @classmethod
    def from_update(cls, update: object, application: "Application[Any, Any, Any, Any, Any, Any]") -> Self:
        context = super().from_update(update, application)
        if isinstance(update, Update):
            context.incoming = update
        return context

    @property
    def scope(self) -> Scope:
        return self.bot_data.scope

    @property
    def user(self) -> UserId:
        """Who acts.  Only for updates that name a person."""
        if self.incoming.effective_user is None:
            raise StaleButton()
        return UserId(self.incoming.effective_user.id)

    @property
    def actor(self) -> Actor:
        """Who acts, for the audit log: nobody by name where Telegram names none, as in a channel."""
        user, message = self.incoming.effective_user, self.incoming.effective_message
        spoken_as = None if self.incoming.callback_query or message is None else message.sender_chat
        if user is None or spoken_as is not None:
            return SOMEBODY
        return Actor(ActorKind.PERSON, UserId(user.id), user.full_name)

    @property
    def language(self) -> str:
        """The person's, as far as Telegram tells it."""
        user = self.incoming.effective_user
        return language_of(user.language_code if user else None)

    @property
    def say(self) -> Say:
        return Say(self.language)

    @property
    def chat(self) -> ChatId:
        """Where the update happened; for a tap on a message that is gone, too."""
        chat = self.incoming.effective_chat
        if chat is None:
            raise StaleButton()
        return ChatId(chat.id)

    @property
    def admission(self) -> Admission:
        return Admission(self.scope.defaults, self.scope.recent, self.scope.now, self.language)

    def button(self, kind: type[B]) -> B:
        """The tapped button; raises StaleButton when it is not of that kind, or pressed where it cannot stand.

        Of buttons in rooms, the service that opens the card knows whether this is one of its rooms.
        """
        query = self.incoming.callback_query
        button = unpack(query.data or "") if query else None
        somewhere = isinstance(button, kind) and (button.everywhere or button.in_rooms)
        if not isinstance(button, kind) or not (somewhere or self.is_private):
            raise StaleButton()
        return button

    @property
    def is_private(self) -> bool:
        chat = self.incoming.effective_chat
        return chat is not None and chat.type == chat.PRIVATE

    def screen_message(self) -> MessageId:
        """The message whose key was tapped."""
        query = self.incoming.callback_query
        if query is None or query.message is None:
            raise StaleButton()
        return MessageId(query.message.message_id)

    def answer(self, *answers: Answer) -> None:
        self.scope.answers.extend(answers)
