"""From the queue to the channel, never twice: what is known about each message, and who has to be asked."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.discussion import Discussion, Post, PostState, State, fingerprint
from bot.domain.ids import ChatId, MessageId, PostId
from bot.domain.pace import LONGEST_DOUBT
from bot.domain.refusals import AlreadySettled, DiscussionClosed, DiscussionUnknown
from db.engine import Tx
from db.queries import channel as channels
from db.queries import discussion as discussions
from db.queries import post as posts
from db.queries.post import Sending

# How long a message whose answer was lost may take to show itself through its copy or a tap before its editor is asked.
COPY_WAIT = timedelta(seconds=LONGEST_DOUBT)


async def confirm(tx: Tx, post: Post, message: MessageId | None, now: datetime) -> None:
    """It is in the channel.  The last message of a discussion opens it.

    ``message`` is what Telegram itself said about this very post.  Where a guess by the text has given that number to
    another post of the same words, it is taken back, and the other one is in doubt again.
    """
    if message is not None:
        await _take_number(tx, post, message, now)
    await posts.store_sent(tx, post.id, message)
    discussion = await discussions.find(tx, post.discussion)
    if discussion is None or discussion.state in {State.CLOSED, State.OPEN}:
        return
    await discussions.store_trouble(tx, post.discussion, None)
    if await posts.all_sent(tx, post.discussion):
        await discussions.open_now(tx, discussion, now)
    else:
        await discussions.store_state(tx, post.discussion, State.QUEUED)


async def _take_number(tx: Tx, post: Post, message: MessageId, now: datetime) -> None:
    other = await posts.holder(tx, post.chat, message)
    if other is not None and other.id != post.id:
        await posts.release(tx, other.id, now + COPY_WAIT)
        await discussions.reopen_queue(tx, other.discussion)


async def recognise(tx: Tx, channel: ChatId, message: MessageId, text: str, now: datetime) -> bool:
    """A copy has come of a post in ``channel``: is it one of ours whose answer is outstanding?  Then it has arrived.

    Several may have the same words, such as the language's own question: one that is being sent right now is meant
    before one that has been in doubt for a while, and between equals nothing is guessed.
    """
    if await posts.holder(tx, channel, message) is not None:
        return False
    fitting = [
        post
        for post in await posts.unconfirmed(tx, channel, fingerprint(text))
        # parts keep their order; an older post of the same words is not it
        if await posts.keeps_order(tx, post, message)
    ]
    under_way = [post for post in fitting if post.state is PostState.SENDING]
    candidates = under_way or fitting
    if len(candidates) != 1:
        return False
    await confirm(tx, candidates[0], message, now)
    return True


async def doubt(tx: Tx, sending: Sequence[Sending], now: datetime) -> None:
    """Who was sending these is dead, or has had no answer for too long: they may or may not have arrived."""
    for post in sending:
        await posts.store_uncertain(tx, post.id, now + COPY_WAIT, holder=post.holder)


async def declare_uncertain(tx: Tx, now: datetime) -> Sequence[tuple[Discussion, Post]]:
    """No copy and no tap came: these discussions stand still until their editors decide."""
    waiting: list[tuple[Discussion, Post]] = []
    for post in await posts.uncertain(tx, asked_before=now):
        await discussions.store_state(tx, post.discussion, State.UNCERTAIN)
        discussion = await discussions.find(tx, post.discussion)
        if discussion is not None:
            waiting.append((discussion, post))
    return waiting


async def find_uncertain(tx: Tx, post_id: PostId) -> tuple[Discussion, Post]:
    """Raises DiscussionUnknown, and AlreadySettled when there is nothing to decide any more."""
    post = await posts.find(tx, post_id)
    discussion = None if post is None else await discussions.find(tx, post.discussion)
    if post is None or discussion is None:
        raise DiscussionUnknown()
    if discussion.state is State.CLOSED:
        raise DiscussionClosed(title=discussion.title)
    if post.state is not PostState.UNCERTAIN:
        raise AlreadySettled()
    return discussion, post


async def post_again(tx: Tx, post: Post, now: datetime) -> None:
    await posts.store_waiting(tx, post.id, now)
    await discussions.store_state(tx, post.discussion, State.QUEUED)


async def resume(tx: Tx, chat: ChatId, now: datetime) -> None:
    """A right was given or the bot is back: what waited for it in this chat is tried at once."""
    await posts.retry_now(tx, chat, now)


async def move_group(tx: Tx, old: ChatId, new: ChatId) -> None:
    """A basic group became a supergroup and changed its number."""
    await channels.migrate_group(tx, old, new)
    await posts.move_chat(tx, old, new)


async def uncertain_post(tx: Tx, discussion: Discussion) -> Post | None:
    """The message that the discussion waits for somebody to decide about."""
    if discussion.state is not State.UNCERTAIN:
        return None
    unknown = await posts.unconfirmed(tx, discussion.chat)
    mine = (p for p in unknown if p.discussion == discussion.id and p.state is PostState.UNCERTAIN)
    return next(mine, None)
