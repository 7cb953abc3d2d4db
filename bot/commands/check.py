"""``dumka check``: whether what is stored agrees with itself, a line each; ``--repair`` counts anew."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection

from bot.commands.audit import MOST_TOLD, sentence, verified
from bot.commands.installation import moment_of
from bot.commands.settings import settings_at
from bot.config import Settings, SettingsError
from bot.keyfile import master_key
from bot.vault import Vault, WrongKey
from bot.workers.clock import SystemClock
from db import checking, contents
from db.checking import Finding
from db.engine import Database
from db.repairing import recount


def check(config: Path | None, repair: bool, as_json: bool) -> int:
    """0 when all is well, 1 when something is wrong."""
    settings = settings_at(config)
    return asyncio.run(_check(settings, repair, as_json))


async def _check(settings: Settings, repair: bool, as_json: bool) -> int:
    key = await asyncio.to_thread(master_key, settings.secrets)
    vault = None if key is None else Vault(key)
    wrong = False

    def tell(finding: Finding) -> None:
        nonlocal wrong
        wrong = wrong or finding.wrong
        if as_json:
            line = {"check": finding.check, "ok": not finding.wrong, "text": finding.text}
            print(json.dumps(line, ensure_ascii=False), flush=True)
        else:
            print(finding, flush=True)

    if repair:
        tell(await _repair(settings))
    async with moment_of(settings.database) as connection:
        await connection.run_sync(examine, settings, vault, tell)
    if vault is not None:
        with suppress(SettingsError):  # another schema or no key store: told above, or of no concern here
            tell(await _audit_finding(settings))
    return 1 if wrong else 0


async def _audit_finding(settings: Settings) -> Finding:
    count, faults = await verified(settings)
    if not faults:
        return Finding("audit log", f"{count} rows, none missing, none changed")
    return checking.damage("audit log", f"it does not hold: {'; '.join(map(sentence, faults[:MOST_TOLD]))}")


async def _repair(settings: Settings) -> Finding:
    async with moment_of(settings.database):  # is it there, and does it answer?
        pass
    db = Database(settings.database.address)
    try:
        counters, discussions = await recount(db)
    finally:
        await db.close()
    return Finding(
        "repair", f"{counters} counters of votes and those of {discussions} discussions were put right"
    )


def examine(
    connection: Connection, settings: Settings, vault: Vault | None, tell: Callable[[Finding], None]
) -> None:
    """All checks, one after another, as they are done."""
    known = True
    for finding in checking.examine(connection, SystemClock().now()):
        known = known and not (finding.check == "schema" and finding.wrong)
        tell(finding)
    if known:
        for finding in key_findings(connection, settings.secrets.key_file, vault):
            tell(finding)


def key_findings(connection: Connection, path: Path, vault: Vault | None) -> Iterator[Finding]:
    fingerprint = contents.key(connection)
    if vault is None:
        if fingerprint is None:
            yield Finding("key", f"{path} is not there yet; the first `dumka run` makes it")
        else:
            yield checking.care("key", f"{path} is missing; put it back from where you keep it")
        return
    if fingerprint not in {None, vault.fingerprint()}:
        yield checking.care(
            "key", f"{path} is not the one that the database was made with; put that one back"
        )
        return
    opened, closed = 0, Counter[str]()
    for table, box in checking.sealed(connection):
        try:
            vault.open(box)
        except WrongKey:
            closed[table] += 1
        else:
            opened += 1
    if closed:
        where = ", ".join(f"{number} in {table}" for table, number in sorted(closed.items()))
        yield checking.damage(
            "key", f"it does not open what is sealed: {where}; restore a backup, or ask for help"
        )
    else:
        yield Finding("key", f"{path} belongs to the database and opens all {opened} sealed rows")
