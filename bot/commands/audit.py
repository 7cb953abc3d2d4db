"""``dumka audit``: what staff and operators did, and whether the log is whole."""

import asyncio
import json
from pathlib import Path

from bot.commands.settings import settings_at
from bot.commands.terminal import visible
from bot.config import Settings
from bot.domain.audit import Break, Entry, Fault
from bot.keystore import KeyStoreTrouble
from bot.sections import SettingsError
from bot.services import audit as service
from bot.storage import existing_database, existing_vault
from bot.texts import Say
from bot.vault import Vault
from bot.views.staff import who

SENTENCES = {
    Break.MISSING: "row {} is missing",
    Break.CHANGED: "row {} was changed",
    Break.UNLINKED: "row {} does not follow the one before it",
    Break.CUT: "the end is cut off: row {} and those after it are missing",
    Break.REPLACED: "row {} is not the one that was written: the end was cut off and written anew",
}
MOST_TOLD = 20


def audit(config: Path | None, limit: int, as_json: bool, verify: bool) -> int:
    """0, or 1 when the log was to be verified and is not whole."""
    settings = settings_at(config)
    return asyncio.run(_verify(settings, as_json) if verify else _show(settings, limit, as_json))


async def _show(settings: Settings, limit: int, as_json: bool) -> int:
    async with existing_database(settings) as db:
        vault = await asyncio.to_thread(existing_vault, settings)
        async with db.read() as tx:
            found, _ = await service.page(tx, None, None, limit)
    for entry in found:
        print(_object(vault, entry) if as_json else _line(vault, entry))
    return 0


def _object(vault: Vault, entry: Entry) -> str:
    actor = service.who(vault, entry)
    return json.dumps(
        {
            "number": entry.number,
            "at": entry.at.isoformat(timespec="seconds"),
            "who": None if actor is None else actor.kind,
            "name": None if actor is None else actor.name or None,
            "act": entry.act,
            "channel": entry.channel,
            "discussion": entry.discussion,
            "detail": entry.detail,
            "digest": entry.digest.hex(),
        },
        ensure_ascii=False,
    )


def _line(vault: Vault, entry: Entry) -> str:
    about = [f"channel {entry.channel}"] if entry.channel is not None else []
    about += [f"discussion {entry.discussion}"] if entry.discussion is not None else []
    about += [entry.detail] if entry.detail else []
    name = who(Say("en"), service.who(vault, entry))
    parts = [entry.at.isoformat(timespec="seconds"), name, entry.act, *about]
    return visible(f"{entry.number}  " + "  ".join(parts)).replace("\n", " ")


async def _verify(settings: Settings, as_json: bool) -> int:
    count, faults = await verified(settings)
    sentences = [sentence(fault) for fault in faults]
    if as_json:
        print(json.dumps({"ok": not faults, "rows": count, "faults": sentences}))
    elif faults:
        more = f", and {len(faults) - MOST_TOLD} more" if len(faults) > MOST_TOLD else ""
        print(f"The log does not hold: {'; '.join(sentences[:MOST_TOLD])}{more}.")
    else:
        print(f"The log holds: {count} rows, none missing, none changed.")
    return 1 if faults else 0


async def verified(settings: Settings) -> tuple[int, list[Fault]]:
    """How many rows there are, and what is wrong with them.  Raises SettingsError."""
    async with existing_database(settings) as db:
        vault = await asyncio.to_thread(existing_vault, settings)
        try:
            async with db.read() as tx:
                return await service.count(tx), await service.verify(tx, vault)
        except KeyStoreTrouble as trouble:
            raise SettingsError(f"secrets.key_store: {trouble}") from None


def sentence(fault: Fault) -> str:
    return SENTENCES[fault.kind].format(fault.number)
