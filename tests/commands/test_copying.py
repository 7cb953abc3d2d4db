"""``dumka copy-database`` as an operator runs it.  What arrives is ``tests/db/test_copies.py``'s."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from db import migrate
from tests.commands.forking import Forker
from tests.commands.upkeep import Place, found
from tests.postgres import PostgresServer

FROM = "sqlite+aiosqlite:///dumka.db"
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


@pytest.fixture
def place(tmp_path: Path, forker: Forker, migrated: Path) -> Place:
    return found(tmp_path, forker, migrated)


@pytest.fixture
def server_url(postgres: PostgresServer) -> Iterator[str]:
    name = f"copy_{secrets.token_hex(6)}"
    yield asyncio.run(postgres.create(name))
    asyncio.run(postgres.drop(name))


def refused(place: Place, source: str, target: str) -> str:
    before = place.files()
    ended = place.dumka("copy-database", source, target)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1, ended.err
    assert place.files() == before
    return ended.err


def test_there_and_back_is_the_same_installation(place: Place, server_url: str) -> None:
    before = place.files()

    there = place.dumka("copy-database", FROM, server_url)
    back = place.dumka("copy-database", server_url, "sqlite+aiosqlite:///back.db")

    assert (there.code, there.err, back.code, back.err) == (0, "", 0, "")
    assert there.out.splitlines()[0].endswith(
        f": 45 rows are copied and compared; {place.database} is as it was."
    )
    assert f'url = "{server_url}"' in there.out
    assert place.files().keys() - before.keys() == {"back.db"}
    assert place.files()["dumka.db"] == before["dumka.db"]
    for table in ("vote", "option_count", "opinion", "channel", "post", "outbox", "failed_update", "fact"):
        rows = f"SELECT * FROM {table} ORDER BY 1, 2"  # noqa: S608 - a table's name
        assert place.sql(rows, "back.db") == place.sql(rows)
    place.database.unlink()
    (place.folder / "back.db").rename(place.database)
    assert place.dumka("check").code == 0


def test_password_of_the_environment_is_used_and_never_shown(place: Place) -> None:
    environment = os.environ | {"DUMKA_TO_PASSWORD": "geheim", "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "bot", "copy-database", FROM, "postgresql+asyncpg://u@127.0.0.1:1/d"]

    ended = subprocess.run(
        command, cwd=place.folder, env=environment, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert "geheim" not in ended.stderr


def test_mistakes_are_told_and_change_nothing(place: Place, server_url: str, migrated: Path) -> None:
    place.dumka("copy-database", FROM, server_url)
    (place.folder / "old.db").write_bytes(migrated.read_bytes())
    place.sql("UPDATE alembic_version SET version_num = '20261123_1836'", "old.db")

    assert "is not empty; name a new database" in refused(place, FROM, server_url)
    assert refused(place, FROM, FROM) == "FROM and TO are the same database.\n"
    assert refused(place, FROM, "mysql://x/y").startswith(
        "TO: must be sqlite+aiosqlite:///FILE or postgresql"
    )
    assert refused(place, "sqlite+aiosqlite:///none.db", "sqlite+aiosqlite:///new.db") == (
        f"there is no database {place.folder / 'none.db'} yet; `dumka run` makes it.\n"
    )
    assert refused(place, "sqlite+aiosqlite:///old.db", "sqlite+aiosqlite:///new.db") == (
        f"FROM: {place.folder / 'old.db'} is not at this release's schema; run `dumka migrate` on it.\n"
    )
    assert refused(place, FROM, "sqlite+aiosqlite:///nowhere/new.db").startswith("cannot write ")


def test_nothing_is_copied_from_under_a_running_bot(place: Place, server_url: str) -> None:
    place.sql("INSERT INTO lease VALUES ('seat:0', 'elsewhere/2/y', '2999-01-01 00:00:00.000000')")

    assert refused(place, FROM, server_url) == f"the bot is running on {place.database}; stop it first.\n"


def test_killed_copy_leaves_nothing_that_looks_whole_and_can_be_made_again(place: Place) -> None:
    for tens in (10_000, 50_000):
        place.sql(
            f"WITH RECURSIVE n(i) AS (SELECT {tens} UNION ALL SELECT i + 1 FROM n WHERE i < {tens + 15_000})"  # noqa: S608
            " INSERT INTO vote SELECT 3, randomblob(16), 10 FROM n"
        )
    place.dumka("check", "--repair")
    target = "sqlite+aiosqlite:///new.db"
    command = [sys.executable, "-m", "bot", "copy-database", FROM, target]
    half = (place.folder / "dumka.db").stat().st_size // 2

    for least in (1, half):
        process = subprocess.Popen(command, cwd=place.folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
        until_unfinished_file_has(place.folder, process, least)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        assert not (place.folder / "new.db").exists()

    done = place.dumka("copy-database", FROM, target)
    assert (done.code, done.err) == (0, "")
    assert list(place.folder.glob(".*")) == []


def until_unfinished_file_has(folder: Path, process: subprocess.Popen[bytes], size: int) -> None:
    """The copy is made under a hidden name in which its process stands; its journal files count."""
    while process.poll() is None:
        with suppress(FileNotFoundError):
            if sum(file.stat().st_size for file in folder.glob(f".new.db*-{process.pid}*")) >= size:
                return
        time.sleep(0.002)
    raise AssertionError("the copy ended before it was seen")


async def test_killed_copy_to_a_server_leaves_nothing_and_can_be_made_again(
    place: Place, server_url: str, postgres: PostgresServer
) -> None:
    """It is killed where it waits for a lock that the test holds: in the middle of its transaction."""
    name = make_url(server_url).database or ""
    await migrate.upgrade(server_url)
    command = [sys.executable, "-m", "bot", "copy-database", FROM, server_url]
    holding = await postgres.connect(name)
    try:
        async with holding.transaction():
            await holding.execute("LOCK TABLE vote IN ACCESS EXCLUSIVE MODE")
            process = await asyncio.create_subprocess_exec(*command, cwd=place.folder, env=ENVIRONMENT)
            await until_somebody_waits(holding)
            process.kill()
            assert await process.wait() == -signal.SIGKILL
        assert await holding.fetchval("SELECT count(*) FROM channel") == 0
    finally:
        await holding.close()

    done = await asyncio.to_thread(place.dumka, "copy-database", FROM, server_url)

    assert (done.code, done.err) == (0, "")


async def until_somebody_waits(connection: Any) -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    async with asyncio.timeout(30):
        while not await connection.fetchval(waiting):
            await asyncio.sleep(0.05)
