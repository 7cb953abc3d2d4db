"""Cards into the rooms: one call a room at a time, and before each card a look whether the room is still closed to others.

What is shown is claimed by nobody: the lease keeps it to one process, and a card that comes twice does no harm.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.chat import Screen, Send
from bot.domain.audit import BOT, Act
from bot.domain.card import HOUR, Card, slot_of
from bot.domain.discussion import Channel
from bot.domain.facts import Unasked
from bot.domain.ids import CardId, ChatId, MessageId, Pseudonym
from bot.domain.installation import Defaults, Myself
from bot.domain.refusals import TelegramAway
from bot.domain.room import Room, RoomRules, Trouble
from bot.services import audit
from bot.services import room as service
from bot.telegram.api import Api, NoAnswer
from bot.telegram.facts import TelegramFacts
from bot.telegram.limits import ALL, Budget, room_key
from bot.telegram.verdict import GiveUp, Reason, Sent, TryLater, Unknown, Verdict, judge
from bot.texts import Say
from bot.vault import Vault
from bot.views import card as views
from bot.views.screen import content, markup
from bot.workers.answers import store_answers
from bot.workers.claims import mend
from bot.workers.clock import Clock
from bot.workers.leases import Leases
from bot.workers.loop import Flights, insist, moment
from bot.workers.outbox import backoff
from db.engine import Database, Tx
from db.queries import card as cards
from db.queries import channel as channels
from db.queries import discussion as discussions
from db.queries import opinion as opinions
from db.queries import pace as paces
from db.queries import quote as quotes
from db.queries import room as rooms
from db.queries.card import StaleCard

log = structlog.get_logger()

LEASE = "cards"
LOOK_AGAIN = timedelta(
    seconds=60
)  # at a room that something is wrong with: no update tells that it was mended
AWAY = timedelta(seconds=15)
TIMEOUT = 20.0  # seconds
GONE = {Reason.MESSAGE_GONE, Reason.NOT_EDITABLE, Reason.BAD_REQUEST, Reason.CHAT_DELETED}


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be done in a room next: a card to be delivered, or one whose message shows an old state."""

    room: Room
    card: CardId
    stale: StaleCard | None = None


