"""The sandbox and the bot as processes of their own, and commands as an operator would type them."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

STARTS_WITHIN = 60.0  # seconds, on a busy machine
STOPS_WITHIN = 8.0  # the bot itself takes at most five
COMMAND_WITHIN = 90.0


class DemoError(Exception):
    """Something did not do what it should.  The text is one sentence."""

    code = 1


class DemoRefused(DemoError):
    """The operator asked for what cannot be done."""

    code = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where the sandbox listens, what opens it, and who is there."""

    url: str
    token: str
    ids: dict[str, int]


@dataclass(frozen=True, slots=True)
class Finished:
    code: int
    out: str
    err: str


def dumka(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "bot", *map(str, words)]


def environment() -> dict[str, str]:
    """Without settings for some other bot: they would win over the file of the demo."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("DUMKA_")}
    return kept | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


@asynccontextmanager
async def sandbox(log: Path) -> AsyncIterator[Place]:
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *dumka("sandbox", "--port", "0"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment(),
        )
    try:
        yield await _place(process, log)
    finally:
        await stop(process)


async def _place(process: asyncio.subprocess.Process, log: Path) -> Place:
    """The first line that the sandbox prints."""
    line = b""
    if process.stdout is not None:
        with suppress(TimeoutError):
            line = await asyncio.wait_for(process.stdout.readline(), STARTS_WITHIN)
    try:
        ready = json.loads(line)
    except ValueError:
        raise DemoError(f"the sandbox did not start; {log} says why") from None
    return Place(ready["url"], ready["token"], ready["ids"])


async def stop(process: asyncio.subprocess.Process) -> int:
    """Asked first, then made to.  Returns its exit code."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(TimeoutError):
            await _end(process, STOPS_WITHIN)
    return process.returncode or 0


async def _end(process: asyncio.subprocess.Process, within: float) -> tuple[bytes, bytes]:
    """What it printed until its end; killed when it takes too long or nobody waits any more."""
    try:
        out, err = await asyncio.wait_for(process.communicate(), within)
        return out or b"", err or b""
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.communicate()


class Bot:
    """``dumka run``, which can be killed and started again."""

    def __init__(self, config: Path, log: Path) -> None:
        self.config, self.log = config, log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *dumka("--config", self.config, "run"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(),
            )

    async def kill(self) -> None:
        """``kill -9``: no farewell."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()

    async def stop(self) -> int:
        return 0 if self._process is None else await stop(self._process)

    def check(self) -> None:
        """Raises DemoError when the bot has ended by itself."""
        if self._process is not None and self._process.returncode is not None:
            raise DemoError(f"the bot ended with exit code {self._process.returncode}; {self.log} says why")


@asynccontextmanager
async def running_bot(config: Path, log: Path) -> AsyncIterator[Bot]:
    bot = Bot(config, log)
    try:
        await bot.start()
        yield bot
    finally:
        await bot.stop()


async def command(config: Path, *words: str | Path) -> Finished:
    """Run ``dumka --config ... words`` to its end; no child outlives a cancelled caller."""
    process = await asyncio.create_subprocess_exec(
        *dumka("--config", config, *words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    try:
        out, err = await _end(process, COMMAND_WITHIN)
    except TimeoutError:
        raise DemoError(f"dumka {words[0]} did not end within {COMMAND_WITHIN:.0f} seconds") from None
    return Finished(process.returncode or 0, out.decode(errors="replace"), err.decode(errors="replace"))


async def done(config: Path, *words: str | Path) -> str:
    """What the command printed; raises DemoError with its own words when it failed."""
    finished = await command(config, *words)
    if finished.code:
        raise DemoError(finished.err.strip() or f"dumka {words[0]} ended with exit code {finished.code}")
    return finished.out
