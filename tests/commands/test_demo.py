"""``dumka demo`` as an operator runs it."""

import json
import subprocess
from pathlib import Path

import pytest

from bot.demo.process import dumka, environment

PATIENCE = 300  # seconds; a fraction of that, unless other tests keep the processors busy
pytestmark = pytest.mark.timeout(PATIENCE)


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        dumka(*words), capture_output=True, encoding="utf-8", timeout=PATIENCE, env=environment(), check=False
    )


def test_demo_of_a_small_crowd_agrees_and_leaves_what_can_be_looked_at(tmp_path: Path) -> None:
    folder = tmp_path / "demo"

    first = run("demo", "--readers", "60", "--folder", folder, "--plain")
    tally = run("--config", folder / "config.toml", "tally", "1", "--json")
    opinions = run("--config", folder / "config.toml", "opinions", "1", "--json")

    assert (first.returncode, first.stderr) == (0, "")
    assert "They agree" in first.stdout
    assert "differs" not in first.stdout
    counted = json.loads(tally.stdout)
    assert counted["state"] == "closed"
    assert counted["ballot"]["voters"] == sum(option["votes"] for option in counted["ballot"]["options"]) > 40
    said = sum(counted["opinions"].values())
    assert len(opinions.stdout.rstrip("\n").split("\n")) == said > 5


def test_demo_leaves_a_folder_alone_that_no_demo_made(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("не чіпати", "utf-8")

    done = run("demo", "--readers", "60", "--folder", tmp_path, "--plain")

    assert done.returncode == 2
    assert (
        done.stderr
        == f"{tmp_path} holds something that no demo has left there; name another folder with --folder.\n"
    )
    assert [(path.name, path.read_text("utf-8")) for path in tmp_path.iterdir()] == [
        ("letter.txt", "не чіпати")
    ]


def test_demo_of_an_article_that_cannot_be_read_starts_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "demo"

    done = run("demo", tmp_path / "none.txt", "--folder", folder, "--plain")

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert not folder.exists()
