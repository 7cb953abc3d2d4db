"""The installation's database and key as commands of upkeep need them: at any schema, whether the bot runs or not."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from sqlite3 import DatabaseError
from typing import Any

from asyncpg import InterfaceError, PostgresError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.config import Settings
from bot.keyfile import master_key
from bot.keystore import KeyStore, KeyStoreTrouble
from bot.sections import DatabaseSettings, SettingsError
from bot.vault import Vault
from bot.workers.leases import is_dead, new_holder
from db import contents
from db.engine import prepare_sqlite
from db.filelock import InUse, sole_user
from db.snapshot import at_one_moment, patient_engine

FAILURES = (DBAPIError, PostgresError, InterfaceError, DatabaseError)


def key_of(settings: Settings) -> Vault:
    """Raises SettingsError when there is no key file."""
    key = master_key(settings.secrets)
    if key is None:
        path = settings.secrets.key_file
        raise SettingsError(f"secrets.key_file: there is no {path}; a backup is made and opened with it")
    return vault_of(settings, key)


def vault_of(settings: Settings, key: bytes) -> Vault:
    """With the key store where there is one that can be used."""
    try:
        return Vault(key, KeyStore(settings.secrets.store, key))
    except KeyStoreTrouble:
        return Vault(key)


def unusable(database: DatabaseSettings, error: Exception) -> SettingsError:
    """In the database's own words, without the statement and its parameters."""
    cause = getattr(error, "orig", None) or error
    words = str(cause).strip().splitlines()
    first = words[0] if words else type(cause).__name__
    return SettingsError(f"the database {database} cannot be used ({first.rpartition('>: ')[2]})")


@contextmanager
def told_of(database: DatabaseSettings) -> Iterator[None]:
    """What the database refuses becomes a sentence."""
    try:
        yield
    except FAILURES as error:
        raise unusable(database, error) from None


def existing_file(database: DatabaseSettings, path: Path) -> Path:
    """Raises SettingsError when it is not there."""
    if not path.is_file():
        raise SettingsError(f"there is no database {database} yet; `dumka run` makes it")
    return path


@asynccontextmanager
async def moment_of(database: DatabaseSettings, **options: Any) -> AsyncIterator[AsyncConnection]:
    """The database as it is now, read-only.  Raises SettingsError when it is not there or does not answer."""
    if database.path is not None:
        existing_file(database, database.path)
    opening = at_one_moment(database.address, **options)
    try:
        connection = await opening.__aenter__()
    except (OSError, TimeoutError, *FAILURES) as error:
        raise unusable(database, error) from None
    try:
        with told_of(database):
            yield connection
    finally:
        await opening.__aexit__(None, None, None)


@asynccontextmanager
async def transaction_on(database: DatabaseSettings, **options: Any) -> AsyncIterator[AsyncConnection]:
    """One long transaction, without the time-outs of the bot's.  Raises SettingsError."""
    engine = patient_engine(database.address, **options)
    if database.path is not None:
        prepare_sqlite(engine)
        engine = engine.execution_options(writes=True)
    try:
        connection = engine.connect()
        try:
            await connection.start()
        except (OSError, TimeoutError, *FAILURES) as error:
            raise unusable(database, error) from None
        async with aclosing(connection):
            with told_of(database):
                async with connection.begin():
                    yield connection
    finally:
        await engine.dispose()


@contextmanager
def alone_with(database: DatabaseSettings) -> Iterator[None]:
    """No bot runs on this SQLite file, and none starts until the end.  Nothing for a server.  Raises SettingsError."""
    if database.path is None:
        yield
        return
    try:
        with sole_user(database.path):
            yield
    except InUse:
        raise running(database) from None


def running(database: DatabaseSettings) -> SettingsError:
    return SettingsError(f"the bot is running on {database}; stop it first")


def refuse_running(database: DatabaseSettings, connection: Connection, now: datetime) -> None:
    """By the leases of living processes.  Raises SettingsError."""
    me = new_holder()
    if any(lease.until > now and not is_dead(lease.holder, me) for lease in contents.leases(connection)):
        raise running(database)
