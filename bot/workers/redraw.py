"""Redraws: the message of a ballot shows its newest counts, within Telegram's budget.

A ballot's version grows with each batch of votes; its message is stale while it shows an older one.  So redraws merge
by themselves, are drawn from the newest counts when they go, and a restart finds by itself what is left to draw.
"""

from datetime import datetime
from typing import Any, assert_never

import structlog

from bot.chat import Keyboard, Screen
from bot.domain.discussion import Discussion, Post, State
from bot.domain.ids import PostId
from bot.domain.installation import Myself
from bot.telegram.api import Api, NoAnswer
from bot.telegram.limits import Budget
from bot.telegram.verdict import GiveUp, Reason, Sent, TryLater, Unknown, Verdict, judge
from bot.texts import Say
from bot.views import ballot as views
from bot.views.screen import content, markup
from bot.workers.clock import Clock
from bot.workers.outbox import backoff
from db.engine import Database
from db.queries import discussion as discussions
from db.queries import outbox
from db.queries import post as posts
from db.queries.post import StaleDrawing

log = structlog.get_logger()

GONE = {Reason.MESSAGE_GONE, Reason.NOT_EDITABLE, Reason.BAD_REQUEST, Reason.CHAT_DELETED}
REFUSED = 60.0  # seconds before trying again where a right is missing


class Drawer:
    def __init__(self, db: Database, api: Api, budget: Budget, myself: Myself, clock: Clock) -> None:
        self._db, self._api, self._budget, self._myself, self._clock = db, api, budget, myself, clock
        self._failures: dict[PostId, tuple[int, float]] = {}  # attempts, and when to try again (Unix seconds)

    async def step(self, now: datetime) -> datetime | None:
        """Draw each stale message that may be edited now; returns when there is more to do."""
        async with self._db.read() as tx:
            stale = await posts.stale(tx)
        waits: list[float] = []
        for drawing in stale:
            moment = self._clock.now().timestamp()
            _, again = self._failures.get(drawing.post, (0, 0.0))
            at = max(self._budget.redraw_at(drawing.chat, drawing.post), again)
            if at > moment:
                waits.append(at)
            else:
                await self._draw(drawing, moment)
        if len(waits) < len(stale):
            return now
        return datetime.fromtimestamp(min(waits), now.tzinfo) if waits else None

    async def _draw(self, drawing: StaleDrawing, moment: float) -> None:
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
        self._budget.spend_redraw(drawing.chat, drawing.post, moment)
        method, params = self._call(drawing, shown)
        try:
            verdict = judge(await self._api.call(method, params))
        except NoAnswer as lost:
            verdict = judge(lost)
        async with self._db.write() as tx:
            if self._done(drawing, verdict):
                await posts.store_drawn(tx, discussion.id, discussion.ballot.version, digest)
            await outbox.store_pace(tx, self._budget.stored(drawing.chat, drawing.post))

    def _render(self, discussion: Discussion, post: Post) -> Keyboard | Screen:
        say = Say(discussion.channel.language)
        if discussion.state is State.CLOSED:
            return views.final(say, discussion, post)
        return views.live(say, discussion, self._myself.username)

    @staticmethod
    def _call(drawing: StaleDrawing, shown: Keyboard | Screen) -> tuple[str, dict[str, Any]]:
        where = {"chat_id": drawing.chat, "message_id": drawing.message}
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
                if reason in GONE:
                    return True
                wait = REFUSED
            case TryLater(after, whole_bot, reason):
                wait = backoff(attempts) if after is None else after
                if whole_bot:
                    self._budget.hold_all(now + wait)
                elif reason is Reason.FLOOD:
                    self._budget.hold(drawing.chat, now + wait)
            case Unknown():  # to repeat an edit is harmless
                wait = backoff(attempts)
            case _:
                assert_never(verdict)
        self._failures[drawing.post] = (attempts + 1, now + wait)
        return False
