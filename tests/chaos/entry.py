"""What runs in the processes that the chaos tests start: the real commands, the bot with a clock that can be made to jump.

Processes are forked from a server that has imported all this once, so that a start costs what the bot's own start costs.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import app as application
from bot.__main__ import main
from bot.commands import close, post, tally  # noqa: F401 - imported before the fork
from bot.commands.errors import told
from bot.commands.settings import settings_at


class SkewedClock:
    """The system's time, plus the seconds that stand in a file: an operator, or a bad time server, moves it."""

    def __init__(self, skew: Path) -> None:
        self._skew = skew

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self._skew.read_text("ascii") or 0))


def run_bot(config: str, workers: int, skew: str, log: str) -> None:
    """``dumka run``; a group of processes of its own, so that nothing of it can be left behind."""
    os.setsid()
    divert(log, log)

    async def work() -> None:
        async with application.open_app(settings_at(Path(config)), SkewedClock(Path(skew))) as app:
            await application.run(app, asyncio.Event())

    with told():
        asyncio.run(work())


def run_command(words: list[str], out: str, err: str) -> None:
    divert(out, err)
    sys.argv = ["dumka", *words]
    main()


def divert(out: str, err: str) -> None:
    """Standard streams to files; and no settings for some other bot, which would win over the file."""
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    for name in [name for name in os.environ if name.upper().startswith("DUMKA_")]:
        del os.environ[name]
