"""The crowd's run, once for each database and process of the tests: its evidence is only looked at."""

import asyncio
from pathlib import Path

import pytest

from tests.attacks.scene import Evidence, play

KINDS = ("sqlite", "postgresql")
_played: dict[str, Evidence] = {}


@pytest.fixture(params=KINDS)
def evidence(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    kind: str = request.param
    if kind not in _played:
        _played[kind] = asyncio.run(play(kind, Path(tmp_path_factory.mktemp(f"crowd-{kind}"))))
    return _played[kind]
