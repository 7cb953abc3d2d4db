"""Whether a running bot has posted what was queued."""

import asyncio

from bot.domain.discussion import State
from bot.domain.ids import DiscussionId
from bot.services import discussion as discussions
from bot.texts import Say
from db.engine import Database

PATIENCE = 30.0  # seconds
LOOK_EVERY = 0.2  # seconds


async def wait_until_posted(db: Database, number: DiscussionId, parts: int) -> str:
    """For at most half a minute; returns what the operator is told."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while True:
        async with db.read() as tx:
            discussion = await discussions.find(tx, number)
        sent = len(discussion.messages)
        match discussion.state:
            case State.OPEN:
                return f"posted in {parts} {'message' if parts == 1 else 'messages'}"
            case State.CLOSED:
                return "closed before it was posted"
            case State.UNCERTAIN:
                return (
                    "uncertain: Telegram did not answer; the bot asks the channel's owner whether it is there"
                )
        if discussion.trouble is not None:
            values = {"title": discussion.title, "channel": discussion.channel.title}
            return Say("en").plain(f"trouble-{discussion.trouble}", **values, id=str(number))
        if loop.time() >= deadline:
            if sent:
                return f"posted in part: {sent} of {parts} messages; the rest follows"
            return "not posted yet: is `dumka run` running?"
        await asyncio.sleep(LOOK_EVERY)
