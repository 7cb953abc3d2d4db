"""What a backup must fulfil before it may take the place of anything."""

from pathlib import Path

from sqlalchemy import Connection

from bot.commands import archive
from bot.commands.check import key_findings
from bot.config import Settings
from bot.sections import SettingsError
from bot.vault import Vault
from bot.workers.clock import SystemClock
from db import checking, contents, integrity

KINDS = {"sqlite": "an SQLite file", "postgresql": "a PostgreSQL server"}


# What was restored, where the old data are kept, and what has to be mended.
Restored = tuple[archive.Manifest, Path | str | None, list[checking.Finding]]


def holds_data(settings: Settings) -> SettingsError:
    return SettingsError(
        f"the database {settings.database} holds data; --replace puts the backup in its place and keeps it aside"
    )


def kind_of(settings: Settings) -> str:
    return "postgresql" if settings.database.path is None else "sqlite"


def refuse_foreign(manifest: archive.Manifest, settings: Settings, file: Path) -> None:
    """Raises SettingsError for what this database and this release cannot take."""
    kind = kind_of(settings)
    if manifest.kind != kind:
        raise SettingsError(
            f"{file} was made from {KINDS.get(manifest.kind, manifest.kind)} and database.url names {KINDS[kind]}; "
            "restore it to one of its kind, then use `dumka copy-database`"
        )
    if not contents.knows(manifest.revision):
        raise SettingsError(f"{file} was made by a newer release of dumka; use that one")


def refuse_changed(connection: Connection, manifest: archive.Manifest, file: Path) -> None:
    """Raises SettingsError when what was unpacked is not what was packed.  To be asked before it is migrated."""
    for fault in integrity.faults(connection):
        raise SettingsError(f"the database in {file} was damaged when it was stored ({fault})")
    if (
        contents.revision(connection) != manifest.revision
        or contents.rows(connection) != manifest.rows
        or contents.tallies(connection) != manifest.tallies
    ):
        raise SettingsError(f"{file} does not hold what it says it does; nothing was restored from it")


def refuse_damaged(
    connection: Connection, settings: Settings, vault: Vault, file: Path
) -> list[checking.Finding]:
    """What is wrong but can be mended in place.  Raises SettingsError when the database in the backup is damaged."""
    findings = [
        *checking.examine(connection, SystemClock().now()),
        *key_findings(connection, settings.secrets.key_file, vault),
    ]
    for finding in findings:
        if finding.damage or (finding.wrong and finding.check == "key"):
            raise SettingsError(f"the database in {file} was damaged when it was stored ({finding.text})")
    return [finding for finding in findings if finding.wrong]
