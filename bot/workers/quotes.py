"""Quotations into the discussion groups, never twice: marked before the call, and counted as sent when nobody knows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.chat import Delete, Screen, Send
from bot.domain.discussion import Discussion
from bot.domain.ids import ChatId, MessageId, QuoteId
from bot.domain.pace import LONGEST_WAIT
from bot.domain.quote import Quote
from bot.services import quoting
from bot.telegram.api import Api, NoAnswer
from bot.telegram.limits import ALL, Budget, chat_key
from bot.telegram.verdict import GiveUp, Sent, TryLater, Unknown, Verdict, judge
from bot.texts import Say
from bot.vault import Vault
from bot.views import card as views
from bot.views.screen import content
from bot.workers.answers import store_answers
from bot.workers.claims import mend, store_outcome
from bot.workers.clock import Clock
from bot.workers.leases import Leases
from bot.workers.loop import Flights, insist, moment
from bot.workers.outbox import backoff
from db.engine import Database, Tx
from db.queries import card as cards
from db.queries import discussion as discussions
from db.queries import opinion as opinions
from db.queries import pace as paces
from db.queries import quote as quotes
from db.queries import room as rooms

log = structlog.get_logger()

LEASE = "quotes"
BUSY = 0.25  # seconds until a chat is looked at again where another call is under way
TIMEOUT = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quotation goes: under the copy of the article in the discussion group."""

    quote: Quote
    discussion: Discussion
    group: ChatId
    thread: MessageId


