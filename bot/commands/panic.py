"""``dumka panic``: everything that could tell of anybody is destroyed now; ``--end`` lets the bot run again."""

import asyncio
import sys
import time
from contextlib import suppress
from pathlib import Path

import structlog

from bot.app import App, open_app
from bot.commands.recording import tie
from bot.commands.settings import settings_at
from bot.config import Settings
from bot.domain.audit import OPERATOR
from bot.domain.panic import Alarm, Cause, GivenUp, Stage
from bot.sections import SettingsError
from bot.services import panic as service
from bot.storage import existing_database, existing_vault, only_process
from bot.vault import Vault
from bot.workers.clock import SystemClock
from bot.workers.panic import destroy
from db.dialect import DatabaseAway
from db.engine import Database, Tx
from db.queries import panic as rows
from db.queries import post as posts

log = structlog.get_logger()

WORD = "PANIC"
SURE = f"""This destroys all keys, queues, drafts and unsent texts, and closes every discussion of every channel. Nobody can undo it.
Type {WORD} to go on: """
NOTED_WITHIN = 2.0  # seconds; a database that does not answer must not keep the keys alive
WITHIN = 30.0  # seconds for a running bot, or for ourselves, to tell Telegram
LOOK_EVERY = 0.25  # seconds
UNFINISHED = 1  # exit code


def panic(config: Path | None, yes: bool, end: bool, abandon: bool = False) -> int:
    """0; 1 where Telegram could not be told everything yet.  Raises SettingsError."""
    settings = settings_at(config)
    if abandon and not end:
        raise SettingsError("--abandon goes with --end")
    if end:
        return asyncio.run(_end(settings, abandon))
    if not yes and not _is_sure():
        raise SettingsError("nothing was done; `dumka panic --yes` does not ask")
    return asyncio.run(_panic(settings))


def _is_sure() -> bool:
    if not sys.stdin.isatty():
        return False
    print(SURE, end="", flush=True)
    return sys.stdin.readline().strip() == WORD


async def _panic(settings: Settings) -> int:
    """Keys first, also where the database does not answer."""
    vault = await asyncio.to_thread(existing_vault, settings)
    try:
        async with asyncio.timeout(NOTED_WITHIN):
            await _note(settings, vault)
    except (DatabaseAway, SettingsError, TimeoutError):
        log.error("panic.not_noted", hint="the database does not answer; the keys are destroyed all the same")
    done = await asyncio.to_thread(vault.panic)
    print(f"{done} keys are destroyed.", flush=True)
    async with existing_database(settings) as db:
        await _note_in(db, vault)  # unless it is there
        await destroy(db, vault, SystemClock().now())
        await tie(db, vault)
        print("Every discussion is closed, and what was not sent is gone.", flush=True)
        await _tell_telegram(settings, db)
        await tie(db, vault)
        return await _report(db)


async def _note(settings: Settings, vault: Vault) -> None:
    async with existing_database(settings) as db:
        await _note_in(db, vault)


async def _note_in(db: Database, vault: Vault) -> None:
    async with db.write() as tx:
        await service.begin(tx, vault, OPERATOR, Cause.OPERATOR, SystemClock().now())


async def _tell_telegram(settings: Settings, db: Database) -> None:
    """A bot that runs on the same file does it; otherwise, or on a server beside others, we do."""
    try:
        async with only_process(settings):
            with suppress(SettingsError):
                async with open_app(settings, panicking=True) as app:
                    await _finish(app)
    except SettingsError:  # one runs
        deadline = time.monotonic() + WITHIN
        while time.monotonic() < deadline and not await _is_finished(db):  # noqa: ASYNC110 - another process says when
            await asyncio.sleep(LOOK_EVERY)


async def _finish(app: App) -> None:
    await app.leases.take_seat(app.clock.now())
    await app.panicker.start(app.clock.now())
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline and not app.panicker.over.is_set():
        for worker in (app.panicker, app.forgetter, app.drawer):
            await worker.step(app.clock.now())
        await app.drawer.idle()
        await asyncio.sleep(LOOK_EVERY)
    await app.leases.release_all()


async def _is_finished(db: Database) -> bool:
    async with db.read() as tx:
        known = await service.alarm(tx)
    return known is None or known.stage is Stage.FINISHED


async def _report(db: Database) -> int:
    if await _is_finished(db):
        print("It is finished. `dumka panic --end` lets the bot run again.")
        return 0
    async with db.read() as tx:
        erasing = await rows.erasing(tx)
        messages, rooms = len(await posts.stale(tx)), len(await rows.rooms(tx, 1000))
    print(
        f"Telegram is still to be told: {messages} messages, {rooms} rooms"
        f"{'; rows of readers are still being erased' if erasing else ''}. `dumka run` or `dumka panic` finishes it."
    )
    return UNFINISHED


async def _end(settings: Settings, abandon: bool) -> int:
    async with existing_database(settings) as db:
        vault = await asyncio.to_thread(existing_vault, settings)
        async with db.write() as tx:
            known = await service.alarm(tx)
            if known is None:
                print("There is no panic to end.")
                return 0
            left = None if known.stage is Stage.FINISHED else await _given_up(tx, known, abandon)
            await service.end(tx, vault, SystemClock().now(), left)
        await tie(db, vault)
    if left is not None:
        print(
            f"Given up: {left.messages} messages and {left.rooms} moderation rooms stay in Telegram as they are."
        )
    print("The bot may run again. What was destroyed stays destroyed.")
    return 0


async def _given_up(tx: Tx, known: Alarm, abandon: bool) -> GivenUp:
    """Raises SettingsError where it was not asked for, or more is left than Telegram can be told."""
    if not abandon:
        raise SettingsError(
            "the panic is not finished; `dumka run` or `dumka panic` finishes it first, or, where Telegram lets the bot do "
            "nothing any more, `dumka panic --end --abandon` gives up what is left there"
        )
    if known.stage is Stage.BEGUN:
        raise SettingsError(
            "keys and queues are not destroyed yet; `dumka panic` does it, also without Telegram"
        )
    return await service.give_up(tx)
