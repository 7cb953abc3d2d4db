"""``dumka run --workers N``: a small parent that starts N processes of the bot, and starts again those that die.

It binds the webhook's socket and hands it down, so that the kernel spreads Telegram's connections; it does nothing else,
so that there is little in it that can fail.  Its children end when it does.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from types import FrameType

import structlog

from bot.commands.settings import settings_at
from bot.listening import bind
from bot.sections import Mode, SettingsError

log = structlog.get_logger()

TICK = 0.1  # seconds between two looks at the children
LONGEST_PAUSE = 10.0  # seconds before a process that dies again and again is started once more
LIVED = 10.0  # seconds; who lived so long starts again at once
END_WITHIN = 3.0  # seconds for the children; each ends by itself within two
PANICKED = 3  # exit code of a child that a panic ended: so it ended all of them
OPERATOR_ERRED = 2  # exit code; starting again does not mend the settings


@dataclass(slots=True)
class Child:
    number: int
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0
    again_at: float = 0.0


@dataclass(slots=True)
class Parent:
    config: Path | None
    children: list[Child]
    listening: socket | None
    program: Sequence[str]
    stopping: bool = False
    lived: bool = False  # whether any of them ran for a while with these settings
    pipe: tuple[int, int] = field(default_factory=os.pipe)

    def start(self, child: Child) -> None:
        """In a process group of its own, since Ctrl-C in a terminal reaches the whole group: the parent passes it on."""
        shared = [self.pipe[0], *([self.listening.fileno()] if self.listening else [])]
        where = ["--config", str(self.config)] if self.config else []
        place = [
            "--place",
            ":".join(
                map(str, (child.number, self.listening.fileno() if self.listening else "", self.pipe[0]))
            ),
        ]
        command = [*self.program, "run", *where, *place]
        child.process = subprocess.Popen(command, pass_fds=shared, start_new_session=True)  # noqa: S603 - ourselves
        child.started = time.monotonic()
        log.info("worker.started", worker=child.number, pid=child.process.pid)

    def look_after(self, child: Child, now: float) -> int | None:
        """Start it (again) when it is time; its exit code when going on makes no sense."""
        if child.process is None:
            if now >= child.again_at:
                self.start(child)
            return None
        code = child.process.poll()
        if code is None:
            return None
        child.process = None
        if code == PANICKED:
            return 0
        self.lived = self.lived or now - child.started > LIVED
        if code == OPERATOR_ERRED and not self.lived:
            return code  # once they have run, it is rather that something is away for a while
        child.pause = 0.0 if now - child.started > LIVED else min(LONGEST_PAUSE, child.pause * 2 or 0.1)
        child.again_at = now + child.pause
        log.error("worker.died", worker=child.number, exit_code=code, starts_again_in=child.pause)
        return None

    def end(self) -> None:
        processes = [child.process for child in self.children if child.process is not None]
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + END_WITHIN
        for process in processes:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def run(config: Path | None, workers: int, program: Sequence[str] = (sys.executable, "-m", "bot")) -> int:
    """Until SIGTERM or SIGINT; each of the ``workers`` is ``program run``.  Raises SettingsError."""
    settings = settings_at(config)
    if settings.database.path is not None:
        raise SettingsError(
            "--workers: SQLite serves one process; several need database.url = postgresql+asyncpg://..."
        )
    listening = None
    if settings.telegram.mode is Mode.WEBHOOK:
        listening = bind("webhook.listen", settings.webhook.listen)
        listening.setblocking(False)
    parent = Parent(config, [Child(number) for number in range(workers)], listening, program)

    def on_signal(number: int, frame: FrameType | None) -> None:
        parent.stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    try:
        while not parent.stopping:
            for child in parent.children:
                code = parent.look_after(child, time.monotonic())
                if code is not None:
                    return code
            time.sleep(TICK)
    finally:
        parent.end()
    return 0
