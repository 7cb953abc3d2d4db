"""Bytes on disk: of the table of votes, and of all tables together."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.installation import Installation
from bench.postgres import Postgres

TOTAL = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes, indexes included."""

    votes: int
    all: int


async def size(place: Installation) -> Size:
    """While no bot runs on it."""
    if place.postgres is None:
        return await asyncio.to_thread(_of_file, place.folder / "dumka.db")
    return await _of_database(place.postgres, place.folder.name)


def _of_file(file: Path) -> Size:
    """Dropping the table in a copy tells how many pages it had; SQLite's own statistics are not in every build."""
    copy = file.with_suffix(".size")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(file, copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        page = _number(connection, "page_size")
        used = _number(connection, "page_count") - _number(connection, "freelist_count")
        connection.execute("DROP TABLE vote")
        left = _number(connection, "page_count") - _number(connection, "freelist_count")
    for part in copy.parent.glob(f"{copy.name}*"):
        part.unlink()
    return Size((used - left) * page, used * page)


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


async def _of_database(server: Postgres, database: str) -> Size:
    return Size(
        int(await server.value("SELECT pg_total_relation_size('vote')", database)),
        int(await server.value(TOTAL, database)),
    )
