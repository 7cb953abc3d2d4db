"""What is written down is all there is."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
import tomlkit
import typer
from pydantic import BaseModel

from bot.__main__ import app
from bot.commands.init import settings_text
from bot.config import Settings
from bot.texts import languages
from bot.texts.completeness import faults

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "commands.md").read_text("utf-8")
EXAMPLE = (ROOT / "config.example.toml").read_text("utf-8")
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group has them


def chapter(command: str) -> str:
    found = re.search(rf"^## dumka {command}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/commands.md says nothing of dumka {command}"
    return found[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_command_is_documented_with_its_options_and_an_example(command: str) -> None:
    text = chapter(command)

    options = [name for option in COMMANDS[command].params for name in option.opts if name.startswith("--")]
    assert [name for name in options if name not in text and name != "--config"] == []
    assert f"dumka {command}" in text


def test_no_command_is_documented_that_there_is_not() -> None:
    assert set(re.findall(r"^## dumka (\S+)$", PAGE, re.MULTILINE)) == set(COMMANDS)


def settings(model: type[BaseModel], section: str = "") -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings(field.annotation, name)
        else:
            yield section, name


def test_example_names_every_setting_and_no_other() -> None:
    named = []
    section = ""
    for line in EXAMPLE.splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            section = heading[1]
        elif setting := re.match(r"(?:# )?(\w+) = ", line):
            named.append((section, setting[1]))

    assert sorted(named) == sorted(settings(Settings))


def test_example_with_every_default_uncommented_is_valid() -> None:
    text = re.sub(r"^# (\w+ = )", r"\1", EXAMPLE, flags=re.MULTILINE)
    text = re.sub(
        r"^(token_file|key_command) =.*\n", "", text, flags=re.MULTILINE
    )  # instead of the one before

    shown, defaults = Settings(**tomlkit.parse(text).unwrap()), Settings()

    assert shown.database == defaults.database
    assert shown.secrets.key_store == Path("dumka.keys") == defaults.secrets.store
    one_of_many = {"key": None, "key_command": None, "key_store": None}
    assert shown.secrets.model_copy(update=one_of_many) == defaults.secrets
    for section in ("privacy", "brigading", "retention", "panic"):
        assert getattr(shown, section) == getattr(defaults, section)
    assert shown.moderation.model_copy(update={"roots": None}) == defaults.moderation
    assert shown.logging.model_copy(update={"file": None}) == defaults.logging
    assert shown.telegram.api_base_url == defaults.telegram.api_base_url
    assert shown.defaults.model_copy(update={"question": None, "options": None}) == defaults.defaults


def test_package_holds_the_example() -> None:
    assert (files("bot") / "config.example.toml").read_text("utf-8") == EXAMPLE


@pytest.mark.parametrize("language", languages())
def test_init_keeps_the_explanations(language: str) -> None:
    text = settings_text({"token": '1:A"\\b'}, language)

    comments = [line for line in EXAMPLE.splitlines() if line.startswith("#") and " = " not in line]
    assert [line for line in text.splitlines() if line.startswith("#") and " = " not in line] == comments
    assert tomlkit.parse(text)["telegram"]["token"] == '1:A"\\b'


def test_every_language_says_everything() -> None:
    assert faults() == []
