"""``dumka backup`` while others write."""

import os
import re
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.vault import Vault
from tests.commands.forking import Forker
from tests.commands.upkeep import KEY, WORDS, Place, fill, found


@pytest.fixture
def place(tmp_path: Path, forker: Forker, migrated: Path) -> Place:
    return found(tmp_path, forker, migrated)


def test_backup_is_one_closed_file_and_says_that_the_key_is_not_in_it(place: Place) -> None:
    before = place.files()

    done = place.dumka("backup", "b.age")

    assert (done.code, done.err) == (0, "")
    size = (place.folder / "b.age").stat().st_size / 1e3
    assert re.sub(r"\d{8}_\d{4}", "REVISION", done.out) == (
        f"b.age: {size:.1f} kB, schema REVISION.\n"
        f"The key file {place.folder / 'dumka.key'} is not in it, and nothing else opens it: "
        "keep a copy of the key in another place.\n"
    )
    assert stat.S_IMODE((place.folder / "b.age").stat().st_mode) == 0o600
    assert place.files() == before | {"b.age": (place.folder / "b.age").read_bytes()}


def test_nothing_of_the_database_can_be_read_in_a_backup(place: Place) -> None:
    place.dumka("backup", "b.age", "--quiet")

    stored = (place.folder / "b.age").read_bytes()
    assert WORDS.encode() in place.database.read_bytes()
    for secret in (WORDS.encode(), "Новини".encode(), b"SQLite format", b"rows", KEY, KEY.hex().encode()):
        assert secret not in stored
    assert Vault(KEY).backup_secret() not in stored
    assert Vault(KEY).fingerprint().encode() not in stored


def test_backup_of_a_storm_is_of_one_moment_and_holds_up_no_writer(place: Place) -> None:
    with closing(sqlite3.connect(place.database)) as connection:
        connection.executescript(
            "PRAGMA journal_mode=WAL; CREATE TABLE ballast (x); CREATE TABLE pair (a, b)"
        )
        connection.executemany("INSERT INTO ballast VALUES (?)", [(os.urandom(4000),) for _ in range(8000)])
        connection.execute("INSERT INTO pair VALUES (0, 0)")
        connection.commit()
    over, longest, written = threading.Event(), 0.0, 0

    def write() -> None:
        nonlocal longest, written
        with closing(sqlite3.connect(place.database, isolation_level=None)) as connection:
            while not over.is_set():
                started = time.monotonic()
                connection.execute("UPDATE pair SET a = a + 1, b = b + 1")
                longest, written = max(longest, time.monotonic() - started), written + 1
                time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = place.dumka("backup", "b.age")
    finally:
        over.set()
        writer.join()
    assert (done.code, done.err) == (0, "")
    assert written > 50
    assert longest < 1.0

    place.dumka("restore", "b.age", "--replace")

    assert place.sql("SELECT a = b AND a > 0 FROM pair") == [(1,)]
    assert place.sql("SELECT count(*) FROM ballast") == [(8000,)]


