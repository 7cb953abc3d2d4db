"""What is not finished bears a name of its own, and nothing of it stays: not after a failure, not after a kill."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ALONGSIDE = ("", "-journal", "-wal", "-shm")  # what SQLite keeps beside a database


@contextmanager
def half(path: Path, what: str) -> Iterator[Path]:
    """A free name beside ``path``.  At the end whatever is there is removed, and what processes left that were killed."""
    host = socket.gethostname().replace(".", "-")
    beginning = f".{path.name}.{what}-{host}-"
    for left in path.parent.glob(f"{_literal(beginning)}*"):
        owner = left.name.removeprefix(beginning).partition("-")[0].partition(".")[0]
        if owner.isdecimal() and (int(owner) == os.getpid() or not _lives(int(owner))):
            left.unlink(missing_ok=True)
    name = path.with_name(f"{beginning}{os.getpid()}")
    try:
        yield name
    finally:
        for ending in ALONGSIDE:
            with suppress(OSError):
                name.with_name(name.name + ending).unlink(missing_ok=True)


def _literal(name: str) -> str:
    """For glob."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def new_file(path: Path) -> int:
    """A descriptor of a new file that only its owner can read."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def end_when_told() -> None:
    """SIGTERM ends the command as Ctrl-C does: what is half done is removed."""
    for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
        signal.signal(number, lambda *_, code=code: sys.exit(code))
