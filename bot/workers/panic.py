"""Panic, in the order of what is worst: keys, the database's own part, its traces, then whatever needs Telegram.

Every step may be cut off and repeated.  What was done so far stands in the database; the next start goes on before it does
anything else.  Besides, it is here that nobody's check-in is noticed.
"""

import asyncio
from datetime import datetime, timedelta

import structlog

from bot.chat import Screen, Send
from bot.domain.audit import BOT
from bot.domain.ids import ChatId, RoomId, UserId
from bot.domain.panic import Alarm, Cause, Silence, Stage, Watch
from bot.services import checkin, panic
from bot.telegram.api import Api, NoAnswer
from bot.telegram.verdict import GiveUp, Reason, Sent, judge
from bot.texts import Say
from bot.vault import Vault, WrongKey
from bot.workers.answers import store_answers
from bot.workers.clock import Clock
from bot.workers.intake import Intake
from bot.workers.leases import Leases
from db.engine import Database, Tx
from db.queries import channel as channels
from db.queries import panic as rows
from db.queries import post as posts

log = structlog.get_logger()

LEASE = "panic"
LOOK_EVERY = timedelta(seconds=0.25)
COUNT_EVERY = timedelta(seconds=30)
PATIENCE = timedelta(seconds=25)  # what Telegram's limits leave for later, the next start does
ROOMS_AT_ONCE = 2  # calls between two looks, beside the 20 a second of the redraws
TIMEOUT = 5.0  # seconds


class Panicker:
    """``over`` is set when this process has nothing left to do but to end."""

    rest = 0.25  # seconds between two looks at least

    def __init__(
        self,
        db: Database,
        api: Api,
        vault: Vault,
        leases: Leases,
        intake: Intake,
        clock: Clock,
        deadman: timedelta | None,
    ) -> None:
        self._db, self._api, self._vault, self._leases = db, api, vault, leases
        self._intake, self._clock, self._deadman = intake, clock, deadman
        self.over = asyncio.Event()
        self._since: datetime | None = None
        self._counted: datetime | None = None
        self._resumed = False

    async def start(self, now: datetime) -> None:
        """One that was interrupted goes on before anything else is done, and then until it is finished."""
        async with self._db.read() as tx:
            known = await panic.alarm(tx)
        if known is not None:
            self._resumed = True
            await self.step(now)

    async def step(self, now: datetime) -> datetime | None:
        """Returns when there is more to do."""
        async with self._db.read() as tx:
            known = await panic.alarm(tx)
        if known is None:
            return await self._watch(now)
        if self._since is None:
            self._since = now
            self._intake.hushed = True
            self._vault.refresh()  # another process may have destroyed the keys: they go from this one's memory, too
            log.error("panic", cause=known.cause, hint="keys are destroyed, everything is closed")
        if known.stage is Stage.FINISHED:
            self.over.set()
        elif await self._leases.hold(LEASE, now):
            await self._go_on(known, now)
        if not self._resumed and not timedelta() <= now - self._since < PATIENCE:
            log.warning("panic.unfinished", hint="the next `dumka run` or `dumka panic` does what is left")
            self.over.set()
        return None if self.over.is_set() else now + LOOK_EVERY

    async def _go_on(self, known: Alarm, now: datetime) -> None:
        if known.stage is Stage.BEGUN:
            await destroy(self._db, self._vault, now)
        await self._leave_rooms()
        if await self._is_done(now):
            async with self._db.write() as tx:
                await panic.finish(tx, self._vault, now)
            log.error("panic.finished", hint="`dumka panic --end` lets the bot run again")
            self.over.set()

    async def _is_done(self, now: datetime) -> bool:
        async with self._db.read() as tx:
            late = await rows.running(tx)
            left = late or await posts.stale(tx) or await rows.rooms(tx, 1) or await rows.erasing(tx)
        if late:  # another process was in the middle of opening it
            await destroy(self._db, self._vault, now)
        return not left

    async def _leave_rooms(self) -> None:
        async with self._db.read() as tx:
            waiting = await rows.rooms(tx, ROOMS_AT_ONCE)
        for room, address in waiting:
            if await self._left(address):
                await self._forget(room)

    async def _left(self, address: bytes) -> bool:
        """Whether we are out of it, or will never be able to leave it."""
        try:
            chat = self._vault.open(address)
        except WrongKey:
            return True
        try:
            verdict = judge(await self._api.call("leaveChat", {"chat_id": chat}, timeout=TIMEOUT))
        except NoAnswer as lost:
            verdict = judge(lost)
        return isinstance(verdict, Sent) or (
            isinstance(verdict, GiveUp) and verdict.reason is not Reason.TOKEN_REJECTED
        )

    async def _forget(self, room: RoomId) -> None:
        async with self._db.write() as tx:
            await rows.forget_room(tx, room)

    # The dead man's switch

    async def _watch(self, now: datetime) -> datetime | None:
        if self._counted is not None and self._counted <= now < self._counted + COUNT_EVERY:
            return self._counted + COUNT_EVERY if self._deadman is not None else None
        if not await self._leases.hold(LEASE, now):
            return None
        self._counted = now
        async with self._db.write() as tx:
            looked = await checkin.look(tx, self._deadman, now)
            if looked is None or self._deadman is None:
                return None
            match looked[1]:
                case Watch.REMIND:
                    await self._remind(tx, looked[0], self._deadman, now)
                case Watch.MISSED:
                    await panic.begin(tx, self._vault, BOT, Cause.DEADMAN, now)
                    return now
        return now + COUNT_EVERY

    async def _remind(self, tx: Tx, silence: Silence, limit: timedelta, now: datetime) -> None:
        """To all owners whose addresses we have, in their channel's language."""
        hours = max(1, round(silence.left(limit).total_seconds() / 3600))
        told: dict[UserId, Say] = {}
        for channel in await channels.all_active(tx):
            for owner in checkin.owner_of(self._vault, channel):
                told.setdefault(owner, Say(channel.language))
        screens = [(owner, Screen(say.html("checkin-reminder", hours=hours))) for owner, say in told.items()]
        answers = [Send(ChatId(owner), screen) for owner, screen in screens]
        await store_answers(tx, self._vault, answers, now)
        log.warning("deadman.reminded", owners=len(answers), hours_left=hours)


async def destroy(db: Database, vault: Vault, now: datetime) -> None:
    """What needs no Telegram.  Keys first: whoever cuts us off after that finds nothing that opens anything."""
    await asyncio.to_thread(vault.panic)
    async with db.write() as tx:
        closed = await panic.close(tx, now)
    log.error("panic.closed", discussions=closed)
