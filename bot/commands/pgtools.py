"""PostgreSQL's own programs for backups.  What they need to know about the server goes by their environment: a command
line is seen by everybody on the machine."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from sqlalchemy import make_url

from bot.sections import SettingsError


def find_program(name: str, given: Path | None, server: int) -> Path:
    """``given``, or the one on PATH, when it understands a server of major version ``server``.  Raises SettingsError."""
    found = given or shutil.which(name)
    if found is None:
        raise SettingsError(
            f"{name} is not on PATH; install PostgreSQL's client programs, or name it with --{name.replace('_', '-')}"
        )
    try:
        said = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603 - the operator's choice
    except (OSError, subprocess.CalledProcessError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"exit code {error.returncode}"
        raise SettingsError(f"{found} cannot be run: {reason}") from None
    version = re.search(r"\(PostgreSQL\) (\d+)", said)
    if version is None:
        raise SettingsError(f"{found} is not PostgreSQL's {name}")
    if int(version[1]) < server:
        raise SettingsError(
            f"{found} is of PostgreSQL {version[1]} and the server of {server}; name a newer one with --{name.replace('_', '-')}"
        )
    return Path(found)


def environment(url: str) -> dict[str, str]:
    """Ours, and where the server is (libpq's variables)."""
    address = make_url(url)
    query = {name: value if isinstance(value, str) else value[0] for name, value in address.query.items()}
    known = {
        "PGHOST": address.host or query.get("host"),
        "PGPORT": str(address.port) if address.port else query.get("port"),
        "PGUSER": address.username,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
        "PGSSLMODE": query.get("sslmode") or query.get("ssl"),
        "PGAPPNAME": "dumka",
    }
    return os.environ | {name: value for name, value in known.items() if value is not None}


class Program:
    """One that runs while it is read or written; what it says on standard error is kept for its last words."""

    def __init__(
        self, command: Sequence[str | Path], variables: dict[str, str], *, fed: bool = False
    ) -> None:
        self._name = Path(command[0]).name
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self._process = subprocess.Popen(  # noqa: S603 - the operator's choice
            list(map(str, command)),
            stdin=subprocess.PIPE if fed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=variables,
        )
        if self._process.stdout is None:
            raise RuntimeError("a pipe was asked for")
        self.out = self._process.stdout
        self.into = self._process.stdin

    def __enter__(self) -> "Program":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._process.wait()
        self.out.close()
        self._errors.close()

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()

    def read(self, size: int) -> bytes:
        """Its end is that of the program; raises SettingsError when that failed."""
        piece = self.out.read(size)
        if not piece:
            self.check()
        return piece

    def check(self) -> None:
        """Wait for its end.  Raises SettingsError when it failed."""
        if self._process.wait() != 0:
            self._errors.seek(0)
            words = self._errors.read().decode(errors="replace").strip().splitlines()
            last = words[-1] if words else f"exit code {self._process.returncode}"
            raise SettingsError(
                f"{self._name} failed: {last.removeprefix(f'{self._name}: ').removeprefix('error: ')}"
            )
