"""What is to be reached, and by how much it is.  Never asserted: a busy machine is no defect."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Results = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    value: float
    limit: float
    unit: str
    at_least: bool = False

    @property
    def reached(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def margin(self) -> float | None:
        """How many times better than asked; below 1 it is missed.  None where nothing is left to divide by."""
        above, below = (self.value, self.limit) if self.at_least else (self.limit, self.value)
        return above / below if below else None

    def as_dict(self) -> dict[str, Any]:
        return {
            "target": self.name,
            "value": self.value,
            "limit": self.limit,
            "unit": self.unit,
            "at_least": self.at_least,
            "reached": self.reached,
            "margin": self.margin,
        }


def ratios(votes: Results, baseline: str) -> dict[str, dict[str, float]]:
    """Of medians to the plain bot's in the same run: how many times as fast, how many times less processor time."""
    if baseline not in votes:
        return {}
    plain = votes[baseline]
    return {
        name: {
            "votes_per_s": figures["votes_per_s"]["median"] / plain["votes_per_s"]["median"],
            "processor": plain["processor_ms_per_vote"]["median"]
            / figures["processor_ms_per_vote"]["median"],
        }
        for name, figures in votes.items()
    }


def targets(results: Results) -> list[Target]:
    return [
        *_speed(results.get("ratios", {})),
        *_each_run(results.get("votes", {})),
        *_bursts(results.get("bursts", {})),
        *_long_run(results.get("million", {})),
        *_reading(results.get("reading", {})),
    ]


def _speed(found: Results) -> Iterator[Target]:
    for name, ratio in found.items():
        if name.startswith("dumka"):
            times = 40.0 if "webhook" in name else 30.0
            yield Target(f"votes/s, {name}", ratio["votes_per_s"], times, "x plain", at_least=True)
            yield Target(f"processor time a vote, {name}", ratio["processor"], 30.0, "x less", at_least=True)


def _each_run(found: Results) -> Iterator[Target]:
    for name, figures in found.items():
        if name.startswith("dumka"):
            yield Target(f"p99 at 1,667 votes/s, {name}", figures["even_p99_ms"]["median"], 25.0, "ms")
            yield Target(f"shutdown under load, {name}", figures["shutdown_s"]["max"], 1.0, "s")
            if "listening_s" in figures:
                yield Target(f"listening after start, {name}", figures["listening_s"]["median"], 1.0, "s")


def _bursts(found: Results) -> Iterator[Target]:
    for name, figures in found.items():
        size = f"{figures['burst_votes']:,.0f}"
        asked = 20.0 * figures["burst_votes"] / 100_000
        yield Target(f"burst of {size}, {name}", figures["burst_s"], asked, "s")
        yield Target(f"memory for a burst of {size}, {name}", figures["memory_more_mib"], 10.0, "MiB")
        yield Target(f"votes on disk, {name}", figures["vote_table_bytes_per_vote"], 45.0, "bytes a vote")
        yield Target(
            f"with what is kept for 48 h, {name}", figures["all_tables_bytes_per_vote"], 45.0, "bytes a vote"
        )
        if "webhook" in name:
            yield Target(f"answer calls, {name}", figures["answer_calls"], 0.0, "calls")


def _long_run(found: Results) -> Iterator[Target]:
    if minute := found.get("minute"):
        asked = 20.0 * minute["seconds"] / 60.0
        yield Target(
            f"edits for {minute['votes']:,} votes in {minute['seconds']:.0f} s",
            minute["edits"],
            asked,
            "edits",
        )
        if "webhook" in found["bot"]:
            yield Target("answer calls in that time", minute["answer_calls"], 0.0, "calls")


def _reading(found: Results) -> Iterator[Target]:
    for database, sizes in found.items():
        most = max(sizes, key=int)
        yield Target(f"tally at {int(most):,} votes, {database}", sizes[most]["tally_driver_ms"], 0.05, "ms")
