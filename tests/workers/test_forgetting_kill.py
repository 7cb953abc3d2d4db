"""``kill -9`` while a large discussion is being forgotten, again and again, in real processes."""

import asyncio
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from datetime import UTC, datetime
from random import Random

import pytest
from sqlalchemy import func, select, text

from bot.vault import Vault
from db.engine import Database
from db.models import VoteRow
from db.queries import forgetting
from tests.workers.remembering import NOTHING, close, left, remembered, stored

MORE = 60_000  # votes besides those of the twenty readers
MASTER = bytes(range(32))


async def child(url: str, vault: Vault) -> Process:
    command = (
        sys.executable,
        "-m",
        "tests.workers.forgetting_child",
        url,
        str(vault.store.path),
        MASTER.hex(),
    )
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    return process


async def votes(db: Database) -> int:
    async with db.read() as tx:
        return await tx.scalar(select(func.count()).select_from(VoteRow)) or 0


@pytest.mark.timeout(300)
async def test_process_killed_while_it_forgets_leaves_exact_counts_and_no_reader(
    db: Database, database_url: str, vault: Vault
) -> None:
    chance, now = Random(4), datetime.now(UTC)
    ended = await remembered(db, vault, now)
    async with db.write() as tx:
        connection = await tx.connection()
        for _ in range(0, MORE, 5000):
            rows = [
                {"b": ended.ballot, "v": secrets.token_bytes(16), "o": ended.options[0]} for _ in range(5000)
            ]
            await connection.execute(text("INSERT INTO vote VALUES (:b, :v, :o)"), rows)
        more = {"b": ended.ballot, "o": ended.options[0], "n": MORE}
        await connection.execute(
            text(
                "UPDATE option_count SET votes = votes + :n WHERE ballot_id = :b AND option_id = :o AND shard = 0"
            ),
            more,
        )
    await close(db, ended.discussion, now)

    seen = []
    for most in (MORE + 20, MORE * 3 // 4, MORE // 2, 1):
        process = await child(database_url, vault)
        while await votes(db) > most - 1 and process.returncode is None:
            await asyncio.sleep(0.005)
        await asyncio.sleep(chance.uniform(0.0, 0.05))
        if process.returncode is None:
            process.kill()
        await process.wait()
        seen.append(await votes(db))
    process = await child(database_url, vault)
    assert await process.wait() == 0

    assert (await left(db, ended)).counts == [10 + MORE, 10]
    assert (await left(db, ended)).linked == NOTHING
    async with db.read() as tx:
        assert await forgetting.traces_left(tx) is None
    assert [record.name for record in vault.store.read()[1]] == []
    everything = await stored(db)
    assert [name for name in ended.names if bytes(name) in everything] == []
    assert any(0 < number < MORE for number in seen), seen  # it died in the middle
