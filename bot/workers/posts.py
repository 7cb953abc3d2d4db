"""Posts out, never twice.

A post is marked in the database before it is sent.  Whatever happens then, the mark says that nobody knows: only
Telegram's answer, the automatic copy, a tap on it or its editor can clear it.
"""

from datetime import datetime, timedelta
from typing import Any, assert_never

import structlog

from bot.chat import Keyboard, Screen, Send
from bot.domain.discussion import Discussion, Post, PostKind
from bot.domain.ids import ChatId, MessageId
from bot.domain.installation import Myself
from bot.services import posting
from bot.telegram.api import Api, NoAnswer
from bot.telegram.limits import Budget
from bot.telegram.verdict import GiveUp, Reason, Sent, TryLater, Unknown, Verdict, judge
from bot.texts import Say
from bot.vault import Vault
from bot.views import ballot as ballot_views
from bot.views import discussion as views
from bot.views.screen import content
from bot.workers.answers import store_answers
from bot.workers.clock import Clock
from bot.workers.loop import Flights, insist, moment
from bot.workers.outbox import backoff
from db.engine import Database, Tx
from db.queries import discussion as discussions
from db.queries import outbox
from db.queries import post as posts

log = structlog.get_logger()

TIMEOUT = 30.0  # seconds; posts in large channels are slow
LONGEST_CALL = timedelta(
    seconds=2 * TIMEOUT
)  # with connecting and writing; a claim older than that has no call
RETRY_REFUSED = timedelta(minutes=2)  # something has to be mended by a person; news of it come sooner

TROUBLES = {
    Reason.KICKED: "kicked",
    Reason.NOT_MEMBER: "kicked",
    Reason.NO_RIGHT: "no-right",
    Reason.CHAT_NOT_FOUND: "unknown-chat",
    Reason.CHAT_DELETED: "unknown-chat",
}


