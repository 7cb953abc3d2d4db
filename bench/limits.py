"""What the machine could do at most: votes into SQLite without any bot, and HTTP answers without any database."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from bench.installation import deliver, free_port
from bench.processes import running
from bench.runs import Figures
from bench.telegram import telegram

BATCH = 200  # votes a commit
MESSAGE = {
    "message_id": 1,
    "text": "?",
    "reply_markup": {"inline_keyboard": [[{"text": "1", "callback_data": "v:1:1"}]]},
}


def sqlite_upserts(folder: Path, count: int) -> float:
    """Votes a second, in commits of ``BATCH`` that reach the disk."""
    file = folder / "raw.db"
    rows: Iterator[tuple[int, bytes, int]] = ((1, os.urandom(16), number % 3 + 1) for number in range(count))
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(
            "CREATE TABLE vote (ballot INTEGER, voter BLOB, option INTEGER, PRIMARY KEY (ballot, voter)) WITHOUT ROWID"
        )
        begin = time.perf_counter()
        while batch := list(islice(rows, BATCH)):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO vote VALUES (?, ?, ?) ON CONFLICT (ballot, voter) DO UPDATE SET option = excluded.option",
                batch,
            )
            connection.execute("COMMIT")
        took = time.perf_counter() - begin
    for part in folder.glob("raw.db*"):
        part.unlink()
    return count / took


async def asgi_answers(folder: Path, count: int) -> Figures:
    """Webhook deliveries a second to an ASGI application on uvicorn that reads each and answers, nothing else."""
    port = free_port()
    async with (
        telegram(MESSAGE) as crowd,
        running("bench.answering", str(port), errors=folder / "asgi.log") as server,
    ):
        await deliver(crowd, port)
        await crowd.votes(1)
        before = server.usage
        report = await crowd.votes(count)
        used = server.usage.processor - before.processor
        return {"votes_per_s": count / report.seconds, "processor_ms_per_vote": used * 1000 / count}
