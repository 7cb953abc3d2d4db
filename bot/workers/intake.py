"""Updates in.  A batch is one transaction with a savepoint for each update; only after its commit may Telegram hear
that it arrived, and only then do toasts go out.

When an update needs a fact that only Telegram knows, what came before it is committed, Telegram is asked with no
transaction open, and the rest goes on from that update.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from typing import Protocol

import msgspec
import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from telegram import Message, Update

from bot.chat import Scope, Screen, Send, Toast
from bot.domain.facts import Unasked
from bot.domain.ids import ChatId, UserId
from bot.domain.installation import Defaults, Myself
from bot.domain.refusals import Refusal
from bot.services import ballot as ballots
from bot.services import channel as channels
from bot.telegram.application import BotApplication
from bot.telegram.facts import TelegramFacts
from bot.texts import Say, language_of
from bot.vault import Vault
from bot.views import ballot as ballot_views
from bot.views import refusal as refusal_views
from bot.workers.answers import store_answers
from bot.workers.clock import Clock
from bot.workers.taps import Envelope, Pressed, open_envelope, tap_of
from bot.workers.trouble import where
from db.engine import Database, Tx
from db.queries import update as updates

log = structlog.get_logger()

MOST_QUESTIONS = 30  # rounds of questions for one update; more is a handler that forgets its answers

AWAY = (OperationalError, InterfaceError)  # the database is locked, full, read-only or gone

Toasts = list[tuple[str, Toast]]


class Toasting(Protocol):
    """Where toasts go after the commit."""

    def put(self, query: str, toast: Toast, /) -> None: ...


class Incoming(msgspec.Struct):
    """One update: its bytes, what the fast path could read of it, and the tap if it is one."""

    raw: msgspec.Raw
    envelope: Envelope
    pressed: Pressed | None


class Intake:
    def __init__(
        self,
        db: Database,
        dispatcher: BotApplication,
        facts: TelegramFacts,
        vault: Vault,
        myself: Myself,
        defaults: Defaults,
        toaster: Toasting,
        clock: Clock,
    ) -> None:
        self._db, self._dispatcher, self._facts, self._vault = db, dispatcher, facts, vault
        self._myself, self._defaults, self._clock = myself, defaults, clock
        self.toaster = toaster
        self._forgot_for: int | None = None

    async def take(self, batch: Sequence[msgspec.Raw]) -> None:
        """Apply a batch.  When this returns, its effects are in the database; when it raises, nothing may be confirmed."""
        readable = [incoming for raw in batch if (incoming := read(raw)) is not None]
        queue = list({incoming.envelope.update_id: incoming for incoming in readable}.values())
        rounds = 0
        while queue:
            head = queue[0]
            now = self._clock.now()
            self._facts.now = now.timestamp()
            toasts: Toasts = []
            async with self._db.write() as tx:
                queue, unasked = await self._apply_some(tx, queue, now, toasts)
                if unasked is not None and queue[0] is head and rounds > MOST_QUESTIONS:
                    queue, unasked = await self._give_up(tx, queue, now, toasts), None
            for query, toast in toasts:
                self.toaster.put(query, toast)
            if unasked is not None:
                rounds = rounds + 1 if queue[0] is head else 0
                await self._facts.find_out(unasked.questions)
        self._facts.forget_files()

    async def _apply_some(
        self, tx: Tx, queue: list[Incoming], now: datetime, toasts: Toasts
    ) -> tuple[list[Incoming], Unasked | None]:
        """Apply updates in their order, up to one that has to ask Telegram; returns what is left, and its question.

        Nobody's vote waits for that answer: taps of people who have nothing before them in the queue go ahead.
        """
        known = await updates.applied(tx, [incoming.envelope.update_id for incoming in queue])
        queue = [incoming for incoming in queue if incoming.envelope.update_id not in known]
        applied: list[int] = []
        unasked: Unasked | None = None
        try:
            while queue:
                done = await self._apply_next(tx, queue, now, toasts)
                applied += [incoming.envelope.update_id for incoming in queue[:done]]
                queue = queue[done:]
        except Unasked as question:
            unasked = question
            ahead = overtaking(queue)
            while ahead:
                done = await self._apply_next(tx, ahead, now, toasts)
                applied += [incoming.envelope.update_id for incoming in ahead[:done]]
                ahead = ahead[done:]
            queue = [incoming for incoming in queue if incoming.envelope.update_id not in set(applied)]
        await updates.mark_applied(tx, applied, now)
        return queue, unasked

    async def _give_up(self, tx: Tx, queue: list[Incoming], now: datetime, toasts: Toasts) -> list[Incoming]:
        """A handler that asks Telegram without end: a bug, which must not stop what comes after it."""
        scope = Scope(tx, now, self._facts, self._myself, self._defaults, self._vault)
        error = RuntimeError("questions without end")
        toasts += await self._set_aside(scope, queue[0], None, error)
        await updates.mark_applied(tx, [queue[0].envelope.update_id], now)
        return queue[1:]

    async def _apply_next(self, tx: Tx, queue: Sequence[Incoming], now: datetime, toasts: Toasts) -> int:
        """Apply the taps at the head of the queue as one set, or else its first update; returns how many that were."""
        taps = [i.pressed for i in takewhile(lambda i: i.pressed is not None, queue) if i.pressed is not None]
        if taps:
            try:
                async with tx.begin_nested():
                    toasts += await self._cast(tx, taps, now)
                return len(taps)
            except AWAY:
                raise
            except Exception as error:  # noqa: BLE001 - one poison tap must not stop the others: one by one
                log.error("taps.failed", error=type(error).__name__, where=where(error))
        toasts += await self._apply(tx, queue[0], now)
        return 1

    async def _cast(self, tx: Tx, taps: Sequence[Pressed], now: datetime) -> Toasts:
        outcomes = await ballots.cast_votes(tx, self._vault, [pressed.tap for pressed in taps], now)
        toasts: Toasts = []
        for pressed, outcome in zip(taps, outcomes, strict=True):
            say = Say(language_of(pressed.language))
            if isinstance(outcome, Refusal):
                toasts.append((pressed.query, Toast(refusal_views.toast(say, outcome))))
            else:
                toasts.append((pressed.query, ballot_views.toast(say, outcome.change, outcome.ballot)))
        return toasts

    async def _apply(self, tx: Tx, incoming: Incoming, now: datetime) -> Toasts:
        scope = Scope(tx, now, self._facts, self._myself, self._defaults, self._vault)
        update: Update | None = None
        try:
            async with tx.begin_nested():  # a refusal undoes what its handler wrote
                update = Update.de_json(msgspec.json.decode(incoming.raw), self._dispatcher.bot)
                self._forget_stale(update)
                self._dispatcher.bot_data.scope = scope
                await self._dispatcher.process_update(update)
                return await self._leave(tx, scope, update)
        except Refusal as refusal:
            log.info("refused", what=str(refusal))
            scope.answers.clear()
            if update is not None:
                await self._say_no(scope, update, refusal)
                return await self._leave(tx, scope, update)
            return []
        except (Unasked, *AWAY):
            raise  # not this update's fault: nothing is confirmed
        except Exception as error:  # noqa: BLE001 - one poison update must not stop the others
            return await self._set_aside(scope, incoming, update, error)

    def _forget_stale(self, update: Update) -> None:
        """Somebody's standing changed: what Telegram said about that chat is old.  Once an update, since applying it may
        ask for just that and begin anew.
        """
        change = update.my_chat_member or update.chat_member
        if change is not None and update.update_id != self._forgot_for:
            self._forgot_for = update.update_id
            self._facts.forget(ChatId(change.chat.id))

    async def _leave(self, tx: Tx, scope: Scope, update: Update) -> Toasts:
        """Store what the handler answered; every tap gets a toast, an empty one if need be."""
        toasts = await store_answers(tx, self._vault, scope.answers, scope.now)
        query = update.callback_query
        return [(query.id, (toasts or [Toast("")])[0])] if query else []

    async def _say_no(self, scope: Scope, update: Update, refusal: Refusal) -> None:
        """To the person alone: a toast for a tap, else a private message.  Where nobody is named (an anonymous
        administrator, a post of the channel), to who connected the channel.
        """
        user, message = update.effective_user, update.effective_message
        say = Say(language_of(user.language_code if user else None))
        if update.callback_query:
            scope.answers.append(Toast(refusal_views.toast(say, refusal), alert=True))
        elif message is not None and (user is None or user.is_bot or message.sender_chat is not None):
            await self._tell_owner(scope, message, refusal)
        elif user is not None and message is not None:
            scope.answers.append(Send(ChatId(user.id), Screen(refusal_views.html(say, refusal))))

    async def _tell_owner(self, scope: Scope, message: Message, refusal: Refusal) -> None:
        channel = await channels.find(scope.tx, ChatId(message.chat.id))
        if channel is None or channel.owner is None:
            return
        if message.sender_chat is not None and message.sender_chat.id not in {channel.chat, channel.group}:
            return  # somebody writes as a channel of their own: no business of the owner's
        say = Say(channel.language)
        text = say.html(
            "trouble-command",
            command=(message.text or "/").split(maxsplit=1)[0],
            channel=channel.title,
            reason=refusal_views.words(say, refusal),
        )
        scope.answers.append(Send(ChatId(scope.vault.open(channel.owner)), Screen(text)))

    async def _set_aside(
        self, scope: Scope, incoming: Incoming, update: Update | None, error: Exception
    ) -> Toasts:
        """A bug.  The update is kept sealed, unless it is a vote; the person gets one apology with its number."""
        number = incoming.envelope.update_id
        place = where(error)
        log.error("update.failed", update=number, error=type(error).__name__, where=place)
        if incoming.pressed is None:
            sealed = scope.vault.seal(bytes(incoming.raw).decode(errors="replace"))
            await updates.store_failed(
                scope.tx, number, sealed, f"{type(error).__name__} at {place[0]}", scope.now
            )
        if update is None or update.effective_user is None or update.effective_user.is_bot:
            return []
        scope.answers.clear()
        say = Say(language_of(update.effective_user.language_code))
        if update.callback_query:
            scope.answers.append(Toast(say.plain("bug", number=str(number)), alert=True))
        elif (
            update.effective_chat is not None and update.effective_chat.type == update.effective_chat.PRIVATE
        ):
            apology = Screen(say.html("bug", number=str(number)))
            scope.answers.append(Send(ChatId(UserId(update.effective_user.id)), apology))
        return await self._leave(scope.tx, scope, update)


def overtaking(queue: Sequence[Incoming]) -> list[Incoming]:
    """Taps of people who have nothing else before them in the queue: one person's updates keep their order."""
    waiting: set[int | None] = set()
    ahead: list[Incoming] = []
    for incoming in queue:
        if incoming.pressed is not None and incoming.envelope.person not in waiting:
            ahead.append(incoming)
        else:
            waiting.add(incoming.envelope.person)
    return ahead


def read(raw: msgspec.Raw) -> Incoming | None:
    """``None`` for what is no update at all: without a number it can neither be kept nor confirmed one by one."""
    try:
        envelope = open_envelope(raw)
    except msgspec.MsgspecError:
        return _mended(raw)
    return Incoming(raw, envelope, tap_of(envelope))


def _mended(raw: msgspec.Raw) -> Incoming | None:
    """The fast path could not read it; the ordinary route may."""
    try:
        data = msgspec.json.decode(raw)
        return Incoming(raw, Envelope(update_id=int(data["update_id"])), None)
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
        log.error("update.unreadable", error=type(error).__name__)
        return None
