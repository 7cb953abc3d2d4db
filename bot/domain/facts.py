"""What only Telegram knows, as questions with typed answers.

Nothing waits for the network inside a transaction.  So a handler that needs such a fact asks for it; when it is not
known yet, ``Unasked`` undoes the handler's work, the question is put to Telegram with no transaction open, and the
update is applied again.
"""

from dataclasses import dataclass
from typing import Protocol

from bot.domain.ids import ChatId, UserId


@dataclass(frozen=True, slots=True)
class Member:
    """``rights`` are the names of what an administrator may do; the owner may do all."""

    user: UserId
    status: str
    rights: frozenset[str] = frozenset()
    is_bot: bool = False

    @property
    def is_admin(self) -> bool:
        return self.status in {"creator", "administrator"}

    @property
    def is_present(self) -> bool:
        return self.is_admin or self.status in {"member", "restricted"}

    def may(self, right: str) -> bool:
        return self.status == "creator" or (self.status == "administrator" and right in self.rights)


@dataclass(frozen=True, slots=True)
class ChatFacts:
    chat: ChatId
    kind: str  # channel, supergroup, group or private
    title: str
    username: str | None = None
    linked: ChatId | None = None
    visible_history: bool = False  # new members may read what is older; told to administrators alone
    join_by_request: bool = False  # an administrator is asked about everybody who joins
    forum: bool = False


@dataclass(frozen=True, slots=True)
class MemberOf:
    """Answer: Member; somebody whom Telegram does not know there has the status "left"."""

    chat: ChatId
    user: UserId


@dataclass(frozen=True, slots=True)
class AdminsOf:
    """Answer: tuple of Member, with all bots; empty when the bot may not know."""

    chat: ChatId


@dataclass(frozen=True, slots=True)
class CountOf:
    """Answer: how many members the chat has; None when the bot may not know."""

    chat: ChatId


@dataclass(frozen=True, slots=True)
class ChatOf:
    """Answer: ChatFacts, or None when Telegram shows us no such chat.  ``chat`` may be a public name with its @."""

    chat: ChatId | str


@dataclass(frozen=True, slots=True)
class FileOf:
    """Answer: bytes, or None when the file is larger than ``limit`` bytes."""

    file: str
    limit: int


Question = MemberOf | AdminsOf | CountOf | ChatOf | FileOf


class Unasked(Exception):
    """Not a failure: the questions have to be put to Telegram before the update can be applied."""

    def __init__(self, *questions: Question) -> None:
        self.questions = questions
        super().__init__("a question to Telegram")  # never the question itself: it holds a person's number


class Facts(Protocol):
    """What is known by now.  Each method raises Unasked for what is not, and TelegramAway when asking failed."""

    def member(self, chat: ChatId, user: UserId) -> Member: ...
    def admins(self, chat: ChatId) -> tuple[Member, ...]: ...
    def count(self, chat: ChatId) -> int | None: ...
    def chat(self, chat: ChatId | str) -> ChatFacts | None: ...
    def file(self, file: str, limit: int) -> bytes | None: ...
    def need(self, *questions: Question) -> None:
        """Raises Unasked for all of them that are not known, so that they cost one wait; never TelegramAway."""
        ...

    def members(self, user: UserId, chats: tuple[ChatId, ...]) -> tuple[Member, ...]: ...