def test_log_that_a_killed_bot_left_is_in_the_backup(place: Place) -> None:
    """Only what is committed and not yet in the main file."""
    script = (
        "import os, sqlite3; c = sqlite3.connect('dumka.db', isolation_level=None);"
        "c.execute('PRAGMA journal_mode=WAL'); c.execute('PRAGMA wal_autocheckpoint=0');"
        "c.execute(\"UPDATE channel SET title = 'late'\"); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=place.folder, check=False)
    assert (place.folder / "dumka.db-wal").stat().st_size > 0

    place.dumka("backup", "b.age")
    place.dumka("restore", "b.age", "--replace")

    assert place.sql("SELECT title FROM channel") == [("late",)]


def test_backup_replaces_an_older_one_only_when_it_is_complete(place: Place) -> None:
    (place.folder / "b.age").write_bytes(b"older")
    (place.folder / "dumka.key").unlink()

    refused = place.dumka("backup", "b.age")
    (place.folder / "dumka.key").write_text(KEY.hex())
    (place.folder / "dumka.key").chmod(0o600)
    between = (place.folder / "b.age").read_bytes()
    done = place.dumka("backup", "b.age")

    assert refused.code == 2
    assert refused.err == (
        f"secrets.key_file: there is no {place.folder / 'dumka.key'}; a backup is made and opened with it.\n"
    )
    assert between == b"older"
    assert done.code == 0
    assert (place.folder / "b.age").read_bytes().startswith(b"age-encryption.org/v1\n")


@pytest.mark.parametrize(
    "file", ["dumka.db", "dumka.key", "dumka.db-wal", "../office/dumka.db", "dumka.db.lock", "dumka.keys"]
)
def test_backup_takes_no_name_of_the_installation(place: Place, file: str) -> None:
    before = place.files()

    refused = place.dumka("backup", file)

    assert (refused.code, refused.out) == (2, "")
    assert refused.err == f"{file} belongs to the installation; name another file for the backup.\n"
    assert place.files() == before


def test_mistakes_are_told_in_a_sentence_and_leave_nothing(place: Place) -> None:
    (place.folder / "folder").mkdir()
    wrong_key = "00" * 32

    folder = place.dumka("backup", "folder")
    nowhere = place.dumka("backup", "nowhere/b.age")
    (place.folder / "dumka.key").write_text(wrong_key)
    foreign = place.dumka("backup", "b.age")
    (place.folder / "folder").rmdir()
    place.database.unlink()
    missing = place.dumka("backup", "b.age")

    assert folder.err == "folder is a folder; name a file in it.\n"
    assert nowhere.err == "cannot write nowhere/b.age: No such file or directory.\n"
    assert foreign.err == (
        f"secrets.key_file: {place.folder / 'dumka.key'} is not the key that the database was made with.\n"
    )
    assert missing.err == f"there is no database {place.database} yet; `dumka run` makes it.\n"
    assert {ended.code for ended in (folder, nowhere, foreign, missing)} == {2}
    assert set(place.files()) == {"config.toml", "dumka.key"}


@pytest.mark.parametrize("part", [0.1, 0.5, 1.0], ids=["copy", "middle-of-copy", "backup"])
def test_full_disk_is_told_and_leaves_nothing(place: Place, part: float) -> None:
    """A limit of the size of files fails the writes as a full disk does.  The whole size lets the copy through; encrypted it
    is a little larger.
    """
    (place.folder / "b.age").write_bytes(b"older")
    blocks = int(place.database.stat().st_size * part) // 1024
    before = place.files()
    command = f"ulimit -f {blocks}; exec {sys.executable} -m bot backup b.age"

    ended = subprocess.run(["bash", "-c", command], cwd=place.folder, capture_output=True, text=True, check=False,
                           env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])})  # fmt: skip

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    assert place.files() == before


def test_killed_backup_leaves_the_older_one_and_the_next_one_cleans_up(place: Place) -> None:
    with closing(sqlite3.connect(place.database)) as connection:
        connection.execute("CREATE TABLE ballast (x)")
        connection.executemany("INSERT INTO ballast VALUES (?)", [(os.urandom(4000),) for _ in range(10_000)])
        connection.commit()
    (place.folder / "b.age").write_bytes(b"older")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "backup", "b.age"], cwd=place.folder, env=environment
    )
    deadline = time.monotonic() + 20
    while not any(path.stat().st_size > 10**6 for path in place.folder.glob(".*backup*")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.001)
    process.kill()
    process.wait()
    assert (place.folder / "b.age").read_bytes() == b"older"
    assert {path.name[:10] for path in place.folder.glob(".*")} == {".b.age.bac", ".dumka.db."}

    done = place.dumka("backup", "b.age")

    assert done.code == 0
    assert list(place.folder.glob(".*")) == []


def test_terminated_backup_leaves_nothing(place: Place) -> None:
    with closing(sqlite3.connect(place.database)) as connection:
        connection.execute("CREATE TABLE ballast (x)")
        connection.executemany("INSERT INTO ballast VALUES (?)", [(os.urandom(4000),) for _ in range(10_000)])
        connection.commit()
    before = set(place.files())
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "backup", "b.age"], cwd=place.folder, env=environment
    )
    deadline = time.monotonic() + 20
    while not list(place.folder.glob(".*backup*")):
        assert time.monotonic() < deadline
        time.sleep(0.001)

    process.terminate()

    assert process.wait(timeout=20) == 143
    assert set(place.files()) == before


def test_fill_is_what_the_other_tests_take_it_for(tmp_path: Path, migrated: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(migrated.read_bytes())
    fill(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
