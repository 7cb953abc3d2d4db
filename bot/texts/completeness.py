"""Whether every language says all there is to say, with the values that the code gives."""

from importlib.resources import files

from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

from bot.texts import FALLBACK, languages


class _Variables(Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802 - the visitor calls it so
        self.names.add(node.id.name)


def faults() -> list[str]:
    """A sentence for each message that a language lacks, has too many, or says with other variables."""
    wanted = _messages(FALLBACK)
    found: list[str] = []
    for language in languages():
        has = _messages(language)
        found += [f"{language} lacks {name}" for name in sorted(wanted.keys() - has.keys())]
        found += [f"{language} has {name}, which nobody says" for name in sorted(has.keys() - wanted.keys())]
        found += [
            f"{language} says {name} with other variables"
            for name in sorted(wanted.keys() & has.keys())
            if wanted[name] != has[name]
        ]
    return found


def _messages(language: str) -> dict[str, frozenset[str]]:
    """The variables of each message; what cannot be parsed counts as a message of its own."""
    text = (files("bot.texts") / f"{language}.ftl").read_text("utf-8")
    messages: dict[str, frozenset[str]] = {}
    for entry in FluentParser().parse(text).body:
        if isinstance(entry, ast.Message):
            variables = _Variables()
            variables.visit(entry)
            messages[entry.id.name] = frozenset(variables.names)
        elif isinstance(entry, ast.Junk):
            messages[f"what stands at {(entry.content or '')[:30]!r}"] = frozenset()
    return messages
