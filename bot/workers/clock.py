"""The time, and what happens because it passes: ballots end, old rows go, channels are read anew."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from bot.domain.discussion import Channel
from bot.domain.facts import Unasked
from bot.domain.installation import Defaults, Myself
from bot.domain.refusals import ChannelUnknown, TelegramAway
from bot.domain.retention import Retention
from bot.keystore import KeyStoreTrouble
from bot.services import channel as channels
from bot.services import discussion as discussions
from bot.telegram.facts import TelegramFacts
from bot.vault import Vault
from bot.workers.leases import Leases
from db.engine import Database, Tx
from db.queries import channel as channel_queries
from db.queries import discussion as discussion_queries
from db.queries import old

log = structlog.get_logger()

KEEP = {  # what nobody sets
    old.Kind.PROMPTS: timedelta(days=7),
    old.Kind.UNREACHABLE: timedelta(days=1),  # named under the day's key: tomorrow nobody finds them
    old.Kind.PACES: timedelta(hours=1),  # longer than any budget takes to fill up again
    old.Kind.LEASES: timedelta(days=1),
}
CHUNK = 10_000  # rows of a transaction: votes wait for no longer than it takes to delete these
RECHECK = timedelta(days=1)  # Telegram tells nobody when a discussion group is linked or unlinked
CLEAN_EVERY = timedelta(hours=1)
DAY = 86_400  # seconds


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
    rest = 0.25  # seconds between two looks at least

    def __init__(
        self,
        db: Database,
        facts: TelegramFacts,
        vault: Vault,
        myself: Myself,
        defaults: Defaults,
        retention: Retention,
        leases: Leases,
    ) -> None:
        self._db, self._facts, self._vault = db, facts, vault
        self._myself, self._defaults, self._leases = myself, defaults, leases
        self._keep_applied = retention.applied_updates
        self._queue_days = retention.queue_days
        self._keep: dict[old.Kind, timedelta | None] = {
            **KEEP,
            old.Kind.FAILED_UPDATES: retention.failed_updates,
            old.Kind.DRAFTS: retention.drafts,
            old.Kind.ANSWERS: retention.drafts,
            old.Kind.OUTBOX: retention.outbox,
        }
        self._cleaned: datetime | None = None

    async def step(self, now: datetime) -> datetime | None:
        """Do what is due, if no other process does; returns when the next ballot ends."""
        if not await self._leases.hold("clock", now):
            return None
        following = await self._close_due(now)
        if self._cleaned is None or not timedelta(0) <= now - self._cleaned < CLEAN_EVERY:
            before, self._cleaned = self._cleaned, now
            self._rotate(now)
            await self._clean(now)
            await self._recheck(now, now if before is None else now - RECHECK)
        return following

    async def _close_due(self, now: datetime) -> datetime | None:
        async with self._db.read() as tx:
            due = await discussion_queries.due_to_close(tx, now)
            following = await discussion_queries.next_closing(tx, after=now)
        if due:
            async with self._db.write() as tx:
                closed = await discussions.close_due(tx, now)
            log.info("discussions.closed_on_time", count=closed)
        return following

    def _rotate(self, now: datetime) -> None:
        """Each day a new key for what waits to be sent; the old ones are destroyed when nothing can wait any more."""
        try:
            self._vault.rotate(int(now.timestamp()) // DAY, self._queue_days)
        except KeyStoreTrouble as trouble:
            log.error("keys.not_rotated", reason=str(trouble))

    async def _clean(self, now: datetime) -> None:
        """In many short transactions, so that votes get in between."""
        after: int | None = 0
        while after is not None and self._keep_applied is not None:
            async with self._db.write() as tx:
                after = await old.forget_applied(tx, now - self._keep_applied, after, CHUNK)
        for kind, span in self._keep.items():
            more = span is not None
            while more:
                async with self._db.write() as tx:
                    more = await old.forget(tx, kind, now - (span or timedelta()), CHUNK)

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
