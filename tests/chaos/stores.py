"""The two databases of the matrix: how each is made to fail for a while, and read behind the bot's back."""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

Rows = Sequence[Sequence[Any]]


class Store(ABC):
    url: str

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
    def url(self) -> str:  # type: ignore[override]
        return f"sqlite+aiosqlite:///{self.path}"

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
