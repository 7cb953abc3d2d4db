"""Shown numbers move on (bot.domain.shown).  Votes know nothing of it: their counters are read, whoever added to them."""

import secrets
from collections.abc import Callable
from datetime import datetime

from bot.domain.ids import BallotId
from bot.domain.shown import advance
from bot.workers.leases import Leases
from db.engine import Database
from db.queries import shown

LEASE = "publisher"


class Publisher:
    rest = 0.5  # seconds between two looks at least: a publication waits for votes, not for the clock

    def __init__(self, db: Database, leases: Leases, published: Callable[[], None] = lambda: None) -> None:
        """``published`` is called when numbers moved: there may be something to draw."""
        self._db, self._leases, self._published = db, leases, published
        self._seen: dict[BallotId, int] = {}  # the votes that were looked at; after a restart, all are

    async def step(self, now: datetime) -> datetime | None:
        """Look at each ballot that has new votes, if no other process does."""
        async with self._db.read() as tx:
            newest = await shown.versions(tx)
        fresh = [ballot for ballot, version in newest.items() if self._seen.get(ballot) != version]
        if not fresh or not await self._leases.hold(LEASE, now):
            return None
        moved = [await self._look(ballot) for ballot in fresh]
        self._seen = newest
        if any(moved):
            self._published()
        return None

    async def _look(self, ballot: BallotId) -> bool:
        """Returns whether shown numbers moved."""
        slack: int | None = None
        async with self._db.read() as tx:
            found = await shown.state(tx, ballot)
            if found is None:
                return False
            state, current, step = found
            slack = secrets.randbelow(step)
            if advance(state, current, step, slack) == state:
                return False  # most looks end here, and write nothing
        async with self._db.write() as tx:
            await shown.lock(tx, ballot)
            found = await shown.state(tx, ballot)
            if found is None:
                return False
            state, current, step = found
            after = advance(state, current, step, slack)
            if after == state:
                return False
            await shown.store(tx, ballot, state, after)
        return after.shown != state.shown
