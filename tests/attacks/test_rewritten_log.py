"""One of the staff, or a thief who can write to the database, wants an act not to have been: every way of it shows."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from bot.domain.audit import BEGINNING, OPERATOR, Act, content
from bot.domain.ids import ChannelId
from bot.services import audit
from bot.vault import Vault
from db.engine import Database, Tx
from db.models import AuditRow
from db.queries import audit as rows
from tests.conftest import NOON, vault_in

ACTS = (Act.PUBLISHED, Act.CLOSED, Act.INVITED, Act.REMOVED, Act.CHECKED_IN)
Tampering = Callable[[Tx, Vault], Awaitable[None]]


async def written(db: Database, vault: Vault) -> None:
    for act in ACTS:
        async with db.write() as tx:
            await audit.record(tx, vault, OPERATOR, act, NOON, channel=ChannelId(1))
    async with db.read() as tx:
        assert await audit.tie(tx, vault) == []


async def rewrite(tx: Tx, key: Vault, leave_out: int) -> None:
    """The whole chain anew without one act, in numbers without a gap, signed with ``key``."""
    kept = [entry async for entry in rows.each(tx) if entry.number != leave_out]
    await tx.execute(delete(AuditRow))
    previous = BEGINNING
    for number, entry in enumerate(kept, start=1):
        forged = replace(entry, number=number, previous=previous)
        previous = key.audit_digest(content(forged))
        await rows.add(tx, replace(forged, digest=previous))


async def cut_the_end(tx: Tx, _: Vault) -> None:
    await tx.execute(delete(AuditRow).where(AuditRow.number == len(ACTS)))


async def cut_the_beginning(tx: Tx, _: Vault) -> None:
    await tx.execute(delete(AuditRow).where(AuditRow.number == 1))


async def cut_the_middle_and_close_the_gap(tx: Tx, _: Vault) -> None:
    await tx.execute(delete(AuditRow).where(AuditRow.number == 3))
    for number in (4, 5):
        await tx.execute(update(AuditRow).where(AuditRow.number == number).values(number=number - 1))


async def say_it_was_something_else(tx: Tx, _: Vault) -> None:
    await tx.execute(update(AuditRow).where(AuditRow.number == 2).values(act=Act.CHECKED_IN))


async def say_it_was_somebody_else(tx: Tx, _: Vault) -> None:
    other = (await tx.get_one(AuditRow, 4)).label
    await tx.execute(update(AuditRow).where(AuditRow.number == 2).values(label=other))


async def write_it_anew_under_a_key_of_ones_own(tx: Tx, _: Vault) -> None:
    await rewrite(tx, Vault(bytes(32)), leave_out=3)


async def write_the_end_anew_with_the_stolen_master_key(tx: Tx, vault: Vault) -> None:
    """The key store still remembers how the log ended."""
    await rewrite(tx, vault, leave_out=5)


TAMPERINGS: tuple[Tampering, ...] = (
    cut_the_end,
    cut_the_beginning,
    cut_the_middle_and_close_the_gap,
    say_it_was_something_else,
    say_it_was_somebody_else,
    write_it_anew_under_a_key_of_ones_own,
    write_the_end_anew_with_the_stolen_master_key,
)


@pytest.mark.parametrize("tampering", TAMPERINGS)
async def test_every_way_to_undo_an_act_shows(db: Database, vault: Vault, tampering: Tampering) -> None:
    await written(db, vault)

    async with db.write() as tx:
        await tampering(tx, vault)

    async with db.read() as tx:
        assert await audit.verify(tx, vault) != []


async def test_weak_log_that_nothing_outside_remembers_is_rewritten_unseen(
    db: Database, vault: Vault, tmp_path: Path
) -> None:
    """The same with the master key, where no key store keeps the end of the chain: that is what it is there for."""
    await written(db, vault)
    (tmp_path / "weak").mkdir()
    weak = vault_in(tmp_path / "weak")

    async with db.write() as tx:
        await rewrite(tx, weak, leave_out=5)

    async with db.read() as tx:
        assert await audit.verify(tx, weak) == []
