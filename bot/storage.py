"""The database and the key that belongs to it: made together, found together."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from bot.config import Settings
from bot.domain.panic import Alarm, Stage
from bot.keyfile import make_key, master_key, place_of
from bot.keystore import KeyStore, KeyStoreTrouble
from bot.sections import SettingsError
from bot.services import panic
from bot.vault import FIRST_KEY, Vault, WrongKey
from db import migrate
from db.dialect import refusal, upsert
from db.engine import Database
from db.filelock import InUse, sole_user
from db.models import FactRow
from db.queries import discussion as discussions
from db.queries import update as facts

KEY_FACT = "key"


async def open_database(settings: Settings, *, panicking: bool = False) -> tuple[Database, Vault]:
    """The migrated database and the vault of its key, made together on the first start.  Raises SettingsError.

    After a panic nothing is opened until the operator ends it; one that is not finished only by who is ``panicking``.
    """
    await bring_up_to_date(settings)
    db = Database(settings.database.address)
    try:
        async with db.read() as tx:
            known = await facts.fact(tx, KEY_FACT)
            alarm = await panic.alarm(tx)
    except SQLAlchemyError as error:
        await db.close()
        raise unusable(settings, error) from None
    try:
        if alarm is not None and not (panicking and alarm.stage is not Stage.FINISHED):
            raise SettingsError(after_panic(alarm))
        return db, await _vault(db, settings, known)
    except SettingsError:
        await db.close()
        raise


def after_panic(alarm: Alarm) -> str:
    when = alarm.at.isoformat(" ", "minutes")
    if alarm.stage is Stage.FINISHED:
        return f"a panic destroyed all keys at {when}; `dumka panic --end` lets the bot run again"
    return f"a panic that began at {when} is not finished; `dumka run` or `dumka panic` finishes it"


async def bring_up_to_date(settings: Settings) -> tuple[str | None, str]:
    """Make the database or apply what its schema lacks; the revisions before and after.  Raises SettingsError."""
    url = settings.database.address
    if settings.database.path is not None:
        await asyncio.to_thread(_prepare_file, settings.database.path)
    try:
        before, newest = await migrate.current(url), migrate.newest()
        if before != newest:
            await migrate.upgrade(url)
    except (SQLAlchemyError, CommandError) as error:
        raise unusable(settings, error) from None
    return before, newest


def unusable(settings: Settings, error: SQLAlchemyError | CommandError) -> SettingsError:
    """Without the password, whatever the driver says."""
    place = settings.database
    if isinstance(error, CommandError):  # the revision is none of ours
        return SettingsError(f"database.url: {place} was made by a newer release of dumka; use that one")
    told = refusal(error)
    if place.path is not None or told is None:
        return SettingsError(f"database.url: {place} cannot be used ({_cause(error)})")
    match told.cause:
        case "missing":
            return SettingsError(f"database.url: there is no database {place}; make it with createdb")
        case "login refused":
            return SettingsError(f"database.url: the server refuses this user or password for {place}")
        case "forbidden":
            return SettingsError(
                f"database.url: the user may not make or use tables in {place}; make it the database's owner"
            )
    return SettingsError(f"database.url: {place} cannot be reached ({_cause(told)})")


def _prepare_file(path: Path) -> None:
    _prepare_folder(path)
    try:
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"database.url: cannot write {path}: {error.strerror}") from None


def _prepare_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"database.url: cannot write {path}: {error.strerror}") from None


def _cause(error: SQLAlchemyError) -> str:
    """The database's own words, without the statement; the system's, where they are."""
    origin = getattr(error, "orig", None)
    if isinstance(origin, OSError) and origin.errno is not None and origin.errno > 0:
        return os.strerror(origin.errno)
    return str(origin or "") or type(error).__name__


async def _vault(db: Database, settings: Settings, known: str | None) -> Vault:
    secrets = settings.secrets
    key = await asyncio.to_thread(master_key, secrets)
    if key is None:
        if known is not None:
            raise SettingsError(
                f"secrets.key_file: {secrets.key_file} is missing, and the database was made with it; put it back from where you keep it"
            )
        key = await asyncio.to_thread(make_key, secrets.key_file)
    fingerprint = Vault(key).fingerprint()
    if known is None:
        async with db.write() as tx:
            # Of several processes that start at once on a new database, the first one's key stays.
            await upsert(tx, FactRow, [{"name": KEY_FACT, "value": fingerprint}])
            known = await facts.fact(tx, KEY_FACT)
    if known != fingerprint:
        raise SettingsError(
            f"secrets.key_file: {place_of(secrets)} is not the key that the database was made with"
        )
    try:
        return Vault(key, await _key_store(db, secrets.store, key))
    except KeyStoreTrouble as trouble:
        raise SettingsError(f"secrets.key_store: {trouble}") from None


async def _key_store(db: Database, path: Path, key: bytes) -> KeyStore:
    """Made where none is missed.  A path that is wrong must not end all discussions."""
    store = KeyStore(path, key)
    if not store.exists():
        async with db.read() as tx:
            missed = len(await discussions.keys_named(tx) - {FIRST_KEY})
        if missed:
            raise SettingsError(
                f"secrets.key_store: {path} is missing, and {missed} discussions have their keys in it; put it back,"
                " or run `dumka keys --accept-loss`: it closes them"
            )
        await asyncio.to_thread(store.make)
    return store


def opener(settings: Settings) -> Callable[[bytes], str]:
    """Reads texts that are stored encrypted; the keys are asked for when the first one comes.  Raises SettingsError."""
    vault: Vault | None = None

    def opened(sealed: bytes) -> str:
        nonlocal vault
        if vault is None:
            vault = existing_vault(settings)
        try:
            return vault.open_text(sealed)
        except WrongKey:
            raise SettingsError(
                f"secrets.key_store: the key of these opinions is not in {settings.secrets.store}"
            ) from None

    return opened


def existing_vault(settings: Settings) -> Vault:
    """For commands.  It makes nothing.  Raises SettingsError."""
    key = master_key(settings.secrets)
    if key is None:
        raise SettingsError(f"secrets.key_file: there is no {settings.secrets.key_file}")
    try:
        return Vault(key, KeyStore(settings.secrets.store, key))
    except KeyStoreTrouble as trouble:
        raise SettingsError(f"secrets.key_store: {trouble}") from None


@asynccontextmanager
async def existing_database(settings: Settings) -> AsyncIterator[Database]:
    """For commands that need nothing else, not even the key.  It makes and changes nothing.

    Raises SettingsError when there is no database, or one of another release.
    """
    place, path = settings.database, settings.database.path
    if path is not None and not await asyncio.to_thread(path.is_file):
        raise SettingsError(f"database.url: there is no database {path} yet; `dumka run` makes it")
    try:
        revision = await migrate.current(place.address)
    except SQLAlchemyError as error:
        raise unusable(settings, error) from None
    if path is None and revision is None:
        raise SettingsError(f"database.url: {place} is empty; `dumka run` makes its tables")
    if revision != migrate.newest():
        raise SettingsError(f"database.url: {place} is not at this release's schema; run `dumka migrate`")
    db = Database(settings.database.address)
    try:
        yield db
    finally:
        await db.close()


@asynccontextmanager
async def only_process(settings: Settings) -> AsyncIterator[None]:
    """SQLite serves one bot: a second one is refused for as long as this lasts.  Other commands work beside it.

    Raises SettingsError.  Nothing on a server, which serves any number.
    """
    path = settings.database.path
    if path is None:
        yield
        return
    with ExitStack() as stack:
        await asyncio.to_thread(_prepare_folder, path)
        try:
            stack.enter_context(sole_user(path))
        except InUse:
            raise SettingsError(
                f"database.url: another `dumka run` uses {path}; SQLite serves one process, PostgreSQL several"
            ) from None
        except OSError as error:
            raise SettingsError(f"database.url: cannot lock {path}: {error.strerror}") from None
        yield
