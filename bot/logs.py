"""Logs: one line an event, readable on a terminal and JSON elsewhere.  Our own ids only, never a reader's."""

import logging
import sys
from typing import Literal, TextIO

import structlog

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


def set_up(format: Literal["auto", "human", "json"], level: str, stream: TextIO | None = None) -> None:  # noqa: A002
    out = stream or sys.stderr
    human = out.isatty() if format == "auto" else format == "human"
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(colors=out.isatty())
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
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    for name in SILENCED:
        library = logging.getLogger(name)
        library.handlers[:] = [logging.NullHandler()]
        library.propagate = False
