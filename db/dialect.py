"""Each difference between the databases, once.  Other modules ask ``is_sqlite`` only where there is a file or a server.

Two need nothing here: SQLAlchemy leaves ``with_for_update(skip_locked=True)`` out on SQLite, where the writer is alone
and no row can be locked by another; and it renders ``RETURNING`` on both.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import (
    URL,
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    LargeBinary,
    String,
    Table,
    any_,
    bindparam,
    func,
    inspect,
    select,
    text,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute

# SQLite counts up only a column that is INTEGER PRIMARY KEY to the letter; PostgreSQL wants eight bytes said.
COUNTING_KEY = BigInteger().with_variant(Integer(), "sqlite")

# What ``lock`` is about: numbers of the same kind exclude each other.
MIGRATION, BALLOT, CHANNEL, AUDIT = 1, 2, 3, 4

SQLITE, POSTGRESQL = "sqlite", "postgresql"
KINDS = (SQLITE, POSTGRESQL)

Row = Mapping[str, Any]
Model = type[DeclarativeBase]


def is_sqlite(place: Dialect | URL) -> bool:
    """Whether it is a file, with one writer, and not a server."""
    return (place.name if isinstance(place, Dialect) else place.get_backend_name()) == SQLITE


class DatabaseAway(OperationalError):
    """The database refuses or is not there: nobody's update is to blame, and nothing was stored.

    ``cause`` is a short word for logs; ``str()`` of it adds the driver's own words, for the operator alone.
    """

    def __init__(self, cause: str, origin: BaseException) -> None:
        super().__init__(None, None, origin)
        self.cause = cause

    def __str__(self) -> str:
        words = str(self.orig).strip()
        return f"{self.cause}: {words}" if words else self.cause


class Raced(DatabaseAway):
    """Another process came between: the same transaction, begun anew, goes well."""

    def __init__(self, cause: str, origin: BaseException | None = None) -> None:
        super().__init__(cause, origin or Exception())


# https://www.sqlite.org/rescode.html; extended codes have the primary one in their lowest byte.
_SQLITE = {
    sqlite3.SQLITE_PERM: "forbidden",
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_NOMEM: "out of memory",
    sqlite3.SQLITE_READONLY: "read-only",
    sqlite3.SQLITE_IOERR: "disk error",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_CANTOPEN: "unreachable",
    sqlite3.SQLITE_PROTOCOL: "locked",
    sqlite3.SQLITE_AUTH: "forbidden",
    sqlite3.SQLITE_NOTADB: "damaged",
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html; a class of two signs stands for what is not named.
_AGAIN = {"40001": "serialization", "40P01": "deadlock", "0A000": "schema changed"}
_POSTGRESQL = {
    "08": "unreachable",
    "25006": "read-only",
    "25P03": "idle too long",
    "25P04": "too slow",
    "28": "login refused",
    "3D000": "missing",
    "42501": "forbidden",
    "53": "short of resources",
    "53100": "full",
    "53200": "out of memory",
    "53300": "too many connections",
    "55P03": "locked",
    "57014": "cancelled",
    "57P01": "shutting down",
    "57P02": "shutting down",
    "57P03": "starting",
    "58": "disk error",
    "F0": "wrongly configured",
    "XX001": "damaged",
    "XX002": "damaged",
}


def away(error: BaseException) -> bool:
    """Whether the database refused or is gone: no fault of the statement, nor of what was to be stored.

    Inside a transaction nothing else talks to the network, so lost connections and time-outs count, too.
    """
    return refusal(error) is not None


def refusal(error: BaseException) -> DatabaseAway | None:
    """``error`` in the words of all databases; None for everything else (a constraint, a value that does not fit, a bug)."""
    if isinstance(error, DatabaseAway):
        return error
    for one in _causes(error):
        state, code = getattr(one, "sqlstate", None), getattr(one, "sqlite_errorcode", None)
        if isinstance(state, str):
            if state in _AGAIN and (state != "0A000" or "cached" in str(one)):
                return Raced(_AGAIN[state], one)
            cause = _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2])
            return DatabaseAway(cause, one) if cause else None
        if isinstance(code, int):
            cause = _SQLITE.get(code & 0xFF)
            return DatabaseAway(cause, one) if cause else None
        if isinstance(one, ConnectionError):
            return DatabaseAway("unreachable", one)
        if isinstance(one, TimeoutError):
            return DatabaseAway("too slow", one)
        if isinstance(one, NoConnectionFree):
            return DatabaseAway("busy", one)
    if isinstance(error, DBAPIError) and (error.connection_invalidated or type(error) is OperationalError):
        return DatabaseAway("unreachable", error.orig or error)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what SQLAlchemy wrapped, and what the driver did."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = getattr(one, "orig", None) or one.__cause__


async def upsert(
    tx: AsyncSession,
    model: Model,
    rows: Sequence[Row],
    *,
    update: Sequence[str] = (),
    add: Sequence[str] = (),
) -> int:
    """Insert ``rows``, which name the same columns; returns how many were inserted or changed.

    Where the primary key is there already, overwrite the columns in ``update`` and add to those in ``add`` (neither:
    leave it).  Rows are locked in the order of their keys, so that two processes never wait for one another.
    """
    if not rows:
        return 0
    ordered = _in_order(model, rows)
    if update and not add:
        ordered = list(
            {_key(model)(row): row for row in ordered}.values()
        )  # PostgreSQL changes a row once only
    columns = tuple(rows[0])
    connection = await tx.connection()  # Core: rows of a batch need no objects
    if is_sqlite(connection.dialect):
        wire = _plain_insert(model, columns, tuple(update), tuple(add))
        if wire is not None:
            values = itemgetter(*columns)
            return (await connection.exec_driver_sql(wire, [values(row) for row in ordered])).rowcount
        statement = _insert_values(model, tuple(update), tuple(add))
        return (await connection.execute(statement, ordered)).rowcount
    statement = _insert_arrays(model, columns, tuple(update), tuple(add), False)
    return (await connection.execute(statement, _arrays(columns, ordered))).rowcount


async def insert_missing(tx: AsyncSession, model: Model, rows: Sequence[Row]) -> set[Any]:
    """Insert ``rows`` of numbers, but for those whose key is there; returns the keys that were not.  The key is one column.

    A key that another transaction has just inserted is waited for: it is there if that one commits.
    """
    if not rows:
        return set()
    columns = tuple(rows[0])
    ordered = _in_order(model, rows)
    connection = await tx.connection()
    if is_sqlite(connection.dialect):
        found = await connection.execute(
            _insert_json(model, columns), {"rows": json.dumps([[row[c] for c in columns] for row in ordered])}
        )
        return set(found.scalars())
    statement = _insert_arrays(model, columns, (), (), True)
    return set((await connection.execute(statement, _arrays(columns, ordered))).scalars())


def kind(tx: AsyncSession) -> str:
    """For statements that are built once for each database, see ``among``."""
    return tx.get_bind().dialect.name


PSEUDONYM = 16  # bytes


def among(kind: str, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """``column IN`` the pseudonyms that ``pseudonyms`` gives as parameters: one statement however many they are.

    A list would make another text of each length, which is prepared anew.
    """
    if kind == POSTGRESQL:
        return column == any_(bindparam("among", type_=postgresql.ARRAY(column.type)))
    each = func.json_each(bindparam("among_places", type_=String())).table_valued("key")
    packed = bindparam("among", type_=LargeBinary())
    return column.in_(select(func.substr(packed, each.c.key * PSEUDONYM + 1, PSEUDONYM)))


def pseudonyms(kind: str, values: Collection[bytes]) -> dict[str, Any]:
    """Parameters for ``among``.  SQLite has no arrays: there they lie end to end in one blob."""
    if kind == POSTGRESQL:
        return {"among": list(values)}
    return {"among": b"".join(values), "among_places": f"[{','.join('0' * len(values))}]"}


async def alone(connection: AsyncConnection, kind: int) -> None:
    """As ``lock``, for what is no session: other programs that ask for ``kind`` wait until the transaction ends."""
    if not is_sqlite(connection.dialect):
        await connection.execute(_LOCKS["pg_advisory_xact_lock"], {"key": lock_key(kind, 0)})


async def lock(tx: AsyncSession, kind: int, number: int) -> None:
    """Nobody else holds this lock until the transaction ends.  SQLite's writer is alone as it is."""
    await _lock(tx, "pg_advisory_xact_lock", kind, number)


