"""Posts out, never twice.

A post is marked in the database before it is sent.  Whatever happens then, the mark says that nobody knows: only
Telegram's answer, the automatic copy, a tap on it or its editor can clear it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

import structlog

from bot.chat import Keyboard, Screen, Send
from bot.domain.discussion import Discussion, Post, PostKind
from bot.domain.ids import ChatId, MessageId
from bot.domain.installation import Myself
from bot.domain.pace import LONGEST_CLAIM, LONGEST_WAIT
from bot.services import posting
from bot.telegram.api import Api, NoAnswer
from bot.telegram.limits import ALL, Budget, chat_key, message_key
from bot.telegram.verdict import GiveUp, Reason, Sent, TryLater, Unknown, Verdict, judge
from bot.texts import Say
from bot.vault import Vault
from bot.views import ballot as ballot_views
from bot.views import discussion as views
from bot.views.screen import content
from bot.workers.answers import store_answers
from bot.workers.claims import mend, store_outcome
from bot.workers.clock import Clock
from bot.workers.leases import Leases
from bot.workers.loop import Flights, insist, moment
from bot.workers.outbox import backoff
from db.engine import Database, Tx
from db.queries import discussion as discussions
from db.queries import pace as paces
from db.queries import post as posts
from db.queries.post import DuePost

log = structlog.get_logger()

TIMEOUT = 30.0  # seconds; posts in large channels are slow
LONGEST_CALL = timedelta(seconds=LONGEST_CLAIM)  # with connecting and writing; an older claim has no call
BUSY = 0.25  # seconds until a chat is looked at again where another call is under way
RETRY_REFUSED = timedelta(minutes=2)  # something has to be mended by a person; news of it come sooner

TROUBLES = {
    Reason.KICKED: "kicked",
    Reason.NOT_MEMBER: "kicked",
    Reason.NO_RIGHT: "no-right",
    Reason.CHAT_NOT_FOUND: "unknown-chat",
    Reason.CHAT_DELETED: "unknown-chat",
}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A post that this process alone may send, and what it replies to."""

    discussion: Discussion
    post: Post
    after: MessageId | None
    attempts: int


