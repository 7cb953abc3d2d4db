"""The time, and what happens because it passes: ballots end, old rows go, channels are read anew."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from bot.domain.discussion import Channel
from bot.domain.facts import Unasked
from bot.domain.installation import Defaults, Myself
from bot.domain.refusals import ChannelUnknown, TelegramAway
from bot.services import channel as channels
from bot.services import discussion as discussions
from bot.telegram.facts import TelegramFacts
from bot.telegram.limits import Budget
from bot.vault import Vault
from db.engine import Database, Tx
from db.queries import channel as channel_queries
from db.queries import discussion as discussion_queries
from db.queries import draft as drafts
from db.queries import opinion as opinions
from db.queries import outbox
from db.queries import update as updates

log = structlog.get_logger()

KEEP_APPLIED = timedelta(hours=48)  # Telegram keeps updates for 24 hours
KEEP_FAILED = timedelta(days=7)
KEEP_DRAFTS = timedelta(days=7)
KEEP_PROMPTS = timedelta(days=7)
KEEP_PACES = 3600.0  # seconds; longer than any budget takes to fill up again
RECHECK = timedelta(days=1)  # Telegram tells nobody when a discussion group is linked or unlinked
CLEAN_EVERY = timedelta(hours=1)


class Clock(Protocol):
    def now(self) -> datetime: ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


async def with_facts(db: Database, facts: TelegramFacts, work: Callable[[Tx], Awaitable[object]]) -> None:
    """Do ``work`` in a transaction, asking Telegram between attempts for what it needs to know."""
    while True:
        try:
            async with db.write() as tx:
                await work(tx)
            return
        except Unasked as unasked:
            questions = unasked.questions
        await facts.find_out(questions)


class Clockwork:
    def __init__(
        self,
        db: Database,
        facts: TelegramFacts,
        vault: Vault,
        myself: Myself,
        defaults: Defaults,
        budget: Budget,
    ) -> None:
        self._db, self._facts, self._vault = db, facts, vault
        self._myself, self._defaults, self._budget = myself, defaults, budget
        self._cleaned: datetime | None = None

    async def step(self, now: datetime) -> datetime | None:
        """Do what is due; returns when the next ballot ends."""
        async with self._db.write() as tx:
            closed = await discussions.close_due(tx, now)
            following = await discussion_queries.next_closing(tx)
        if closed:
            log.info("discussions.closed_on_time", count=closed)
        if self._cleaned is None or now - self._cleaned >= CLEAN_EVERY:
            await self._clean(now)
            await self._recheck(now, now if self._cleaned is None else now - RECHECK)
            self._cleaned = now
        return following

    async def _clean(self, now: datetime) -> None:
        async with self._db.write() as tx:
            await updates.forget_applied_before(tx, now - KEEP_APPLIED)
            await updates.forget_failed_before(tx, now - KEEP_FAILED)
            await drafts.forget_before(tx, now - KEEP_DRAFTS)
            await opinions.forget_prompts_before(tx, now - KEEP_PROMPTS)
            await outbox.forget_paces_before(tx, now.timestamp() - KEEP_PACES)
        self._budget.forget_before(now.timestamp() - KEEP_PACES)

    async def _recheck(self, now: datetime, before: datetime) -> None:
        async with self._db.read() as tx:
            stale = await channel_queries.unchecked_since(tx, before)
        self._facts.now = now.timestamp()
        for channel in stale:
            await self._read_anew(channel, now)

    async def _read_anew(self, channel: Channel, now: datetime) -> None:
        async def work(tx: Tx) -> None:
            try:
                await channels.register(
                    tx, self._vault, self._facts, self._myself, self._defaults, channel.chat, now
                )
            except ChannelUnknown:
                await channels.disconnect(tx, channel.chat)
                log.warning("channel.lost", channel=channel.id)

        try:
            await with_facts(self._db, self._facts, work)
        except TelegramAway:
            log.warning("channel.not_rechecked", channel=channel.id)
