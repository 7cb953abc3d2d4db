"""Nothing that staff may do is only named: each act is written down by some code, and has its words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
from bot.domain.audit import Act
from bot.texts import Say, languages

RECORD = {"record", "note", "note_alone"}  # what writes a row, wherever it is imported from
SOURCES = [path for path in Path(bot.__file__).parent.rglob("*.py") if "sandbox" not in path.parts]


def acts_in(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == "Act":
            yield each.attr


def recorded_in(function: ast.AST) -> Iterator[str]:
    """Acts that stand in a call that records, or in what was chosen for one under the name ``act`` just before."""
    for each in ast.walk(function):
        if isinstance(each, ast.Call) and name_of(each.func) in RECORD:
            yield from acts_in(each)
            if any(isinstance(given, ast.Name) and given.id == "act" for given in each.args):
                yield from chosen_in(function)


def chosen_in(function: ast.AST) -> Iterator[str]:
    for each in ast.walk(function):
        if isinstance(each, ast.Assign) and [name_of(target) for target in each.targets] == ["act"]:
            yield from acts_in(each.value)


def name_of(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None


def functions() -> Iterator[ast.AST]:
    for path in SOURCES:
        for each in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                yield each


@pytest.fixture(scope="module")
def recorded() -> set[str]:
    return {act for function in functions() for act in recorded_in(function)}


@pytest.mark.parametrize("act", list(Act), ids=str)
def test_each_act_is_recorded_somewhere(act: Act, recorded: set[str]) -> None:
    assert act.name in recorded


@pytest.mark.parametrize("source", ["def f(): x = Act.MUTED", "def f(): audit.look(Act.MUTED)"])
def test_an_act_that_is_only_mentioned_counts_for_nothing(source: str) -> None:
    assert list(recorded_in(ast.parse(source))) == []


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("act", list(Act), ids=str)
def test_each_act_has_its_words(language: str, act: Act) -> None:
    assert Say(language).plain(f"act-{act}")
