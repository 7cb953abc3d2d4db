"""The audit log's newest row is remembered in the key store, so that cutting the end off shows."""

from datetime import datetime

import structlog

from bot.services import audit
from bot.vault import Vault
from bot.workers.leases import Leases
from db.engine import Database

log = structlog.get_logger()

LEASE = "audit"


class Tying:
    """After the commits, by one process."""

    rest = 0.5  # seconds between two looks at least

    def __init__(self, db: Database, vault: Vault, leases: Leases) -> None:
        self._db, self._vault, self._leases = db, vault, leases
        self._tied = -1  # the newest row that was seen
        self._told = False

    async def step(self, now: datetime) -> datetime | None:
        """Raises bot.keystore.KeyStoreTrouble."""
        async with self._db.read() as tx:
            newest = await audit.count(tx)
        if newest == self._tied or not await self._leases.hold(LEASE, now):
            return None
        async with self._db.read() as tx:
            faults = await audit.tie(tx, self._vault)
        if faults and not self._told:
            log.error(
                "audit.broken", hint="rows are missing or were changed; `dumka audit --verify` tells which"
            )
            self._told = True
        self._tied = newest
        return None
