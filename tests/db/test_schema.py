import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from db import migrate
from db.engine import Database


async def test_models_and_migrations_say_the_same(database_path: Path) -> None:
    await migrate.check(f"sqlite+aiosqlite:///{database_path}")


async def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    assert await migrate.current(url) is None

    first, second = await migrate.upgrade(url), await migrate.upgrade(url)

    assert first == second == await migrate.current(url) == migrate.newest()


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
    with pytest.raises(OperationalError) as failed:
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


async def test_programs_that_start_at_once_on_a_new_database_all_find_it_migrated(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/new.db"

    reached = await asyncio.gather(*(migrate.upgrade(url) for _ in range(5)))

    assert set(reached) == {migrate.newest()}
    await migrate.check(url)
