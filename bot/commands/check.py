"""``dumka check``: whether what is stored agrees with itself, a line each; ``--repair`` counts anew."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection

from bot.commands.audit import MOST_TOLD, sentence, verified
from bot.commands.installation import moment_of, vault_of
from bot.commands.settings import settings_at
from bot.config import Settings
from bot.keyfile import master_key
from bot.keystore import Kind
from bot.sections import SettingsError
from bot.vault import FIRST_KEY, Vault, WrongKey
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
    vault = None if key is None else vault_of(settings, key)
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
        known = known and not (finding.check in {"integrity", "schema"} and finding.wrong)
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
    yield _boxes_finding(connection, path, vault)
    yield _store_finding(connection, vault)


def _boxes_finding(connection: Connection, path: Path, vault: Vault) -> Finding:
    opened, closed = 0, Counter[str]()
    for table, box in checking.sealed(connection):
        try:
            vault.open_waiting(box) if table in checking.WAITING else vault.open(box)
        except WrongKey:
            closed[table] += 1
        else:
            opened += 1
    waited = sum(closed.pop(table, 0) for table in checking.WAITING)
    if closed:
        where = ", ".join(f"{number} in {table}" for table, number in sorted(closed.items()))
        return checking.damage(
            "key", f"it does not open what is sealed: {where}; restore a backup, or ask for help"
        )
    gone = f"; the keys of {waited} that waited are not there, and the bot drops them" if waited else ""
    return Finding("key", f"{path} belongs to the database and opens all {opened} sealed rows{gone}")


def _store_finding(connection: Connection, vault: Vault) -> Finding:
    """Whether the key store has what the database names."""
    named = checking.keys_named(connection) - {FIRST_KEY}
    texts = checking.text_keys(connection)
    if not vault.has_store:
        if not named | texts:
            return Finding("key store", "none is needed yet")
        words = f"; and the words of {len(texts)} discussions cannot be read" if texts else ""
        return checking.care(
            "key store",
            f"it is missing or cannot be used, and {len(named)} discussions have their keys in it{words}; put it back",
        )
    _, records, damaged = vault.store.read()
    living = {kind: {record.name for record in records if record.kind is kind} for kind in Kind}
    lost, unread = len(named - living[Kind.READERS]), len(texts - living[Kind.TEXTS])
    if unread:
        return checking.care(
            "key store", f"the keys of the words of {unread} discussions are gone: nobody can read them"
        )
    closing = f"; those of {lost} are gone, and the bot closes these discussions" if lost else ""
    torn = f"; {damaged} places are damaged, and freed by the bot" if damaged else ""
    return Finding("key store", f"{len(named) - lost} discussions have their keys{closing}{torn}")
