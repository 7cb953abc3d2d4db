"""Shared by all tests: a migrated database to copy, and a clock that is set by hand."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot.vault import Vault
from db import migrate
from db.engine import Database

# The machine that runs the tests may be busy with other workers: a slow example is no failure.
settings.register_profile("dumka", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("dumka")

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class HandClock:
    """Stands still until somebody moves it."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def seconds(self) -> float:
        return self._now.timestamp()

    def pass_(self, **span: float) -> None:
        self._now += timedelta(**span)

    def set(self, moment: datetime) -> None:
        self._now = max(self._now, moment)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrating takes a hundred times as long as copying what was migrated."""
    path = tmp_path_factory.mktemp("migrated") / "dumka.db"
    asyncio.run(migrate.upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
def database_path(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated, tmp_path / "dumka.db"))


@pytest.fixture
async def db(database_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{database_path}")
    yield database
    await database.close()


@pytest.fixture
def vault() -> Vault:
    return Vault(bytes(range(32)))
