"""What a discussion knew of its readers is forgotten when it is over: its key, then the rows, then their traces on the disk.

Whatever instant the process dies at, the next one goes on: what is to be done is read from the database and the key store.
A key is destroyed in the store before the database says so, never the other way round.
"""

import asyncio
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
import structlog

from bot.domain.ids import BallotId, DiscussionId, KeyName, OpinionId, Pseudonym
from bot.domain.panic import Stage
from bot.domain.retention import Retention
from bot.keystore import NAME_BYTES, KeyStoreTrouble, Kind
from bot.services import discussion as discussions
from bot.services import panic
from bot.vault import FIRST_KEY, Vault
from bot.workers.leases import Leases
from db.engine import Database
from db.queries import discussion as discussion_queries
from db.queries import forgetting
from db.queries import update as facts
from db.queries.forgetting import Keyed

log = structlog.get_logger()

LEASE = "forgetting"
CHUNK = 5_000  # rows of a transaction: votes wait for no longer than it takes to erase these
AT_ONCE = (
    0.3  # seconds between two looks at what else is due: another discussion's key must not wait for long
)
SLOWLY = timedelta(hours=1)
DAY = 86_400  # seconds
ORPHANED = timedelta(days=1)  # a key that nothing names may be one of a discussion that is being opened
ORPHANS = "orphans"  # the fact since when which keys are named by nothing
FIRST_VOTER, FIRST_OPINION = Pseudonym(b""), OpinionId(-1)  # before all there can be
SCRUB_EVERY = timedelta(seconds=10)  # at most: readers who withdraw what they said leave traces, too
SCRUB_AGAIN = timedelta(seconds=1)  # where somebody was in the way
GIVE_UP = timedelta(minutes=10)  # for which somebody may read as of before an erasure until the log says so


@dataclass(slots=True)
class Place:
    """How far the erasing of a discussion has come; after a restart it begins anew, which finds nothing twice."""

    discussion: DiscussionId
    ballot: BallotId
    voter: Pseudonym | None = FIRST_VOTER
    opinion: OpinionId | None = FIRST_OPINION
    rest: bool = True


@dataclass(frozen=True, slots=True)
class Traces:
    """``mark``: of the last erasure; ``horizon``: transactions from then on do not see what it erased."""

    mark: str
    horizon: int
    since: datetime


