"""The bot as processes that are killed and come back, and commands as an operator types them."""

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.chaos import entry

CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.chaos.entry"])

LOOK_AGAIN = 0.02  # seconds
RESTART = 0.1  # seconds until what has died is started again
BEGINS_WITHIN = 60.0
COMMAND_WITHIN = 60.0
BUGS = ('"update.failed"', '"taps.failed"', '"worker.failed"', "Traceback")
WORKING = '"bot.running"'


@dataclass
class Bot:
    """``dumka run`` under a supervisor that starts it again whenever it has ended, whatever the reason."""

    config: Path
    folder: Path
    skew: Path
    workers: int = 1
    starts: int = 0
    kills: int = 0
    fallen: list[str] = field(default_factory=list)  # it had begun to work and ended by itself
    _process: ForkServerProcess | None = None
    _condemned: bool = False
    _said_before: int = 0

    @property
    def log(self) -> Path:
        return self.folder / f"bot-{self.starts:03}.log"

    async def start(self) -> None:
        self.starts += 1
        self._condemned, self._said_before = False, 0
        arguments = (str(self.config), self.workers, str(self.skew), str(self.log))
        process = CONTEXT.Process(target=entry.run_bot, args=arguments)
        await asyncio.to_thread(process.start)
        self._process = process

    async def tend(self) -> None:
        """The supervisor; cancelled at the end."""
        while True:
            process = self._process
            if process is None or not process.is_alive():
                if process is not None and not self._condemned and self.works():
                    self.fallen.append(f"{self.log.name}: exit code {process.exitcode}")
                await asyncio.sleep(RESTART if process is not None else 0)
                await self.start()
            await asyncio.sleep(LOOK_AGAIN)

    def works(self) -> bool:
        """Whoever was started since the last kill has said that it runs."""
        return self._said() > self._said_before

    def _said(self) -> int:
        try:
            return self.log.read_text("utf-8", "replace").count(WORKING)
        except FileNotFoundError:
            return 0

    async def working(self) -> None:
        """Raises TimeoutError with the end of its log."""
        try:
            async with asyncio.timeout(BEGINS_WITHIN):
                while not (self._process is not None and self._process.is_alive() and self.works()):
                    await asyncio.sleep(LOOK_AGAIN)
        except TimeoutError:
            said = self.log.read_text("utf-8", "replace")[-500:] if self.log.exists() else "nothing"
            raise TimeoutError(f"the bot does not begin to work; {self.log.name} ends with: {said}") from None

    async def alive(self) -> ForkServerProcess:
        async with asyncio.timeout(BEGINS_WITHIN):
            while self._process is None or not self._process.is_alive():
                await asyncio.sleep(LOOK_AGAIN)
        return self._process

    async def kill(self) -> None:
        """``kill -9`` of the process itself; of the parent where there are workers."""
        process = await self.alive()
        self._condemned = True
        process.kill()
        self.kills += 1
        await asyncio.to_thread(process.join)

    async def kill_worker(self, which: int) -> None:
        """``kill -9`` of one of the workers, whichever ``which`` points at."""
        parent = (await self.alive()).pid
        found = [] if self.workers == 1 or parent is None else children(parent)
        if not found:
            await self.kill()
            return
        with suppress(ProcessLookupError):
            os.kill(sorted(found)[which % len(found)], signal.SIGKILL)
            self._said_before = self._said()
            self.kills += 1

    async def end(self) -> None:
        """Nothing of it is left; orphans of a parent that was killed before end by themselves."""
        self._condemned = True
        process = self._process
        if process is None or process.pid is None or not process.is_alive():
            return
        left = children(process.pid)
        process.kill()
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(process.join)

    def complaints(self) -> list[str]:
        """Lines of its logs that tell of a bug."""
        return [
            f"{path.name}: {line[:600]}"
            for path in sorted(self.folder.glob("bot-*.log"))
            for line in path.read_text("utf-8", "replace").splitlines()
            if any(word in line for word in BUGS)
        ]


def children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            state, above = path.read_text("utf-8", "replace").rpartition(")")[2].split()[:2]
            if int(above) == parent and state != "Z":
                found.append(int(path.parent.name))
    return found


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


@dataclass
class Desk:
    """Where an operator types commands."""

    config: Path
    folder: Path
    typed: int = 0

    async def dumka(self, *words: object) -> Ended:
        """``dumka --config ... words`` to its end.  Raises TimeoutError."""
        self.typed += 1
        out, err = (self.folder / f"command-{self.typed:03}.{name}" for name in ("out", "err"))
        told = ["--config", str(self.config), *map(str, words)]
        process = CONTEXT.Process(target=entry.run_command, args=(told, str(out), str(err)))
        await asyncio.to_thread(process.start)
        try:
            async with asyncio.timeout(COMMAND_WITHIN):
                while process.is_alive():
                    await asyncio.sleep(LOOK_AGAIN)
        finally:
            process.kill()
            await asyncio.to_thread(process.join)
        return Ended(process.exitcode or 0, out.read_text("utf-8"), err.read_text("utf-8"))
