"""Whether the bot can do its work, and how much it has done: for load balancers and Prometheus.  Numbers only, nobody's."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text

from bot.telegram.api import Api
from bot.workers.deafness import Deafness
from bot.workers.gathering import Gathering
from bot.workers.intake import Intake
from db.dialect import DatabaseAway
from db.engine import Database

LONGEST_LAG = 5.0  # seconds that an update may wait for its commit


@dataclass(slots=True)
class Readiness:
    """``workers`` are tasks that only end when the bot does."""

    db: Database
    gathering: Gathering
    deafness: Deafness
    workers: Sequence[asyncio.Task[None]]

    async def checks(self) -> Mapping[str, str]:
        """Each check with "ok" or what is wrong."""
        dead = [worker.get_name() for worker in self.workers if worker.done()]
        lag = self.gathering.oldest
        return {
            "database": await self._database(),
            "workers": f"ended: {', '.join(dead)}" if dead else "ok",
            "lag": f"{lag:.1f} s" if lag > LONGEST_LAG else "ok",
            "telegram": "away" if "telegram" in self.deafness.causes else "ok",
        }

    async def _database(self) -> str:
        try:
            async with self.db.read() as tx:
                await tx.execute(text("SELECT 1"))
        except DatabaseAway as error:
            return error.cause
        return "ok"


@dataclass(slots=True, eq=False)
class _Numbers(Collector):
    """Read when somebody asks, so that counting costs the hot path nothing."""

    intake: Intake
    gathering: Gathering
    api: Api
    deafness: Deafness

    def collect(self) -> Iterable[Metric]:
        counts = self.intake.counts
        updates = CounterMetricFamily(
            "dumka_updates", "Updates stored, by what became of them.", labels=["kind"]
        )
        for kind in ("votes", "others", "repeated", "refused", "failed"):
            updates.add_metric([kind], getattr(counts, kind))
        yield updates
        yield CounterMetricFamily("dumka_commits", "Transactions that stored updates.", value=counts.rounds)
        yield GaugeMetricFamily(
            "dumka_update_lag_seconds",
            "How long the oldest update waits for its commit.",
            self.gathering.oldest,
        )
        calls = CounterMetricFamily(
            "dumka_telegram_calls",
            "Calls of the Bot API, by method and outcome.",
            labels=["method", "outcome"],
        )
        for (method, outcome), number in self.api.counts.items():
            calls.add_metric([method, outcome], number)
        yield calls
        away = GaugeMetricFamily("dumka_away", "1 while it cannot be reached.", labels=["what"])
        for what in ("telegram", "database"):
            away.add_metric([what], what in self.deafness.causes)
        yield away


def metrics_of(intake: Intake, gathering: Gathering, api: Api, deafness: Deafness) -> Callable[[], bytes]:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(_Numbers(intake, gathering, api, deafness))
    return lambda: generate_latest(registry)
