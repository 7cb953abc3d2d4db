"""What runs in the processes that the chaos tests start: the real commands, the bot with a clock that can be made to jump.

Processes are forked from a server that has imported all this once, so that a start costs what the bot's own start costs.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import app  # noqa: F401 - imported before the fork, as the commands are
from bot.__main__ import main
from bot.commands import close, post, run, tally  # noqa: F401
from bot.commands.errors import told
from bot.commands.workers import run as run_workers

ROOT = Path(__file__).resolve().parents[2]


class SkewedClock:
    """The system's time, plus the seconds that stand in a file: an operator, or a bad time server, moves it."""

    def __init__(self, skew: Path) -> None:
        self._skew = skew

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self._skew.read_text("ascii") or 0))


def run_bot(config: str, workers: int, skew: str, log: str) -> None:
    """``dumka run``, in a session of its own: Ctrl-C is for the tests."""
    os.setsid()
    divert(log, log)
    with told():
        if workers == 1:
            run.run(Path(config), clock=SkewedClock(Path(skew)))
        else:
            os.environ["PYTHONPATH"] = str(ROOT)
            run_workers(Path(config), workers, program=(sys.executable, "-m", "tests.chaos.entry", skew))


def run_worker(skew: str, config: str, place: str) -> None:
    """One of several: what their parent starts in the place of ``python -m bot``."""
    with told():
        run.run(Path(config), run.place_of(place), clock=SkewedClock(Path(skew)))


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


if __name__ == "__main__":  # SKEW run --config FILE --place PLACE
    run_worker(sys.argv[1], sys.argv[sys.argv.index("--config") + 1], sys.argv[sys.argv.index("--place") + 1])