async def lock_shared(tx: AsyncSession, kind: int, number: int) -> None:
    """Others may share it; ``lock`` waits for all of them."""
    await _lock(tx, "pg_advisory_xact_lock_shared", kind, number)


async def _lock(tx: AsyncSession, function: str, kind: int, number: int) -> None:
    if not is_sqlite(tx.get_bind().dialect):
        await (await tx.connection()).execute(_LOCKS[function], {"key": lock_key(kind, number)})


_LOCKS = {
    name: text(f"SELECT {name}(:key)").bindparams(bindparam("key", type_=BigInteger()))
    for name in ("pg_advisory_xact_lock", "pg_advisory_xact_lock_shared")
}


def lock_key(kind: int, number: int) -> int:
    """PostgreSQL's locks are named by 64 bits: the kind in the highest byte."""
    return kind << 56 | number & (1 << 56) - 1


def go_on_counting(connection: Connection, tables: Sequence[Table]) -> None:
    """PostgreSQL counts keys up in sequences, which know nothing of rows that brought their keys along."""
    if is_sqlite(connection.dialect):
        return
    for table in tables:
        column = table.autoincrement_column
        highest = None if column is None else connection.execute(select(func.max(column))).scalar()
        if column is not None and highest is not None:
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)"),
                {"table": f'"{table.name}"', "column": column.name, "highest": max(highest, 1)},
            )


