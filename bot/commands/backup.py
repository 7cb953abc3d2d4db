"""``dumka backup``: the whole database in one encrypted file, while the bot runs."""

import asyncio
import os
from pathlib import Path

from sqlalchemy import Connection, text

from bot.commands import archive
from bot.commands.halves import end_when_told, half, new_file
from bot.commands.installation import existing_file, key_of, moment_of, told_of
from bot.commands.pgtools import Program, environment, find_program
from bot.commands.progress import human, progress
from bot.commands.recording import note_alone
from bot.commands.settings import settings_at
from bot.config import Settings
from bot.domain.audit import Act
from bot.sections import SettingsError
from bot.vault import Vault
from bot.workers.clock import SystemClock
from db import contents, snapshot

KEY_REMINDER = (
    "The key file {key} is not in it, and nothing else opens it: keep a copy of the key in another place."
)
WORDS_REMINDER = (
    "The words of {words} opinions are encrypted in it; they can be read for as long as the key store {store} has their keys,"
    " which is in no backup."
)
DUMPED = ("--no-owner", "--no-privileges", "--no-password")


def backup(config: Path | None, file: Path, pg_dump: Path | None, quiet: bool) -> int:
    settings = settings_at(config)
    end_when_told()
    _mind(file, settings)
    vault = key_of(settings)
    try:
        with half(file, "backup") as unfinished:
            number = new_file(unfinished)
            with os.fdopen(number, "wb") as out:
                manifest = _store(settings, vault, out, pg_dump, quiet)
                out.flush()
                os.fsync(out.fileno())
            size = unfinished.stat().st_size
            unfinished.replace(file)
            archive.fsync_folder(file.parent)
    except OSError as error:
        raise SettingsError(f"cannot write {file}: {error.strerror or error}") from None
    asyncio.run(note_alone(settings, Act.BACKED_UP))
    print(f"{file}: {human(size)}, schema {manifest.revision}.")
    if manifest.encrypted:
        print(WORDS_REMINDER.format(words=manifest.encrypted, store=settings.secrets.store))
    if not quiet:
        print(KEY_REMINDER.format(key=settings.secrets.key_file))
    return 0


def _mind(file: Path, settings: Settings) -> None:
    """Raises SettingsError where a backup would take the place of something that it must not."""
    if file.is_dir():
        raise SettingsError(f"{file} is a folder; name a file in it")
    kept = [settings.secrets.key_file, settings.secrets.store]
    if settings.database.path is not None:
        name = settings.database.path.name
        kept += [
            settings.database.path.with_name(name + more)
            for more in ("", "-wal", "-shm", "-journal", ".lock")
        ]
    if file.resolve() in {path.resolve() for path in kept}:
        raise SettingsError(f"{file} belongs to the installation; name another file for the backup")


def _store(
    settings: Settings, vault: Vault, out: archive.Writing, pg_dump: Path | None, quiet: bool
) -> archive.Manifest:
    path = settings.database.path
    if path is None:
        return asyncio.run(_store_server(settings, vault, out, pg_dump, quiet))
    return _store_file(settings, existing_file(settings.database, path), vault, out, quiet)


def _store_file(
    settings: Settings, path: Path, vault: Vault, out: archive.Writing, quiet: bool
) -> archive.Manifest:
    """The copy in the clear lies beside the database and is as closed to others; the backup's folder never sees it."""
    with half(path, "backup") as copy, told_of(settings.database):
        os.close(new_file(copy))
        with progress("copying", quiet) as tell:
            snapshot.copy_file(path, copy, tell)
        with snapshot.still(copy) as connection:
            manifest = _describe(settings, vault, connection, "sqlite")
        size = copy.stat().st_size
        with copy.open("rb") as content, progress("encrypting", quiet) as tell:
            archive.write(out, vault, manifest, content, lambda done: tell(done, size))
    return manifest


async def _store_server(
    settings: Settings, vault: Vault, out: archive.Writing, pg_dump: Path | None, quiet: bool
) -> archive.Manifest:
    """Counted and dumped at one moment: pg_dump sees what our transaction sees.  Nothing is stored in between."""
    async with moment_of(settings.database) as connection:
        server = int((await connection.execute(text("SHOW server_version_num"))).scalar_one()) // 10_000
        program = await asyncio.to_thread(find_program, "pg_dump", pg_dump, server)
        manifest = await connection.run_sync(lambda sync: _describe(settings, vault, sync, "postgresql"))
        moment = (await connection.execute(text("SELECT pg_export_snapshot()"))).scalar_one()
        tables = [f"--table=public.{name}" for name in (*manifest.rows, contents.REVISIONS)]
        command: list[str | Path] = [program, "--format=custom", *DUMPED, f"--snapshot={moment}", *tables]

        def dump() -> None:
            with (
                Program(command, environment(settings.database.address)) as running,
                progress("dumping", quiet) as tell,
            ):
                archive.write(out, vault, manifest, running, lambda done: tell(done, None))

        await asyncio.to_thread(dump)
    return manifest


def _describe(settings: Settings, vault: Vault, connection: Connection, kind: str) -> archive.Manifest:
    """Raises SettingsError for a database that this key and this release could not restore."""
    revision = contents.revision(connection)
    if revision is None:
        raise SettingsError(f"there is nothing in the database {settings.database} yet; `dumka run` makes it")
    if not contents.knows(revision):
        raise SettingsError(
            f"the database {settings.database} was made by a newer release of dumka; use that one"
        )
    if contents.key(connection) not in {None, vault.fingerprint()}:
        raise SettingsError(
            f"secrets.key_file: {settings.secrets.key_file} is not the key that the database was made with"
        )
    return archive.Manifest(
        format=archive.FORMAT,
        kind=kind,
        revision=revision,
        key=vault.fingerprint(),
        made_at=SystemClock().now().isoformat(timespec="seconds"),
        rows=contents.rows(connection),
        tallies=contents.tallies(connection),
        encrypted=contents.encrypted(connection),
    )
