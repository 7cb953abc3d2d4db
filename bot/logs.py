"""Logs: one line an event, readable on a terminal and JSON elsewhere.  Our own ids only, never a reader's."""

import logging
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, TextIO

import structlog

from bot.domain.retention import log_of
from bot.sections import SettingsError

# Their lines hold URLs with the token, or whole updates with readers' words.
SILENCED = (
    "telegram",
    "httpx",
    "httpcore",
    "aiohttp",
    "sqlalchemy",
    "aiosqlite",
    "asyncio",
    "alembic",
    "uvicorn",
)


class DailyFile:
    """As much of a logger as structlog needs: a line each, to the file of the day (in UTC), which only its owner reads.

    Several processes may write to it: a line is one call, at the end of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._day: date | None = None
        self._file = -1

    def open(self) -> None:
        """The file of today, unless it is open.  Raises OSError."""
        today = datetime.now(UTC).date()  # noqa: TID251 - the time at which it is written
        if today != self._day:
            if self._file >= 0:
                os.close(self._file)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(self._path.with_name(log_of(self._path, today)), flags, 0o600)
            self._day = today

    def msg(self, line: str) -> None:
        self.open()
        os.write(self._file, f"{line}\n".encode(errors="replace"))

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


def set_up(
    format: Literal["auto", "human", "json"],  # noqa: A002
    level: str,
    stream: TextIO | None = None,
    file: Path | None = None,
) -> None:
    """``file`` instead of standard error; its name gets the day.  Raises SettingsError when it cannot be written."""
    out = stream or sys.stderr
    colours = out.isatty() and file is None
    daily = None if file is None else DailyFile(file)
    if daily is not None:
        try:
            daily.open()
        except OSError as error:
            raise SettingsError(f"logging.file: cannot write {file}: {error.strerror}") from None

    def factory(*_: Any) -> Any:
        return structlog.PrintLogger(out) if daily is None else daily

    human = colours if format == "auto" else format == "human"
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(colors=colours)
        if human
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S" if human else "iso", utc=not human),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=factory,
        cache_logger_on_first_use=False,
    )
    for name in SILENCED:
        library = logging.getLogger(name)
        library.handlers[:] = [logging.NullHandler()]
        library.propagate = False
