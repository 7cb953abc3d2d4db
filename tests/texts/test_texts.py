import re
from importlib.resources import files
from pathlib import Path

import pytest
from fluent.syntax import ast, parse
from fluent.syntax.visitor import Visitor

import bot
from bot.domain import refusals
from bot.domain.refusals import Refusal
from bot.texts import DEFAULT, FALLBACK, Say, language_of, languages


class Variables(Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802 - the visitor's protocol
        self.names.add(node.id.name)


def messages(language: str) -> dict[str, set[str]]:
    """Every message of a language with the variables that it uses."""
    found: dict[str, set[str]] = {}
    for entry in parse((files("bot.texts") / f"{language}.ftl").read_text("utf-8")).body:
        assert not isinstance(entry, ast.Junk), entry.content
        if isinstance(entry, ast.Message):
            variables = Variables()
            variables.visit(entry)
            assert entry.id.name not in found, f"{entry.id.name} stands twice"
            found[entry.id.name] = variables.names
    return found


@pytest.mark.parametrize("language", languages())
def test_every_language_has_every_message_with_the_same_variables(language: str) -> None:
    assert messages(language) == messages(FALLBACK)


def test_every_message_named_in_the_code_exists_and_every_message_is_used() -> None:
    code = "\n".join(path.read_text() for path in Path(bot.__file__).parent.rglob("*.py"))
    named = set(re.findall(r"""(?:plain|html|_count)\((?:say, )?\s*["']([a-z-]+)["']""", code))
    prefixes = set(re.findall(r"""f["']([a-z]+-)\{""", code))
    chosen = set(re.findall(r"""["']((?:close|vote|numbers|voices)-[a-z]+)["']""", code))
    known = set(messages(FALLBACK))
    by_refusals = {kind.text for kind in vars(refusals).values() if _is_refusal(kind)}

    assert named | by_refusals <= known
    unused = {m for m in known - named - chosen - by_refusals if not any(m.startswith(p) for p in prefixes)}
    assert unused == set()


def _is_refusal(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Refusal) and kind is not Refusal


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 голосів"),
        (1, "1 голос"),
        (2, "2 голоси"),
        (5, "5 голосів"),
        (11, "11 голосів"),
        (21, "21 голос"),
        (22, "22 голоси"),
        (112, "112 голосів"),
        (1284, "1\u00a0284 голоси"),
    ],
)
def test_ukrainian_plurals(count: int, words: str) -> None:
    assert Say("uk").plain("voices", count=count) == words


def test_english_plurals() -> None:
    assert [Say("en").plain("thoughts", count=n) for n in (0, 1, 2, 1000)] == [
        "0 opinions",
        "1 opinion",
        "2 opinions",
        "1,000 opinions",
    ]


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("uk", "uk"),
        ("uk-UA", "uk"),
        ("en-GB", "en"),
        ("EN", "en"),
        ("pl", DEFAULT),
        ("", DEFAULT),
        (None, DEFAULT),
    ],
)
def test_language_of_a_client(code: str | None, language: str) -> None:
    assert language_of(code) == language


def test_html_escapes_values_once_and_plain_not_at_all() -> None:
    say = Say("uk")

    assert (
        say.html("close-done", title="<b>&amp;</b>")
        == "🔒 Обговорення «&lt;b&gt;&amp;amp;&lt;/b&gt;» завершено."
    )
    assert say.plain("close-done", title="<b>&amp;</b>") == "🔒 Обговорення «<b>&amp;</b>» завершено."


def test_missing_variable_and_unknown_message_are_bugs() -> None:
    with pytest.raises(ValueError, match="close-done"):
        Say("uk").plain("close-done")
    with pytest.raises(LookupError):
        Say("uk").plain("no-such-message-at-all")
