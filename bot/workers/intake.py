"""Updates in.  A round is one transaction with a savepoint for each update; only after its commit may Telegram hear
that they arrived, and only then do toasts go out.

When an update needs a fact that only Telegram knows, what it did is undone, Telegram is asked with no transaction open,
and it is applied again.  Others do not wait for it, but for those of the same person or the same chat.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import Any, Protocol

import msgspec
import structlog
from telegram import Update

from bot.chat import Scope, Toast
from bot.domain.admission import Recent
from bot.domain.brigading import FirstVote
from bot.domain.facts import Question, Unasked
from bot.domain.ids import ChatId
from bot.domain.installation import Defaults, Myself
from bot.domain.refusals import Refusal
from bot.domain.room import RoomRules
from bot.services import ballot as ballots
from bot.telegram.api import mended, plain
from bot.telegram.application import BotApplication
from bot.telegram.facts import TelegramFacts
from bot.texts import Say, language_of
from bot.vault import Vault
from bot.views import ballot as ballot_views
from bot.views import refusal as refusal_views
from bot.workers.answers import hear, store_answers
from bot.workers.clock import Clock
from bot.workers.sampling import Sampler
from bot.workers.saying_no import Answered, apologise, closed, say_no
from bot.workers.taps import Envelope, Numbered, Pressed, open_envelope, tap_of
from bot.workers.trouble import where
from db.dialect import Raced, away
from db.engine import Database, Tx
from db.queries import update as updates

log = structlog.get_logger()

MOST_QUESTIONS = 30  # rounds of questions for one update; more is a handler that forgets its answers
MOST_RACES = 20  # times that another process was quicker with the same row; each time it got something done


class Toasting(Protocol):
    """Where toasts go after the commit."""

    def put(self, query: str, toast: Toast, /) -> None: ...


@dataclass(slots=True, eq=False)
class Incoming:
    """One update: its bytes, what the fast path could read of it, and the tap if it is one."""

    raw: msgspec.Raw
    envelope: Envelope
    pressed: Pressed | None
    asked: int = 0  # rounds of questions that it cost

    @property
    def number(self) -> int:
        return self.envelope.update_id


@dataclass(slots=True)
class Round:
    """What became of some updates.  All but ``left`` are stored; ``answered`` by the update's id."""

    left: list[Incoming] = field(default_factory=list)
    questions: dict[Question, None] = field(default_factory=dict)
    answered: dict[int, Answered] = field(default_factory=dict)
    first_votes: list[FirstVote] = field(default_factory=list)  # on ballots that are watched


