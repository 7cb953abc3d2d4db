"""A database that refuses or is not there is told in one way, whichever it is, and work goes on when it is back."""

import asyncio
import gc
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from db import hops, migrate
from db.dialect import Raced, away, refusal
from db.engine import Database, DatabaseAway
from db.queries import update as facts
from tests.postgres import PostgresServer, running

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
LONG = "x" * 1_000_000


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """To be stopped and killed."""
    with running() as server:
        yield server


async def cause(db: Database, value: str = "x", *statements: str) -> str:
    """Why nothing can be stored."""

    async def store() -> None:
        async with db.write() as tx:
            for statement in statements:
                await tx.execute(text(statement))
            await facts.store_fact(tx, "name", value)

    with pytest.raises(DatabaseAway) as refused:
        await store()
    assert away(refused.value)
    return refused.value.cause


@ONLY_SQLITE
async def test_sqlite_locked(db: Database, database_path: Path) -> None:
    with closing(sqlite3.connect(database_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await cause(db) == "locked"
        other.execute("ROLLBACK")

    async with db.write() as tx:
        await facts.store_fact(tx, "name", "value")


@ONLY_SQLITE
async def test_sqlite_full(db: Database) -> None:
    assert await cause(db, LONG, "PRAGMA max_page_count = 1") == "full"


async def test_sqlite_read_only(database_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///file:{database_path}?mode=ro&uri=true")
    assert await cause(db) == "read-only"
    await db.close()


@pytest.mark.parametrize(("name", "told"), [("nowhere/dumka.db", "unreachable"), ("damaged.db", "damaged")])
async def test_sqlite_not_there_or_damaged(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "damaged.db").write_bytes(b"no database" * 1000)
    db = Database(f"sqlite+aiosqlite:///{tmp_path / name}")
    assert await cause(db) == told
    await db.close()


@pytest.mark.parametrize("name", ["nowhere/dumka.db", "damaged.db", "dumka.db"])
def test_sqlite_thread_outlives_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A connection that is dropped ends in its own thread, which may be later than the loop's end."""
    (tmp_path / "damaged.db").write_bytes(b"no database" * 1000)
    ended: list[threading.Thread] = []
    end = hops.Connection.stop

    def late(self: hops.Connection) -> None:
        ended.append(self._thread)
        self._tx.put_nowait((None, lambda: time.sleep(0.2)))
        end(self)

    async def use() -> None:
        db = Database(f"sqlite+aiosqlite:///{tmp_path / name}")
        with suppress(DatabaseAway):
            async with db.read() as tx:
                await tx.execute(text("SELECT 1"))
        await db.close()

    failed: list[object] = []
    monkeypatch.setattr(hops.Connection, "stop", late)
    monkeypatch.setattr(threading, "excepthook", failed.append)
    asyncio.run(use())
    gc.collect()
    for thread in ended:
        thread.join(5)
    assert ended
    assert not failed
    assert not any(thread.is_alive() for thread in ended)


@ONLY_POSTGRESQL
async def test_postgresql_locked(db: Database) -> None:
    async with db.write() as other:
        await other.execute(text("LOCK TABLE fact"))
        assert await cause(db, "x", "SET LOCAL lock_timeout = 100") == "locked"


@ONLY_POSTGRESQL
async def test_postgresql_read_only(db: Database) -> None:
    assert await cause(db, "x", "SET TRANSACTION READ ONLY") == "read-only"


@ONLY_POSTGRESQL
async def test_postgresql_ends_the_session(db: Database) -> None:
    assert await cause(db, "x", "SELECT pg_terminate_backend(pg_backend_pid())") == "unreachable"

    async with db.write() as tx:
        await facts.store_fact(tx, "name", "value")


async def test_postgresql_missing_full_of_others_or_refusing(
    postgres: PostgresServer, postgres_url: str
) -> None:
    name = make_url(postgres_url).database
    assert name is not None
    connection = await postgres.connect(name)
    await connection.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
    await connection.execute('CREATE ROLE "reader" LOGIN')
    try:
        for url, told in (
            (postgres.url("nowhere"), "missing"),
            (postgres_url.replace("postgres@", "nobody@"), "login refused"),
            (postgres_url.replace("postgres@", "reader@"), "too many connections"),
        ):
            db = Database(url)
            assert await cause(db) == told
            await db.close()
    finally:
        await connection.execute('DROP ROLE "reader"')
        await connection.close()


@pytest.mark.parametrize("harm", ["stop", "kill"])
async def test_work_goes_on_when_the_server_is_back(server: PostgresServer, harm: str) -> None:
    url = await server.create(harm)
    await migrate.upgrade(url)
    db = Database(url)
    async with db.write() as tx:
        await facts.store_fact(tx, "before", "is kept")

    async def lose() -> None:
        async with db.write() as tx:
            await facts.store_fact(tx, "meanwhile", "is lost")
            await asyncio.to_thread(getattr(server, harm))

    with pytest.raises(DatabaseAway) as refused:
        await lose()
    assert refused.value.cause in {"unreachable", "shutting down"}
    assert await cause(db) == "unreachable"
    await asyncio.to_thread(server.start)

    async with db.write() as tx:
        assert await facts.fact(tx, "before") == "is kept"
        assert await facts.fact(tx, "meanwhile") is None
    await db.close()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (asyncpg.DiskFullError("x"), "full"),
        (asyncpg.TooManyConnectionsError("x"), "too many connections"),
        (asyncpg.CannotConnectNowError("x"), "starting"),
        (asyncpg.AdminShutdownError("x"), "shutting down"),
        (ConnectionResetError("x"), "unreachable"),
        (TimeoutError(), "too slow"),
        (OperationalError("", {}, Exception("x")), "unreachable"),
    ],
)
def test_what_cannot_be_made_to_happen_here(error: Exception, told: str) -> None:
    refused = refusal(error)

    assert refused is not None
    assert refused.cause == told
    assert not isinstance(refused, Raced)


@pytest.mark.parametrize(
    "error", [ValueError("x"), FileNotFoundError("x"), asyncpg.UniqueViolationError("x")]
)
def test_what_is_somebody_elses_fault(error: Exception) -> None:
    assert not away(error)


async def test_error_of_a_transaction_that_is_not_the_databases_passes(db: Database) -> None:
    with pytest.raises(FileNotFoundError):
        async with db.write():
            raise FileNotFoundError