class Forgetter:
    rest = 0.02  # seconds between two steps at least

    def __init__(self, db: Database, vault: Vault, retention: Retention, leases: Leases) -> None:
        self._db, self._vault, self._keep, self._leases = db, vault, retention, leases
        self._slowly: datetime | None = None
        self._blind = False  # whether the key store could not be read
        self._place: Place | None = None
        self._traces: Traces | None = None
        self._scrub_at: datetime | None = None  # not before

    async def step(self, now: datetime) -> datetime | None:
        """Do what is due, if no other process does; returns when there is more."""
        if not await self._leases.hold(LEASE, now):
            return None
        try:
            await self._end_keys(now)
            if await self._erase(now):
                return now
            if self._slowly is None or not timedelta(0) <= now - self._slowly < SLOWLY:
                self._slowly = now
                if await self._clean(now):
                    return now
            self._blind = False
        except KeyStoreTrouble as trouble:  # nothing is decided from what cannot be read
            if not self._blind:
                log.error("keys.unreadable", reason=str(trouble))
            self._blind = True
            return None
        times = [await self._scrub(now), await self._following(now)]
        return min((at for at in times if at is not None), default=None)

    # Keys

    async def _end_keys(self, now: datetime) -> None:
        await self._close_too_long(now)
        over = await self._over(now)
        lost = await self._lost()
        if lost:
            await self._close([one.discussion for one in lost if one.open], now)
            log.warning("keys.lost", discussions=[one.discussion for one in lost])
        if over or lost:
            await self._destroy([one.key for one in over])
            async with self._db.write() as tx:
                await forgetting.mark_keyless(tx, [one.discussion for one in (*over, *lost)], now)
            log.info("keys.destroyed", discussions=[one.discussion for one in over])

    async def _close_too_long(self, now: datetime) -> None:
        if self._keep.longest is None:
            return
        async with self._db.read() as tx:
            old = await forgetting.open_since(tx, now - self._keep.longest)
        await self._close(old, now)
        if old:
            log.info("discussions.closed_too_old", discussions=old)

    async def _close(self, numbers: Collection[DiscussionId], now: datetime) -> None:
        for number in numbers:
            async with self._db.write() as tx:
                found = await discussion_queries.find(tx, number)
                if found is not None:
                    await discussions.close(tx, found, now)

    async def _over(self, now: datetime) -> list[Keyed]:
        if self._keep.keys is None:
            return []
        async with self._db.read() as tx:
            return await forgetting.closed_before(tx, now - self._keep.keys)

    async def _lost(self) -> list[Keyed]:
        """Named by the database and not in the store.  In this order: a new key is in the store before it is named."""
        async with self._db.read() as tx:
            named = await forgetting.keyed(tx)
        living = {name for name, _ in self._vault.living()}
        missing = [one for one in named if one.key not in living]
        if missing:
            # A panic says so before it destroys keys.  It closes by itself, without numbers.
            async with self._db.read() as tx:
                known = await panic.alarm(tx)
            if known is not None and known.stage is Stage.BEGUN:
                return []
        return missing

    async def _destroy(self, names: Collection[KeyName]) -> None:
        gone = [name for name in names if name != FIRST_KEY]  # that one is the installation's
        if gone:
            await asyncio.to_thread(self._vault.store.destroy, gone, [Kind.READERS])
        self._vault.refresh()

    # Rows

    async def _erase(self, now: datetime) -> bool:
        """Some chunks; returns whether there is more."""
        async with self._db.read() as tx:
            found = await forgetting.keyless(tx)
        if found is None:
            return False
        if self._place is None or self._place.discussion != found[0]:
            self._place = Place(*found)
        loop = asyncio.get_running_loop()
        end = loop.time() + AT_ONCE
        while loop.time() < end and self._place is not None:
            if await self._erase_chunk(self._place):
                log.info("readers.forgotten", discussion=found[0])
                self._place = None
            await asyncio.sleep(0)  # those who wait for the writer's turn take it
        return True

    async def _erase_chunk(self, place: Place) -> bool:
        """Returns whether it was the last one."""
        async with self._db.write() as tx:
            await forgetting.leave_traces(tx)
            if place.voter is not None:
                place.voter = await forgetting.erase_votes(tx, place.ballot, place.voter, CHUNK)
            elif place.opinion is not None:
                place.opinion = await forgetting.erase_authors(tx, place.discussion, place.opinion, CHUNK)
            elif place.rest:
                place.rest = await forgetting.erase_rest(tx, place.discussion, CHUNK)
            elif await forgetting.finish(tx, place.discussion, place.ballot):
                return True
            else:
                self._place = None  # something came in between
        return False

    async def _clean(self, now: datetime) -> bool:
        """What is looked for now and then; returns whether there is more to erase."""
        async with self._db.write() as tx:
            late = await forgetting.remains(tx)
            if late:
                await forgetting.reopen(tx, late, KeyName(secrets.token_bytes(NAME_BYTES)))
        await self._mark_wordless(now)
        more = True
        while more:
            more = await self._erase_opinions()
        await self._sweep(now)
        return bool(late)

    async def _mark_wordless(self, now: datetime) -> None:
        """Discussions whose opinions have been kept for long enough; the keys of their texts go first."""
        if self._keep.opinions is None:
            return
        async with self._db.read() as tx:
            over = await forgetting.wordy_before(tx, now - self._keep.opinions)
            names = await forgetting.text_keys(tx, over) if over else set()
        if over:
            await asyncio.to_thread(self._vault.store.destroy, names, [Kind.TEXTS])
            self._vault.refresh()
            async with self._db.write() as tx:
                await forgetting.mark_wordless(tx, over, now)

    async def _erase_opinions(self) -> bool:
        async with self._db.write() as tx:
            erased = await forgetting.erase_opinions(tx, CHUNK)
            if erased:
                await forgetting.leave_traces(tx)
        return erased == CHUNK

    async def _sweep(self, now: datetime) -> None:
        """Keys that nothing names: a crash came between making one and storing the discussion.

        They have to be unnamed for a day in this very database: a wrong address of the database must end nothing.
        """
        self._vault.store.tidy()
        _, records, _ = self._vault.store.read()
        kept = [record for record in records if record.kind in {Kind.READERS, Kind.TEXTS}]
        async with self._db.read() as tx:
            readers, texts = await discussion_queries.keys_named(tx), await forgetting.text_keys(tx)
            known = await facts.fact(tx, ORPHANS)
        named = {Kind.READERS: readers, Kind.TEXTS: readers | texts}
        since: dict[str, float] = {} if known is None else msgspec.json.decode(known)
        orphans = {
            f"{record.kind}:{record.name.hex()}": record
            for record in kept
            if record.name not in named[record.kind]
        }
        seen = {name: since.get(name, now.timestamp()) for name in orphans}
        old = [name for name, first in seen.items() if now.timestamp() - first > ORPHANED.total_seconds()]
        for name in old:
            self._vault.store.destroy([orphans[name].name], [orphans[name].kind])
            del seen[name]
        if old:
            self._vault.refresh()
            log.info("keys.swept", count=len(old))
        if seen != since:
            async with self._db.write() as tx:
                await facts.store_fact(tx, ORPHANS, msgspec.json.encode(seen).decode())

    # Traces

    async def _scrub(self, now: datetime) -> datetime | None:
        """After an erasure; returns when to try it again."""
        async with self._db.read() as tx:
            mark = await forgetting.traces_left(tx)
        if mark is None:
            return None
        if self._traces is None or self._traces.mark != mark:
            self._traces = Traces(mark, await self._db.horizon(), now)
        if self._scrub_at is not None and now < self._scrub_at <= now + SCRUB_EVERY:
            return self._scrub_at
        if await self._db.scrub(forgetting.ERASED, self._traces.horizon):
            async with self._db.write() as tx:
                await forgetting.no_traces(tx, mark)
            self._scrub_at = now + SCRUB_EVERY
            log.info("traces.gone")
            return now
        self._scrub_at = now + SCRUB_AGAIN
        if now - self._traces.since > GIVE_UP:
            self._traces = replace(self._traces, since=now)
            log.warning(
                "traces.left", reason="somebody has been reading the database since before it was erased"
            )
        return self._scrub_at

    async def _following(self, now: datetime) -> datetime | None:
        """When the next key's time is over."""
        if self._keep.keys is None:
            return None
        async with self._db.read() as tx:
            closed = await forgetting.next_closed(tx, now - self._keep.keys)
        return None if closed is None else closed + self._keep.keys
