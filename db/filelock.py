"""Who may have an SQLite installation to itself: one process, for as long as it lives."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InUse(Exception):
    """Another process has it."""


@contextmanager
def sole_user(database: Path) -> Iterator[None]:
    """The lock ends with the process, also when it is killed.  Raises InUse, or OSError where it cannot be taken."""
    path = database.with_name(f"{database.name}.lock")
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(str(database)) from None
        yield
    finally:
        os.close(number)
