"""``make bench``: how fast, beside a plain bot and the machine's limits.  JSON to standard output, tables to standard error."""

import argparse
import asyncio
import json
import os
import platform
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from bench.installation import Ground
from bench.plan import BASELINE, FULL, PARTS, QUICK, Plan
from bench.postgres import Postgres, postgres
from bench.table import show
from bench.targets import ratios, targets
from bot import logs

WIDTH = 140  # columns, where there is no terminal


@asynccontextmanager
async def stands(folder: Path, databases: list[str]) -> AsyncIterator[tuple[list[Ground], Postgres | None]]:
    if "postgresql" not in databases:
        yield [Ground(folder, None)], None
        return
    async with postgres() as server:
        places = {"sqlite": Ground(folder, None), "postgresql": Ground(folder, server)}
        yield [places[name] for name in databases], server


async def machine(server: Postgres | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "processors": os.cpu_count(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": round(
            os.getloadavg()[0], 2
        ),  # of the minute before: figures mean something where it is near 0
    }
    if server:
        found["postgresql"] = await server.value("SHOW server_version")
    return found


async def measure(arguments: argparse.Namespace, console: Console) -> dict[str, Any]:
    task = asyncio.current_task()
    if task is not None:  # what was started is ended, PostgreSQL too
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    begin = time.monotonic()
    amounts = QUICK if arguments.quick else FULL
    rounds = arguments.rounds or (1 if arguments.quick else 3)
    with TemporaryDirectory() as name:
        async with stands(Path(name), arguments.database or ["sqlite", "postgresql"]) as (grounds, server):
            plan = Plan(Path(name), grounds, amounts, rounds, console)
            results: dict[str, Any] = {"machine": await machine(server), "rounds": rounds}
            for part in arguments.only or PARTS:
                results[part] = await getattr(plan, part)()
    results["ratios"] = ratios(results.get("votes", {}), BASELINE)
    results["targets"] = [target.as_dict() for target in targets(results)]
    results["failures"] = plan.failures
    results["took_s"] = time.monotonic() - begin
    return results


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, help="runs that the medians are taken from (3; 1 with --quick)")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; may be repeated")
    parser.add_argument(
        "--database", action="append", choices=["sqlite", "postgresql"], help="may be repeated"
    )
    parser.add_argument(
        "--quick", action="store_true", help="small numbers: for work on the benchmark itself"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="in place of standard output")
    return parser.parse_args()


def main() -> None:
    arguments = parse()
    console = Console(stderr=True, width=None if sys.stderr.isatty() else WIDTH)
    logs.set_up("json", "error")
    try:
        results = asyncio.run(measure(arguments, console))
    except (asyncio.CancelledError, KeyboardInterrupt):
        sys.exit("stopped")
    show(console, results)
    text = json.dumps(results, indent=2)
    if arguments.json:
        arguments.json.write_text(f"{text}\n", "utf-8")
    else:
        print(text)  # noqa: T201 - what the command is for


if __name__ == "__main__":
    main()
