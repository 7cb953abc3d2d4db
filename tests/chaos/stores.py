"""The two databases of the matrix: how each is made to fail for a while, and read behind the bot's back."""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.postgres import PostgresServer, running

Rows = Sequence[tuple[Any, ...]]


class Store(ABC):
    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    async def fresh(self, number: int) -> "Store":
        """An empty one of the same kind."""

    @abstractmethod
    async def fail(self, seconds: float, *, hard: bool) -> None:
        """The bot cannot write for that long; ``hard`` is the worse of two ways."""

    @abstractmethod
    async def rows(self, statement: str) -> Rows:
        """What is stored, read without any of the bot's code."""

    @abstractmethod
    async def change(self, statement: str) -> None:
        """Tamper with it."""


@dataclass
class SqliteStore(Store):
    path: Path

    @property
    def url(self) -> str:
        return f"sqlite+aiosqlite:///{self.path}"

    async def fresh(self, number: int) -> "SqliteStore":
        return SqliteStore(self.path.with_name(f"dumka-{number}.db"))

    async def fail(self, seconds: float, *, hard: bool) -> None:
        """Another process holds the lock: an operator's open transaction; a ``hard`` one has written, too."""
        locking = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        with closing(locking):
            await asyncio.to_thread(locking.execute, f"BEGIN {'EXCLUSIVE' if hard else 'IMMEDIATE'}")
            try:
                await asyncio.sleep(seconds)
            finally:
                locking.execute("ROLLBACK")

    async def rows(self, statement: str) -> Rows:
        def read() -> Rows:
            with closing(sqlite3.connect(self.path, timeout=30)) as connection:
                return connection.execute(statement).fetchall()

        return await asyncio.to_thread(read)

    async def change(self, statement: str) -> None:
        def write() -> None:
            with closing(sqlite3.connect(self.path, timeout=30)) as connection, connection:
                connection.execute(statement)

        await asyncio.to_thread(write)


@dataclass
class PostgresStore(Store):
    """A server of its own, since it is stopped and killed."""

    server: PostgresServer
    name: str

    @property
    def url(self) -> str:
        return self.server.url(self.name)

    async def fresh(self, number: int) -> "PostgresStore":
        name = f"dumka_{number}"
        await self.server.create(name)
        return PostgresStore(self.server, name)

    async def fail(self, seconds: float, *, hard: bool) -> None:
        """An operator stops the server; a ``hard`` failure is the machine's."""
        await asyncio.to_thread(self.server.kill if hard else self.server.stop)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self.server.start)

    async def rows(self, statement: str) -> Rows:
        connection = await self.server.connect(self.name)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    async def change(self, statement: str) -> None:
        await self.server.execute(statement, self.name)


@contextmanager
def postgres_store(port: int) -> Iterator[PostgresStore]:
    with running(port) as server:
        yield PostgresStore(server, "postgres")
