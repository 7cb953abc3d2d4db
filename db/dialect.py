"""Each difference between the databases, once.  No other module asks which one it talks to."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Integer, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

# SQLite counts up only a column that is INTEGER PRIMARY KEY to the letter; PostgreSQL wants eight bytes said.
COUNTING_KEY = BigInteger().with_variant(Integer(), "sqlite")

_INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


async def upsert(
    tx: AsyncSession,
    model: type[DeclarativeBase],
    rows: Sequence[Mapping[str, Any]],
    *,
    update: Sequence[str] = (),
) -> None:
    """Insert ``rows``; where the primary key is there already, overwrite the columns in ``update`` (none: leave it)."""
    if not rows:
        return
    statement: Any = _INSERT[tx.get_bind().dialect.name](model)
    keys = list(inspect(model).primary_key)
    if update:
        new = {name: statement.excluded[name] for name in update}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=new)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    connection = await tx.connection()  # Core: rows of a batch need no objects
    await connection.execute(statement, list(rows))
