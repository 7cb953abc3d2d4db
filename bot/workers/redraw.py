"""Redraws: the message of a ballot shows its newest counts, within Telegram's budget.

A ballot's look grows with each batch of votes, or with each publication of shown numbers; its message is stale while it shows
an older one.  So redraws merge by themselves, are drawn from the newest numbers when they go, and a restart finds by itself what
is left to draw.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

import structlog

from bot.chat import Keyboard, Screen
from bot.domain.discussion import Discussion, Post, State
from bot.domain.ids import ChatId, PostId
from bot.domain.installation import Myself
from bot.telegram.api import Api, NoAnswer
from bot.telegram.limits import ALL, Budget, chat_key, message_key
from bot.telegram.verdict import GiveUp, Reason, Sent, TryLater, Unknown, Verdict, judge
from bot.texts import Say
from bot.views import ballot as views
from bot.views.screen import content, markup
from bot.workers.claims import mend, store_outcome
from bot.workers.clock import Clock
from bot.workers.leases import Leases
from bot.workers.loop import Flights, insist, moment
from bot.workers.outbox import backoff
from db.engine import Database
from db.queries import discussion as discussions
from db.queries import pace as paces
from db.queries import post as posts
from db.queries.post import StaleDrawing

log = structlog.get_logger()

GONE = {Reason.MESSAGE_GONE, Reason.NOT_EDITABLE, Reason.BAD_REQUEST, Reason.CHAT_DELETED}
TEXT_REFUSED = {Reason.BAD_REQUEST, Reason.NOT_EDITABLE}  # the keys alone may still go
TIMEOUT = 10.0  # seconds; to repeat an edit is harmless, to wait for a lost one is not
LOOK_EVERY = timedelta(seconds=0.25)
MOST_CLAIMS = 10  # rows locked at once: two for each, and the one of all
REFUSED = 60.0  # seconds before trying again where a right is missing


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture of one version, ready to be shown."""

    drawing: StaleDrawing
    shown: Keyboard | Screen
    version: int
    digest: str


