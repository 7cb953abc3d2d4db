"""Opening, listing and closing discussions."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from bot.domain.discussion import Channel, Discussion, PostPlan, Question, State, fingerprint
from bot.domain.ids import ChatId, DiscussionId, MessageId
from bot.domain.installation import Defaults
from bot.domain.refusals import DiscussionUnknown
from bot.services import brigading
from bot.vault import Vault
from db.engine import Tx
from db.queries import discussion as discussions

DAY = 86_400  # seconds
TOKEN_BYTES = 16  # 22 letters of the alphabet that deep links take


async def open_discussion(
    tx: Tx,
    vault: Vault,
    defaults: Defaults,
    channel: Channel,
    title: str,
    question: Question,
    plan: Sequence[PostPlan],
    now: datetime,
    *,
    chat: ChatId | None = None,
    closes_at: datetime | None = None,
    target: MessageId | None = None,
    editor: bytes | None = None,
) -> DiscussionId:
    """Queue it for posting.  ``chat`` is where, when not the channel; ``editor`` the sealed address of who asked.

    Its key is in the key store before anything names it; one that nothing names after all is swept later.
    """
    step = channel.step or defaults.step
    key = vault.new_discussion(int(now.timestamp()) // DAY, texts=defaults.encrypt)
    return await discussions.store(
        tx,
        channel=channel.id,
        chat=channel.chat if chat is None else chat,
        title=title,
        token=secrets.token_urlsafe(TOKEN_BYTES),
        question=question.text,
        options=question.options,
        now=now,
        closes_at=closes_at,
        target=target,
        editor=editor,
        key=key,
        results=channel.results or defaults.results,
        step=step,
        minimum=channel.minimum or defaults.minimum,
        slack=secrets.randbelow(step),
        posts=[
            {
                "kind": post.kind,
                "text": post.text,
                "entities": list(post.entities),
                "fingerprint": fingerprint(post.text),
                "reply_to": post.reply_to,
            }
            for post in plan
        ],
    )


async def find(tx: Tx, discussion: DiscussionId) -> Discussion:
    """Raises DiscussionUnknown."""
    found = await discussions.find(tx, discussion)
    if found is None:
        raise DiscussionUnknown()
    return found


async def find_at(tx: Tx, chat: ChatId, message: MessageId) -> Discussion:
    """The discussion of this message; raises DiscussionUnknown."""
    found = await discussions.by_message(tx, chat, message)
    if found is None:
        raise DiscussionUnknown()
    return found


async def newest(tx: Tx, channels: Sequence[Channel], limit: int) -> list[Discussion]:
    """Of these channels, newest first."""
    return await discussions.newest(tx, [channel.id for channel in channels], limit)


async def close(tx: Tx, discussion: Discussion, now: datetime) -> bool:
    """Votes and opinions end here.  Returns whether it was this call that ended them."""
    if discussion.state is State.CLOSED:
        return False
    return await _close(tx, discussion.id, now)


async def close_due(tx: Tx, now: datetime) -> int:
    """Close what has reached its time; returns how many."""
    due = await discussions.due_to_close(tx, now)
    for discussion in due:
        await _close(tx, discussion, now)
    return len(due)


async def _close(tx: Tx, discussion: DiscussionId, now: datetime) -> bool:
    done = await discussions.close(tx, discussion, now)
    if done:
        await brigading.close(tx, discussion)
    return done
