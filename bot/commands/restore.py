"""``dumka restore``: a backup takes the place of the database, whole or not at all."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.commands import archive
from bot.commands.halves import end_when_told, half, new_file
from bot.commands.installation import alone_with, key_of, running, told_of
from bot.commands.progress import progress
from bot.commands.recording import note_restored
from bot.commands.restore_server import restore_server
from bot.commands.settings import settings_at
from bot.commands.unpacking import Restored, holds_data, refuse_changed, refuse_damaged, refuse_foreign
from bot.config import Settings
from bot.sections import SQLITE, SettingsError
from bot.vault import Vault
from db import contents, migrate, replacing, snapshot
from db.filelock import InUse


def restore(config: Path | None, file: Path, replace: bool, pg_restore: Path | None, quiet: bool) -> int:
    settings = settings_at(config)
    end_when_told()
    if not file.is_file():
        raise SettingsError(f"there is no file {file}")
    vault = key_of(settings)
    path = settings.database.path
    try:
        if path is None:
            done: Restored = asyncio.run(restore_server(settings, vault, file, replace, pg_restore, quiet))
        else:
            done = _restore_file(settings, path, vault, file, replace, quiet)
    except OSError as error:
        raise SettingsError(f"cannot restore {file}: {error.strerror or error}") from None
    manifest, kept, findings = done
    asyncio.run(note_restored(settings, vault, manifest.made_at))
    print(f"{settings.database}: restored as it was at {manifest.made_at}, {manifest.total} rows.")
    if kept is not None:
        print(f"What was there before is kept in {kept}.")
    for finding in findings:
        print(finding)
    return 0


def _restore_file(
    settings: Settings, path: Path, vault: Vault, file: Path, replace: bool, quiet: bool
) -> Restored:
    path.parent.mkdir(parents=True, exist_ok=True)
    with alone_with(settings.database), told_of(settings.database):
        replacing.refuse_busy(path)
        replacing.forget_second_name(path)
        data = _holds_data(path)
        if data and not replace:
            raise holds_data(settings)
        with half(path, "restore") as staged:
            manifest = _unpack(settings, staged, vault, file, quiet)
            with progress("checking", quiet):
                with snapshot.still(staged) as connection:
                    refuse_changed(connection, manifest, file)
                asyncio.run(migrate.upgrade(f"{SQLITE}{staged}"))
                _settle(staged)
                with snapshot.still(staged) as connection:
                    findings = refuse_damaged(connection, settings, vault, file)
            try:
                return manifest, replacing.replace(staged, path, keep=data), findings
            except InUse:
                raise running(settings.database) from None


def _holds_data(path: Path) -> bool:
    """A file that cannot be read may hold anything."""
    if not path.exists() or not path.stat().st_size:
        return False
    try:
        with snapshot.still(path) as connection:
            return contents.holds_data(connection)
    except SQLAlchemyError:
        return True


def _unpack(settings: Settings, staged: Path, vault: Vault, file: Path, quiet: bool) -> archive.Manifest:
    size = file.stat().st_size
    with os.fdopen(new_file(staged), "wb") as out, progress("decrypting", quiet) as tell:

        def begin(manifest: archive.Manifest) -> archive.Writing:
            refuse_foreign(manifest, settings, file)
            return out

        manifest = archive.read(file, vault, begin, lambda done: tell(done, size))
        out.flush()
        os.fsync(out.fileno())
    return manifest


def _settle(staged: Path) -> None:
    """One file with nothing beside it.  The processes that held leases are those of then."""
    with closing(sqlite3.connect(staged, isolation_level=None)) as connection:
        connection.execute("DELETE FROM lease")
        connection.execute("PRAGMA journal_mode=DELETE")
