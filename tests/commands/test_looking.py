"""Commands that need only the database: no Telegram, no token, no running bot."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.commands.conftest import Office

POST = ("post", "article.txt", "--channel", "@novyny")


@pytest.fixture
async def queued(office: Office, migrated: Path) -> Office:
    """One discussion in the database, and then neither a token nor a server."""
    shutil.copy(migrated, office.folder / "dumka.db")
    await office.connect()
    office.write("article.txt", "Мости [bold]\n\nМіст відкрили.\n\nЧи потрібен ще один?\n")
    await office.dumka(*POST, "--option", "Так", "--option", "Ні")
    office.write("config.toml", "")
    return office


async def test_tally_of_an_open_discussion_says_no_more_than_readers_see(queued: Office) -> None:
    """Thirteen have voted, and what was published of them is nine."""
    with sqlite3.connect(queued.folder / "dumka.db") as db:
        db.execute("UPDATE ballot SET step = 5, minimum = 8")
        db.execute("UPDATE option SET shown = 9, published = 9, taken = 11 WHERE id = 1")
        db.execute("UPDATE discussion SET comments = 2, private = 9")
        for option, votes in ((1, 13), (2, 2)):
            db.execute("INSERT INTO option_count VALUES (1, ?, 0, ?, 1)", (option, votes))

    table, line, listed = [
        await queued.dumka(*words) for words in (("tally", 1), ("tally", 1, "--json"), ("list", "--json"))
    ]

    assert "│ Так    │         9 │" in table.out
    assert "│ Ні     │        <5 │" in table.out
    assert "│ Voters │ 9 or more │" in table.out
    assert json.loads(line.out)["ballot"] == {
        "exact": False,
        "step": 5,
        "withheld": None,
        "voters": 9,
        "options": [
            {"label": "Так", "votes": 9, "share": None},
            {"label": "Ні", "votes": None, "share": None},
        ],
    }
    assert json.loads(listed.out)["voters"] == 9
    assert "Opinions: 7 or more (2 comments, 5 or more private)" in table.out
    assert json.loads(line.out)["opinions"] == {"comments": 2, "private": 5}
    assert json.loads(listed.out)["opinions"] == 7
    assert json.loads(line.out)["brigading"] is None
    await queued.dumka("close", 1)
    closed = await queued.dumka("tally", 1, "--json")
    assert json.loads(closed.out)["ballot"]["voters"] == 15
    assert json.loads(closed.out)["opinions"] == {"comments": 2, "private": 9}
    assert json.loads((await queued.dumka("list", "--json")).out)["opinions"] == 11
    assert "Opinions: 11 (2 comments, 9 private)" in (await queued.dumka("tally", 1)).out


async def test_adjusted_votes_stand_beside_the_raw_ones(queued: Office) -> None:
    with sqlite3.connect(queued.folder / "dumka.db") as db:
        db.execute("""UPDATE ballot SET step = 5, minimum = 5, signs = '["burst", "strangers"]'""")
        db.execute("UPDATE option SET shown = 9 WHERE id = 1")
        for option, votes, members, strangers in ((1, 40, 10, 20), (2, 3, 1, 0)):
            db.execute("INSERT INTO option_count VALUES (1, ?, 0, ?, 1)", (option, votes))
            db.execute("INSERT INTO sample VALUES (1, ?, ?, ?)", (option, members, strangers))

    live = [await queued.dumka("tally", 1), await queued.dumka("tally", 1, "--json")]
    await queued.dumka("close", 1)
    closed = [await queued.dumka("tally", 1), await queued.dumka("tally", 1, "--json")]

    signs = ["burst", "strangers"]
    assert json.loads(live[1].out)["brigading"] == {"signs": signs, "adjusted": [3, None]}
    assert json.loads(closed[1].out)["brigading"] == {"signs": signs, "adjusted": [13, 3]}
    assert "│ Так    │         9 │       │       ~3 │" in live[0].out
    assert "│ Так    │    40 │  93 % │      ~13 │" in closed[0].out
    assert "Signs of brigading: burst, strangers; the rule is in docs/brigading.md." in closed[0].out
    assert max(map(len, live[0].out.splitlines())) <= 80


async def test_tally_as_a_table_fits_eighty_columns(queued: Office) -> None:
    shown = await queued.dumka("tally", 1)

    assert (shown.code, shown.err) == (0, "")
    assert max(map(len, shown.out.splitlines())) <= 80
    assert shown.out.splitlines()[:3] == ["Мости [bold]", "No. 1 · queued · @novyny", "Чи потрібен ще один?"]
    assert "│ Так    │     0 │   0 % │" in shown.out


async def test_list_shows_what_there_is(queued: Office) -> None:
    table = await queued.dumka("list")
    lines = await queued.dumka("list", "--json")

    assert "Мости [bold]" in table.out
    line = json.loads(lines.out)
    assert line == {
        "discussion": 1,
        "title": "Мости [bold]",
        "state": "queued",
        "channel": "@novyny",
        "created": line["created"],
        "voters": 0,
        "opinions": 0,
    }


async def test_opinions_of_a_silent_discussion_are_nothing(queued: Office) -> None:
    shown = await queued.dumka("opinions", 1, "--json")

    assert (shown.code, shown.out, shown.err) == (0, "", "")


async def test_close_is_told_once(queued: Office) -> None:
    first = await queued.dumka("close", 1)
    again = await queued.dumka("close", 1)

    assert first.out == "Discussion 1 is closed; a running bot shows the final counts in the channel.\n"
    assert again.out == "Discussion 1 was closed already.\n"


async def test_unknown_discussion_is_refused(queued: Office) -> None:
    ended = [await queued.dumka(command, 9) for command in ("tally", "opinions", "close")]

    assert [(e.code, e.out, e.err) for e in ended] == [(2, "", "There is no such discussion.\n")] * 3


async def test_post_to_a_known_channel_needs_no_telegram(queued: Office) -> None:
    piped = await queued.dumka("post", "-", "--channel", queued.ids["channel"], stdin="Другий заголовок\n")

    assert (piped.code, piped.out, piped.err) == (0, "2\n", "")


async def test_refused_options_queue_nothing(queued: Office) -> None:
    ended = await queued.dumka(*POST, "--option", "Так")

    listed = await queued.dumka("list", "--json")
    assert (ended.code, ended.err) == (2, "There must be 2 to 12 options.\n")
    assert listed.out.count("\n") == 1


async def test_migrate_says_from_where_to_where(office: Office) -> None:
    made = await office.dumka("migrate")
    again = await office.dumka("migrate")

    newest = again.out.split()[-2]
    path = office.folder / "dumka.db"
    assert made.out == f"{path}: from nothing to {newest}.\n"
    assert again.out == f"{path} is at {newest} already.\n"


async def test_settings_are_found_before_and_after_the_command(queued: Office) -> None:
    queued.write("news.toml", "")

    shown = [
        await queued.dumka("--config", "news.toml", "list", "--json"),
        await queued.dumka("list", "--json", "--config", "news.toml"),
    ]

    assert [ended.out.count("Мости") for ended in shown] == [1, 1]
