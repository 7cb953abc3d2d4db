"""Databases copied into one another, whatever their kinds and whatever they hold."""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from db import contents, copying
from db.engine import prepare_sqlite
from db.models import Base, ChannelRow, DraftRow
from db.snapshot import at_one_moment
from tests.filling import NOON, anything
from tests.postgres import PostgresServer

DIRECTIONS = [
    ("sqlite", "postgresql"),
    ("postgresql", "sqlite"),
    ("sqlite", "sqlite"),
    ("postgresql", "postgresql"),
]


class Pair:
    """Two migrated databases of given kinds; emptied before each example."""

    def __init__(self, source: str, target: str) -> None:
        self.source, self.target = source, target

    async def copy(self) -> dict[str, int]:
        async with at_one_moment(self.source, **copying.AS_TEXT) as reading:
            engine = _engine(self.target, **copying.AS_TEXT)
            try:
                async with engine.begin() as writing:
                    return await copying.copy(reading, writing, lambda done, total: None)
            finally:
                await engine.dispose()

    async def change(self, url: str, work: Any) -> Any:
        engine = _engine(url)
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(work)
        finally:
            await engine.dispose()

    async def empty(self) -> None:
        def delete(connection: Any) -> None:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(table.delete())

        for url in (self.source, self.target):
            await self.change(url, delete)


def _engine(url: str, **options: Any) -> Any:
    engine = create_async_engine(url, **options)
    if url.startswith("sqlite"):
        prepare_sqlite(engine)
    return engine.execution_options(writes=True)


@pytest.fixture(params=DIRECTIONS, ids=lambda pair: f"{pair[0]} to {pair[1]}")
async def pair(
    request: pytest.FixtureRequest, migrated: Path, tmp_path: Path, postgres: PostgresServer
) -> Any:
    urls, made = [], []
    for role, kind in zip(("source", "target"), request.param, strict=True):
        if kind == "sqlite":
            urls.append(f"sqlite+aiosqlite:///{shutil.copy(migrated, tmp_path / f'{role}.db')}")
        else:
            made.append(f"copy_{role}_{abs(hash(tmp_path))}")
            urls.append(await postgres.create(made[-1], "migrated"))
    yield Pair(*urls)
    for name in made:
        await postgres.drop(name)


def every_row(connection: Any) -> dict[str, list[str]]:
    """As Python sees them; JSON's null and SQL's are told apart."""
    found = {}
    for table in Base.metadata.sorted_tables:
        nulls = [column.is_(text("NULL")) for column in table.columns]
        rows = connection.execute(select(*table.columns, *nulls))
        found[table.name] = sorted(repr([*row]) for row in rows)
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=6)
@given(seed=st.integers(0, 2**32))
async def test_everything_arrives_as_it_was(pair: Pair, seed: int) -> None:
    await pair.empty()
    await pair.change(pair.source, lambda connection: anything(connection, seed))
    before = await pair.change(pair.source, every_row)

    rows = await pair.copy()

    assert set(rows.values()) == {3}
    assert await pair.change(pair.target, every_row) == before
    assert await pair.change(pair.source, every_row) == before


async def test_keys_go_on_counting_after_the_highest(pair: Pair) -> None:
    channel = {
        "title": "Новини", "group_seen": False, "active": True, "language": "uk", "layout": "auto", "checked_at": NOON,
    }  # fmt: skip

    def store(number: int | None) -> Any:
        row = channel | {"chat": -1000 - (number or 1)} | ({} if number is None else {"id": number})
        return lambda connection: connection.execute(insert(ChannelRow).values(row)).inserted_primary_key[0]

    await pair.change(pair.source, store(41))

    await pair.copy()

    assert await pair.change(pair.target, store(None)) == 42


async def test_json_null_and_no_value_stay_two_things(pair: Pair) -> None:
    async def spellings(url: str) -> list[str | None]:
        query = text("SELECT CAST(begun AS text) FROM draft ORDER BY id")
        return list(await pair.change(url, lambda connection: connection.execute(query).scalars().all()))

    def store(connection: Any) -> None:
        rows = {1: "NULL", 2: "'null'", 3: '\'{"b": 1,   "a": 1.0}\''}
        for number, spelled in rows.items():
            connection.execute(
                insert(DraftRow).values(id=number, editor=b"e" * 16, article={}, created_at=NOON)
            )
            connection.execute(text(f"UPDATE draft SET begun = {spelled} WHERE id = {number}"))  # noqa: S608

    await pair.change(pair.source, store)

    await pair.copy()

    assert (
        await spellings(pair.target) == await spellings(pair.source) == [None, "null", '{"b": 1,   "a": 1.0}']
    )


def run(statement: str, connection: Connection) -> None:
    connection.exec_driver_sql(statement)


async def test_copy_that_differs_is_not_taken(pair: Pair) -> None:
    """Something at the target changes what arrives."""
    await pair.change(pair.source, lambda connection: anything(connection, 1))
    if pair.target.startswith("sqlite"):
        statements = [
            "CREATE TRIGGER wrong AFTER INSERT ON opinion BEGIN UPDATE opinion SET text = 'x' WHERE id = new.id; END"
        ]
    else:
        statements = [
            "CREATE FUNCTION wrong() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN new.text = ''x''; RETURN new; END'",
            "CREATE TRIGGER wrong BEFORE INSERT ON opinion FOR EACH ROW EXECUTE FUNCTION wrong()",
        ]
    for statement in statements:
        await pair.change(pair.target, partial(run, statement))

    with pytest.raises(copying.Unequal, match="opinion"):
        await pair.copy()

    assert set((await pair.change(pair.target, contents.rows)).values()) == {0}
