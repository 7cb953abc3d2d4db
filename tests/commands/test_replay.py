"""``dumka replay``: what met a bug is applied once more."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, insert

from bot.vault import Vault
from db.models import AppliedUpdateRow, FactRow, FailedUpdateRow
from tests.commands.conftest import Office
from tests.filling import NOON

KEY = bytes(range(32))
SECRET = "Слова читача"


@pytest.fixture
def kept(office: Office, migrated: Path) -> Office:
    """Three updates are kept: 901 and 903 can be applied now, 902 still meets a bug."""
    (office.folder / "dumka.db").write_bytes(migrated.read_bytes())
    office.write("dumka.key", KEY.hex()).chmod(0o600)
    reader = {"id": office.ids["owner"], "is_bot": False, "first_name": "О"}

    def message(number: int, text: str) -> dict[str, Any]:
        chat = {"id": reader["id"], "type": "private", "first_name": "О"}
        said = {
            "message_id": number,
            "date": int(NOON.timestamp()),
            "chat": chat,
            "from": reader,
            "text": text,
        }
        return {"update_id": number, "message": said}

    updates = {
        901: message(901, SECRET),
        902: {"update_id": 902, "message": {"text": SECRET}},
        903: message(903, "/help"),
    }
    engine = create_engine(f"sqlite:///{office.folder / 'dumka.db'}")
    vault = Vault(KEY)
    with engine.begin() as connection:
        connection.execute(insert(FactRow).values(name="key", value=vault.fingerprint()))
        for number, update in updates.items():
            raw = vault.seal(json.dumps(update))
            row = {"update_id": number, "raw": raw, "error": "KeyError at old.py:1", "failed_at": NOON}
            connection.execute(insert(FailedUpdateRow).values(row))
            connection.execute(insert(AppliedUpdateRow).values(update_id=number, day=20_000))
    engine.dispose()
    return office


def sql(office: Office, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(office.folder / "dumka.db")) as connection:
        return connection.execute(statement).fetchall()


async def test_list_shows_number_time_and_error_and_no_word_of_anybody(kept: Office) -> None:
    plain = await kept.dumka("replay", "--list")
    for_programs = await kept.dumka("replay", "--list", "--json", 902)

    assert (plain.code, plain.err) == (0, "")
    assert plain.out.splitlines() == [
        f"{number}  2026-11-23T12:00:00+00:00  KeyError at old.py:1" for number in (901, 902, 903)
    ]
    assert json.loads(for_programs.out) == {
        "update": 902, "failed_at": "2026-11-23T12:00:00+00:00", "error": "KeyError at old.py:1",
    }  # fmt: skip


async def test_what_works_goes_and_what_fails_again_stays_with_its_new_error(kept: Office) -> None:
    done = await kept.dumka("replay")

    lines = done.out.splitlines()
    assert done.code == 1
    assert (lines[0], lines[2]) == ("901: applied", "903: applied")
    assert lines[1].startswith("902: failed again: ")
    assert SECRET not in done.out + done.err
    [(number, error)] = sql(kept, "SELECT update_id, error FROM failed_update")
    assert number == 902
    assert error != "KeyError at old.py:1"
    assert sql(kept, "SELECT update_id FROM applied_update ORDER BY 1") == [(901,), (902,), (903,)]
    assert sql(kept, "SELECT count(*) FROM outbox") == [(2,)]  # the answers to 901 and 903

    again = await kept.dumka("replay", 902)
    assert again.code == 1
    assert sql(kept, "SELECT count(*) FROM outbox") == [(2,)]


async def test_named_ones_alone_are_applied(kept: Office) -> None:
    done = await kept.dumka("replay", 903)

    assert (done.code, done.out) == (0, "903: applied\n")
    assert sql(kept, "SELECT update_id FROM failed_update ORDER BY 1") == [(901,), (902,)]


async def test_dropped_ones_are_gone_and_not_applied(kept: Office) -> None:
    done = await kept.dumka("replay", "--drop", 901, 902)

    assert (done.code, done.out, done.err) == (0, "2 dropped.\n", "")
    assert sql(kept, "SELECT update_id FROM failed_update") == [(903,)]
    assert sql(kept, "SELECT count(*) FROM outbox") == [(0,)]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--drop",), "--drop needs the id of an update; `dumka replay --list` shows them."),
        (("--drop", "--list", 901), "--list and --drop do not go together."),
        ((901, 904), "no update 904 is kept; `dumka replay --list` shows those that are."),
        (("--drop", 901, 904), "no update 904 is kept; `dumka replay --list` shows those that are."),
    ],
)
async def test_mistakes_are_told_and_change_nothing(
    kept: Office, words: tuple[Any, ...], sentence: str
) -> None:
    ended = await kept.dumka("replay", *words)

    assert (ended.code, ended.out, ended.err) == (2, "", sentence + "\n")
    assert sql(kept, "SELECT count(*) FROM failed_update") == [(3,)]


async def test_it_works_beside_the_running_bot(kept: Office) -> None:
    async with kept.bot():
        done = await kept.dumka("replay", 901, 903)
        await asyncio.wait_for(kept.called("sendMessage"), 30)

    assert (done.code, done.out) == (0, "901: applied\n903: applied\n")