class Poster:
    rest = 0.25  # seconds between two looks at least

    def __init__(
        self, db: Database, api: Api, vault: Vault, leases: Leases, myself: Myself, clock: Clock
    ) -> None:
        self._db, self._api, self._vault, self._leases = db, api, vault, leases
        self._myself, self._clock = myself, clock
        self._flights = Flights("posts")
        self.idle = self._flights.idle

    async def start(self, now: datetime) -> None:
        """What a process that died was sending may or may not have arrived."""
        await self._doubt(now)

    async def step(self, now: datetime) -> datetime | None:
        """Begin to send what may go now, one message a chat; returns when there is more to do.

        Calls end by themselves: ``idle`` waits for them.
        """
        await self._doubt(now)
        if await self._ask_about_uncertain(now):
            return now
        under_way, room = self._flights.under_way(), self._flights.room()
        async with self._db.read() as tx:
            due = [post for post in await posts.due(tx, now) if post.chat not in under_way][:room]
            following = (await posts.next_due(tx, now), await posts.next_question(tx))
            budget, living = await self._look(tx, due, now)
        if budget.changed:
            await mend(self._db, [ALL, *(chat_key(post.chat) for post in due)], now)
            return now
        times = [at.timestamp() for at in following if at is not None]
        wanted: list[DuePost] = []
        for post in due:
            if budget.holder(post.chat) in living:
                times.append(budget.now + BUSY)
            elif (at := budget.post_at(post.chat, post.since)) > budget.now:
                times.append(at)
            else:
                budget.spend_post(post.chat)
                wanted.append(post)
        if wanted:
            for claimed in await self._claim(wanted, budget.redraws_wait, living, now):
                self._flights.start(claimed.post.chat, self._post(claimed))
            times.append(budget.now)
        return moment(min(times), now) if times else None

    async def _look(self, tx: Tx, due: Sequence[DuePost], now: datetime) -> tuple[Budget, Collection[str]]:
        """What the chats may be called, and who else may be calling there."""
        if not due:
            return Budget({}, now.timestamp()), ()
        stale = await posts.stale(tx, [post.chat for post in due])
        keys = [ALL, *(chat_key(post.chat) for post in due), *(message_key(d.post) for d in stale)]
        budget = Budget(await paces.load(tx, keys), now.timestamp())
        budget.redraws_wait = {d.chat for d in stale if budget.only_chat_stops(d.chat, d.post)}
        return budget, await self._leases.living(tx, now)

    async def _claim(
        self,
        wanted: Sequence[DuePost],
        redraws_wait: Collection[ChatId],
        living: Collection[str],
        now: datetime,
    ) -> list[Claimed]:
        """What Telegram allows is spent in the transaction that claims the posts, before they go."""
        claimed: list[Claimed] = []
        async with self._db.write() as tx:
            states = await paces.lock(tx, ALL, [chat_key(post.chat) for post in wanted])
            budget = Budget(states, now.timestamp())
            budget.redraws_wait = redraws_wait
            for post in wanted:
                free = budget.holder(post.chat) not in living
                if free and budget.post_at(post.chat, post.since) <= budget.now:
                    done = await self._claim_one(tx, post, now)
                    if done is not None:
                        budget.spend_post(post.chat)
                        budget.take(post.chat, self._leases.holder)
                        claimed.append(done)
            await paces.store(tx, budget.changed)
        return claimed

    async def _claim_one(self, tx: Tx, due: DuePost, now: datetime) -> Claimed | None:
        """A discussion that was closed since it was read is not posted any more."""
        attempts = await posts.claim(tx, due.id, self._leases.holder, now + LONGEST_CALL)
        post = await posts.find(tx, due.id)
        if attempts is None or post is None:
            return None
        discussion = await discussions.find(tx, post.discussion)
        if discussion is None:
            return None
        after = post.reply_to or await posts.previous_message(tx, post)
        return Claimed(discussion, post, after, attempts)

    async def _post(self, claimed: Claimed) -> None:
        params, shown = self._params(claimed.discussion, claimed.post, claimed.after)
        try:
            verdict = judge(await self._api.call("sendMessage", params, timeout=TIMEOUT))
        except NoAnswer as lost:
            verdict = judge(lost)
        await insist(lambda: self._keep(claimed, verdict, shown))

    async def _keep(self, claimed: Claimed, verdict: Verdict, shown: str | None) -> None:
        now, wait = self._clock.now(), 0.0
        if isinstance(verdict, TryLater):
            wait = backoff(claimed.attempts) if verdict.after is None else verdict.after
        async with self._db.write() as tx:
            chat = claimed.post.chat
            await store_outcome(tx, chat, verdict, now, holder=self._leases.holder, wait=wait)
            await self._store(tx, claimed, verdict, shown, now + timedelta(seconds=min(wait, LONGEST_WAIT)))

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
        self, tx: Tx, claimed: Claimed, verdict: Verdict, shown: str | None, again: datetime
    ) -> None:
        """``again``: when to try it anew if Telegram said so.  Nothing but success counts from whoever lost the claim."""
        now, me = self._clock.now(), self._leases.holder
        discussion, post = claimed.discussion, claimed.post
        match verdict:
            case Sent(result):
                number = MessageId(result["message_id"]) if result else None
                await posting.confirm(tx, post, number, now)
                if shown is not None:
                    await posts.store_drawn(tx, discussion.id, discussion.ballot.look, shown)
                log.info("post.sent", discussion=discussion.id, part=post.position)
            case TryLater(reason=reason):
                await posts.store_waiting(tx, post.id, again, holder=me)
                wait = round((again - now).total_seconds(), 1)
                log.warning("post.later", discussion=discussion.id, reason=reason, wait=wait)
            case GiveUp(Reason.MIGRATED, migrate_to) if migrate_to is not None:
                await posts.store_waiting(tx, post.id, now, holder=me)
                await posting.move_group(tx, post.chat, ChatId(migrate_to))
            case GiveUp(reason):
                await posts.store_waiting(tx, post.id, now + RETRY_REFUSED, holder=me)
                await self._tell_trouble(tx, discussion, TROUBLES.get(reason, "refused"), now)
                log.warning("post.refused", discussion=discussion.id, reason=reason)
            case Unknown():
                await posts.store_uncertain(tx, post.id, now + posting.COPY_WAIT, holder=me)
                log.warning("post.unanswered", discussion=discussion.id, part=post.position)
            case _:
                assert_never(verdict)

    async def _tell_trouble(self, tx: Tx, discussion: Discussion, trouble: str, now: datetime) -> None:
        """Once for each kind of trouble, to the editor in private."""
        if await discussions.store_trouble(tx, discussion.id, trouble):
            say = Say(discussion.channel.language)
            await self._tell(tx, discussion, views.trouble(say, discussion, trouble), now)

    async def _doubt(self, now: datetime) -> None:
        """What a process was sending when it died, and what came of a call but could not be stored in time (a full disk, a
        locked database): nobody knows whether these posts arrived.
        """
        async with self._db.read() as tx:
            sending = await posts.sending(tx, now)
            gone = await self._leases.gone(tx, [post.holder for post in sending], now)
        doubtful = [post for post in sending if post.holder in gone or post.over]
        if doubtful:
            async with self._db.write() as tx:
                await posting.doubt(tx, doubtful, now)
            log.warning("posts.left_behind", count=len(doubtful))

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
