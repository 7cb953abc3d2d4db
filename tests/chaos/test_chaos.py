"""Chaos from a seed against a crowd with a known truth: afterwards everything is exact.

``make chaos`` makes harder and longer rounds, each with a new seed.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.rounds import Setting, free_port, round_of
from tests.chaos.stores import PostgresStore, SqliteStore, Store, postgres_store
from tests.chaos.strikes import Severity

SHORT = Severity(seconds=15, kills=25, outage=2.5, away=3.5, long_wait=6, jump=7200)
LONG = Severity(seconds=150, kills=60, outage=60, away=20, long_wait=40, jump=6 * 3600)


@pytest.fixture(params=["postgresql", "sqlite"])  # the longest first
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        yield SqliteStore(tmp_path / "dumka.db")
        return
    with postgres_store(free_port()) as server:
        yield server


@pytest.mark.timeout(400)
@pytest.mark.parametrize("mode", ["webhook", "polling"])
async def test_chaos_leaves_everything_exact(
    store: Store, mode: str, tmp_path: Path, minutes: float | None, first_seed: int | None
) -> None:
    began, number = time.monotonic(), 0
    port = free_port() if mode == "webhook" else None
    workers = 2 if port is not None and isinstance(store, PostgresStore) else 1
    setting = Setting(first_seed or 1, LONG, port, workers)
    if minutes is None:
        setting = replace(setting, severity=SHORT, readers=80, acts_a_second=60.0, articles=4)
    while True:
        folder = tmp_path / f"round-{number}"
        folder.mkdir()
        fresh = await store.fresh(number)
        async with round_of(replace(setting, seed=setting.seed + number), folder, fresh) as round_:
            await round_.play()
            print(round_.summary())  # noqa: T201 - read with -s
        number += 1
        if minutes is None or time.monotonic() - began > minutes * 60:
            return
