"""The results as tables for people."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

Results = Mapping[str, Any]

ROWS = {
    "votes_per_s": "votes/s, burst",
    "burst_p50_ms": "p50 ms, burst",
    "burst_p99_ms": "p99 ms, burst",
    "even_p50_ms": "p50 ms, 1,667/s",
    "even_p99_ms": "p99 ms, 1,667/s",
    "processor_ms_per_vote": "processor ms a vote",
    "database_processor_ms_per_vote": "... PostgreSQL's",
    "memory_before_mib": "memory MiB, before",
    "memory_after_mib": "memory MiB, after",
    "listening_s": "listening s",
    "healthy_s": "healthy s",
    "first_vote_s": "first vote s",
    "shutdown_s": "shutdown s, under load",
    "exact": "tally exact",
    "kept": "answered are stored",
}


def show(console: Console, results: Results) -> None:
    machine = results["machine"]
    console.print(", ".join(f"{name} {value}" for name, value in machine.items()), style="dim")
    if votes := results.get("votes"):
        console.print(_votes(votes, results.get("ratios", {})))
    if bursts := results.get("bursts"):
        console.print(_plain_rows("A large burst", bursts))
    if million := results.get("million"):
        console.print(_plain_rows("Long run", {million["bot"]: _flat(million)}))
    for database, sizes in results.get("reading", {}).items():
        console.print(
            _plain_rows(f"Reading, {database}", {f"{int(size):,} votes": row for size, row in sizes.items()})
        )
    if applied := results.get("applied"):
        console.print(_plain_rows("Without Telegram", applied))
    if calls := results.get("calls"):
        console.print(_plain_rows("Calls to the Bot API", {"": calls}))
    if limits := results.get("limits"):
        console.print(_limits(limits))
    if targets := results.get("targets"):
        console.print(_targets(targets))
    for failure in results.get("failures", ()):
        console.print(f"[red]not measured:[/] {failure}")


def _votes(votes: Results, ratios: Results) -> Table:
    table = Table(title="Votes (median, min..max)")
    table.add_column("")
    for name in votes:
        table.add_column(name.replace(" ", "\n"), justify="right")
    for key, label in ROWS.items():
        if any(key in figures for figures in votes.values()):
            table.add_row(label, *(_spread(figures.get(key)) for figures in votes.values()))
    for key, label in (("votes_per_s", "votes/s, times plain"), ("processor", "processor, times less")):
        if ratios:
            table.add_row(label, *(_number(ratios[name][key]) for name in votes))
    return table


def _limits(limits: Results) -> Table:
    table = Table("", "", title="The machine's limits (median, min..max)", show_header=False)
    for name, value in limits.items():
        table.add_row(name.replace("_", " "), _spread(value))
    return table


def _spread(value: Mapping[str, float] | None) -> str:
    if value is None:
        return ""
    middle, low, high = (_number(value[name]) for name in ("median", "min", "max"))
    return middle if low == high else f"{middle}\n[dim]{low}..{high}[/]"


def _plain_rows(title: str, columns: Results) -> Table:
    table = Table(title=title)
    table.add_column("")
    for name in columns:
        table.add_column(name.replace("dumka ", ""), justify="right")
    keys = dict.fromkeys(key for figures in columns.values() for key in figures)
    for key in keys:
        table.add_row(key.replace("_", " "), *(_number(figures.get(key)) for figures in columns.values()))
    return table


def _flat(figures: Results, before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in figures.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{before}{name}_")
        else:
            flat[f"{before}{name}"] = value
    return flat


def _targets(targets: list[dict[str, Any]]) -> Table:
    table = Table(title="To reach")
    for name in ("", "is", "should be", "reached", "times better"):
        table.add_column(name, justify="left" if not name else "right")
    for target in targets:
        sign = "≥" if target["at_least"] else "≤"
        reached = "[green]yes[/]" if target["reached"] else "[red]no[/]"
        limit = f"{sign} {_number(target['limit'])} {target['unit']}"
        table.add_row(target["target"], _number(target["value"]), limit, reached, _number(target["margin"]))
    return table


def _number(value: Any) -> str:
    match value:
        case None:
            return ""
        case list():
            return " ".join(map(_number, value))
        case float() if value and abs(value) < 0.1:
            return f"{value:.4f}"
        case float() if abs(value) < 100:
            return f"{value:.2f}".rstrip("0").rstrip(".")
        case float() | int():
            return f"{value:,.0f}"
    return str(value)
