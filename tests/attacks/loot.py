"""What a thief carries off: the bytes of the database with its log and its free pages, and what they say."""

import asyncio
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import JSON, LargeBinary, select

from db.engine import Database
from db.models import Base
from tests.postgres import PostgresServer

# Pseudonyms of staff are no reader's; the name of a key is no pseudonym.
NOT_READERS = {
    "staff.person",
    "role.person",
    "draft.editor",
    "answer.editor",
    "room.chat",
    "audit.actor",
    "discussion.key",
}
LENGTH = 16


@dataclass(repr=False)
class Loot:
    """``files`` by name, ``pseudonyms`` by table and column, ``texts`` that may be salt or key, ``numbers`` of rows."""

    files: dict[str, bytes]
    pseudonyms: dict[str, set[bytes]] = field(default_factory=dict)
    texts: list[bytes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


def files_of(folder: Path, beginning: str) -> dict[str, bytes]:
    """Through copies that another process makes: whoever closes SQLite's file in the bot's own process takes away the locks
    that the bot holds on it (https://www.sqlite.org/howtocorrupt.html, "posix advisory locks canceled").
    """
    with TemporaryDirectory() as stolen:
        there = [path for path in folder.iterdir() if path.name.startswith(beginning)]
        subprocess.run(["cp", *there, stolen], check=True)
        return {path.name: path.read_bytes() for path in Path(stolen).iterdir()}


async def server_files(server: PostgresServer) -> dict[str, bytes]:
    """Everything on its disk, once what is in memory is there."""
    await server.execute("CHECKPOINT")
    return await asyncio.to_thread(_all_below, server.folder / "data")


def _all_below(folder: Path) -> dict[str, bytes]:
    """Files come and go while a server runs."""
    found = {}
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                found[str(path.relative_to(folder))] = path.read_bytes()
        except FileNotFoundError:
            continue
    return found


async def look(db: Database, files: dict[str, bytes], more: Iterable[bytes]) -> Loot:
    """Read the tables as the thief would, too."""
    loot = Loot(files, texts=list(more))
    async with db.read() as tx:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                place = f"{table.name}.{column.name}"
                if isinstance(column.type, JSON):
                    continue
                values = set(await tx.scalars(select(column).where(column.is_not(None)).limit(5000)))
                if isinstance(column.type, LargeBinary):
                    if place not in NOT_READERS and (short := {v for v in values if len(v) == LENGTH}):
                        loot.pseudonyms[place] = short
                    elif place == "discussion.key":
                        loot.texts += values
                elif place in {"discussion.token", "discussion.title", "channel.title", "fact.value"}:
                    loot.texts += [str(value).encode() for value in values]
                elif (
                    column.primary_key and table.name in {"discussion", "ballot", "option", "channel"}
                ) or place in {"channel.chat", "channel.group_chat"}:
                    loot.numbers += [int(value) for value in values]
    return loot
