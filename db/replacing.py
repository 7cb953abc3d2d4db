"""Put one SQLite file in the place of another, so that at every instant one of them is there, and whole."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from db.filelock import InUse

BUSY = 5  # SQLite's result code for "another connection holds it"
BESIDE = ("-wal", "-shm", "-journal")


def replace(new: Path, database: Path, *, keep: bool) -> Path | None:
    """``new`` becomes ``database``; returns where the old one is kept.  Raises InUse while somebody has it open.

    A log left beside the new file would be applied to it, so the old log is first taken into the old file.  The old
    file gets its second name before it loses the first; a kill in between leaves it with both.
    """
    forget_second_name(database)
    _flush(new)
    with _alone(database) as sound:
        kept = _keep(database, sound) if keep and database.exists() else None
        if not sound:
            for ending in BESIDE:
                _beside(database, ending).unlink(missing_ok=True)
            _flush_folder(database.parent)
        new.replace(database)
    _flush_folder(database.parent)
    return kept


def refuse_busy(database: Path) -> None:
    """Raises InUse while somebody has it open.  What a killed process left in the log is taken in, nothing else changes."""
    if not database.exists():
        return
    with closing(sqlite3.connect(database, isolation_level=None, timeout=0.5)) as connection:
        try:
            # In this mode the log is shared with nobody, so a second connection, even an idle one, is in the way.
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF == BUSY:
                raise InUse(str(database)) from None


def forget_second_name(database: Path) -> None:
    """What a kill between the two steps of ``replace`` left: a second name for the very database in use."""
    for path in database.parent.glob(f"{database.name}.before-restore*"):
        if database.exists() and path.samefile(database):
            path.unlink()


@contextmanager
def _alone(database: Path) -> Iterator[bool]:
    """With its lock, nothing beside it.  False for a file that SQLite cannot use: it is kept with what lies beside it.

    Leaving WAL mode is what SQLite allows to the only connection, so it tells whether there is another.
    """
    if not database.exists():
        yield False
        return
    with closing(sqlite3.connect(database, isolation_level=None, timeout=0.5)) as old:
        try:
            old.execute("PRAGMA journal_mode=DELETE").fetchone()
            old.execute("BEGIN EXCLUSIVE")
            sound = True
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF == BUSY:
                raise InUse(str(database)) from None
            sound = False
        yield sound


def _keep(database: Path, sound: bool) -> Path:
    """Under the first free name."""
    number = 1
    while True:
        kept = database.with_name(f"{database.name}.before-restore{'' if number == 1 else f'-{number}'}")
        if not any(path.exists() for path in (kept, *(_beside(kept, ending) for ending in BESIDE))):
            break
        number += 1
    if not sound:
        for ending in BESIDE:
            if _beside(database, ending).exists():
                shutil.copy2(_beside(database, ending), _beside(kept, ending))
    try:
        os.link(database, kept)
    except OSError:  # a file system without second names
        shutil.copy2(database, kept)
    _flush_folder(database.parent)
    return kept


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _flush(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


_flush_folder = _flush
