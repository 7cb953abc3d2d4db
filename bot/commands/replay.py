"""``dumka replay``: updates that met a bug are applied once more, through the intake that every update takes."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from bot.commands.recording import note, tie
from bot.commands.settings import settings_at
from bot.config import Settings
from bot.domain.audit import Act
from bot.sections import SettingsError
from bot.storage import existing_database
from bot.vault import WrongKey
from db.queries import update as updates
from db.queries.update import FailedUpdate

FAILED_AGAIN = 1  # exit code


def replay(config: Path | None, numbers: Sequence[int], list_only: bool, drop: bool, as_json: bool) -> int:
    settings = settings_at(config)
    if list_only and drop:
        raise SettingsError("--list and --drop do not go together")
    if drop and not numbers:
        raise SettingsError("--drop needs the id of an update; `dumka replay --list` shows them")
    if list_only:
        return asyncio.run(_list(settings, numbers, as_json))
    return asyncio.run((_drop if drop else _replay)(settings, numbers))


async def _list(settings: Settings, numbers: Sequence[int], as_json: bool) -> int:
    """Never what is in them: it may be a reader's words."""
    for kept in await _kept(settings, numbers):
        at = kept.failed_at.isoformat(timespec="seconds")
        if as_json:
            print(json.dumps({"update": kept.update_id, "failed_at": at, "error": kept.error}))
        else:
            print(f"{kept.update_id}  {at}  {kept.error}")
    return 0


async def _drop(settings: Settings, numbers: Sequence[int]) -> int:
    async with existing_database(settings) as db, db.write() as tx:
        missing = [number for number in numbers if not await updates.drop_failed(tx, number)]
        if missing:
            raise _unknown(missing[0])
    print(f"{len(numbers)} dropped.")
    return 0


async def _replay(settings: Settings, numbers: Sequence[int]) -> int:
    """In the order in which they came.  Raises SettingsError."""
    from bot.app import open_app  # noqa: PLC0415 - a second of imports that --list and --drop do without

    kept = sorted(await _kept(settings, numbers), key=lambda one: (one.failed_at, one.update_id))
    if not kept:
        print("No update is kept.")
        return 0
    again = 0
    async with open_app(settings) as app:
        async with app.db.write() as tx:
            await note(tx, app.vault, Act.REPLAYED, detail=str(len(kept)))
        await tie(app.db, app.vault)
        for one in kept:
            try:
                raw = str(app.vault.open_waiting(one.raw)).encode()
            except WrongKey:
                raise SettingsError(f"the key file does not open the update {one.update_id}") from None
            error = await app.intake.replay(one.update_id, raw)
            again += error is not None
            print(f"{one.update_id}: {'applied' if error is None else f'failed again: {error}'}", flush=True)
    return FAILED_AGAIN if again else 0


async def _kept(settings: Settings, numbers: Sequence[int]) -> list[FailedUpdate]:
    async with existing_database(settings) as db, db.read() as tx:
        found = await updates.failed(tx, numbers)
    missing = set(numbers) - {one.update_id for one in found}
    if missing:
        raise _unknown(min(missing))
    return found


def _unknown(number: int) -> SettingsError:
    return SettingsError(f"no update {number} is kept; `dumka replay --list` shows those that are")
