"""Shared by all tests: migrated databases to copy, and a clock that is set by hand.

What asks for ``db``, ``database_url`` or a fixture made of them runs on each database.
"""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot.keystore import KeyStore
from bot.vault import Vault
from db import migrate
from db.engine import Database
from tests.postgres import PostgresServer, shared

# The machine that runs the tests may be busy with other workers: a slow example is no failure.
settings.register_profile("dumka", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("dumka")

TEMPLATE = "migrated"
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

    def put_back(self, moment: datetime) -> None:
        self._now = moment


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


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[PostgresServer]:
    """A server with a migrated database to copy; all workers of a run share it."""
    folder = tmp_path_factory.getbasetemp()
    with shared(folder if worker_id == "master" else folder.parent, prepare=make_template) as server:
        yield server


def make_template(server: PostgresServer) -> None:
    asyncio.run(migrate.upgrade(asyncio.run(server.create(TEMPLATE))))


@pytest.fixture
async def postgres_url(postgres: PostgresServer) -> AsyncIterator[str]:
    """A migrated database of this test's own."""
    name = f"test_{secrets.token_hex(8)}"
    yield await postgres.create(name, TEMPLATE)
    await postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{request.getfixturevalue('database_path')}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """A database without tables, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/new.db"
        return
    server, name = request.getfixturevalue("postgres"), f"test_{secrets.token_hex(8)}"
    yield await server.create(name)
    await server.drop(name)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return vault_in(tmp_path)


def vault_in(folder: Path, key: bytes = bytes(range(32))) -> Vault:
    """With a key store of its own."""
    store = KeyStore(folder / "dumka.keys", key)
    store.make()
    return Vault(key, store)
