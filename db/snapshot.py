"""One moment of a database, however much is written meanwhile."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from db.dialect import is_sqlite, moment

PAGES = 1024  # copied between two looks at the progress; 4 MiB


def patient_engine(url: str, **options: Any) -> AsyncEngine:
    """For work that takes as long as it takes: none of the bot's time-outs.  ``options`` go to the engine."""
    return create_async_engine(url, hide_parameters=True, poolclass=NullPool, **options)


@asynccontextmanager
async def at_one_moment(url: str, **options: Any) -> AsyncIterator[AsyncConnection]:
    """A connection that sees the database as it is now, until it is closed, and cannot write.

    Writers are not held up.  ``options`` go to the engine.
    """
    engine = patient_engine(url, **options)
    place = make_url(url)
    if is_sqlite(place):

        @event.listens_for(engine.sync_engine, "connect")
        def on_connect(connection: Any, _: object) -> None:
            connection.isolation_level = None  # the driver would begin only when something is written
            connection.execute("PRAGMA query_only=ON")
            connection.execute("PRAGMA busy_timeout=5000")

        @event.listens_for(engine.sync_engine, "begin")
        def on_begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN")

    try:
        async with engine.connect() as connection:
            found = await connection.execution_options(**moment(place))
            if not is_sqlite(place):  # the moment may have to be held for hours
                await found.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            yield found
    finally:
        await engine.dispose()


@contextmanager
def still(path: Path) -> Iterator[Connection]:
    """An SQLite file that nobody writes to, read without leaving anything beside it."""
    engine = create_engine("sqlite://", creator=lambda: _immutable(path), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _immutable(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)


def copy_file(source: Path, target: Path, progress: Callable[[int, int], None]) -> None:
    """SQLite's online backup, in steps.  ``progress`` is told the pages done and all pages.

    The source's transaction holds its moment: without it every step after somebody's write would begin anew, and under a
    storm of votes never end.  In WAL mode it holds up no writer; the log grows until the copy is done.
    """
    with (
        closing(
            sqlite3.connect(f"{source.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=5)
        ) as old,
        closing(sqlite3.connect(target, isolation_level=None)) as new,
    ):
        old.execute("PRAGMA query_only=ON")
        old.execute("BEGIN")
        old.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the moment is that of the first read
        old.backup(new, pages=PAGES, progress=lambda _, left, all_: progress(all_ - left, all_), sleep=0)
        new.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
