"""``dumka restore``: the backup or what was there, whole."""

import asyncio
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine

from bot.vault import Vault
from db import migrate
from tests.commands.dying import Dying
from tests.commands.forking import Forker
from tests.commands.upkeep import Place, found

TITLE = "SELECT title FROM channel"
MOST_KILLS = 12  # before the swap; it is among the last instants, and each of those is tried
AROUND_THE_SWAP = 16


@pytest.fixture
def place(tmp_path: Path, forker: Forker, migrated: Path) -> Place:
    """With a backup ``b.age`` in it; since then the channel has another title."""
    place = found(tmp_path, forker, migrated)
    place.dumka("backup", "b.age")
    place.sql("UPDATE channel SET title = 'since then'")
    place.sql("INSERT INTO lease VALUES ('seat:0', 'elsewhere/1/x', '2020-01-01 00:00:00.000000')")
    return place


def refused(place: Place, *words: object) -> str:
    """What is said; nothing may have changed."""
    before = place.files()
    ended = place.dumka("restore", *words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert place.files() == before
    return ended.err


def test_backup_takes_the_place_and_what_was_there_is_kept(place: Place) -> None:
    done = place.dumka("restore", "b.age", "--replace")

    kept = place.folder / "dumka.db.before-restore"
    assert (done.code, done.err) == (0, "")
    first, *rest = done.out.splitlines()
    assert first.startswith(f"{place.database}: restored as it was at 20")
    assert first.endswith("+00:00, 45 rows.")
    assert rest == [f"What was there before is kept in {kept}."]
    assert place.sql(TITLE) == [("Новини",)]
    assert place.sql(TITLE, kept.name) == [("since then",)]
    assert stat.S_IMODE(place.database.stat().st_mode) == 0o600
    assert set(place.files()) == {"b.age", "config.toml", "dumka.db", "dumka.db.before-restore", "dumka.key"}
    assert place.dumka("check").code == 0


def test_restoring_again_never_overwrites_what_was_kept(place: Place) -> None:
    place.dumka("restore", "b.age", "--replace")
    place.sql("UPDATE channel SET title = 'second'")

    again = place.dumka("restore", "b.age", "--replace")

    assert "dumka.db.before-restore-2" in again.out
    assert place.sql(TITLE, "dumka.db.before-restore") == [("since then",)]
    assert place.sql(TITLE, "dumka.db.before-restore-2") == [("second",)]


def test_data_are_not_replaced_unasked(place: Place) -> None:
    assert refused(place, "b.age") == (
        f"the database {place.database} holds data; --replace puts the backup in its place and keeps it aside.\n"
    )


@pytest.mark.parametrize("there", ["nothing", "empty file", "migrated only"])
def test_restore_where_there_is_nothing_needs_no_word_more(place: Place, migrated: Path, there: str) -> None:
    place.database.unlink()
    if there == "empty file":
        place.database.touch()
    elif there == "migrated only":
        shutil.copy(migrated, place.database)

    done = place.dumka("restore", "b.age")

    assert (done.code, done.err) == (0, "")
    assert place.sql(TITLE) == [("Новини",)]
    assert place.sql("SELECT * FROM lease") == []
    assert set(place.files()) == {"b.age", "config.toml", "dumka.db", "dumka.key"}


def test_damaged_and_cut_backups_are_refused_wherever_the_damage_is(place: Place) -> None:
    whole = (place.folder / "b.age").read_bytes()
    broken = place.folder / "broken.age"
    known = {
        f"broken.age is {end}.\n"
        for end in (
            "damaged or not complete; nothing was restored from it",
            "no backup that dumka made, or its beginning is damaged",
            "made with the key of another installation, or its beginning is damaged",
        )
    } | {"broken.age was made with the key of another installation, or its beginning is damaged.\n"}
    places = [
        0,
        30,
        60,
        100,
        150,
        190,
        220,
        2000,
        70_000,
        len(whole) // 2,
        len(whole) - 65_600,
        len(whole) - 1,
    ]

    for at in places:
        broken.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert refused(place, "broken.age", "--replace") in known
    for size in [*places, len(whole) - len(whole) % 65_552]:
        broken.write_bytes(whole[:size])
        assert refused(place, "broken.age", "--replace") in known
    broken.write_bytes(whole + b"\0")
    assert refused(place, "broken.age", "--replace") in known


def test_backup_of_another_installation_is_refused(place: Place, tmp_path: Path, migrated: Path) -> None:
    (tmp_path / "other").mkdir()
    other = found(tmp_path / "other", place.forker, migrated, key=bytes(32))
    other.dumka("backup", "b.age")
    shutil.copy(other.folder / "b.age", place.folder / "other.age")

    assert refused(place, "other.age", "--replace") == (
        "other.age was made with the key of another installation, or its beginning is damaged.\n"
    )


def test_backup_without_its_key_is_refused(place: Place) -> None:
    (place.folder / "dumka.key").unlink()

    assert refused(place, "b.age", "--replace") == (
        f"secrets.key_file: there is no {place.folder / 'dumka.key'}; a backup is made and opened with it.\n"
    )


def test_backup_of_a_newer_release_is_refused(place: Place) -> None:
    place.sql("UPDATE alembic_version SET version_num = '29990101_0000'")
    told = place.dumka("backup", "newer.age")
    assert told.err == (
        f"the database {place.database} was made by a newer release of dumka; use that one.\n"
    )


def test_backup_of_an_older_schema_is_brought_up(place: Place) -> None:
    """An operator stores the database with the new release before it is migrated, or goes back to an old file."""
    engine = create_engine(f"sqlite:///{place.database}")
    with engine.begin() as connection:
        command.downgrade(migrate.configuration(connection), "20261123_1836")
    engine.dispose()
    stored = place.dumka("backup", "old.age")
    assert stored.out.splitlines()[0].endswith("schema 20261123_1836.")

    done = place.dumka("restore", "old.age", "--replace")

    assert (done.code, done.err) == (0, "")
    assert place.sql("SELECT version_num FROM alembic_version") == [(migrate.newest(),)]
    assert place.sql("SELECT option_id, sum(votes) FROM option_count GROUP BY 1") == [(10, 15), (11, 15)]
    asyncio.run(migrate.check(f"sqlite+aiosqlite:///{place.database}"))


def test_nothing_is_restored_under_a_running_bot(place: Place) -> None:
    """Whoever has the database open, with or without the lock.

    Nothing here reads the file meanwhile: closing any descriptor of it would end this process's locks on it.
    """
    sentence = f"the bot is running on {place.database}; stop it first.\n"
    with closing(sqlite3.connect(place.database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(TITLE).fetchall()

        ended = place.dumka("restore", "b.age", "--replace")

        assert (ended.code, ended.out, ended.err) == (2, "", sentence)
    assert place.sql(TITLE) == [("since then",)]
    script = "import fcntl, sys, time; f = open('dumka.db.lock', 'w'); fcntl.flock(f, 2); print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], cwd=place.folder, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert refused(place, "b.age", "--replace") == sentence
        other.kill()
    assert place.dumka("restore", "b.age", "--replace").code == 0


def test_damaged_database_gives_way_and_is_kept(place: Place) -> None:
    place.database.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)

    unasked = place.dumka("restore", "b.age")
    done = place.dumka("restore", "b.age", "--replace")

    assert unasked.code == 2
    assert (done.code, done.err) == (0, "")
    assert place.sql(TITLE) == [("Новини",)]
    assert (place.folder / "dumka.db.before-restore").read_bytes().endswith(b"\xff" * 100)


def test_backup_of_a_damaged_database_is_refused(place: Place) -> None:
    place.sql("INSERT INTO vote VALUES (99, x'00', 99)")  # no such ballot
    place.dumka("backup", "bad.age")
    place.sql("DELETE FROM vote WHERE ballot_id = 99")

    assert "the database in bad.age was damaged when it was stored" in refused(place, "bad.age", "--replace")


def test_full_disk_changes_nothing(place: Place) -> None:
    before = place.files()
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = f"ulimit -f 100; exec {sys.executable} -m bot restore b.age --replace"

    ended = subprocess.run(
        ["bash", "-c", command],
        cwd=place.folder,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "cannot restore b.age: File too large.\n"
    assert place.files() == before


@pytest.mark.timeout(300)
def test_kill_at_any_instant_leaves_the_old_or_the_new_database(place: Place, tmp_path: Path) -> None:
    original = tmp_path / "original"
    shutil.copytree(place.folder, original)
    with Dying() as dying:
        code, instants = dying.run(place.folder, 10**9, "restore", "b.age", "--replace")
        assert code == 0
        titles = []
        swap = range(instants - AROUND_THE_SWAP, instants)
        for instant in sorted({*range(0, swap.start, -(-instants // MOST_KILLS)), *swap}):
            shutil.rmtree(place.folder)
            shutil.copytree(original, place.folder)

            code, _ = dying.run(place.folder, instant, "restore", "b.age", "--replace")

            assert code == -9
            [[title]] = place.sql(TITLE)
            titles.append(title)
            assert place.sql("PRAGMA integrity_check") == [("ok",)]
            assert place.sql("SELECT count(*) FROM vote") == [(30,)]
            finished = place.dumka("restore", "b.age", "--replace")
            assert (finished.code, finished.err) == (0, "")
            assert place.sql(TITLE) == [("Новини",)]
            assert list(place.folder.glob(".*")) == []
            if title == "since then":
                assert place.sql(TITLE, "dumka.db.before-restore") == [("since then",)]
    assert set(titles) == {"since then", "Новини"}


def test_secret_of_backups_is_derived_and_stays_what_it_is() -> None:
    """A release that derives another one opens no backup of the ones before."""
    vault = Vault(bytes(range(32)))

    assert vault.backup_secret().hex() == "6080010e1c1d6ead41f4973c766417f559eea1368b83c550823e1d3b58e21cf8"
    assert len({vault.backup_secret(), Vault(bytes(32)).backup_secret(), bytes(range(32))}) == 3
