"""All rows of one database into another, of the same or of the other kind, checked before they are committed.

JSON travels as the text that is stored, so that SQL's NULL and JSON's null stay what they are; all other values as
Python's, which both drivers give and take exactly.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, insert, select
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from db import contents
from db.dialect import away, go_on_counting
from db.models import Base

BATCH = 2000  # rows

# For both engines: what is stored as JSON is handed over as text, None is SQL's NULL.
AS_TEXT: dict[str, Any] = {"json_serializer": lambda value: value, "json_deserializer": lambda value: value}


class Unequal(Exception):
    """The copy is not what was copied."""


@dataclass
class Digest:
    """Of a set of rows, whatever their order: databases sort texts differently."""

    rows: int = 0
    sum: int = 0

    def add(self, rows: Sequence[Row[Any]]) -> None:
        """The sum of hashes tells lost, doubled and changed rows; it need not stand against somebody who forges them."""
        self.rows += len(rows)
        for row in rows:
            # A zero character in a text becomes U+FFFD on its way in (db.models.base.Words), which is no difference.
            said = repr(tuple(row)).replace("\\x00", "\ufffd")
            digest = hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16)
            self.sum = (self.sum + int.from_bytes(digest.digest())) % 2**128


async def copy(
    source: AsyncConnection, target: AsyncConnection, progress: Callable[[int, int | None], None]
) -> dict[str, int]:
    """Rows by table.  Both connections are in a transaction; the caller commits the target's.  Raises Unequal."""
    total = 2 * sum((await source.run_sync(contents.rows)).values())  # each is read at both ends
    done = 0
    digests: dict[str, Digest] = {}

    async def read(connection: AsyncConnection, table: Table) -> AsyncIterator[Sequence[Row[Any]]]:
        nonlocal done
        async for rows in _batches(connection, table):
            yield rows
            done += len(rows)
            progress(done, total)

    for table in Base.metadata.sorted_tables:  # parents before their children
        digest = digests[table.name] = Digest()
        async for rows in read(source, table):
            digest.add(rows)
            await _insert(target, table, rows)
    for table in Base.metadata.sorted_tables:
        digest = Digest()
        async for rows in read(target, table):
            digest.add(rows)
        if digest != digests[table.name]:
            raise Unequal(f"the rows of {table.name} did not arrive as they were")
    if await source.run_sync(contents.tallies) != await target.run_sync(contents.tallies):
        raise Unequal("the tallies differ")
    await target.run_sync(go_on_counting, Base.metadata.sorted_tables)
    return {name: digest.rows for name, digest in digests.items()}


async def _batches(connection: AsyncConnection, table: Table) -> AsyncIterator[Sequence[Row[Any]]]:
    async with connection.stream(select(table).execution_options(yield_per=BATCH)) as result:
        async for rows in result.partitions():
            yield rows


async def _insert(target: AsyncConnection, table: Table, rows: Sequence[Row[Any]]) -> None:
    """Raises Unequal for a value that the other database does not take, such as a text with a zero character."""
    try:
        await target.execute(insert(table), [dict(row._mapping) for row in rows])
    except DBAPIError as error:
        if away(error):
            raise
        reason = (
            str(error.orig).splitlines()[0].rpartition(">: ")[2] if _from_server(error) else "it does not fit"
        )
        raise Unequal(f"a row of {table.name} is not taken: {reason}") from None


def _from_server(error: DBAPIError) -> bool:
    """Else it is the driver's message, which may quote the value."""
    return getattr(error.orig, "sqlstate", None) is not None and not isinstance(error, DataError)
