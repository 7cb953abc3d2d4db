"""What a run measures, and how much of it."""

import asyncio
import statistics
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.applied import applied
from bench.calls import calls
from bench.counts import reading
from bench.installation import Ground
from bench.limits import asgi_answers, sqlite_upserts
from bench.runs import Broken, Figures, Sizes, run
from bench.storm import million, storm
from bench.subjects import PLAIN, Subject

BASELINE = f"{PLAIN} polling sqlite"
PARTS = ("votes", "bursts", "million", "reading", "applied", "calls", "limits")
FAILURES = (Broken, RuntimeError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Amounts:
    sizes: Sizes
    plain: Sizes
    burst: int
    total: int
    minute: float  # seconds
    stored: Sequence[int]
    upserts: int
    answers: int


FULL = Amounts(
    sizes=Sizes(warm=1000, burst=20_000, even=8_000, seconds=4.0),
    plain=Sizes(warm=100, burst=800, even=800, seconds=5.0),
    burst=100_000,
    total=1_000_000,
    minute=60.0,
    stored=(10**4, 10**5, 10**6, 10**7),
    upserts=200_000,
    answers=50_000,
)
QUICK = Amounts(
    sizes=Sizes(warm=300, burst=3_000, even=1_500, seconds=1.5),
    plain=Sizes(warm=50, burst=150, even=150, seconds=1.5),
    burst=3_000,
    total=6_000,
    minute=3.0,
    stored=(10**4, 10**5),
    upserts=20_000,
    answers=5_000,
)


class Plan:
    """Each part fails for itself, with its sentence in the results."""

    def __init__(
        self, folder: Path, grounds: Sequence[Ground], amounts: Amounts, rounds: int, console: Console
    ) -> None:
        self._folder, self._grounds, self._amounts, self._rounds = folder, grounds, amounts, rounds
        self._console = console
        self._dumka = [
            Subject("dumka", mode, ground) for ground in grounds for mode in ("webhook", "polling")
        ]
        self._plain = [Subject(PLAIN, mode, grounds[0]) for mode in ("polling", "webhook")]
        self.failures: list[str] = []

    async def _try(self, what: str, work: Awaitable[Any]) -> Any:
        self._console.print(what, style="dim")
        try:
            return await work
        except FAILURES as error:
            self.failures.append(f"{what}: {str(error) or type(error).__name__}")
            return None

    async def votes(self) -> dict[str, Any]:
        """All take turns, so that a busy moment of the machine hits each."""
        samples: dict[str, list[Figures]] = {}
        for turn in range(1, self._rounds + 1):
            for subject in (*self._dumka, *self._plain):
                sizes = self._amounts.plain if subject.is_plain else self._amounts.sizes
                what = f"votes {turn}/{self._rounds}: {subject.name}"
                if figures := await self._try(what, run(subject, sizes)):
                    samples.setdefault(subject.name, []).append(figures)
        return {name: _spread(figures) for name, figures in samples.items()}

    async def bursts(self) -> dict[str, Any]:
        warm, count = self._amounts.sizes.warm, self._amounts.burst
        found = {s.name: await self._try(f"burst: {s.name}", storm(s, count, warm)) for s in self._dumka}
        return {name: figures for name, figures in found.items() if figures}

    async def million(self) -> Any:
        subject, amounts = self._dumka[0], self._amounts
        work = million(subject, amounts.total, amounts.burst, amounts.minute)
        found = await self._try(f"{amounts.total:,} votes: {subject.name}", work)
        return found and {"bot": subject.name, **found}

    async def reading(self) -> dict[str, Any]:
        found = {}
        for ground in self._grounds:
            work = reading(ground, self._amounts.stored, repeats=200)
            found[ground.name] = await self._try(f"reading: {ground.name}", work)
        return {name: sizes for name, sizes in found.items() if sizes}

    async def applied(self) -> Any:
        burst = self._amounts.sizes.burst // 5
        return await self._try(
            "applied by the intake", applied(self._grounds[0], burst, burst // 10, self._rounds)
        )

    async def calls(self) -> Any:
        return await self._try("calls", calls(self._amounts.answers // 20, self._rounds))

    async def limits(self) -> dict[str, Any]:
        rounds = [await self._limits() for _ in range(self._rounds)]
        return _spread([figures for figures in rounds if figures])

    async def _limits(self) -> Figures | None:
        upserts = await asyncio.to_thread(sqlite_upserts, self._folder, self._amounts.upserts)
        answers: Figures | None = await self._try("limits", asgi_answers(self._folder, self._amounts.answers))
        return answers and {
            "sqlite_upserts_per_s": upserts,
            **{f"asgi_{name}": value for name, value in answers.items()},
        }


def _spread(samples: Sequence[Figures]) -> dict[str, dict[str, float]]:
    names = dict.fromkeys(name for figures in samples for name in figures)
    values = {name: [figures[name] for figures in samples if name in figures] for name in names}
    return {
        name: {"median": statistics.median(v), "min": min(v), "max": max(v), "runs": len(v)}
        for name, v in values.items()
    }
