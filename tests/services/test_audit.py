"""The audit log's chain: whatever is done to its rows in the database shows."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from bot.domain.audit import OPERATOR, Act, Actor, ActorKind, Break
from bot.domain.ids import ChannelId, DiscussionId, UserId
from bot.services import audit
from bot.vault import Vault
from db.engine import Database
from db.models import AuditRow
from tests.conftest import NOON, vault_in

OLENA = Actor(ActorKind.PERSON, UserId(7001), "Олена Коваль")


async def write(db: Database, vault: Vault, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        async with db.write() as tx:
            await audit.record(
                tx,
                vault,
                OLENA if number % 2 else OPERATOR,
                Act.CLOSED,
                NOON + timedelta(seconds=number, microseconds=number),
                channel=ChannelId(1),
                discussion=DiscussionId(number),
                detail=f"за {number}" if number % 3 else None,
            )


async def tied(db: Database, vault: Vault) -> list[str]:
    async with db.read() as tx:
        return [f"{fault.kind} {fault.number}" for fault in await audit.tie(tx, vault)]


async def verified(db: Database, vault: Vault) -> list[str]:
    async with db.read() as tx:
        return [f"{fault.kind} {fault.number}" for fault in await audit.verify(tx, vault)]


async def test_what_was_written_is_read_and_holds(db: Database, vault: Vault) -> None:
    await write(db, vault, 3)

    assert await tied(db, vault) == []
    assert await verified(db, vault) == []
    async with db.read() as tx:
        found, more = await audit.page(tx, None, None, 2)
    assert [(e.number, e.act, e.discussion, e.detail) for e in found] == [
        (3, "closed", 2, "за 2"),
        (2, "closed", 1, "за 1"),
    ]
    assert more
    assert [audit.who(vault, e) for e in found] == [OPERATOR, OLENA]


async def test_rows_after_the_remembered_one_are_fine(db: Database, vault: Vault) -> None:
    await write(db, vault, 2)
    await tied(db, vault)
    await write(db, vault, 2, first=2)

    assert await verified(db, vault) == []


@pytest.mark.parametrize(
    "change",
    [
        {"act": "published"},
        {"at": NOON + timedelta(days=1)},
        {"actor": b"x" * 16},
        {"label": b"nobody"},
        {"channel": 2},
        {"discussion": 99},
        {"detail": "інше"},
        {"previous": bytes(32)},
        {"digest": bytes(32)},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_a_changed_field_shows(db: Database, vault: Vault, change: dict[str, object]) -> None:
    await write(db, vault, 4)
    await tied(db, vault)

    async with db.write() as tx:
        await tx.execute(update(AuditRow).where(AuditRow.number == 3).values(**change))

    assert f"{Break.CHANGED} 3" in await verified(db, vault)


async def test_a_row_left_out_a_beginning_and_an_end_cut_off_show(db: Database, vault: Vault) -> None:
    await write(db, vault, 6)
    await tied(db, vault)

    async with db.write() as tx:
        await tx.execute(delete(AuditRow).where(AuditRow.number.in_([1, 4, 6])))

    assert await verified(db, vault) == ["missing 1", "missing 4", "cut 6"]


async def test_rows_that_changed_places_show(db: Database, vault: Vault) -> None:
    await write(db, vault, 3)
    await tied(db, vault)

    async with db.write() as tx:
        for number, place in ((1, 99), (2, 1), (99, 2)):
            await tx.execute(update(AuditRow).where(AuditRow.number == number).values(number=place))

    assert {"changed 1", "changed 2"} <= set(await verified(db, vault))


async def test_what_is_written_over_a_cut_end_never_hides_it(db: Database, vault: Vault) -> None:
    await write(db, vault, 5)
    await tied(db, vault)
    async with db.write() as tx:
        await tx.execute(delete(AuditRow).where(AuditRow.number > 3))

    assert await tied(db, vault) == ["cut 4"]
    await write(db, vault, 4, first=20)  # the bot goes on, past the number that is remembered

    assert await tied(db, vault) == ["replaced 5"]
    assert await verified(db, vault) == ["replaced 5"]


async def test_an_emptied_log_shows(db: Database, vault: Vault) -> None:
    await write(db, vault, 2)
    await tied(db, vault)
    async with db.write() as tx:
        await tx.execute(delete(AuditRow))

    assert await tied(db, vault) == ["cut 1"]
    assert await verified(db, vault) == ["cut 1"]


async def test_rows_of_who_has_no_key_show(db: Database, vault: Vault, tmp_path: Path) -> None:
    await write(db, vault, 2)
    await tied(db, vault)
    forger = tmp_path / "forger"
    forger.mkdir()
    await write(db, vault_in(forger, bytes(32)), 1, first=2)

    assert await verified(db, vault) == ["changed 3"]
    assert await tied(db, vault) == ["changed 3"]


async def test_destroying_all_keys_keeps_what_is_remembered(db: Database, vault: Vault) -> None:
    await write(db, vault, 2)
    await tied(db, vault)

    vault.panic()

    assert vault.anchored() is not None
    assert await verified(db, vault) == []


async def test_nobody_is_named_in_the_clear(db: Database, vault: Vault) -> None:
    await write(db, vault, 2)

    async with db.read() as tx:
        found, _ = await audit.page(tx, None, None, 10)
    stored = repr([(e.actor, e.label, e.detail) for e in found])
    assert "Олена" not in stored
    assert "7001" not in stored