class CardWorker:
    rest = 0.25  # seconds between two looks at least

    def __init__(
        self,
        db: Database,
        api: Api,
        vault: Vault,
        leases: Leases,
        myself: Myself,
        clock: Clock,
        defaults: Defaults,
        every: timedelta,
        rules: RoomRules,
    ) -> None:
        """``every``: how long cards are collected."""
        self._db, self._api, self._vault, self._leases = db, api, vault, leases
        self._myself, self._clock, self._defaults = myself, clock, defaults
        self._every, self._rules = every, rules
        self._slot: int | None = None
        self._resting: dict[Pseudonym, datetime] = {}  # chats that nothing is done in until then
        self._flights = Flights("cards")
        self.idle = self._flights.idle

    async def step(self, now: datetime) -> datetime | None:
        """Begin what may be done now, one call a room; returns when there is more to do.

        Calls end by themselves: ``idle`` waits for them.
        """
        slot, self._slot = self._slot, slot_of(now, self._every)
        if not await self._leases.hold(LEASE, now):
            return None
        times = await self._release(now, slot)
        errands = await self._errands(now)
        if not errands and not times and not self._resting:
            return None
        keys = [room_key(errand.room.chat) for errand in errands]
        async with self._db.read() as tx:
            budget = Budget(await paces.load(tx, [ALL, *keys]) if keys else {}, now.timestamp())
        if budget.changed:
            await mend(self._db, [ALL, *keys], now)
            return now
        for errand in errands:
            at = budget.room_at(errand.room.chat)
            if at > budget.now:
                times.append(at)
            elif await self._spend(errand.room.chat, now):
                self._flights.start(errand.room.chat, self._do(errand))
                times.append(budget.now)
        times += [until.timestamp() for until in self._resting.values() if until > now]
        return moment(min(times), now) if times else None

    async def _release(self, now: datetime, slot: int | None) -> list[float]:
        """What was collected goes at the end of each span; what an hour that is long over left behind goes at once."""
        if slot != self._slot:
            async with self._db.write() as tx:
                await cards.sweep(tx)
        async with self._db.read() as tx:
            if not await cards.waits(tx):
                return []
        at_once = not self._every or (slot is not None and slot != self._slot)
        async with self._db.write() as tx:
            await cards.release(tx, None if at_once else now - HOUR - self._every)
        if at_once:
            return [now.timestamp()]
        return [((self._slot or 0) + 1) * self._every.total_seconds()]

    async def _errands(self, now: datetime) -> list[Errand]:
        """One for each chat.  Whoever pressed a key waits for what it does; a room in trouble gets no card, but loses some."""
        busy = self._flights.under_way()
        self._resting = {chat: until for chat, until in self._resting.items() if until > now}
        async with self._db.read() as tx:
            known = {room.id: room for room in await rooms.all_(tx) if room.chat not in busy}
            if not known:
                return []
            free = [room.id for room in known.values() if room.chat not in self._resting]
            stale = await cards.stale(tx, free)
            due = await cards.undelivered(tx, free)
        errands: dict[Pseudonym, Errand] = {}
        for each in stale:
            errands.setdefault(known[each.room].chat, Errand(known[each.room], each.card.id, each))
        for one in due:
            errands.setdefault(known[one.room].chat, Errand(known[one.room], one.card))
        return list(errands.values())[: self._flights.room()]

    async def _spend(self, chat: Pseudonym, now: datetime) -> bool:
        async with self._db.write() as tx:
            budget = Budget(await paces.lock(tx, ALL, [room_key(chat)]), now.timestamp())
            if budget.room_at(chat) > budget.now:
                return False
            budget.spend_room(chat)
            await paces.store(tx, budget.changed)
        return True

    async def _do(self, errand: Errand) -> None:
        if errand.stale is not None:
            await self._redraw(errand.room, errand.stale)
        elif await self._is_closed(errand.room):
            await self._deliver(errand.room, errand.card)

    async def _is_closed(self, room: Room) -> bool:
        """Whether only known staff can read there, asked now.  Anything else is told to the owner, once."""
        async with self._db.read() as tx:
            channel = await channels.find(tx, room.channel)
            moderators = None if channel is None else await service.moderators_of(tx, channel)
        if channel is None or moderators is None:
            return False
        facts = TelegramFacts(self._api)  # new: it remembers no earlier answer
        try:
            while True:
                facts.now = self._clock.now().timestamp()
                try:
                    trouble = service.trouble_now(
                        self._vault, facts, self._myself, self._rules, room, channel, moderators
                    )
                    break
                except Unasked as unasked:
                    questions = unasked.questions
                await facts.find_out(questions)
        except TelegramAway:
            self._rest(room, AWAY)
            return False
        if trouble is not None or room.trouble is not None:
            await self._store_trouble(room, channel, trouble)
        if trouble is not None:
            self._rest(room, LOOK_AGAIN)
        return trouble is None

    async def _store_trouble(self, room: Room, channel: Channel, trouble: Trouble | None) -> None:
        now = self._clock.now()
        async with self._db.write() as tx:
            untold = await rooms.store_trouble(tx, room.id, trouble)
            if untold and trouble is not None and channel.owner is not None:
                line = views.trouble_line(Say(channel.language), channel, trouble)
                owner = ChatId(self._vault.open(channel.owner))
                await store_answers(tx, self._vault, [Send(owner, Screen(line))], now)
            if trouble is None:
                await audit.record(tx, self._vault, BOT, Act.ROOM_MENDED, now, channel=channel.id)
        if trouble is not None:
            log.warning("room.trouble", room=room.id, trouble=trouble)
        else:
            log.info("room.mended", room=room.id)

    async def _deliver(self, room: Room, number: CardId) -> None:
        async with self._db.read() as tx:
            if not await cards.needs_delivery(tx, number, room.id):
                return
            drawn = await self._drawn(tx, number)
        if drawn is None:
            return
        card, screen = drawn
        params = {"chat_id": self._vault.open(room.address), "protect_content": True, **content(screen)}
        verdict = await self._call("sendMessage", params)
        await insist(lambda: self._store_delivered(room, card, verdict))

    async def _drawn(self, tx: Tx, number: CardId) -> tuple[Card, Screen] | None:
        card = await cards.look(tx, number)
        if card is None or card.opinion is None:
            return None
        found = await opinions.find(tx, card.opinion, self._vault.open_text)
        discussion = await discussions.find(tx, card.discussion)
        if found is None or discussion is None:
            return None
        quoted = await quotes.of_opinion(tx, card.opinion)
        say = Say(discussion.channel.language)
        state = None if quoted is None else quoted.state
        return card, views.card(say, card, found[0], discussion, state, self._defaults.time_zone)

    async def _store_delivered(self, room: Room, card: Card, verdict: Verdict) -> None:
        await self._obey(room, verdict)
        match verdict:
            case Sent(result):
                message = MessageId(result["message_id"]) if result else None
            case GiveUp(Reason.BAD_REQUEST):  # to try it again would hold up all others
                log.error("card.refused", card=card.id)
                message = None
            case _:
                return
        async with self._db.write() as tx:
            await cards.store_delivered(tx, card.id, room.id, message, card.version)

    async def _redraw(self, room: Room, stale: StaleCard) -> None:
        params = {"chat_id": self._vault.open(room.address), "message_id": stale.message}
        async with self._db.read() as tx:
            drawn = await self._drawn(tx, stale.card.id) if stale.card.is_shown else None
            channel = await channels.find(tx, room.channel)
        if drawn is None:
            say = Say(channel.language if channel is not None else self._defaults.language)
            settled = replace(stale.card, opinion=stale.card.opinion if not stale.card.is_shown else None)
            verdict = await self._call("editMessageText", {**params, **content(views.gone(say, settled))})
        else:
            keys = {"reply_markup": markup(drawn[1].keyboard)}
            verdict = await self._call("editMessageReplyMarkup", {**params, **keys})
        await insist(lambda: self._store_redrawn(room, stale, None if drawn is None else drawn[0], verdict))

    async def _store_redrawn(
        self, room: Room, stale: StaleCard, drawn: Card | None, verdict: Verdict
    ) -> None:
        await self._obey(room, verdict)
        lost = isinstance(verdict, GiveUp) and verdict.reason in GONE
        if not isinstance(verdict, Sent) and not lost:
            return
        async with self._db.write() as tx:
            if lost or drawn is None:
                await cards.forget_post(tx, stale.card.id, room.id, keep=drawn is not None)
                await cards.sweep(tx)
            else:
                await cards.store_drawn(tx, stale.card.id, room.id, drawn.version)

    async def _call(self, method: str, params: dict[str, Any]) -> Verdict:
        try:
            return judge(await self._api.call(method, params, timeout=TIMEOUT))
        except NoAnswer as lost:
            return judge(lost)

    async def _obey(self, room: Room, verdict: Verdict) -> None:
        now = self._clock.now()
        match verdict:
            case Sent():
                return
            case GiveUp(reason):
                log.warning("room.refused", room=room.id, reason=reason)
                if reason not in GONE:
                    self._rest(room, LOOK_AGAIN)
            case TryLater(after):
                wait = backoff(1) if after is None else after
                self._rest(room, timedelta(seconds=wait))
                async with self._db.write() as tx:
                    key = room_key(room.chat)
                    states = await paces.lock(tx, ALL if verdict.whole_bot else None, [key])
                    budget = Budget(states, now.timestamp())
                    budget.obey(key, verdict, wait)
                    await paces.store(tx, budget.changed)
            case Unknown():
                self._rest(room, timedelta(seconds=backoff(1)))

    def _rest(self, room: Room, span: timedelta) -> None:
        self._resting[room.chat] = self._clock.now() + span
