"""Redraws: the message of a ballot shows its newest counts, within Telegram's budget.

A ballot's version grows with each batch of votes; its message is stale while it shows an older one.  So redraws merge
by themselves, are drawn from the newest counts when they go, and a restart finds by itself what is left to draw.
"""

from datetime import datetime
from typing import Any, assert_never

import structlog

from bot.chat import Keyboard, Screen
from bot.domain.discussion import Discussion, Post, State
from bot.domain.ids import ChatId, PostId
from bot.domain.installation import Myself
from bot.telegram.api import Api, NoAnswer
from bot.telegram.limits import Budget
from bot.telegram.verdict import GiveUp, Reason, Sent, TryLater, Unknown, Verdict, judge
from bot.texts import Say
from bot.views import ballot as views
from bot.views.screen import content, markup
from bot.workers.clock import Clock
from bot.workers.loop import Flights, moment
from bot.workers.outbox import backoff
from db.engine import Database
from db.queries import discussion as discussions
from db.queries import outbox
from db.queries import post as posts
from db.queries.post import StaleDrawing

log = structlog.get_logger()

GONE = {Reason.MESSAGE_GONE, Reason.NOT_EDITABLE, Reason.BAD_REQUEST, Reason.CHAT_DELETED}
TEXT_REFUSED = {Reason.BAD_REQUEST, Reason.NOT_EDITABLE}  # the keys alone may still go
TIMEOUT = 10.0  # seconds; to repeat an edit is harmless, to wait for a lost one is not
REFUSED = 60.0  # seconds before trying again where a right is missing


class Drawer:
    def __init__(self, db: Database, api: Api, budget: Budget, myself: Myself, clock: Clock) -> None:
        self._db, self._api, self._budget, self._myself, self._clock = db, api, budget, myself, clock
        self._failures: dict[PostId, tuple[int, float]] = {}  # attempts, and when to try again (Unix seconds)
        self._since: dict[PostId, float] = {}  # when a message was first seen stale since it was last drawn
        self._textless: set[PostId] = set()  # closed ballots whose final text was refused
        self._flights = Flights("redraws")
        self.idle = self._flights.idle

    async def step(self, now: datetime) -> datetime | None:
        """Begin to draw each stale message that may be edited now; returns when there is more to do.

        Calls end by themselves: ``idle`` waits for them.
        """
        under_way = self._flights.under_way()
        async with self._db.read() as tx:
            stale = [drawing for drawing in await posts.stale(tx) if drawing.chat not in under_way]
        seconds = now.timestamp()
        times: list[datetime] = []
        waiting: set[ChatId] = set()
        for drawing in self._longest_waiting_first(stale, seconds):
            if drawing.chat in self._flights.under_way() or self._flights.full():
                continue  # whichever ends wakes this worker
            at = max(self._budget.redraw_at(drawing.chat, drawing.post), self._again(drawing))
            if at <= seconds:
                await self._draw(drawing, seconds)
                times.append(now)
                continue
            times.append(moment(at, now))
            if self._only_chat_stops(drawing, seconds):
                waiting.add(drawing.chat)
        self._budget.redraws_wait = frozenset(waiting)
        return min(times, default=None)

    def _longest_waiting_first(self, stale: list[StaleDrawing], seconds: float) -> list[StaleDrawing]:
        """Final results before all others."""
        self._since = {drawing.post: self._since.get(drawing.post, seconds) for drawing in stale}
        return sorted(stale, key=lambda drawing: (not drawing.closed, self._since[drawing.post]))

    def _again(self, drawing: StaleDrawing) -> float:
        _, again = self._failures.get(drawing.post, (0, 0.0))
        return again

    def _only_chat_stops(self, drawing: StaleDrawing, seconds: float) -> bool:
        """Whether it will be ready to take the chat's next call."""
        ready = max(self._budget.message_at(drawing.post), self._again(drawing))
        return ready <= max(seconds, self._budget.chat_at(drawing.chat))

    async def _draw(self, drawing: StaleDrawing, seconds: float) -> None:
        async with self._db.read() as tx:
            discussion = await discussions.find(tx, drawing.discussion)
            post = await posts.find(tx, drawing.post)
        if discussion is None or post is None:
            return
        shown = self._render(discussion, post)
        digest = views.digest(shown)
        if digest == drawing.drawn:  # the counts moved, what can be seen of them did not
            async with self._db.write() as tx:
                await posts.store_drawn(tx, discussion.id, discussion.ballot.version, digest)
            return
        if self._budget.redraw_at(drawing.chat, drawing.post) > seconds:
            return  # a post took the call meanwhile
        self._since.pop(drawing.post, None)
        self._budget.spend_redraw(drawing.chat, drawing.post, seconds)
        self._flights.start(drawing.chat, self._edit(drawing, shown, discussion.ballot.version, digest))

    async def _edit(self, drawing: StaleDrawing, shown: Keyboard | Screen, version: int, digest: str) -> None:
        method, params = self._call(drawing, shown)
        try:
            verdict = judge(await self._api.call(method, params, timeout=TIMEOUT))
        except NoAnswer as lost:
            verdict = judge(lost)
        done = self._done(drawing, verdict)
        if done:
            self._textless.discard(drawing.post)
        async with self._db.write() as tx:
            if done:
                await posts.store_drawn(tx, drawing.discussion, version, digest)
            await outbox.store_pace(tx, self._budget.stored(drawing.chat, drawing.post))

    def _render(self, discussion: Discussion, post: Post) -> Keyboard | Screen:
        say = Say(discussion.channel.language)
        if discussion.state is State.CLOSED:
            return views.final(say, discussion, post)
        return views.live(say, discussion, self._myself.username)

    def _call(self, drawing: StaleDrawing, shown: Keyboard | Screen) -> tuple[str, dict[str, Any]]:
        where = {"chat_id": drawing.chat, "message_id": drawing.message}
        if drawing.post in self._textless:  # nobody shall go on pressing keys that count no more
            return "editMessageReplyMarkup", where
        if isinstance(shown, Screen):  # without reply_markup the keys go
            return "editMessageText", {**where, **content(shown)}
        return "editMessageReplyMarkup", {**where, "reply_markup": markup(shown)}

    def _done(self, drawing: StaleDrawing, verdict: Verdict) -> bool:
        """Whether this version need not be drawn again; otherwise remembers when to try."""
        now = self._clock.now().timestamp()
        attempts, _ = self._failures.pop(drawing.post, (0, 0.0))
        match verdict:
            case Sent():
                return True
            case GiveUp(reason):
                log.warning("redraw.refused", discussion=drawing.discussion, reason=reason)
                wait = REFUSED
                if drawing.closed and reason in TEXT_REFUSED and drawing.post not in self._textless:
                    self._textless.add(drawing.post)
                    wait = 0.0
                elif reason in GONE:
                    return True
            case TryLater(after):
                wait = backoff(attempts) if after is None else after
                self._budget.obey(drawing.chat, verdict, wait, now)
            case Unknown():  # to repeat an edit is harmless
                wait = backoff(attempts)
            case _:
                assert_never(verdict)
        self._failures[drawing.post] = (attempts + 1, now + wait)
        return False
