"""``dumka close``: no more votes and opinions."""

import asyncio
from pathlib import Path

from bot.commands.recording import note, recorded
from bot.commands.settings import settings_at
from bot.domain.audit import Act
from bot.domain.ids import DiscussionId
from bot.services import discussion as discussions
from bot.workers.clock import SystemClock


def close(config: Path | None, number: int) -> int:
    if asyncio.run(_close(config, DiscussionId(number))):
        print(f"Discussion {number} is closed; a running bot shows the final counts in the channel.")
    else:
        print(f"Discussion {number} was closed already.")
    return 0


async def _close(config: Path | None, number: DiscussionId) -> bool:
    async with recorded(settings_at(config)) as (db, vault), db.write() as tx:
        discussion = await discussions.find(tx, number)
        closed = await discussions.close(tx, discussion, SystemClock().now())
        if closed:
            await note(tx, vault, Act.CLOSED, discussion.channel.id, number)
    return closed