class Poster:
    def __init__(
        self, db: Database, api: Api, vault: Vault, budget: Budget, myself: Myself, clock: Clock
    ) -> None:
        self._db, self._api, self._vault, self._budget = db, api, vault, budget
        self._myself, self._clock = myself, clock
        self._flights = Flights("posts")
        self.idle = self._flights.idle

    async def start(self, now: datetime) -> None:
        """What a process that died was sending may or may not have arrived."""
        async with self._db.write() as tx:
            left = await posting.adopt_left_behind(tx, now)
        if left:
            log.warning("posts.left_behind", count=left)

    async def step(self, now: datetime) -> datetime | None:
        """Begin to send what may go now, one message a chat; returns when there is more to do.

        Calls end by themselves: ``idle`` waits for them.
        """
        await self._doubt_overdue(now)
        if await self._ask_about_uncertain(now):
            return now
        under_way = self._flights.under_way()
        async with self._db.read() as tx:
            due = await posts.due(tx, now)
            following = (await posts.next_due(tx, now), await posts.next_question(tx))
        times = [at for at in following if at is not None]
        waiting: set[ChatId] = set()
        for post in due:
            if post.chat in self._flights.under_way() | under_way or self._flights.full():
                continue  # whichever ends wakes this worker
            at = self._budget.post_at(post.chat)
            if at > now.timestamp():
                waiting.add(post.chat)
                times.append(moment(at, now))
            else:
                self._budget.spend_post(post.chat, now.timestamp())
                self._flights.start(post.chat, self._post(post, now))
                times.append(now)
        self._budget.posts_wait = frozenset(waiting)
        return min(times, default=None)

    async def _post(self, post: Post, now: datetime) -> None:
        async with self._db.write() as tx:
            discussion = await discussions.find(tx, post.discussion)
            if discussion is None or not await posts.claim(tx, post.id, now + LONGEST_CALL):
                return
            after = post.reply_to or await posts.previous_message(tx, post)
        params, shown = self._params(discussion, post, after)
        try:
            verdict = judge(await self._api.call("sendMessage", params, timeout=TIMEOUT))
        except NoAnswer as lost:
            verdict = judge(lost)
        await insist(lambda: self._keep(discussion, post, verdict, shown))

    async def _keep(self, discussion: Discussion, post: Post, verdict: Verdict, shown: str | None) -> None:
        async with self._db.write() as tx:
            await self._store(tx, discussion, post, verdict, shown)
            await outbox.store_pace(tx, self._budget.stored(post.chat))

    def _params(
        self, discussion: Discussion, post: Post, after: MessageId | None
    ) -> tuple[dict[str, Any], str | None]:
        """What sendMessage is given, and the digest of the keyboard in it."""
        keys: Keyboard = ()
        shown = None
        if post.kind is PostKind.BALLOT:
            keys = ballot_views.live(Say(discussion.channel.language), discussion, self._myself.username)
            shown = ballot_views.digest(keys)
        params: dict[str, Any] = {"chat_id": post.chat, **content(Screen(post.text, keys, post.entities))}
        if after is not None:
            params["reply_parameters"] = {"message_id": after, "allow_sending_without_reply": True}
        return params, shown

    async def _store(
        self, tx: Tx, discussion: Discussion, post: Post, verdict: Verdict, shown: str | None
    ) -> None:
        now = self._clock.now()
        match verdict:
            case Sent(result):
                number = MessageId(result["message_id"]) if result else None
                await posting.confirm(tx, post, number, now)
                if shown is not None:
                    await posts.store_drawn(tx, discussion.id, discussion.ballot.version, shown)
                log.info("post.sent", discussion=discussion.id, part=post.position)
            case TryLater(after, reason=reason):
                wait = backoff(await posts.attempts(tx, post.id)) if after is None else after
                self._budget.obey(post.chat, verdict, wait, now.timestamp())
                await posts.store_waiting(tx, post.id, now + timedelta(seconds=wait))
                log.warning("post.later", discussion=discussion.id, reason=reason, wait=round(wait, 1))
            case GiveUp(Reason.MIGRATED, migrate_to) if migrate_to is not None:
                await posts.store_waiting(tx, post.id, now)
                await posting.move_group(tx, post.chat, ChatId(migrate_to))
            case GiveUp(reason):
                await posts.store_waiting(tx, post.id, now + RETRY_REFUSED)
                await self._tell_trouble(tx, discussion, TROUBLES.get(reason, "refused"), now)
                log.warning("post.refused", discussion=discussion.id, reason=reason)
            case Unknown():
                await posts.store_uncertain(tx, post.id, now + posting.COPY_WAIT)
                log.warning("post.unanswered", discussion=discussion.id, part=post.position)
            case _:
                assert_never(verdict)

    async def _tell_trouble(self, tx: Tx, discussion: Discussion, trouble: str, now: datetime) -> None:
        """Once for each kind of trouble, to the editor in private."""
        if await discussions.store_trouble(tx, discussion.id, trouble):
            say = Say(discussion.channel.language)
            await self._tell(tx, discussion, views.trouble(say, discussion, trouble), now)

    async def _doubt_overdue(self, now: datetime) -> None:
        """What came of these calls could not be stored (a full disk, a locked database): nobody knows it any more."""
        async with self._db.read() as tx:
            overdue = await posts.left_sending(tx, before=now)
        if overdue:
            async with self._db.write() as tx:
                for post in overdue:
                    await posts.store_uncertain(tx, post, now + posting.COPY_WAIT)
            log.warning("posts.overdue", count=len(overdue))

    async def _ask_about_uncertain(self, now: datetime) -> bool:
        """Returns whether anybody was asked."""
        async with self._db.read() as tx:
            if not await posts.uncertain(tx, asked_before=now):
                return False
        async with self._db.write() as tx:
            for discussion, post in await posting.declare_uncertain(tx, now):
                log.warning("post.uncertain", discussion=discussion.id, part=post.position)
                screen = views.uncertain(Say(discussion.channel.language), discussion, post)
                await self._tell(tx, discussion, screen, now)
        return True

    async def _tell(self, tx: Tx, discussion: Discussion, screen: Screen, now: datetime) -> None:
        address = discussion.editor or discussion.channel.owner
        if address is not None:
            await store_answers(tx, self._vault, [Send(ChatId(self._vault.open(address)), screen)], now)
