"""Asks Telegram what only Telegram knows, and remembers the answers for at most a minute."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from bot.domain.facts import (
    AdminsOf,
    ChatFacts,
    ChatOf,
    CountOf,
    FileOf,
    Member,
    MemberOf,
    Question,
    Unasked,
)
from bot.domain.ids import ChatId, UserId
from bot.domain.refusals import TelegramAway
from bot.telegram.api import Api, FileTooBig, NoAnswer, NotOk, Reply
from bot.telegram.verdict import GiveUp, Sent, judge

log = structlog.get_logger()

FRESH = 60.0  # seconds; a right that was taken away is felt after a minute at the latest
FAILED = 15.0  # seconds in which we do not ask again after Telegram did not answer
TIMEOUT = 5.0  # seconds for an answer; somebody waits for theirs
MOST = 10_000  # answers kept; the oldest go first


@dataclass(frozen=True, slots=True)
class _Away:
    """Telegram did not answer, or not in a way that we understand."""


@dataclass(frozen=True, slots=True)
class _Known:
    answer: Any
    until: float


class TelegramFacts:
    """``bot.domain.facts.Facts``, answered by Telegram.  ``now`` is set by the intake for each batch, Unix seconds."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[Question, _Known] = {}
        self.now = 0.0

    def member(self, chat: ChatId, user: UserId) -> Member:
        return self._answer(MemberOf(chat, user))  # type: ignore[no-any-return]  # each question has its answer's type

    def members(self, user: UserId, chats: tuple[ChatId, ...]) -> tuple[Member, ...]:
        """All at once, so that ten channels cost one wait."""
        return self._answers(*(MemberOf(chat, user) for chat in chats))

    def need(self, *questions: Question) -> None:
        if unknown := self._unknown(questions):
            raise Unasked(*unknown)

    def admins(self, chat: ChatId) -> tuple[Member, ...]:
        return self._answer(AdminsOf(chat))  # type: ignore[no-any-return]

    def count(self, chat: ChatId) -> int | None:
        return self._answer(CountOf(chat))  # type: ignore[no-any-return]

    def chat(self, chat: ChatId | str) -> ChatFacts | None:
        return self._answer(ChatOf(chat))  # type: ignore[no-any-return]

    def file(self, file: str, limit: int) -> bytes | None:
        return self._answer(FileOf(file, limit))  # type: ignore[no-any-return]

    def forget(self, chat: ChatId) -> None:
        """Something changed there: ask anew."""
        stale = [q for q in self._known if not isinstance(q, FileOf) and q.chat == chat]
        for question in stale:
            del self._known[question]

    def forget_files(self) -> None:
        """They are large, and read once."""
        for question in [question for question in self._known if isinstance(question, FileOf)]:
            del self._known[question]

    async def find_out(self, questions: Sequence[Question]) -> None:
        """Put the questions to Telegram, with no transaction open."""
        begin = time.monotonic()
        answers = await asyncio.gather(*(self._ask(question) for question in questions))
        asked = (
            time.monotonic() - begin
        )  # an answer is as fresh as its arrival: ``now`` is from before the question
        for question, answer in zip(questions, answers, strict=True):
            self._known.pop(question, None)
            fresh = FAILED if isinstance(answer, _Away) else FRESH
            self._known[question] = _Known(answer, self.now + asked + fresh)
        while len(self._known) > MOST:
            del self._known[next(iter(self._known))]

    def _answer(self, question: Question) -> Any:
        return self._answers(question)[0]

    def _unknown(self, questions: Sequence[Question]) -> list[Question]:
        known = [(question, self._known.get(question)) for question in questions]
        return [question for question, answer in known if answer is None or answer.until < self.now]

    def _answers(self, *questions: Question) -> tuple[Any, ...]:
        self.need(*questions)
        answers = tuple(self._known[question].answer for question in questions)
        if any(isinstance(answer, _Away) for answer in answers):
            raise TelegramAway()
        return answers

    async def _ask(self, question: Question) -> Any:
        try:
            match question:
                case MemberOf(chat, user):
                    reply = await self._call("getChatMember", chat_id=chat, user_id=user)
                    return _member(reply.result) if reply.ok else _no_member(reply, user)
                case AdminsOf(chat):
                    reply = await self._call("getChatAdministrators", chat_id=chat, return_bots=True)
                    return tuple(map(_member, reply.result)) if reply.ok else _nothing(reply, ())
                case CountOf(chat):
                    reply = await self._call("getChatMemberCount", chat_id=chat)
                    return int(reply.result) if reply.ok else _nothing(reply, None)
                case ChatOf(chat):
                    reply = await self._call("getChat", chat_id=chat)
                    return _chat(reply.result) if reply.ok else _nothing(reply, None)
                case FileOf(file, limit):
                    return await self._file(file, limit)
        except (NoAnswer, NotOk) as error:
            log.warning("telegram.unanswered", question=type(question).__name__, error=type(error).__name__)
            return _Away()

    async def _call(self, method: str, **params: object) -> Reply:
        return await self._api.call(method, params, timeout=TIMEOUT)

    async def _file(self, file: str, limit: int) -> Any:
        reply = await self._call("getFile", file_id=file)
        path = reply.result.get("file_path") if reply.ok else None
        if path is None:
            return _nothing(reply, None)
        try:
            return await self._api.download(path, limit)
        except FileTooBig:
            return None


def _nothing(reply: Reply, nothing: Any) -> Any:
    """A refusal for good is an answer; any other is none."""
    return nothing if isinstance(judge(reply), GiveUp | Sent) else _Away()


def _no_member(reply: Reply, user: UserId) -> Any:
    """Whom Telegram does not know there, or where we may not look, has no right there that we could see."""
    return _nothing(reply, Member(user, "left"))


def _member(data: dict[str, Any]) -> Member:
    rights = frozenset(name for name, value in data.items() if name.startswith("can_") and value is True)
    person = data["user"]
    return Member(UserId(person["id"]), data["status"], rights, bool(person.get("is_bot")))


def _chat(data: dict[str, Any]) -> ChatFacts:
    linked = data.get("linked_chat_id")
    return ChatFacts(
        chat=ChatId(data["id"]),
        kind=data["type"],
        title=data.get("title") or "",
        username=data.get("username"),
        linked=None if linked is None else ChatId(linked),
        visible_history=bool(data.get("has_visible_history")),
        join_by_request=bool(data.get("join_by_request")),
        forum=bool(data.get("is_forum")),
    )
