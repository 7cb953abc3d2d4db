"""Connections and transactions.  Workers and commands open them; everybody else is given ``tx``."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from typing import Any

import asyncpg
from sqlalchemy import Connection, event, make_url
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from db import hops, scrubbing
from db.dialect import DatabaseAway, is_sqlite, moment, refusal

__all__ = ["Database", "DatabaseAway", "Tx", "make_engine", "told_alike"]

Tx = AsyncSession

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # a power cut after the acknowledgement loses nothing
    "foreign_keys=ON",
    "busy_timeout=5000",
    "secure_delete=ON",  # what is withdrawn is overwritten, not only unlinked
)

# https://www.postgresql.org/docs/current/runtime-config-client.html; times without a unit are milliseconds.
SESSION = {
    "application_name": "dumka",
    "lock_timeout": "5s",  # as busy_timeout
    # A process that was stopped in the middle of a transaction would keep its locks for ever, ...
    "idle_in_transaction_session_timeout": "60s",
    # ... and so would one whose machine is gone: after 10 s of silence it is asked three times, each 5 s.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25s",
}
CONNECT_WITHIN = 5.0  # seconds
ANSWER_WITHIN = 60.0  # seconds; a server whose machine is gone says nothing at all
SCRUB_WITHIN = 3600.0  # seconds
MOST_CONNECTIONS = 10  # of one process; the server's default allows 100 for all

ASYNCPG = (asyncpg.PostgresError, asyncpg.InterfaceError)  # SQLAlchemy wraps only what statements raise


class Database:
    """``async with db.write() as tx`` commits at its end, rolls back on any exception.

    Both raise DatabaseAway when the database refuses or is not there, whichever it is.  Where the commit itself gets no
    answer, nobody knows whether it was done.
    """

    def __init__(self, url: str) -> None:
        self._url, self.engine = url, make_engine(url)
        self._sqlite = is_sqlite(self.engine.dialect)
        if self._sqlite:
            prepare_sqlite(self.engine)
            reader, writer = self.engine, self.engine.execution_options(writes=True)
        else:
            # All statements of a reading transaction see one moment, as on SQLite; a reader never fails for that.
            reader = self.engine.execution_options(**moment(self.engine.url))
            writer = self.engine
        self._reading = async_sessionmaker(reader, expire_on_commit=False)
        self._writing = async_sessionmaker(writer, expire_on_commit=False)
        self._turn = asyncio.Lock()
        self.close = self.engine.dispose

    def read(self) -> AbstractAsyncContextManager[Tx]:
        return _transaction(self._reading)

    @asynccontextmanager
    async def write(self, *, quick: bool = False) -> AsyncIterator[Tx]:
        """``quick``: all its statements are short, so that on SQLite they need not leave the loop's thread (db/hops.py).

        Writers of this process take turns on SQLite, in the order in which they came: it lets them race, and a busy
        one starves the others until they fail.
        """
        turn = self._turn if self._sqlite else nullcontext()
        async with turn, _transaction(self._writing) as tx:
            if not (quick and self._sqlite):
                yield tx
                return
            driver: Any = (await (await tx.connection()).get_raw_connection()).driver_connection
            driver.quick = True
            try:
                yield tx
            finally:
                driver.quick = False

    async def scrub(self, tables: Collection[str], since: int) -> bool:
        """Make what was erased before ``since`` go from the files; False where that has to be tried again later."""
        if self._sqlite:
            async with self._turn:
                with told_alike():
                    return await asyncio.to_thread(scrubbing.scrub_file, str(self.engine.url.database))
        engine = make_engine(self._url, SCRUB_WITHIN)
        try:
            with told_alike():
                async with engine.connect() as connection:
                    plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
                    return await scrubbing.vacuum(plain, tables, since)
        finally:
            await engine.dispose()

    async def horizon(self) -> int:
        """What is erased by now can be seen by transactions with lower numbers only; 0 on SQLite, which has no numbers."""
        if self._sqlite:
            return 0
        async with self.read() as tx:
            return await scrubbing.horizon(await tx.connection())


@asynccontextmanager
async def _transaction(sessions: async_sessionmaker[Tx]) -> AsyncIterator[Tx]:
    with told_alike():
        async with sessions() as tx, tx.begin():
            with told_alike(connecting=True):
                await tx.connection()
            yield tx


@contextmanager
def told_alike(*, connecting: bool = False) -> Iterator[None]:
    """DatabaseAway for whatever the drivers say.  While ``connecting`` any failure means that it is away."""
    try:
        yield
    except (SQLAlchemyError, *ASYNCPG, OSError) as error:
        told = refusal(error)
        if told is None and connecting and not isinstance(error, SQLAlchemyError):
            told = DatabaseAway("unreachable", error)  # no such host, no route, no socket
        if told is None or told is error:
            raise
        raise told from error


def make_engine(url: str, answer_within: float | None = ANSWER_WITHIN, **session: str) -> AsyncEngine:
    """``session``: settings of PostgreSQL's sessions that differ from the usual ones."""
    # Errors print their statement; the parameters may be a reader's words.
    if is_sqlite(make_url(url)):
        return create_async_engine(url, hide_parameters=True, connect_args={"async_creator_fn": hops.connect})
    engine = create_async_engine(
        url,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        pool_size=MOST_CONNECTIONS,
        max_overflow=0,
        pool_use_lifo=True,  # the ones that are used stay warm
        pool_recycle=1800,  # firewalls forget what is silent for long
        connect_args={
            "server_settings": {**SESSION, **session},
            "timeout": CONNECT_WITHIN,
            "command_timeout": answer_within,
            "prepared_statement_cache_size": 500,
        },
    )
    _leave_closed_connections(engine)
    return engine


def _leave_closed_connections(engine: AsyncEngine) -> None:
    """After a restart of the server the pool's connections are closed, which the driver knows: no ping is needed, which
    would take three turns to the server and back for each transaction.
    """

    @event.listens_for(engine.sync_engine, "checkout")
    def on_checkout(_: Any, record: Any, proxy: Any) -> None:
        if record.driver_connection.is_closed():
            raise DisconnectionError("closed by the server")


def prepare_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _: object) -> None:
        connection.isolation_level = None  # on_begin says BEGIN, not the driver
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        # Reading first and writing later fails at once if another writer came between, whatever
        # busy_timeout says.  Taking the write lock first makes the transaction wait its turn.
        writes = connection.get_execution_options().get("writes", False)
        driver = connection.connection.driver_connection
        if not (isinstance(driver, hops.Connection) and driver.begin(writes=writes)):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
