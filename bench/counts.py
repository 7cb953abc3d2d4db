"""Reading a tally and drawing a ballot, with ten thousand to ten million votes stored."""

import asyncio
import sqlite3
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.installation import Ground, Installation
from bench.postgres import Postgres
from bench.runs import MILLISECONDS, Figures
from bot.domain.ids import DiscussionId
from bot.texts import Say
from bot.views import ballot as views
from bot.views.screen import markup
from db.engine import Database
from db.queries import discussion as discussions

TALLY = "SELECT option_id, sum(votes) FROM option_count WHERE ballot_id = 1 GROUP BY option_id"
COUNTED = "INSERT INTO option_count (ballot_id, option_id, shard, votes, version) SELECT 1, option_id, 0, count(*), 1 FROM vote GROUP BY option_id"
FORGET = "DELETE FROM option_count"
# Voters are numbered here, in the order of the key: ten million of the random ones that the bot stores take minutes, and
# what is measured does not read them.
FILL_SQLITE = """\
INSERT INTO vote (ballot_id, voter, option_id)
WITH RECURSIVE row (n) AS (SELECT ?1 + 1 UNION ALL SELECT n + 1 FROM row WHERE n < ?2)
SELECT 1, CAST(printf('%016d', n) AS BLOB), 1 + n % 3 FROM row"""
FILL_POSTGRES = """\
INSERT INTO vote (ballot_id, voter, option_id)
SELECT 1, convert_to(lpad(n::text, 16, '0'), 'UTF8'), 1 + n % 3 FROM generate_series({first} + 1, {last}) AS n"""
CACHE = -512 * 1024  # KiB, for filling alone


async def reading(ground: Ground, sizes: Sequence[int], repeats: int) -> dict[str, Figures]:
    """By the number of stored votes."""
    found: dict[str, Figures] = {}
    async with ground.installation() as place:
        stored = 0
        for size in sizes:
            if place.postgres:
                await _fill_postgres(place.postgres, place.folder.name, stored, size)
                driver = await _driver_postgres(place.postgres, place.folder.name, repeats)
            else:
                file = place.folder / "dumka.db"
                await asyncio.to_thread(_fill_sqlite, file, stored, size)
                driver = await asyncio.to_thread(_driver_sqlite, file, repeats)
            stored = size
            found[str(size)] = {"tally_driver_ms": driver, **await _stack(place, repeats)}
    return found


async def _stack(place: Installation, repeats: int) -> Figures:
    """Through SQLAlchemy, as the bot reads it, and drawn as readers see it."""
    db = Database(place.database)
    try:

        async def read() -> Any:
            async with db.read() as tx:
                return await discussions.find(tx, DiscussionId(1))

        async def draw() -> object:
            return markup(views.live(Say("uk"), await read(), "dumka_bench_bot"))

        return {"tally_ms": await _median(read, repeats), "redraw_ms": await _median(draw, repeats)}
    finally:
        await db.close()


async def _median(work: Callable[[], Awaitable[object]], repeats: int) -> float:
    """Milliseconds."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        await work()
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * MILLISECONDS


def _fill_sqlite(file: Path, first: int, last: int) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(f"PRAGMA cache_size={CACHE}")
        connection.execute("BEGIN")
        connection.execute(FILL_SQLITE, (first, last))
        connection.execute(FORGET)
        connection.execute(COUNTED)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _driver_sqlite(file: Path, repeats: int) -> float:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        times = []
        for _ in range(repeats):
            begin = time.perf_counter()
            connection.execute(TALLY).fetchall()
            times.append(time.perf_counter() - begin)
    return statistics.median(times) * MILLISECONDS


async def _fill_postgres(server: Postgres, database: str, first: int, last: int) -> None:
    connection = await server.connect(database)
    try:
        await connection.execute(
            "SET session_replication_role = replica"
        )  # no look at foreign keys row by row
        async with connection.transaction():
            await connection.execute(FILL_POSTGRES.format(first=first, last=last))
            await connection.execute(FORGET)
            await connection.execute(COUNTED)
        await connection.execute("ANALYZE vote, option_count")
    finally:
        await connection.close()


async def _driver_postgres(server: Postgres, database: str, repeats: int) -> float:
    connection = await server.connect(database)
    try:
        statement = await connection.prepare(TALLY)
        return await _median(statement.fetch, repeats)
    finally:
        await connection.close()
