import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from bot.domain.ids import BallotId
from db import migrate
from db.engine import Database
from db.models import OutboxRow
from db.queries import ballot as ballots
from tests.conftest import NOON

FIRST = "20261123_1836"  # what the first release made
FILLING = (
    "INSERT INTO channel (id, chat, title, group_seen, active, language, layout, checked_at)"
    " VALUES (1, -1001234567890, 'Новини', true, true, 'uk', 'auto', '2026-11-20 10:00:00')",
    "INSERT INTO discussion (id, channel_id, chat, state, title, token, created_at, comments, private)"
    " VALUES (1, 1, -1001234567890, 'open', 'Стаття', 't', '2026-11-20 10:00:00', 0, 0)",
    "INSERT INTO ballot (id, discussion_id, question, version, drawn_version) VALUES (1, 1, 'Ви за?', 7, 6)",
    "INSERT INTO option (id, ballot_id, position, label, votes)"
    " VALUES (1, 1, 0, 'Так', 3), (2, 1, 1, 'Ні', 1), (3, 1, 2, 'Не знаю', 0)",
    "INSERT INTO outbox (id, chat, call, attempts, not_before)"
    " VALUES (1, :bytes, :bytes, 2, '2026-11-20 10:00:00')",
    "INSERT INTO pace (key, tat, held_until) VALUES ('chat', 5, 0)",
    "INSERT INTO post (id, discussion_id, position, kind, chat, text, entities, fingerprint, state, attempts, not_before)"
    " VALUES (1, 1, 0, 'ballot', -1001234567890, 'Стаття', '[]', :bytes, 'sent', 1, '2026-11-20 10:00:00')",
)


async def test_models_and_migrations_say_the_same(database_url: str) -> None:
    await migrate.check(database_url)


async def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    assert await migrate.current(empty_url) is None

    first, second = await migrate.upgrade(empty_url), await migrate.upgrade(empty_url)

    assert first == second == await migrate.current(empty_url) == migrate.newest()


async def test_migrating_keeps_what_is_stored_and_the_tally(empty_url: str) -> None:
    await migrate.upgrade(empty_url, FIRST)
    db = Database(empty_url)
    async with db.write() as tx:
        for statement in FILLING:
            await tx.execute(text(statement), {"bytes": bytes(16)} if ":bytes" in statement else {})
        for voter, option in enumerate((1, 1, 1, 2)):
            row = {"voter": voter.to_bytes(16, "big"), "option": option}
            await tx.execute(text("INSERT INTO vote VALUES (1, :voter, :option)"), row)
    await db.close()

    await migrate.upgrade(empty_url)

    db = Database(empty_url)
    async with db.write() as tx:
        placed = await ballots.placed(tx, BallotId(1))
        counted = await ballots.count_anew(tx, BallotId(1))
        (waiting,) = (await tx.scalars(select(OutboxRow))).all()
    await db.close()
    assert placed is not None
    assert [option.votes for option in placed.ballot.options] == [3, 1, 0]
    assert counted == {1: 3, 2: 1}
    assert placed.ballot.version == 7
    assert (waiting.chat, waiting.attempts, waiting.priority, waiting.claimed_by) == (bytes(16), 2, 0, None)


async def test_new_rows_are_numbered_after_the_migrated_ones(database_url: str) -> None:
    db = Database(database_url)
    async with db.write() as tx:
        rows = [OutboxRow(chat=bytes(16), call=b"", not_before=NOON) for _ in range(3)]
        tx.add_all(rows)
        await tx.flush()
        assert [row.id for row in rows] == [1, 2, 3]
    await db.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_connection_is_durable_and_overwrites_what_is_deleted(db: Database) -> None:
    async with db.read() as tx:
        values = {
            name: (await tx.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        }

    assert values == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 5000,
    }


async def test_errors_do_not_print_parameters(db: Database) -> None:
    with pytest.raises(DBAPIError) as failed:
        async with db.read() as tx:
            await tx.execute(text("SELECT * FROM nowhere WHERE word = :word"), {"word": "слова читача"})

    assert "слова читача" not in str(failed.value)


async def test_migrations_import_nothing_of_ours() -> None:
    for path in (Path(migrate.__file__).parent / "migrations" / "versions").glob("*.py"):
        source = path.read_text()
        assert "import db" not in source
        assert "from db" not in source
        assert "bot" not in source
        assert "db.models" not in source


async def test_programs_that_start_at_once_on_a_new_database_all_find_it_migrated(empty_url: str) -> None:
    reached = await asyncio.gather(*(migrate.upgrade(empty_url) for _ in range(5)))

    assert set(reached) == {migrate.newest()}
    await migrate.check(empty_url)
