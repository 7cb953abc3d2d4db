"""Messages of which nobody knows whether they arrived."""

from bot.domain.discussion import Discussion, Post, PostState, State
from db.engine import Tx
from db.queries import post as posts


async def uncertain_post(tx: Tx, discussion: Discussion) -> Post | None:
    """The message that the discussion waits for somebody to decide about."""
    if discussion.state is not State.UNCERTAIN:
        return None
    unknown = await posts.unconfirmed(tx, discussion.chat)
    mine = (p for p in unknown if p.discussion == discussion.id and p.state is PostState.UNCERTAIN)
    return next(mine, None)
