"""The same on both databases."""

import asyncio

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from db.dialect import BALLOT, Raced, among, away, insert_missing, kind, lock, lock_shared, pseudonyms, upsert
from db.engine import Database, Tx
from db.models import AppliedUpdateRow, FactRow, LeaseRow, UnreachableRow
from tests.conftest import NOON

ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def facts(db: Database) -> dict[str, str]:
    async with db.read() as tx:
        rows = await tx.execute(select(FactRow.name, FactRow.value))
        return {row.name: row.value for row in rows}


async def updates(db: Database) -> dict[int, int]:
    async with db.read() as tx:
        rows = await tx.execute(select(AppliedUpdateRow.update_id, AppliedUpdateRow.day))
        return {row.update_id: row.day for row in rows}


async def test_upsert_inserts_leaves_overwrites_or_adds(db: Database) -> None:
    async with db.write() as tx:
        rows = [{"update_id": number, "day": 1} for number in (3, 1)]
        assert await upsert(tx, AppliedUpdateRow, rows) == 2
        more = [{"update_id": number, "day": 5} for number in (2, 1)]
        assert await upsert(tx, AppliedUpdateRow, more) == 1  # the one that was there stays
        assert await upsert(tx, AppliedUpdateRow, [{"update_id": 3, "day": 7}], update=["day"]) == 1
        assert await upsert(tx, AppliedUpdateRow, more, add=["day"]) == 2
        assert await upsert(tx, AppliedUpdateRow, [], update=["day"]) == 0

    assert await updates(db) == {1: 6, 2: 10, 3: 7}


async def test_last_of_several_rows_with_one_key_holds(db: Database) -> None:
    rows = [{"name": "a", "value": value} for value in ("first", "second", "last")]
    async with db.write() as tx:
        await upsert(tx, FactRow, rows, update=["value"])
        await upsert(tx, FactRow, [{"name": "b", "value": value} for value in ("stays", "falls away")])

    assert await facts(db) == {"a": "last", "b": "stays"}


async def test_times_and_bytes_go_through_a_batch_as_through_anything_else(db: Database) -> None:
    async with db.write() as tx:
        await upsert(
            tx, LeaseRow, [{"name": n, "holder": "me", "until": NOON} for n in "ab"], update=["until"]
        )
        await upsert(tx, UnreachableRow, [{"chat": bytes([n]) * 16, "day": n} for n in range(3)])

    async with db.read() as tx:
        assert list(await tx.scalars(select(LeaseRow.until))) == [NOON, NOON]
        some = select(UnreachableRow.day).where(among(kind(tx), UnreachableRow.chat))
        wanted = pseudonyms(kind(tx), [bytes(16), bytes([2]) * 16, bytes([9]) * 16])
        assert set(await tx.scalars(some, wanted)) == {0, 2}


async def test_insert_missing_returns_what_was_not_there(db: Database) -> None:
    async def insert(*numbers: int) -> set[int]:
        async with db.write() as tx:
            return await insert_missing(tx, AppliedUpdateRow, [{"update_id": n, "day": 1} for n in numbers])

    assert await insert(5, 3, 5) == {3, 5}
    assert await insert(4, 3, 5, 9) == {4, 9}
    assert await insert() == set()
    assert await updates(db) == dict.fromkeys((3, 4, 5, 9), 1)


@ONLY_POSTGRESQL
@pytest.mark.parametrize("commits", [True, False])
async def test_insert_missing_waits_for_whoever_is_inserting_the_same(db: Database, commits: bool) -> None:
    async def insert(tx: Tx) -> set[int]:
        return await insert_missing(tx, AppliedUpdateRow, [{"update_id": 1, "day": 1}])

    async def insert_too() -> set[int]:
        async with db.write() as tx:
            return await insert(tx)

    async with db.write() as first:
        assert await insert(first) == {1}
        second = asyncio.create_task(insert_too())
        await asyncio.sleep(0.2)
        assert not second.done()
        if not commits:
            await first.rollback()

    assert await second == (set() if commits else {1})


@ONLY_POSTGRESQL
async def test_batches_in_any_order_never_wait_for_one_another_in_a_circle(db: Database) -> None:
    rows = [{"name": f"{number:04}", "value": "x"} for number in range(300)]

    async def store(batch: list[dict[str, str]]) -> None:
        for _ in range(5):
            async with db.write() as tx:
                await upsert(tx, FactRow, batch, update=["value"])

    await asyncio.gather(*(store(rows if number % 2 else rows[::-1]) for number in range(4)))

    assert len(await facts(db)) == 300


@ONLY_POSTGRESQL
async def test_lock_waits_for_those_who_share_it(db: Database) -> None:
    held: list[str] = []

    async def alone() -> None:
        async with db.write() as tx:
            await lock(tx, BALLOT, 7)
            held.append("alone")

    async with db.write() as one, db.write() as two, db.write() as other:
        await lock_shared(one, BALLOT, 7)
        await lock_shared(two, BALLOT, 7)
        await lock(other, BALLOT, 8)
        waiting = asyncio.create_task(alone())
        await asyncio.sleep(0.2)
        held.append("shared")
    await waiting

    assert held == ["shared", "alone"]


@ONLY_POSTGRESQL
async def test_circle_of_waiting_is_told_as_a_race(db: Database) -> None:
    async def change(first: str, second: str) -> None:
        async with db.write() as tx:
            await upsert(tx, FactRow, [{"name": first, "value": "x"}], update=["value"])
            await asyncio.sleep(0.2)
            await upsert(tx, FactRow, [{"name": second, "value": "x"}], update=["value"])

    ended = await asyncio.gather(change("a", "b"), change("b", "a"), return_exceptions=True)

    (raced,) = [error for error in ended if error is not None]
    assert isinstance(raced, Raced)
    assert raced.cause == "deadlock"
    assert away(raced)


async def test_reading_transaction_sees_one_moment(db: Database) -> None:
    async with db.read() as reading:
        before = await reading.scalar(text("SELECT count(*) FROM fact"))
        async with db.write() as tx:
            await upsert(tx, FactRow, [{"name": "a", "value": "x"}])
        assert await reading.scalar(text("SELECT count(*) FROM fact")) == before

    assert await facts(db) == {"a": "x"}


async def test_zero_character_is_replaced_and_not_refused(db: Database) -> None:
    async with db.write() as tx:
        await upsert(tx, FactRow, [{"name": "a\0", "value": "x\0y"}])
        assert await tx.scalar(select(FactRow.value).where(FactRow.name == "a\0")) == "x\ufffdy"

    assert await facts(db) == {"a\ufffd": "x\ufffdy"}


@pytest.mark.parametrize(
    "row",
    [
        {"update_id": 1, "day": None},  # a constraint
        {"update_id": 1, "day": 1 << 70},  # a number that does not fit
    ],
)
async def test_value_that_cannot_be_stored_is_no_fault_of_the_database(
    db: Database, row: dict[str, int]
) -> None:
    with pytest.raises((DBAPIError, OverflowError)) as failed:
        async with db.write() as tx:
            await upsert(tx, AppliedUpdateRow, [row])

    assert not away(failed.value)


async def test_row_that_is_there_is_no_fault_of_the_database(db: Database) -> None:
    async with db.write() as tx:
        tx.add(FactRow(name="a", value="x"))
    with pytest.raises(IntegrityError) as failed:
        async with db.write() as tx:
            await tx.execute(text("INSERT INTO fact VALUES ('a', 'y')"))

    assert not away(failed.value)
    assert await facts(db) == {"a": "x"}
