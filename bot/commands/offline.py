"""For commands that only need the database: they work while the bot runs, and without Telegram, token or key."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot import logs
from bot.app import unusable
from bot.config import Settings, SettingsError, load
from db import migrate
from db.engine import Database


def settings_at(config: Path | None) -> Settings:
    """The settings, with logs set up as they say.  Raises SettingsError."""
    settings = load(config)
    logs.set_up(settings.logging.format, settings.logging.level)
    return settings


@asynccontextmanager
async def existing_database(settings: Settings) -> AsyncIterator[Database]:
    """Makes and changes nothing.  Raises SettingsError when there is no database, or one of another release."""
    path = settings.database.path
    if not await asyncio.to_thread(path.is_file):
        raise SettingsError(f"database.url: there is no database {path} yet; `dumka run` makes it")
    try:
        revision = await migrate.current(settings.database.url)
    except SQLAlchemyError as error:
        raise unusable(settings, error) from None
    if revision != migrate.newest():
        raise SettingsError(f"database.url: {path} is not at this release's schema; run `dumka migrate`")
    db = Database(settings.database.url)
    try:
        yield db
    finally:
        await db.close()
