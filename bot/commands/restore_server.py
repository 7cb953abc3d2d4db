"""``dumka restore`` on PostgreSQL: everything in one transaction, the check included.

pg_restore turns the backup into statements and rows; they go through our own connection, so that the old tables can be
kept and the new ones looked at before anything is committed.  Nothing is written to a disk in the clear.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, Any

from alembic import command
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands import archive
from bot.commands.installation import refuse_running, transaction_on
from bot.commands.pgtools import Program, find_program
from bot.commands.progress import progress
from bot.commands.unpacking import Restored, holds_data, refuse_changed, refuse_damaged, refuse_foreign
from bot.config import Settings
from bot.vault import Vault
from bot.workers.clock import SystemClock
from db import checking, contents, migrate
from db.models import Base

COPY = re.compile(rb'COPY (?:"?(\w+)"?\.)?"?(\w+)"? \((.*)\) FROM stdin;\n')
PIECE = 2**18  # bytes of rows that are sent at once
ASIDE = "before_restore"
FLAGS = ("--no-owner", "--no-privileges", "--exit-on-error", "--file=-")


@dataclass(frozen=True, slots=True)
class Statements:
    """To be run as they are."""

    sql: str


@dataclass(frozen=True, slots=True)
class Rows:
    """To be read until they end, before the script goes on."""

    schema: str
    table: str
    columns: list[str]
    pieces: Iterator[bytes]


class Nowhere:
    """What is written is only looked at."""

    def write(self, data: bytes) -> None: ...


def parts(script: IO[bytes]) -> Iterator[Statements | Rows]:
    """Split what pg_restore writes for psql: statements, and the rows of COPY up to a line with a backslash and a dot."""
    pending: list[bytes] = []
    for line in script:
        header = COPY.fullmatch(line)
        if header is not None:
            yield Statements(b"".join(pending).decode())
            pending.clear()
            columns = [name.strip().strip('"') for name in header[3].decode().split(",")]
            yield Rows((header[1] or b"public").decode(), header[2].decode(), columns, _pieces(script))
        elif line.strip() and not line.startswith((b"\\", b"--")):  # psql's own commands, comments
            pending.append(line)
    yield Statements(b"".join(pending).decode())


def _pieces(script: IO[bytes]) -> Iterator[bytes]:
    lines, size = [], 0
    for line in script:
        if line == b"\\.\n":
            break
        lines.append(line)
        size += len(line)
        if size >= PIECE:
            yield b"".join(lines)
            lines, size = [], 0
    if lines:
        yield b"".join(lines)


async def restore_server(
    settings: Settings, vault: Vault, file: Path, replace: bool, pg_restore: Path | None, quiet: bool
) -> Restored:
    """What was restored, the schema in which the old tables are kept, and what is to be mended."""

    def begin(manifest: archive.Manifest) -> archive.Writing:
        refuse_foreign(manifest, settings, file)
        return Nowhere()

    size = (await asyncio.to_thread(file.stat)).st_size
    with progress("reading", quiet) as tell:  # before anything is touched
        manifest = await asyncio.to_thread(archive.read, file, vault, begin, lambda done: tell(done, size))
    async with transaction_on(settings.database) as connection:
        kept = await _make_room(connection, settings, replace)
        server = int((await connection.execute(text("SHOW server_version_num"))).scalar_one()) // 10_000
        program = await asyncio.to_thread(find_program, "pg_restore", pg_restore, server)
        with progress("restoring", quiet) as tell:
            await _run_script(connection, program, file, vault, lambda done: tell(done, size))
        with progress("checking", quiet):
            findings = await connection.run_sync(_accept, manifest, settings, vault, file)
    return manifest, kept, findings


def _accept(
    connection: Connection, manifest: archive.Manifest, settings: Settings, vault: Vault, file: Path
) -> list[checking.Finding]:
    """Raises SettingsError when it must not be committed."""
    connection.execute(text("RESET search_path"))  # the script emptied it
    refuse_changed(connection, manifest, file)
    command.upgrade(migrate.configuration(connection), "head")
    connection.execute(text("DELETE FROM lease"))  # of processes of then
    return refuse_damaged(connection, settings, vault, file)


async def _make_room(connection: AsyncConnection, settings: Settings, replace: bool) -> str | None:
    """Take our tables out of the way; returns the schema that keeps them when they hold something."""

    def look(sync: Connection) -> tuple[list[str], bool]:
        ours = set(Base.metadata.tables) | {contents.REVISIONS}
        tables = sorted(ours & set(inspect(sync).get_table_names("public")))
        if tables:  # from here on nobody starts on them
            sync.execute(text(f"LOCK TABLE {_listed(tables)} IN ACCESS EXCLUSIVE MODE"))
        refuse_running(settings.database, sync, SystemClock().now())
        return tables, contents.holds_data(sync)

    tables, data = await connection.run_sync(look)
    if data and not replace:
        raise holds_data(settings)
    if not data:
        if tables:
            await connection.execute(text(f"DROP TABLE {_listed(tables)} CASCADE"))
        return None
    taken = set(await connection.run_sync(lambda sync: inspect(sync).get_schema_names()))
    kept = next(name for name in _names() if name not in taken)
    await connection.execute(text(f'CREATE SCHEMA "{kept}"'))
    for table in tables:
        await connection.execute(text(f'ALTER TABLE public."{table}" SET SCHEMA "{kept}"'))
    return kept


def _listed(tables: list[str]) -> str:
    return ", ".join(f'public."{table}"' for table in tables)


def _names() -> Iterator[str]:
    yield ASIDE
    yield from (f"{ASIDE}_{number}" for number in count(2))


async def _run_script(
    connection: AsyncConnection, program: Path, file: Path, vault: Vault, tell: archive.Progress
) -> None:
    raw: Any = (await connection.get_raw_connection()).driver_connection
    with Program([program, *FLAGS], dict(os.environ), fed=True) as running:
        feeding = asyncio.create_task(asyncio.to_thread(_feed, running, file, vault, tell))
        try:
            script = parts(running.out)
            while (part := await asyncio.to_thread(next, script, None)) is not None:
                if isinstance(part, Statements):
                    if part.sql:
                        await raw.execute(part.sql)
                    continue
                where = {"schema_name": part.schema, "columns": part.columns}
                await raw.copy_to_table(part.table, source=_asynchronous(part.pieces), **where)
        except BaseException:
            running.stop()  # or it would wait for us, and its feeder for it
            await asyncio.wait({feeding})
            feeding.exception()
            raise
        await asyncio.wait({feeding})
        if not isinstance(feeding.exception(), BrokenPipeError):  # then its own words say more
            feeding.result()
        await asyncio.to_thread(running.check)


def _feed(running: Program, file: Path, vault: Vault, tell: archive.Progress) -> None:
    into = running.into
    if into is None:
        raise RuntimeError("a pipe was asked for")
    with into:
        archive.read(file, vault, lambda _: into, tell)


async def _asynchronous(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece
