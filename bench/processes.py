"""Processes that are measured: started, read in /proc, ended by their number."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

HERTZ = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
END = 10.0  # seconds for a process to end by itself
PATIENCE = 60.0  # seconds for a command
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Usage:
    """Of a process and all below it: processor time in seconds, resident memory in MiB."""

    processor: float
    memory: float


def usage(pid: int) -> Usage:
    """Children that ended count while their parent lives."""
    ticks = 0
    for process in family(pid):
        with suppress(OSError):
            fields = (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime: proc(5)
    return Usage(ticks / HERTZ, sum(map(resident, family(pid))))


def resident(pid: int) -> float:
    """MiB; 0 for a process that has ended."""
    with suppress(OSError):
        pages = int((PROC / str(pid) / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MIB
    return 0.0


def family(pid: int) -> Iterator[int]:
    yield pid
    for task in (PROC / str(pid) / "task").glob("*/children"):
        with suppress(OSError):
            for child in task.read_text().split():
                yield from family(int(child))


@dataclass(slots=True)
class Running:
    """A bot under measurement; ``began`` is of the monotonic clock."""

    process: Process
    began: float

    @property
    def usage(self) -> Usage:
        return usage(self.process.pid)

    async def end(self) -> float:
        """Seconds from SIGTERM to the end of the process.  Raises RuntimeError for one that does not end."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), END)
        except TimeoutError:
            raise RuntimeError(f"the bot did not end within {END:.0f} s of SIGTERM") from None
        return time.monotonic() - begin


@asynccontextmanager
async def running(*arguments: str, errors: Path) -> AsyncIterator[Running]:
    """``python -m`` with ``arguments``; what it says on standard error is kept in ``errors``."""
    with errors.open("ab") as log:
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *arguments, stdin=DEVNULL, stdout=DEVNULL, stderr=log
        )
    try:
        yield Running(process, began)
    finally:
        if process.returncode is None:
            process.terminate()
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), END)
        if process.returncode is None:
            process.kill()
            await process.wait()


async def output(*arguments: str) -> bytes:
    """What ``python -m`` with ``arguments`` prints.  Raises RuntimeError with its last words when it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *arguments, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    try:
        printed, errors = await asyncio.wait_for(process.communicate(), PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise RuntimeError(f"{arguments[1]} did not end within {PATIENCE:.0f} s") from None
    if process.returncode:
        raise RuntimeError(f"{arguments[1]} ended with {process.returncode}: {errors.decode()[-500:]}")
    return printed
