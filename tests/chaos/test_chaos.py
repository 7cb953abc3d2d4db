"""Chaos from a seed against a crowd with a known truth: afterwards everything is exact."""

import socket
import time
from pathlib import Path

import pytest

from tests.chaos.rounds import Setting, round_of
from tests.chaos.stores import SqliteStore
from tests.chaos.strikes import Severity

SHORT = Severity(seconds=30, kills=25, outage=2.5, away=4, long_wait=6, jump=7200)
LONG = Severity(seconds=150, kills=60, outage=60, away=20, long_wait=40, jump=6 * 3600)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.timeout(300)
async def test_nothing_is_lost_polling_on_sqlite(tmp_path: Path, minutes: float | None, first_seed: int | None) -> None:
    began, number = time.monotonic(), 0
    while True:
        folder = tmp_path / f"round-{number}"
        folder.mkdir()
        seed = (first_seed if first_seed is not None else 1) + number
        setting = Setting(seed, SHORT if minutes is None else LONG, None)
        async with round_of(setting, folder, SqliteStore(folder / "dumka.db")) as round_:
            await round_.play()
            print(round_.summary())
        number += 1
        if minutes is None or time.monotonic() - began > minutes * 60:
            return