class Drawer:
    rest = 0.25  # seconds between two looks at least; see LOOK_EVERY

    def __init__(self, db: Database, api: Api, leases: Leases, myself: Myself, clock: Clock) -> None:
        self._db, self._api, self._leases, self._myself, self._clock = db, api, leases, myself, clock
        self._looked: datetime | None = None
        self._since: dict[PostId, float] = {}  # when a message was first seen stale since it was last drawn
        self._textless: set[PostId] = set()  # closed ballots whose final text was refused
        self._flights = Flights("redraws")
        self.idle = self._flights.idle

    async def step(self, now: datetime) -> datetime | None:
        """Begin to draw each stale message that may be edited now; returns when there is more to do.

        Calls end by themselves: ``idle`` waits for them.
        """
        if self._looked is not None and self._looked <= now < self._looked + LOOK_EVERY:
            return self._looked + LOOK_EVERY  # votes come much faster than redraws may go
        self._looked = now
        under_way, room = self._flights.under_way(), self._flights.room()
        async with self._db.read() as tx:
            stale = [drawing for drawing in await posts.stale(tx) if drawing.chat not in under_way]
            if not stale:
                self._since.clear()
                return None
            budget = Budget(await paces.load(tx, keys_of(stale)), now.timestamp())
            budget.posts_wait = {post.chat for post in await posts.due(tx, now)}
            living = await self._leases.living(tx, now)
        if budget.changed:
            await mend(self._db, keys_of(stale), now)
            return now + LOOK_EVERY
        wanted, times = self._choose(budget, stale, living, room)
        if wanted:
            pictures = await self._pictures(wanted)
            for picture in await self._claim(pictures, budget, living):
                self._flights.start(picture.drawing.chat, self._edit(picture))
            times.append(budget.now + LOOK_EVERY.total_seconds())
        return moment(min(times), now) if times else None

    def _choose(
        self, budget: Budget, stale: list[StaleDrawing], living: Collection[str], room: int
    ) -> tuple[list[StaleDrawing], list[float]]:
        """One of each chat, and when others may go.  Final results come before all others, then who waits longest."""
        seen = {d.post: min(self._since.get(d.post, budget.now), budget.now) for d in stale}
        self._since = {post: max(since, budget.last_drawn(post)) for post, since in seen.items()}
        wanted: dict[ChatId, StaleDrawing] = {}
        times: list[float] = []
        for drawing in sorted(stale, key=lambda d: (not d.closed, self._since[d.post])):
            at = budget.redraw_at(drawing.chat, drawing.post, self._since[drawing.post])
            if budget.holder(drawing.chat) in living or drawing.chat in wanted or len(wanted) >= room:
                times.append(budget.now + LOOK_EVERY.total_seconds())
            elif at > budget.now:
                times.append(at)
            else:
                wanted[drawing.chat] = drawing
        return list(wanted.values())[:MOST_CLAIMS], times

    async def _pictures(self, wanted: Sequence[StaleDrawing]) -> list[Drawn]:
        """Those that would look different from what is shown."""
        pictures: list[Drawn] = []
        same: list[tuple[StaleDrawing, int]] = []
        async with self._db.read() as tx:
            for drawing in wanted:
                discussion = await discussions.find(tx, drawing.discussion)
                post = await posts.find(tx, drawing.post)
                if discussion is None or post is None:
                    continue
                shown = self._render(discussion, post)
                digest, version = views.digest(shown), discussion.ballot.look
                if digest == drawing.drawn:  # the numbers moved, what can be seen of them did not
                    same.append((drawing, version))
                else:
                    pictures.append(Drawn(drawing, shown, version, digest))
        if same:
            async with self._db.write() as tx:
                for drawing, version in same:
                    await posts.store_same(tx, drawing, version)
        return pictures

    async def _claim(self, pictures: Sequence[Drawn], looked: Budget, living: Collection[str]) -> list[Drawn]:
        """What Telegram allows is spent in the transaction that takes the chats, before the calls go."""
        if not pictures:
            return []
        claimed: list[Drawn] = []
        async with self._db.write() as tx:
            states = await paces.lock(tx, ALL, keys_of([picture.drawing for picture in pictures]))
            budget = Budget(states, looked.now)
            budget.posts_wait = looked.posts_wait
            for picture in pictures:
                chat, post = picture.drawing.chat, picture.drawing.post
                taken = budget.holder(chat) in living or budget.last_drawn(post) != looked.last_drawn(post)
                if not taken and budget.redraw_at(chat, post, self._since[post]) <= budget.now:
                    budget.spend_redraw(chat, post)
                    budget.take(chat, self._leases.holder)
                    claimed.append(picture)
            await paces.store(tx, budget.changed)
        return claimed

    async def _edit(self, picture: Drawn) -> None:
        drawing = picture.drawing
        method, params = self._call(drawing, picture.shown)
        try:
            verdict = judge(await self._api.call(method, params, timeout=TIMEOUT))
        except NoAnswer as lost:
            verdict = judge(lost)
        await insist(lambda: self._keep(picture, verdict))

    async def _keep(self, picture: Drawn, verdict: Verdict) -> None:
        drawing, now = picture.drawing, self._clock.now()
        async with self._db.write() as tx:
            states = await paces.load(tx, [message_key(drawing.post)])
            wait = self._wait(drawing, verdict, Budget(states, now.timestamp()).failures(drawing.post))
            await store_outcome(
                tx,
                drawing.chat,
                verdict,
                now,
                holder=self._leases.holder,
                wait=wait or 0.0,
                message=drawing.post,
                done=wait is None,
            )
            if wait is None:
                self._textless.discard(drawing.post)
                await posts.store_drawn(tx, drawing.discussion, picture.version, picture.digest)

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

    def _wait(self, drawing: StaleDrawing, verdict: Verdict, failures: int) -> float | None:
        """Seconds before it is drawn again; ``None`` when this version need not be."""
        match verdict:
            case Sent():
                return None
            case GiveUp(reason):
                log.warning("redraw.refused", discussion=drawing.discussion, reason=reason)
                if drawing.closed and reason in TEXT_REFUSED and drawing.post not in self._textless:
                    self._textless.add(drawing.post)
                    return 0.0
                return None if reason in GONE else REFUSED
            case TryLater(after):
                return backoff(failures) if after is None else after
            case Unknown():  # to repeat an edit is harmless
                return backoff(failures)
            case _:
                assert_never(verdict)


def keys_of(drawings: Sequence[StaleDrawing]) -> list[str]:
    chats = {chat_key(drawing.chat) for drawing in drawings}
    return [ALL, *chats, *(message_key(drawing.post) for drawing in drawings)]
