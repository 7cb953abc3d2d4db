"""aiosqlite with one turn to its thread and back for each statement instead of four.

SQLAlchemy opens a cursor, executes, fetches and closes, and aiosqlite carries each of these to the connection's thread.
A turn costs more than most statements: without this, a batch of votes spends most of its processor time on them.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiosqlite
from aiosqlite.core import _STOP_RUNNING_SENTINEL

AT_ONCE = 1000  # rows fetched in the turn of their statement; the rest is fetched when it is asked for

Rows = list[Any]


class Cursor:
    """As much of a cursor as SQLAlchemy's adapter asks for."""

    arraysize = 1

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._open: sqlite3.Cursor | None = None  # while rows are left to fetch
        self._rows: Rows = []
        self.description: Sequence[Any] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> Self:
        await self._connection.run(partial(self._execute, sql, parameters))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        await self._connection.run(partial(self._executemany, sql, parameters))
        return self

    async def fetchall(self) -> Rows:
        rows, self._rows = self._rows, []
        if self._open is not None:
            rows += await self._connection.run(self._open.fetchall)
            await self.close()
        return rows

    async def fetchmany(self, size: int | None = None) -> Rows:
        wanted = size or self.arraysize
        if len(self._rows) < wanted and self._open is not None:
            self._rows += await self._connection.run(partial(self._open.fetchmany, max(wanted, AT_ONCE)))
        rows, self._rows = self._rows[:wanted], self._rows[wanted:]
        return rows

    async def fetchone(self) -> Any:
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def close(self) -> None:
        left, self._open, self._rows = self._open, None, []
        if left is not None:
            await self._connection.run(left.close)

    def _execute(self, sql: str, parameters: Iterable[Any]) -> None:
        """In the connection's thread, like the next one."""
        cursor = self._connection.raw.execute(sql, parameters)  # type: ignore[arg-type]
        self._keep(cursor)
        if cursor.description is not None:
            self._rows = cursor.fetchmany(AT_ONCE)
            if len(self._rows) == AT_ONCE:
                self._open = cursor
                return
            self.rowcount = cursor.rowcount  # with RETURNING it is known after the last row
        cursor.close()

    def _executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> None:
        cursor = self._connection.raw.executemany(sql, parameters)  # type: ignore[arg-type]
        self._keep(cursor)
        cursor.close()

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.rowcount, self.lastrowid = (
            cursor.description,
            cursor.rowcount,
            cursor.lastrowid,
        )


class Connection(aiosqlite.Connection):
    """What can wait for a lock or for the disk takes its turn to the other thread; all else runs where it is asked for,
    which takes a third of the processor time.

    ``quick``: the statements of this transaction are short, too.
    """

    quick = False
    reads = False  # the transaction only reads: its end touches no disk

    @property
    def raw(self) -> sqlite3.Connection:
        return self._conn

    async def run(self, function: Any) -> Any:
        """In the connection's thread, unless it is quick."""
        if self.quick:
            return function()
        return await self._execute(function)  # type: ignore[no-untyped-call]

    def begin(self, *, writes: bool) -> bool:
        """Take the write lock if it is free; to read, none is needed yet.  False where somebody has it, or something is
        wrong with the file: then BEGIN has to take its turn.
        """
        self.reads = not writes
        try:
            if not writes:
                self.raw.execute("BEGIN")
                return True
            (patience,) = self.raw.execute("PRAGMA busy_timeout").fetchone()
            self.raw.execute("PRAGMA busy_timeout=0")
            try:
                self.raw.execute("BEGIN IMMEDIATE")
            finally:
                self.raw.execute(f"PRAGMA busy_timeout={patience}")
        except sqlite3.Error:
            return False
        return True

    async def commit(self) -> None:
        if self.reads:
            self.raw.commit()
        else:
            await super().commit()

    async def rollback(self) -> None:
        """The pool asks for it after each transaction, too, when there is nothing left to undo."""
        if self.reads or not self.in_transaction:
            self.raw.rollback()
        else:
            await super().rollback()

    def stop(self) -> None:  # the pool and a failed connect do not wait for it
        """Its thread ends and answers nobody: the loop that it would answer may have ended before it."""
        self._running = False
        self._tx.put_nowait((None, self._end))

    def _end(self) -> object:
        """In the connection's thread."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        return _STOP_RUNNING_SENTINEL

    def cursor(self) -> Cursor:  # type: ignore[override]  # the adapter only enters it, which both allow
        return Cursor(self)


def connect(path: str | Path, **options: Any) -> Connection:
    """For ``async_creator_fn`` of SQLAlchemy's dialect; ``options`` as those of sqlite3.connect."""
    # One thread at a time uses it: whoever awaits a turn does nothing else with it.
    options["check_same_thread"] = False
    connection = Connection(partial(sqlite3.connect, path, **options), iter_chunk_size=AT_ONCE)
    connection._thread.daemon = True
    return connection
