import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import StatementError

from db.engine import Database
from db.models import DraftRow
from db.queries import update as facts


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_writers_take_turns_in_the_order_in_which_they_came(db: Database) -> None:
    """SQLite alone lets them race: a busy writer starved the others for seconds, until they failed."""
    done: list[int] = []

    async def write(number: int) -> None:
        async with db.write() as tx:
            await facts.store_fact(tx, "last", str(number))
            await asyncio.sleep(0.001)
        done.append(number)

    await asyncio.gather(*(write(number) for number in range(40)))

    assert done == list(range(40))


async def test_failed_transaction_leaves_nothing_and_frees_the_turn(db: Database) -> None:
    async def fail() -> None:
        async with db.write() as tx:
            await facts.store_fact(tx, "name", "value")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    async with db.write() as tx:
        assert await facts.fact(tx, "name") is None


async def test_times_are_kept_in_utc_whatever_zone_they_came_in(db: Database) -> None:
    kyiv = timezone(timedelta(hours=2))
    async with db.write() as tx:
        tx.add(
            DraftRow(id=1, editor=b"e" * 16, article={}, created_at=datetime(2026, 11, 23, 14, tzinfo=kyiv))
        )

    async with db.read() as tx:
        kept = (await tx.get_one(DraftRow, 1)).created_at
    assert (kept, kept.tzinfo) == (datetime(2026, 11, 23, 12, tzinfo=UTC), UTC)


async def test_time_without_a_zone_is_a_bug(db: Database) -> None:
    with pytest.raises(StatementError, match="a time without a zone"):
        async with db.write() as tx:
            tx.add(DraftRow(id=1, editor=b"e" * 16, article={}, created_at=datetime(2026, 11, 23)))  # noqa: DTZ001
