"""The crowd's run, once for each database and process of the tests: its evidence is only looked at."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.attacks.scene import Evidence, play
from tests.conftest import HandClock
from tests.flows.conftest import Chat, newsroom_with_bot

KINDS = ("sqlite", "postgresql")
_played: dict[str, Evidence] = {}


@pytest.fixture(params=KINDS)
def evidence(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    kind: str = request.param
    if kind not in _played:
        _played[kind] = asyncio.run(play(kind, Path(tmp_path_factory.mktemp(f"crowd-{kind}"))))
    return _played[kind]


@pytest.fixture
async def chat(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Chat]:
    async with newsroom_with_bot(database_url, tmp_path, clock) as world:
        await world.connect()
        yield world