class Quoter:
    rest = 0.25  # seconds between two looks at least

    def __init__(self, db: Database, api: Api, vault: Vault, leases: Leases, clock: Clock) -> None:
        self._db, self._api, self._vault, self._leases, self._clock = db, api, vault, leases, clock
        self._flights = Flights("quotes")
        self._under_way: set[QuoteId] = set()
        self.idle = self._flights.idle

    async def step(self, now: datetime) -> datetime | None:
        """Begin to publish what is due, one a group; returns when there is more to do."""
        if not await self._leases.hold(LEASE, now):
            return None
        await self._settle_lost(now)
        await self._take_back(now)
        busy = self._flights.under_way()
        async with self._db.read() as tx:
            due = await quotes.due(tx, now)
            following = await quotes.next_due(tx, now)
        times = [] if following is None else [following.timestamp()]
        places = [place for quote in due if (place := await self._place(quote, now)) is not None]
        places = [place for place in places if place.group not in busy][: self._flights.room()]
        keys = [ALL, *(chat_key(place.group) for place in places)]
        async with self._db.read() as tx:
            budget = Budget(await paces.load(tx, keys) if places else {}, now.timestamp())
            living = await self._leases.living(tx, now)
        if budget.changed:
            await mend(self._db, keys, now)
            return now
        started: set[ChatId] = set()
        for place in places:
            at = budget.post_at(place.group, budget.now)
            if budget.holder(place.group) in living or place.group in started:
                times.append(budget.now + BUSY)
            elif at > budget.now:
                times.append(at)
            elif await self._claim(place, living, now):
                started.add(place.group)
                self._under_way.add(place.quote.id)
                self._flights.start(place.group, self._publish(place))
                times.append(budget.now + BUSY)  # for the next one of the same batch
        return moment(min(times), now) if times else None

    async def _place(self, quote: Quote, now: datetime) -> Place | None:
        async with self._db.read() as tx:
            discussion = await discussions.find(tx, quote.discussion)
            where = None if discussion is None else await quoting.place_of(tx, discussion)
        if discussion is None:
            return None
        if where is not None:
            return Place(quote, discussion, *where)
        async with self._db.write() as tx:
            await quotes.remove(tx, quote.id)
            await self._tell_rooms(tx, discussion, "group", now)
            await self._show_on_card(tx, quote)
        return None

    async def _claim(self, place: Place, living: set[str], now: datetime) -> bool:
        async with self._db.write() as tx:
            budget = Budget(await paces.lock(tx, ALL, [chat_key(place.group)]), now.timestamp())
            free = budget.holder(place.group) not in living
            if not free or budget.post_at(place.group, budget.now) > budget.now:
                return False
            if not await quotes.claim(tx, place.quote.id, self._leases.holder):
                return False
            budget.spend_post(place.group)
            budget.take(place.group, self._leases.holder)
            await paces.store(tx, budget.changed)
        return True

    async def _publish(self, place: Place) -> None:
        try:
            async with self._db.read() as tx:
                screen = await self._screen(tx, place)
            verdict = await self._call(place, screen) if screen is not None else None
            await insist(lambda: self._store(place, verdict))
        finally:
            self._under_way.discard(place.quote.id)

    async def _screen(self, tx: Tx, place: Place) -> Screen | None:
        """``None`` where the opinion was withdrawn at this moment."""
        opinion = place.quote.opinion
        found = None if opinion is None else await opinions.find(tx, opinion, self._vault.open_text)
        if found is None:
            return None
        return views.quote(Say(place.discussion.channel.language), place.quote.id, found[0])

    async def _call(self, place: Place, screen: Screen) -> Verdict:
        params: dict[str, Any] = {
            "chat_id": place.group,
            "reply_parameters": {"message_id": place.thread},  # under the article or nowhere
            **content(screen),
        }
        try:
            return judge(await self._api.call("sendMessage", params, timeout=TIMEOUT))
        except NoAnswer as lost:
            return judge(lost)

    async def _store(self, place: Place, verdict: Verdict | None) -> None:
        """``verdict`` of None: nothing was called."""
        now, quote = self._clock.now(), place.quote
        wait = backoff(1)
        if isinstance(verdict, TryLater) and verdict.after is not None:
            wait = verdict.after
        async with self._db.write() as tx:
            await store_outcome(
                tx, place.group, verdict or Sent(), now, holder=self._leases.holder, wait=wait
            )
            match verdict:
                case Sent(result):
                    message = MessageId(result["message_id"]) if result else None
                    await quotes.store_published(tx, quote.id, place.group, message)
                case TryLater():
                    await quotes.put_back(tx, quote.id, now + timedelta(seconds=min(wait, LONGEST_WAIT)))
                case Unknown():
                    await quotes.store_published(tx, quote.id, place.group, None)
                    await self._tell_rooms(tx, place.discussion, "lost", now)
                case GiveUp(reason):
                    log.warning("quote.refused", discussion=quote.discussion, reason=reason)
                    await quotes.remove(tx, quote.id)
                    await self._tell_rooms(tx, place.discussion, "refused", now)
                case None:
                    await quotes.remove(tx, quote.id)
            await self._show_on_card(tx, quote)

    async def _show_on_card(self, tx: Tx, quote: Quote) -> None:
        if quote.opinion is not None:
            await cards.touch(tx, quote.opinion)

    async def _settle_lost(self, now: datetime) -> None:
        """A process that was publishing is gone: it may be there, so it counts as sent."""
        async with self._db.read() as tx:
            claimed = await quotes.sending(tx)
            gone = await self._leases.gone(tx, [holder for _, holder in claimed], now)
        for quote, holder in claimed:
            mine = holder == self._leases.holder and quote.id not in self._under_way
            if holder not in gone and not mine:
                continue
            async with self._db.write() as tx:
                discussion = await discussions.find(tx, quote.discussion)
                group = None if discussion is None else discussion.channel.group
                if discussion is None or group is None:
                    await quotes.remove(tx, quote.id)
                    continue
                await quotes.store_published(tx, quote.id, group, None)
                await self._tell_rooms(tx, discussion, "lost", now)
                await self._show_on_card(tx, quote)

    async def _take_back(self, now: datetime) -> None:
        """Rejected, or withdrawn by its author: the message goes."""
        async with self._db.read() as tx:
            leaving = await quotes.leaving(tx)
        for quote in leaving:
            async with self._db.write() as tx:
                if quote.chat is not None and quote.message is not None:
                    await store_answers(tx, self._vault, [Delete(quote.chat, quote.message)], now)
                await quotes.remove(tx, quote.id)

    async def _tell_rooms(self, tx: Tx, discussion: Discussion, problem: str, now: datetime) -> None:
        """Whoever pressed sits in one of them."""
        say = Say(discussion.channel.language)
        screen = views.quote_trouble(say, discussion, problem)
        told = [
            Send(ChatId(self._vault.open(room.address)), screen)
            for room in await rooms.of_channel(tx, discussion.channel.id)
            if room.trouble is None
        ]
        await store_answers(tx, self._vault, told, now)
