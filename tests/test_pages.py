"""What the documents name is there, and no file names the machine that it was written on."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
THREATS = ROOT / "docs" / "threats.md"

CODE = re.compile(r"```[\s\S]*?```|^ {4}.*$|`[^`\n]+`", re.MULTILINE)  # fenced, indented, within a line
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MAKE = re.compile(r"(?:^|[\s`])make((?: [\w=.-]+)+)")
PLACE = re.compile(r"`((?:bench|bot|db|docs|tests)/[\w./-]*)(?:::(\w+))?`")
MACHINE = re.compile(r"(?<![\w.])/(?:root|work|home/\w+)/")
INDEX = re.compile(r"\w+://[^\s\"']+/simple\b|pypi[.]org|python[h]osted")


@cache
def ours() -> tuple[Path, ...]:
    """Files under version control, or about to be."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone: which files are ours is not known")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return tuple(path for name in found.split("\0") if name and (path := ROOT / name).is_file())


def documents() -> list[Path]:
    return [path for path in ours() if path.suffix == ".md"]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def in_code(path: Path) -> Iterator[str]:
    return (found[0] for found in CODE.finditer(path.read_text("utf-8")))


def declared() -> set[str]:
    """The direct dependencies, by the names under which ``pyproject.toml`` asks for them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lists = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
        project["build-system"]["requires"],
    ]
    return {
        re.split(r"[\[<>=~! ;]", wanted, maxsplit=1)[0]
        for each in lists
        for wanted in each
        if isinstance(wanted, str)
    }


def test_relative_links_lead_to_files() -> None:
    broken = [
        f"{name(page)}: {target}"
        for page in documents()
        for target in LINK.findall(CODE.sub("", page.read_text("utf-8")))
        if "://" not in target and not (page.parent / target.split("#")[0]).exists()
    ]

    assert broken == []


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {
        (name(page), word)
        for page in documents()
        for code in in_code(page)
        for words in MAKE.findall(code)
        for word in words.split()
        if word.isalpha()
    }

    assert {word for _, word in named} >= {"demo", "test", "check"}
    assert {(page, word) for page, word in named if word not in targets} == set()


def test_places_named_in_the_guides_exist() -> None:
    gone = []
    for page in (ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", THREATS):
        for place, test in PLACE.findall(page.read_text("utf-8")):
            path = ROOT / place
            if not re.search(r"NAME|CODE", place) and not path.exists():
                gone.append(place)
            elif test and f"def {test}(" not in path.read_text("utf-8"):
                gone.append(f"{place}::{test}")

    assert gone == []


def test_every_promise_names_the_attack_that_keeps_it() -> None:
    _, _, promised = THREATS.read_text("utf-8").partition("## What is promised")
    rows = [line for line in promised.splitlines() if line.startswith("| ") and not line.startswith("| ---")]

    assert [row for row in rows[1:] if "`tests/attacks/" not in row] == []
    assert len(rows) > 5


def test_every_dependency_has_its_reason_and_no_other_is_named() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")

    assert set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)) == declared()


def test_no_file_names_a_machine_or_a_package_index() -> None:
    guilty = []
    for path in ours():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # no text
        guilty += [
            f"{name(path)}: {found[0]}" for pattern in (INDEX, MACHINE) for found in pattern.finditer(text)
        ]

    assert guilty == []
