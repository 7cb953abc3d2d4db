"""How long things are kept is checked when it is set, and told by the doctor."""

import sqlite3
from contextlib import closing

import pytest
from pydantic import ValidationError

from bot.sections import Retention
from tests.commands.conftest import Office


async def test_doctor_tells_each_kind_with_its_oldest(office: Office) -> None:
    assert (await office.dumka("migrate")).code == 0
    with closing(sqlite3.connect(office.folder / "dumka.db", isolation_level=None)) as connection:
        connection.execute(
            "INSERT INTO draft (id, editor, article, created_at) VALUES (1, x'00', '{}', '2020-01-02 00:00:00.000000')"
        )

    told = (await office.dumka("doctor")).out.splitlines()

    lines = [line for line in told if " retention." in line]
    assert [line.split(":")[0] for line in lines] == [
        "OK retention.keys",
        "OK retention.longest",
        "OK retention.opinions",
        "!! retention.drafts",
        "OK retention.failed_updates",
        "OK retention.outbox",
        "OK retention.applied_updates",
    ]
    assert lines[3] == (
        "!! retention.drafts: unpublished articles are kept for 7d; the oldest is of 2020-01-02, which is too old:"
        " is `dumka run` running?"
    )
    assert (
        lines[2] == "OK retention.opinions: opinions of closed discussions are kept for ever; there are none"
    )


def test_update_ids_are_kept_for_as_long_as_telegram_repeats_them() -> None:
    with pytest.raises(ValidationError, match="must be 24h at least"):
        Retention(applied_updates="23h")
    assert Retention(applied_updates="24h").spans().applied_updates is not None
