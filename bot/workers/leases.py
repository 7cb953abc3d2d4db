"""Leases: what only one process does at a time, and which processes are alive.

A lease holds for ``TERM`` and is renewed all the time.  Who dies loses it when the term is over, or at once where
another process of the same machine sees that its number is no longer taken.  Clocks of machines that share a database
may differ by a few seconds, no more.  Two processes may believe for a moment that they hold the same lease (one was
stopped and goes on): so leases only spare work, and what must never happen twice is decided by the rows themselves.
"""

import hashlib
import os
import secrets
import socket
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from db.dialect import DatabaseAway
from db.engine import Database, Tx
from db.queries import lease as leases

log = structlog.get_logger()

TERM = timedelta(seconds=15)
RENEW = timedelta(seconds=5)
SEAT = "seat:"
MOST_SEATS = 1000


def new_holder() -> str:
    """Who we are: "host/pid/nonce".  A process that got the number of a dead one is not taken for it."""
    return f"{_host()}/{os.getpid()}/{secrets.token_hex(4)}"


def _host() -> str:
    """Where a pid means the same process: one boot of one machine, and there one container."""
    parts = [socket.gethostname()]
    for place in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        path = Path(place)
        if path.is_symlink():
            parts.append(str(path.readlink()))
        elif path.is_file():
            parts.append(path.read_text().strip())
    name = parts[0].replace("/", "-")[:64]
    return f"{name}-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:8]}"


def is_dead(other: str, me: str) -> bool:
    """Whether ``other`` certainly runs no more, seen from ``me``; of other machines nothing is known."""
    their_host, their_pid, _ = other.rsplit("/", 2)
    my_host, my_pid, _ = me.rsplit("/", 2)
    if their_host != my_host or other == me:
        return False
    if their_pid == my_pid:
        return True  # its number is ours now
    try:
        os.kill(int(their_pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # it runs, as somebody else
        return False
    return False


class Leases:
    """``holder`` is this process.  Call ``step`` more often than each ``RENEW``."""

    def __init__(self, db: Database, holder: str) -> None:
        self._db, self.holder = db, holder
        self._held: dict[str, datetime] = {}  # until when
        self._renewed: datetime | None = None
        self.seat = 0  # two processes with one number would only wait for one another

    async def take_seat(self, now: datetime) -> int:
        """The lowest number that no other living process has; it is the shard of this process's vote counters."""
        async with self._db.write() as tx:
            known = {lease.name: lease for lease in await leases.named(tx, SEAT)}
            mine = [name for name, lease in known.items() if lease.holder == self.holder]
            for name in (*mine, *(f"{SEAT}{number}" for number in range(MOST_SEATS))):
                lease = known.get(name)
                if lease is not None and lease.holder != self.holder and not self._is_over(lease, now):
                    continue
                if await self._take(tx, name, lease, now):
                    break
            else:
                raise RuntimeError(f"more than {MOST_SEATS} processes share this database")
        self._held[name] = now + TERM
        self.seat = int(name.removeprefix(SEAT))
        return self.seat

    async def hold(self, name: str, now: datetime) -> bool:
        """Take or renew it.  True while it is ours; without the database, until its term is over."""
        if self._held.get(name, now) > now + TERM - RENEW:
            return True
        try:
            async with self._db.write() as tx:
                taken = await self._take(tx, name, await leases.find(tx, name), now)
        except DatabaseAway:
            return self.holds(name, now)
        if taken:
            if name not in self._held:
                log.info("lease.taken", name=name)
            self._held[name] = now + TERM
        elif self._held.pop(name, None) is not None:
            log.warning("lease.lost", name=name)
        return taken

    def holds(self, name: str, now: datetime) -> bool:
        """As far as we know."""
        return self._held.get(name, now) > now

    async def release_all(self) -> None:
        """At the end: nobody has to wait for the term."""
        self._held.clear()
        async with self._db.write() as tx:
            await leases.release(tx, self.holder)

    async def step(self, now: datetime) -> datetime:
        """Renew what is held; returns when to do it again.  What was taken from us is lost; a seat is taken anew."""
        if self._renewed is not None and self._renewed <= now < self._renewed + RENEW:
            return self._renewed + RENEW
        names = list(self._held)
        async with self._db.write() as tx:
            mine = await leases.renew(tx, names, self.holder, now + TERM)
        for name in names:
            if name in mine:
                self._held[name] = now + TERM
            else:
                del self._held[name]
                log.warning("lease.lost", name=name)
        if not any(name.startswith(SEAT) for name in self._held):
            await self.take_seat(now)
        self._renewed = now
        return now + RENEW

    async def living(self, tx: Tx, now: datetime) -> set[str]:
        """The processes that have a seat, and this one."""
        seats = await leases.named(tx, SEAT)
        return {self.holder, *(lease.holder for lease in seats if not self._is_over(lease, now))}

    async def gone(self, tx: Tx, holders: Iterable[str | None], now: datetime) -> set[str | None]:
        """Those of ``holders`` that run no more.  A claim of nobody's is left from before there were several."""
        others = set(holders) - {self.holder}
        return others - await self.living(tx, now) if others else set()

    async def _take(self, tx: Tx, name: str, lease: leases.Lease | None, now: datetime) -> bool:
        dead = [lease.holder] if lease is not None and is_dead(lease.holder, self.holder) else []
        return await leases.take(
            tx, name, self.holder, now=now, until=now + TERM, at_most=now + 2 * TERM, dead=dead
        )

    def _is_over(self, lease: leases.Lease, now: datetime) -> bool:
        """Nobody may ask for more than the term: if it lasts longer, a clock was put back since."""
        return not now < lease.until <= now + 2 * TERM or is_dead(lease.holder, self.holder)
