"""A process that forgets until it has nothing more to do, or is killed: ``python -m tests.workers.forgetting_child``."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.retention import Retention
from bot.keystore import KeyStore
from bot.vault import Vault
from bot.workers.forgetting import Forgetter
from bot.workers.leases import Leases, new_holder
from db.engine import Database


async def forget(url: str, store: Path, master: bytes) -> None:
    db = Database(url)
    worker = Forgetter(db, Vault(master, KeyStore(store, master)), Retention(), Leases(db, new_holder()))
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    while await worker.step(datetime.now(UTC)) is not None:
        await asyncio.sleep(worker.rest)
    await db.close()


if __name__ == "__main__":
    asyncio.run(forget(sys.argv[1], Path(sys.argv[2]), bytes.fromhex(sys.argv[3])))
