"""Bytes of rows that were erased, made to go from the database's files.

SQLite: ``secure_delete`` overwrites the rows themselves; but where a page was split, copies of some stay in it between the
cells, until the file is written anew (VACUUM).  The write-ahead log is taken into the file and cut off.
PostgreSQL: VACUUM takes the rows out of their pages; docs/operations.md says what stays where.
"""

import sqlite3
from collections.abc import Collection
from contextlib import closing

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

SMALL = 128 * 2**20  # bytes; an SQLite file that is written anew within about a second


def scrub_file(path: str) -> bool:
    """False where somebody reads or writes at this moment.  The caller keeps this process's writers away."""
    # No patience: with it, everybody who wants to write would wait with us for slow readers.
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        try:
            connection.execute("PRAGMA secure_delete=ON")
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            (size,) = connection.execute("PRAGMA page_size").fetchone()
            if pages * size <= SMALL:
                connection.execute("PRAGMA temp_store=MEMORY")  # no copy in another folder
                connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                return False
            raise
    return not busy


async def vacuum(connection: AsyncConnection, tables: Collection[str], since: int) -> bool:
    """``connection`` is in no transaction.  False while one from before ``since`` still reads: its rows would stay."""
    if (await connection.execute(text(OLDER), {"since": since})).scalar_one():
        return False
    await connection.execute(text(f"VACUUM {', '.join(sorted(tables))}"))
    return True


async def horizon(connection: AsyncConnection) -> int:
    """The number of the next transaction."""
    return int((await connection.execute(text(NEXT))).scalar_one())


NEXT = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
OLDER = """
SELECT count(*) FROM (
    SELECT backend_xmin FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()
    UNION ALL SELECT xmin FROM pg_replication_slots
    UNION ALL SELECT transaction FROM pg_prepared_xacts
) AS held(xmin) WHERE age(xmin) > age((CAST(:since AS bigint) % 4294967296)::text::xid)
"""
