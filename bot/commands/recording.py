"""For commands whose acts are written into the audit log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bot.config import Settings
from bot.domain.audit import OPERATOR, Act
from bot.domain.ids import ChannelId, DiscussionId
from bot.keystore import KeyStoreTrouble
from bot.sections import SettingsError
from bot.services import audit
from bot.storage import existing_database, existing_vault
from bot.vault import Vault
from bot.workers.clock import SystemClock
from db.engine import Database, Tx


@asynccontextmanager
async def recorded(settings: Settings) -> AsyncIterator[tuple[Database, Vault]]:
    """The database and the vault; at the end the key store remembers the newest row.  Raises SettingsError."""
    async with existing_database(settings) as db:
        vault = await asyncio.to_thread(existing_vault, settings)
        yield db, vault
        await tie(db, vault)


async def note(
    tx: Tx,
    vault: Vault,
    act: Act,
    channel: ChannelId | None = None,
    discussion: DiscussionId | None = None,
    detail: str | None = None,
) -> None:
    """An act of the operator's, in the transaction in which it is done."""
    await audit.record(
        tx, vault, OPERATOR, act, SystemClock().now(), channel=channel, discussion=discussion, detail=detail
    )


async def tie(db: Database, vault: Vault) -> None:
    """Raises SettingsError.  Rows that do not fit are for ``dumka audit --verify`` to tell."""
    try:
        async with db.read() as tx:
            await audit.tie(tx, vault)
    except KeyStoreTrouble as trouble:
        raise SettingsError(f"secrets.key_store: {trouble}") from None


async def note_alone(settings: Settings, act: Act, detail: str | None = None) -> None:
    """For commands that need no open database otherwise.  One of an older schema has no log yet."""
    with suppress(SettingsError):
        async with recorded(settings) as (db, vault), db.write() as tx:
            await note(tx, vault, act, detail=detail)


async def note_restored(settings: Settings, vault: Vault, made_at: str) -> None:
    """The log is as it was then.  The row that the key store remembers may be missing now: that is said in a new row, which
    takes its place.  Where what came back is not whole in itself, it stays as it is, and shows.
    """
    with suppress(SettingsError):
        vault = await asyncio.to_thread(existing_vault, settings)
    async with existing_database(settings) as db, db.write() as tx:
        newest = await audit.record_restored(tx, vault, made_at, SystemClock().now())
    if newest is not None and vault.has_store:
        vault.anchor(newest.number, newest.digest, back=True)