def moment(place: URL) -> dict[str, Any]:
    """Options of a connection whose transaction sees one moment and cannot write.  SQLite's does by PRAGMA and BEGIN."""
    return {} if is_sqlite(place) else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


@lru_cache
def _key(model: Model) -> Callable[[Row], Any]:
    return itemgetter(*(column.key for column in inspect(model).primary_key))


def _in_order(model: Model, rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=_key(model)) if len(rows) > 1 else list(rows)


def _arrays(columns: Sequence[str], rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {column: [row[column] for row in rows] for column in columns}


@lru_cache
def _insert_values(model: Model, update: tuple[str, ...], add: tuple[str, ...]) -> Any:
    return _on_conflict(sqlite.insert(_table(model)), model, update, add)


@lru_cache
def _plain_insert(
    model: Model, columns: tuple[str, ...], update: tuple[str, ...], add: tuple[str, ...]
) -> str | None:
    """The statement's text where SQLite's driver takes all values as they are: preparing the values of a row for nothing
    takes longer than storing it.
    """
    table = _table(model)
    if len(columns) < 2 or not all(isinstance(table.c[c].type, Integer | LargeBinary) for c in columns):
        return None
    statement = _insert_values(model, update, add).values({column: bindparam(column) for column in columns})
    compiled = statement.compile(dialect=sqlite.dialect(paramstyle="qmark"))
    return str(compiled) if tuple(compiled.positiontup or ()) == columns else None


@lru_cache
def _insert_json(model: Model, columns: tuple[str, ...]) -> Any:
    """As ``_insert_arrays``: one statement of constant text."""
    each = func.json_each(bindparam("rows", type_=String())).table_valued("value")
    values = [func.json_extract(each.c.value, f"$[{place}]") for place in range(len(columns))]
    # Without WHERE, SQLite's parser takes the ON of ON CONFLICT for a join's.
    statement = sqlite.insert(_table(model)).from_select(list(columns), select(*values).where(true()))
    return _on_conflict(statement, model, (), ()).returning(*inspect(model).primary_key)


@lru_cache
def _insert_arrays(
    model: Model, columns: tuple[str, ...], update: tuple[str, ...], add: tuple[str, ...], returning: bool
) -> Any:
    """One statement of constant text, whatever the number of rows: prepared once, one turn to the server and back."""
    table = _table(model)
    arrays = [bindparam(name, type_=postgresql.ARRAY(table.c[name].type)) for name in columns]
    given = func.unnest(*arrays).table_valued(*columns, name="given").render_derived()
    statement = postgresql.insert(table).from_select(list(columns), select(*given.c))
    statement = _on_conflict(statement, model, update, add)
    return statement.returning(*inspect(model).primary_key) if returning else statement


def _table(model: Model) -> Table:
    return cast(Table, model.__table__)


def _on_conflict(statement: Any, model: Model, update: tuple[str, ...], add: tuple[str, ...]) -> Any:
    keys = list(inspect(model).primary_key)
    statement = statement.execution_options(preserve_rowcount=True)
    if not (update or add):
        return statement.on_conflict_do_nothing(index_elements=keys)
    table = _table(model)
    new = {name: statement.excluded[name] for name in update}
    new |= {name: table.c[name] + statement.excluded[name] for name in add}
    return statement.on_conflict_do_update(index_elements=keys, set_=new)
