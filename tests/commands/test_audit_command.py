"""What an operator does is written down, and ``dumka audit`` shows it and what was done to it."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands.conftest import Office


@pytest.fixture
async def busy(office: Office, migrated: Path) -> Office:
    """An installation with a few acts."""
    shutil.copy(migrated, office.folder / "dumka.db")
    await office.connect()
    office.write("article.txt", "Мости\n\nМіст відкрили.\n\nЧи потрібен ще один?\n")
    await office.dumka("post", "article.txt", "--channel", "@novyny")
    await office.dumka("channel", "@novyny", "--layout", "together")
    await office.dumka("opinions", 1)
    await office.dumka("backup", "copy.age", "--quiet")
    await office.dumka("close", 1)
    return office


def change(office: Office, statement: str) -> None:
    with closing(sqlite3.connect(office.folder / "dumka.db")) as connection, connection:
        connection.execute(statement)


async def test_acts_of_the_operator_are_written_down(busy: Office) -> None:
    shown = await busy.dumka("audit", "--json")
    lines = await busy.dumka("audit", "--limit", 1)

    rows = [json.loads(line) for line in shown.out.splitlines()]
    assert [(row["number"], row["who"], row["act"], row["discussion"]) for row in rows] == [
        (5, "operator", "closed", 1),
        (4, "operator", "backed-up", None),
        (3, "operator", "read-opinions", 1),
        (2, "operator", "configured", None),
        (1, "operator", "published", 1),
    ]
    assert lines.out.endswith("the operator  closed  channel 1  discussion 1\n")


async def test_looking_is_no_act(busy: Office) -> None:
    for command in (
        ("list",),
        ("tally", 1),
        ("channel",),
        ("audit",),
        ("channel", "@novyny", "--layout", "together"),
    ):
        await busy.dumka(*command)

    assert (
        await busy.dumka("audit", "--verify")
    ).out == "The log holds: 5 rows, none missing, none changed.\n"


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DELETE FROM audit WHERE number > 3", "the end is cut off: row 4 and those after it are missing"),
        ("DELETE FROM audit WHERE number = 2", "row 2 is missing"),
        ("UPDATE audit SET act = 'published' WHERE number = 3", "row 3 was changed"),
        ("DELETE FROM audit", "the end is cut off: row 1 and those after it are missing"),
    ],
)
async def test_what_was_done_to_the_log_shows(busy: Office, statement: str, sentence: str) -> None:
    change(busy, statement)

    ended = await busy.dumka("audit", "--verify")
    checked = await busy.dumka("check")
    as_json = await busy.dumka("audit", "--verify", "--json")

    assert (ended.code, ended.out) == (1, f"The log does not hold: {sentence}.\n")
    assert checked.code == 1
    assert sentence in checked.out
    assert json.loads(as_json.out)["faults"] == [sentence]


async def test_a_restored_backup_says_how_far_the_log_had_reached(busy: Office) -> None:
    await busy.dumka("restore", "copy.age", "--replace", "--quiet")

    verified = await busy.dumka("audit", "--verify")
    row = json.loads((await busy.dumka("audit", "--json", "--limit", 1)).out)

    assert (verified.code, verified.out) == (0, "The log holds: 4 rows, none missing, none changed.\n")
    assert row["act"] == "restored"
    assert row["detail"].endswith("the log had reached row 5")
