"""Connections and transactions.  Workers and commands open them; everybody else is given ``tx``."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

Tx = AsyncSession

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # a power cut after the acknowledgement loses nothing
    "foreign_keys=ON",
    "busy_timeout=5000",
    "secure_delete=ON",  # what is withdrawn is overwritten, not only unlinked
)


class Database:
    """``async with db.write() as tx`` commits at its end, rolls back on any exception."""

    def __init__(self, url: str) -> None:
        # Errors print their statement; the parameters may be a reader's words.
        self.engine = create_async_engine(url, hide_parameters=True)
        if self.engine.dialect.name == "sqlite":
            prepare_sqlite(self.engine)
        writer = self.engine.execution_options(writes=True)
        self.read = async_sessionmaker(self.engine, expire_on_commit=False).begin
        self._write = async_sessionmaker(writer, expire_on_commit=False).begin
        self._turn = asyncio.Lock()
        self.close = self.engine.dispose

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """Writers of this process take turns in the order in which they came: SQLite lets them race, and a busy one
        starves the others until they fail.
        """
        async with self._turn, self._write() as tx:
            yield tx


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
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
