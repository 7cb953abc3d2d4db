"""Log lines go to a file a day, closed to others; old ones are removed."""

import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from bot import logs
from bot.domain.retention import log_of, old_logs
from bot.keystore import KeyStore
from bot.sections import SettingsError
from bot.vault import Vault
from bot.workers.housekeeping import Housekeeping
from tests.conftest import NOON, vault_in


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_lines_go_to_the_file_of_the_day_and_nobody_else_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "dumka.log"
    logs.set_up("json", "info", file=path)
    before = datetime.now(UTC).date()

    structlog.get_logger().info("bot.running", seat=3)
    structlog.get_logger().debug("not.told")
    structlog.get_logger().warning("lease.lost", name="Ї")

    after = datetime.now(UTC).date()
    [written] = list(path.parent.iterdir())
    assert written.name in {log_of(path, before), log_of(path, after)}
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in written.read_text("utf-8").splitlines()]
    assert [(line["event"], line["level"]) for line in lines] == [
        ("bot.running", "info"),
        ("lease.lost", "warning"),
    ]
    assert lines[1]["name"] == "Ї"


def test_file_that_cannot_be_written_is_a_mistake_of_the_operator(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SettingsError, match=r"logging\.file: cannot write"):
        logs.set_up("json", "info", file=tmp_path / "file" / "dumka.log")


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


async def test_old_files_are_removed_and_no_others(tmp_path: Path) -> None:
    vault, path = vault_in(tmp_path), tmp_path / "dumka.log"
    ages = {age: log_of(path, (NOON - timedelta(days=age)).date()) for age in (0, 13, 14, 15, 400)}
    others = ["dumka.log", "dumka.2020-13-45.log", "other.2020-01-01.log", "dumka.2020-01-01.log.gz"]
    for name in (*ages.values(), *others):
        (tmp_path / name).touch()

    await Housekeeping(vault, path, timedelta(days=14)).step(NOON)

    assert names(tmp_path) - {"dumka.keys"} == {ages[0], ages[13], ages[14], *others}


async def test_logs_for_ever_stay(tmp_path: Path) -> None:
    path = tmp_path / "dumka.log"
    (tmp_path / log_of(path, datetime(1999, 1, 1, tzinfo=UTC).date())).touch()

    await Housekeeping(vault_in(tmp_path), path, None).step(NOON)

    assert old_logs(path, names(tmp_path), NOON) == ["dumka.1999-01-01.log"]


async def test_process_drops_what_another_destroyed_within_a_second(tmp_path: Path) -> None:
    mine = vault_in(tmp_path)
    theirs = Vault(bytes(range(32)), KeyStore(mine.store.path, bytes(range(32))))
    name = mine.new_discussion(1, texts=False)
    keeping = Housekeeping(theirs, None, None)
    await keeping.step(NOON)
    mine.destroy([name])

    following = await keeping.step(NOON + timedelta(seconds=1))

    assert following == NOON + timedelta(seconds=2)
    assert name not in theirs._readers


async def test_store_that_is_away_is_told_once(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    keeping = Housekeeping(vault, None, None)
    vault.store.path.unlink()

    with structlog.testing.capture_logs() as lines:
        for second in range(3):
            await keeping.step(NOON + timedelta(seconds=second))

    assert [line["event"] for line in lines] == ["keys.unreadable"]
