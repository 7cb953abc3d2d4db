"""A channel's own language, layout, question and options."""

import json
import shutil
from pathlib import Path

import pytest

from tests.commands.conftest import Office

POST = ("post", "article.txt", "--channel", "@novyny")


@pytest.fixture
async def connected(office: Office, migrated: Path) -> Office:
    shutil.copy(migrated, office.folder / "dumka.db")
    await office.connect()
    office.write("article.txt", "Bridges\n\nA bridge was opened.\n")
    await office.dumka(*POST)
    return office


async def test_settings_are_listed_changed_and_taken_back(connected: Office) -> None:
    numbers = "  results default, step default, minimum default, watch default\n  moderation default\n"
    listed = await connected.dumka("channel")
    changed = await connected.dumka(
        "channel", "@novyny", "--language", "en", "--layout", "together", "--question", "Good?", "--option", "Yes",
        "--option", "No",
    )  # fmt: skip
    back = await connected.dumka("channel", "@novyny", "--question", "default", "--option", "default")

    assert listed.out == (
        "@novyny  Новини\n  language uk, layout auto, group yes\n  question: default\n  options: default\n"
        + numbers
    )
    assert changed.out == (
        "@novyny  Новини\n  language en, layout together, group yes\n  question: Good?\n  options: Yes | No\n"
        + numbers
    )
    assert back.out == (
        "@novyny  Новини\n  language en, layout together, group yes\n  question: default\n  options: default\n"
        + numbers
    )


async def test_moderation_is_set_and_taken_back(connected: Office) -> None:
    before = await connected.dumka("channel", "@novyny", "--moderation", "pre")
    back = await connected.dumka("channel", "@novyny", "--moderation", "default")
    wrong = await connected.dumka("channel", "@novyny", "--moderation", "sometimes")

    assert before.out.endswith("  moderation pre\n")
    assert back.out.endswith("  moderation default\n")
    assert wrong.code == 2


async def test_next_article_follows_the_settings(connected: Office) -> None:
    await connected.dumka("channel", "@novyny", "--question", "Good?", "--option", "Yes", "--option", "No")

    await connected.dumka(*POST)
    shown = await connected.dumka("tally", 2)

    assert "Good?" in shown.out
    assert "│ Yes    │" in shown.out


async def test_how_numbers_are_shown_is_set_for_ballots_to_come_and_taken_back(connected: Office) -> None:
    changed = await connected.dumka(
        "channel", "@novyny", "--results", "after_close", "--step", "7", "--minimum", "20", "--watch"
    )
    await connected.dumka(*POST)
    first, second = await connected.dumka("tally", 1, "--json"), await connected.dumka("tally", 2, "--json")
    back = await connected.dumka(
        "channel",
        "@novyny",
        "--results",
        "default",
        "--step",
        "default",
        "--minimum",
        "default",
        "--no-watch",
    )

    assert changed.out.splitlines()[-2] == "  results after_close, step 7, minimum 20, watch yes"
    assert back.out.splitlines()[-2] == "  results default, step default, minimum default, watch no"
    shown = [json.loads(each.out)["ballot"] for each in (first, second)]
    assert [(each["step"], each["withheld"]) for each in shown] == [(1, None), (7, "close")]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("@nowhere", "--layout", "auto"),
            "no channel @nowhere is connected; `dumka channel` lists those that are.",
        ),
        (("@novyny", "--language", "xx"), "--language must be one of en, uk."),
        (("@novyny", "--step", "0"), "--step must be 1 to 1000, or default."),
        (("@novyny", "--minimum", "many"), "--minimum must be 1 to 10000, or default."),
        (("@novyny", "--option", "Yes"), "There must be 2 to 12 options."),
        (("@novyny", "--question", "x" * 301), "The question must have 1 to 300 characters."),
    ],
)
async def test_mistakes_are_told_and_change_nothing(
    connected: Office, words: tuple[str, ...], sentence: str
) -> None:
    before = await connected.dumka("channel")

    refused = await connected.dumka("channel", *words)

    assert (refused.code, refused.out, refused.err) == (2, "", sentence + "\n")
    assert (await connected.dumka("channel")).out == before.out