@dataclass(slots=True)
class Counts:
    """Since the start."""

    votes: int = 0
    others: int = 0
    repeated: int = 0
    refused: int = 0
    failed: int = 0
    rounds: int = 0


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
        shard: Callable[[], int] = lambda: 0,
        rules: RoomRules | None = None,
    ) -> None:
        """``shard``: which counters of votes this process adds to; ``rules``: of rooms where opinions are moderated."""
        self._rules, self._recent = rules or RoomRules(), Recent()
        self._db, self._dispatcher, self._facts, self._vault = db, dispatcher, facts, vault
        self._myself, self._defaults, self._clock, self._shard = myself, defaults, clock, shard
        self.toaster = toaster
        self.counts = Counts()
        # Is called after each commit, with whether it stored nothing but votes: there may be something to send.
        self.applied: Callable[[bool], None] = lambda _: None
        self.sampler: Sampler | None = None  # is told of first votes after the commit
        self._forgot_for: int | None = None
        # From a panic on nothing is taken any more: taps are answered, all else falls away, whatever it is.
        self.hushed = False

    async def take(self, batch: Sequence[msgspec.Raw]) -> None:
        """Apply a batch.  When this returns, its effects are in the database; when it raises, nothing may be confirmed."""
        queue = [incoming for raw in batch if (incoming := read(raw)) is not None]
        while queue:
            done = await self.round(queue)
            for query, toast in done.answered.values():
                self.toaster.put(query, toast)
            queue = done.left
            await self.find_out(done.questions)
        self._facts.forget_files()

    async def find_out(self, questions: Iterable[Question]) -> None:
        """Ask Telegram what a round left open."""
        if asked := list(questions):
            await self._facts.find_out(asked)

    def forget_files(self) -> None:
        self._facts.forget_files()

    async def round(self, queue: Sequence[Incoming], behind: frozenset[int] = frozenset()) -> Round:
        """Apply in one transaction all that does not have to ask Telegram first, nor to wait ``behind`` one that does.

        Raises db.engine.DatabaseAway; then nothing is stored.
        """
        once = list({incoming.number: incoming for incoming in queue}.values())
        careful = False
        for _ in range(MOST_RACES):
            now = self._clock.now()
            self._facts.now = now.timestamp()
            done, counts = Round(), Counts(rounds=1)
            try:
                async with self._db.write(quick=True) as tx:
                    await self._apply_all(tx, once, behind, now, careful, done, counts)
            except Raced:
                continue
            except Exception as error:
                if careful or away(error):
                    raise
                # One poison tap must not stop the others: once more, one by one.
                log.error("taps.failed", error=type(error).__name__, where=where(error))
                careful = True
                continue
            for name in Counts.__slots__:
                setattr(self.counts, name, getattr(self.counts, name) + getattr(counts, name))
            if self.sampler is not None and done.first_votes:
                self.sampler.voted(done.first_votes, now)
            self.applied(not (counts.others or counts.failed))
            return done
        raise Raced("votes")

    async def replay(self, number: int, raw: bytes) -> str | None:
        """Apply an update once more that met a bug; returns what went wrong this time, None when all went well.

        It is marked as applied already; that must not keep it away.
        """
        incoming = read(msgspec.Raw(raw))
        if incoming is None:
            return "no update"
        while True:
            try:
                await self._apply_again(number, incoming)
                break
            except Unasked as unasked:
                questions = unasked.questions
            await self.find_out(questions)
        self.forget_files()
        self.applied(False)
        async with self._db.read() as tx:
            again = await updates.failed(tx, [number])
        return again[0].error if again else None

    async def _apply_again(self, number: int, incoming: Incoming) -> None:
        """It is kept for as long as it is not applied.  Raises Unasked, with nothing done."""
        now = self._clock.now()
        self._facts.now = now.timestamp()
        done = Round()
        async with self._db.write() as tx:
            await updates.unclaim(tx, [number])
            await updates.drop_failed(tx, number)
            await self._apply_all(tx, [incoming], frozenset(), now, True, done, Counts())
            if done.left:
                raise Unasked(*done.questions)

    async def _apply_all(
        self,
        tx: Tx,
        queue: list[Incoming],
        behind: frozenset[int],
        now: datetime,
        careful: bool,
        done: Round,
        counts: Counts,
    ) -> None:
        new = await updates.claim(tx, [incoming.number for incoming in queue], now)
        counts.repeated = len(queue) - len(new)
        queue = [incoming for incoming in queue if incoming.number in new]
        waiting = set(behind)
        while queue:
            if waiting and not waiting.isdisjoint(queue[0].envelope.queues):
                self._leave_for_later(queue.pop(0), waiting, done)
                continue
            taps = list(takewhile(lambda i: may_go(i, waiting), queue))
            if taps and not careful:
                await self._cast(tx, taps, now, done)
                counts.votes += len(taps)
                del queue[: len(taps)]
                continue
            incoming = queue.pop(0)
            try:
                if answered := await self._apply(tx, incoming, now, counts):
                    done.answered[incoming.number] = answered
                counts.others += 1
            except Unasked as unasked:
                incoming.asked += 1
                if incoming.asked > MOST_QUESTIONS:  # a bug, which must not stop what comes after it
                    endless = RuntimeError("questions without end")
                    await self._set_aside(self._scope(tx, now), incoming, None, endless)
                    continue
                done.questions |= dict.fromkeys(unasked.questions)
                self._leave_for_later(incoming, waiting, done)
        await updates.unclaim(tx, [incoming.number for incoming in done.left])

    def _leave_for_later(self, incoming: Incoming, waiting: set[int], done: Round) -> None:
        waiting |= incoming.envelope.queues
        done.left.append(incoming)

    def _scope(self, tx: Tx, now: datetime) -> Scope:
        return Scope(
            tx,
            now,
            self._facts,
            self._myself,
            self._defaults,
            self._vault,
            self._shard(),
            self._recent,
            self._rules,
        )

    async def _cast(self, tx: Tx, incoming: Sequence[Incoming], now: datetime, done: Round) -> None:
        """The hot path: one set of statements for all.  Equal answers are worded once."""
        taps = [i.pressed for i in incoming if i.pressed is not None]
        outcomes = await ballots.cast_votes(
            tx, self._vault, [pressed.tap for pressed in taps], now, self._shard()
        )
        if self.sampler is not None:
            done.first_votes += self.sampler.first_votes([pressed.tap for pressed in taps], outcomes)
        worded: dict[Any, Toast] = {}
        for pressed, outcome in zip(taps, outcomes, strict=True):
            # What is said depends on the ballot, what the tap did to which option, and the language.
            what = str(outcome) if isinstance(outcome, Refusal) else outcome.change
            key = (pressed.tap.ballot, pressed.language, what)
            toast = worded.get(key)
            if toast is None:
                say = Say(language_of(pressed.language))
                if isinstance(outcome, Refusal):
                    toast = Toast(refusal_views.toast(say, outcome))
                else:
                    toast = ballot_views.toast(say, outcome.change, outcome.ballot, self._defaults.time_zone)
                worded[key] = toast
            done.answered[pressed.update_id] = (pressed.query, toast)

    async def _apply(self, tx: Tx, incoming: Incoming, now: datetime, counts: Counts) -> Answered | None:
        scope = self._scope(tx, now)
        update: Update | None = None
        try:
            update = Update.de_json(plain(incoming.raw), self._dispatcher.bot)
            if self.hushed:
                return closed(update)
            await hear(tx, self._vault, update)  # holds at once, whatever becomes of the rest
            async with tx.begin_nested():  # a refusal undoes what its handler wrote
                self._forget_stale(update)
                self._dispatcher.bot_data.scope = scope
                await self._dispatcher.process_update(update)
                return await self._leave(tx, scope, update)
        except Refusal as refusal:
            log.info("refused", what=str(refusal))
            counts.refused += 1
            scope.answers.clear()
            if update is not None:
                await say_no(scope, update, refusal)
                return await self._leave(tx, scope, update)
            return None
        except (Unasked, Raced):
            raise
        except Exception as error:
            if away(error):
                raise  # not this update's fault: nothing is confirmed
            counts.failed += 1
            return await self._set_aside(scope, incoming, update, error)

    def _forget_stale(self, update: Update) -> None:
        """Somebody's standing changed: what Telegram said about that chat is old.  Once an update, since applying it may
        ask for just that and begin anew.
        """
        change = update.my_chat_member or update.chat_member
        if change is not None and update.update_id != self._forgot_for:
            self._forgot_for = update.update_id
            self._facts.forget(ChatId(change.chat.id))
            if self.sampler is not None:
                self.sampler.membership(change, self._clock.now())

    async def _leave(self, tx: Tx, scope: Scope, update: Update) -> Answered | None:
        """Store what the handler answered; every tap gets a toast, an empty one if need be."""
        toasts = await store_answers(tx, self._vault, scope.answers, scope.now)
        query = update.callback_query
        return (query.id, (toasts or [Toast("")])[0]) if query else None

    async def _set_aside(
        self, scope: Scope, incoming: Incoming, update: Update | None, error: Exception
    ) -> Answered | None:
        """A bug.  The update is kept sealed, unless it is a vote; the person gets one apology with its number."""
        number = incoming.number
        place = where(error)
        log.error("update.failed", update=number, error=type(error).__name__, where=place)
        if incoming.pressed is None:
            sealed = scope.vault.seal_waiting(bytes(incoming.raw).decode(errors="replace"))
            await updates.store_failed(
                scope.tx, number, sealed, f"{type(error).__name__} at {place[0]}", scope.now
            )
        if update is None or update.effective_user is None or update.effective_user.is_bot:
            return None
        apologise(scope, update, number)
        return await self._leave(scope.tx, scope, update)


def may_go(incoming: Incoming, waiting: set[int]) -> bool:
    """Whether it is a tap with nothing of the same person before it: one person's updates keep their order."""
    return incoming.pressed is not None and waiting.isdisjoint(incoming.envelope.queues)


def read(raw: msgspec.Raw) -> Incoming | None:
    """``None`` for what is no update at all: without a number it can neither be kept nor confirmed one by one."""
    try:
        envelope = open_envelope(raw)
    except (ValueError, RecursionError):
        return _mended(raw)
    return Incoming(raw, envelope, tap_of(envelope))


def _mended(raw: msgspec.Raw) -> Incoming | None:
    """The fast path could not read it; the ordinary route may."""
    try:
        whole = msgspec.Raw(mended(bytes(raw)))
        envelope = Envelope(update_id=msgspec.json.decode(whole, type=Numbered).update_id)
    except (ValueError, RecursionError) as error:
        log.error("update.unreadable", error=type(error).__name__)
        return None
    with suppress(msgspec.ValidationError):  # half a character was all that stood in its way
        envelope = open_envelope(whole)
    return Incoming(whole, envelope, tap_of(envelope))
