"""``dumka copy-database``: an installation moves between SQLite and PostgreSQL."""

import asyncio
import os
from pathlib import Path

from pydantic import SecretStr, ValidationError
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import ArgumentError

from bot.commands.halves import end_when_told, half, new_file
from bot.commands.installation import (
    alone_with,
    existing_file,
    moment_of,
    refuse_running,
    running,
    told_of,
    transaction_on,
)
from bot.commands.progress import progress
from bot.commands.settings import settings_at
from bot.sections import SQLITE, DatabaseSettings, SettingsError
from bot.workers.clock import SystemClock
from db import contents, migrate, replacing
from db.copying import AS_TEXT, Unequal, copy
from db.filelock import InUse

PASSWORDS = {"FROM": "DUMKA_FROM_PASSWORD", "TO": "DUMKA_TO_PASSWORD"}
NEXT = """{to}: {rows} rows are copied and compared; {source} is as it was.
Next: write this to config.toml, under [database], with the password if one is needed, and start the bot:
url = "{url}"
The key file stays the same."""


def copy_database(config: Path | None, source: str, target: str, quiet: bool) -> int:
    settings_at(config)  # for the log
    end_when_told()
    from_, to = database("FROM", source), database("TO", target)
    if str(from_) == str(to):
        raise SettingsError("FROM and TO are the same database")
    if from_.path is not None:
        existing_file(from_, from_.path)
    try:
        rows = asyncio.run(_copy(from_, to, quiet))
    except OSError as error:
        raise SettingsError(f"cannot write {to}: {error.strerror or error}") from None
    print(NEXT.format(to=to, source=from_, rows=sum(rows.values()), url=shown(to, target)))
    return 0


def database(role: str, address: str) -> DatabaseSettings:
    """Its password from the environment where the address has none.  Raises SettingsError."""
    try:
        given = DatabaseSettings(url=SecretStr(address))
        url = make_url(given.address)
    except ValidationError as error:
        raise SettingsError(f"{role}: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None
    except ArgumentError:
        raise SettingsError(f"{role}: this is no address of a database") from None
    password = os.environ.get(PASSWORDS[role])
    if given.path is not None:
        return DatabaseSettings(url=SecretStr(f"{SQLITE}{given.path.resolve()}"))
    if url.password is None and password:
        url = url.set(password=password)
    return DatabaseSettings(url=SecretStr(url.render_as_string(hide_password=False)))


def shown(database: DatabaseSettings, typed: str) -> str:
    """As it can be written into config.toml, but without the password."""
    if database.path is not None:
        return database.address
    url = make_url(typed)
    return typed if url.password is None else url._replace(password=None).render_as_string()


async def _copy(source: DatabaseSettings, target: DatabaseSettings, quiet: bool) -> dict[str, int]:
    with alone_with(source), alone_with(target):
        await _refuse_filled(target)
        if target.path is None:
            return await _fill(source, target, quiet)
        with half(target.path, "copy") as staged:  # it gets its name when it is whole
            os.close(new_file(staged))
            rows = await _fill(source, DatabaseSettings(url=SecretStr(f"{SQLITE}{staged}")), quiet)
            with told_of(target):
                try:
                    replacing.replace(staged, target.path, keep=False)
                except InUse:
                    raise running(target) from None
        return rows


async def _fill(source: DatabaseSettings, target: DatabaseSettings, quiet: bool) -> dict[str, int]:
    """In one transaction of the target.  Raises SettingsError."""
    async with moment_of(source, **AS_TEXT) as reading:
        await reading.run_sync(_refuse_source, source)
        with told_of(target):
            await migrate.upgrade(target.address)
        async with transaction_on(target, **AS_TEXT) as writing:
            try:
                with progress("copying", quiet) as tell:
                    rows = await copy(reading, writing, tell)
            except Unequal as error:
                raise SettingsError(f"nothing was copied: {error}") from None
            async with moment_of(source) as later:  # nobody began to vote meanwhile
                await later.run_sync(_refuse_source, source)
    return rows


def _refuse_source(connection: Connection, source: DatabaseSettings) -> None:
    if contents.revision(connection) != migrate.newest():
        raise SettingsError(f"FROM: {source} is not at this release's schema; run `dumka migrate` on it")
    refuse_running(source, connection, SystemClock().now())


async def _refuse_filled(target: DatabaseSettings) -> None:
    """Absent, or no row anywhere."""
    if target.path is not None and not await asyncio.to_thread(target.path.exists):
        return
    async with moment_of(target) as connection:
        rows = await connection.run_sync(contents.rows)
    if any(rows.values()):
        raise SettingsError(f"TO: {target} is not empty; name a new database")
