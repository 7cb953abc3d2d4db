"""How long and from which seed: ``python -m pytest tests/chaos --chaos-minutes=10 --chaos-seed=7``."""

from random import SystemRandom

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("chaos")
    group.addoption(
        "--chaos-minutes", type=float, default=None, help="hard rounds for so long, each with a new seed"
    )
    group.addoption("--chaos-seed", type=int, default=None, help="of the first round")


@pytest.fixture
def minutes(request: pytest.FixtureRequest) -> float | None:
    """None for the short run that ``make test`` makes, with the same seeds each time."""
    given = request.config.getoption("chaos_minutes", None)
    return None if given is None else float(given)


@pytest.fixture
def first_seed(request: pytest.FixtureRequest, minutes: float | None) -> int | None:
    given = request.config.getoption("chaos_seed", None)
    if given is not None:
        return int(given)
    return None if minutes is None else SystemRandom().randrange(1_000_000)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    minutes = config.getoption("chaos_minutes", None)
    for item in items:
        if minutes is not None and "minutes" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(minutes * 60 + 900), append=False)
