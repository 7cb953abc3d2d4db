"""Messages of discussions on their way to the channel, and the redraws of those with a ballot."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, exists, or_, select, update
from sqlalchemy.orm import aliased

from bot.domain.discussion import Post, PostKind, PostState, State
from bot.domain.ids import BallotId, ChatId, DiscussionId, MessageId, PostId
from bot.domain.pace import LONGEST_CLAIM, LONGEST_DOUBT, LONGEST_WAIT
from db.engine import Tx
from db.models import BallotRow, ChannelRow, DiscussionRow, PostRow
from db.queries.times import has_come


def post_of(row: PostRow) -> Post:
    return Post(
        id=row.id,
        discussion=row.discussion_id,
        position=row.position,
        kind=PostKind(row.kind),
        chat=row.chat,
        text=row.text,
        entities=tuple(row.entities),
        state=PostState(row.state),
        message=row.message,
        reply_to=row.reply_to,
    )


def _next_waiting() -> Select[PostRow]:
    """The first unsent message of each running discussion whose earlier ones are all out."""
    earlier = aliased(PostRow)
    blocked = exists().where(
        earlier.discussion_id == PostRow.discussion_id,
        earlier.position < PostRow.position,
        earlier.state != PostState.SENT,
    )
    return (
        select(PostRow)
        .join(DiscussionRow, DiscussionRow.id == PostRow.discussion_id)
        .where(PostRow.state == PostState.WAITING, DiscussionRow.state == State.QUEUED, ~blocked)
    )


@dataclass(frozen=True, slots=True)
class DuePost:
    """``since`` is when it became due, in Unix seconds."""

    id: PostId
    chat: ChatId
    since: float


async def due(tx: Tx, now: datetime) -> list[DuePost]:
    """The oldest of each chat."""
    is_due = or_(PostRow.attempts == 0, has_come(PostRow.not_before, now, LONGEST_WAIT))
    statement = _next_waiting().where(is_due).order_by(PostRow.id)
    rows = await tx.execute(statement.with_only_columns(PostRow.id, PostRow.chat, PostRow.not_before))
    firsts: dict[ChatId, DuePost] = {}
    for number, chat, since in rows:
        firsts.setdefault(chat, DuePost(number, chat, min(since, now).timestamp()))
    return list(firsts.values())


async def next_due(tx: Tx, now: datetime) -> datetime | None:
    """When the next message becomes due after ``now``."""
    later = _next_waiting().where(PostRow.not_before > now)
    return await tx.scalar(later.with_only_columns(PostRow.not_before).order_by(PostRow.not_before).limit(1))


async def find(tx: Tx, post: PostId) -> Post | None:
    row = await tx.get(PostRow, post, populate_existing=True)
    return None if row is None else post_of(row)


async def previous_message(tx: Tx, post: Post) -> MessageId | None:
    """What this message replies to: the one before it in the discussion."""
    return await tx.scalar(
        select(PostRow.message).where(
            PostRow.discussion_id == post.discussion, PostRow.position == post.position - 1
        )
    )


async def of_discussion(tx: Tx, discussion: DiscussionId) -> list[Post]:
    """In their order."""
    rows = await tx.scalars(
        select(PostRow).where(PostRow.discussion_id == discussion).order_by(PostRow.position)
    )
    return [post_of(row) for row in rows]


async def claim(tx: Tx, post: PostId, holder: str, until: datetime) -> int | None:
    """Take it for sending; ``until`` is when, still without an answer, somebody has to be asked.

    Returns how often that was tried before; ``None`` when another process has it, and for a discussion that was closed
    since it was read.
    """
    free = (
        select(PostRow.attempts)
        .join(DiscussionRow, DiscussionRow.id == PostRow.discussion_id)
        .where(PostRow.id == post, PostRow.state == PostState.WAITING, DiscussionRow.state == State.QUEUED)
    )
    # A discussion that is being closed at this moment is locked, too.
    attempts = await tx.scalar(free.with_for_update(skip_locked=True, of=(PostRow, DiscussionRow)))
    if attempts is not None:
        values = {"state": PostState.SENDING, "attempts": attempts + 1, "not_before": until}
        await tx.execute(update(PostRow).where(PostRow.id == post).values(claimed_by=holder, **values))
    return attempts


async def store_sent(tx: Tx, post: PostId, message: MessageId | None) -> None:
    """``None``: it is there, but nobody knows its number.  A number learned from its copy stays."""
    values: dict[str, object] = {"state": PostState.SENT}
    if message is not None:
        values["message"] = message
    await tx.execute(update(PostRow).where(PostRow.id == post).values(values))


async def store_waiting(tx: Tx, post: PostId, not_before: datetime, *, holder: str | None = None) -> None:
    """Not sent, for certain: again later.  ``holder`` says so of its own call, as long as the claim is its own."""
    statement = update(PostRow).where(PostRow.id == post, PostRow.state != PostState.SENT)
    if holder is not None:
        statement = statement.where(PostRow.claimed_by == holder)
    values = {"state": PostState.WAITING, "not_before": not_before, "claimed_by": None}
    await tx.execute(statement.values(**values))


async def store_uncertain(tx: Tx, post: PostId, ask_at: datetime, *, holder: str | None) -> None:
    """Nobody knows what came of the call that ``holder`` made."""
    await tx.execute(
        update(PostRow)
        .where(
            PostRow.id == post,
            PostRow.state == PostState.SENDING,
            PostRow.claimed_by.is_not_distinct_from(holder),
        )
        .values(state=PostState.UNCERTAIN, not_before=ask_at)
    )


@dataclass(frozen=True, slots=True)
class Sending:
    """``holder``: the process that claimed it; ``over``: longer ago than any call lasts."""

    id: PostId
    holder: str | None
    over: bool


async def sending(tx: Tx, now: datetime) -> list[Sending]:
    rows = await tx.execute(
        select(PostRow.id, PostRow.claimed_by, has_come(PostRow.not_before, now, LONGEST_CLAIM)).where(
            PostRow.state == PostState.SENDING
        )
    )
    return [Sending(number, holder, over) for number, holder, over in rows]


async def uncertain(tx: Tx, asked_before: datetime | None = None) -> list[Post]:
    """Messages of which nobody knows whether they arrived, in discussions that are not marked so yet."""
    statement = (
        select(PostRow)
        .join(DiscussionRow, DiscussionRow.id == PostRow.discussion_id)
        .where(PostRow.state == PostState.UNCERTAIN, DiscussionRow.state == State.QUEUED)
    )
    if asked_before is not None:
        statement = statement.where(has_come(PostRow.not_before, asked_before, LONGEST_DOUBT))
    return [post_of(row) for row in await tx.scalars(statement)]


async def next_question(tx: Tx) -> datetime | None:
    """When the next editor has to be asked about a message that nobody is sure of."""
    statement = (
        select(PostRow.not_before)
        .join(DiscussionRow, DiscussionRow.id == PostRow.discussion_id)
        .where(PostRow.state == PostState.UNCERTAIN, DiscussionRow.state == State.QUEUED)
    )
    return await tx.scalar(statement.order_by(PostRow.not_before).limit(1))


async def unconfirmed(tx: Tx, chat: ChatId, fingerprint: bytes | None = None) -> list[Post]:
    """Messages in this chat whose number nobody knows yet, oldest first; with ``fingerprint`` only those of that text."""
    statement = select(PostRow).where(
        PostRow.chat == chat,
        PostRow.state != PostState.WAITING,
        PostRow.message.is_(None),
    )
    if fingerprint is not None:
        statement = statement.where(PostRow.fingerprint == fingerprint)
    return [post_of(row) for row in await tx.scalars(statement.order_by(PostRow.id))]


async def holder(tx: Tx, chat: ChatId, message: MessageId) -> Post | None:
    """The post that is known to be this message."""
    row = await tx.scalar(select(PostRow).where(PostRow.chat == chat, PostRow.message == message))
    return None if row is None else post_of(row)


async def release(tx: Tx, post: PostId, ask_at: datetime) -> None:
    """The number that was taken for its own belongs to another: it is in doubt again."""
    await tx.execute(
        update(PostRow)
        .where(PostRow.id == post)
        .values(state=PostState.UNCERTAIN, message=None, not_before=ask_at)
    )


async def keeps_order(tx: Tx, post: Post, message: MessageId) -> bool:
    """Whether the post may be this message: the parts of a discussion that are known stand before and behind it."""
    behind = and_(PostRow.position < post.position, PostRow.message >= message)
    before = and_(PostRow.position > post.position, PostRow.message <= message)
    wrong = exists().where(PostRow.discussion_id == post.discussion, or_(behind, before))
    return not await tx.scalar(select(wrong))


async def all_sent(tx: Tx, discussion: DiscussionId) -> bool:
    unsent = exists().where(PostRow.discussion_id == discussion, PostRow.state != PostState.SENT)
    return not await tx.scalar(select(unsent))


async def of_ballot(tx: Tx, ballot: BallotId) -> Post | None:
    row = await tx.scalar(
        select(PostRow)
        .join(BallotRow, BallotRow.discussion_id == PostRow.discussion_id)
        .where(BallotRow.id == ballot, PostRow.kind == PostKind.BALLOT)
    )
    return None if row is None else post_of(row)


async def retry_now(tx: Tx, chat: ChatId, now: datetime) -> None:
    """Something was mended in this chat: what waited for it goes at once."""
    await tx.execute(
        update(PostRow).where(PostRow.chat == chat, PostRow.state == PostState.WAITING).values(not_before=now)
    )


async def move_chat(tx: Tx, old: ChatId, new: ChatId) -> None:
    await tx.execute(update(PostRow).where(PostRow.chat == old, PostRow.message.is_(None)).values(chat=new))
    await tx.execute(update(DiscussionRow).where(DiscussionRow.chat == old).values(chat=new))


@dataclass(frozen=True, slots=True)
class StaleDrawing:
    """A message that shows an older ballot than there is."""

    post: PostId
    discussion: DiscussionId
    chat: ChatId
    message: MessageId
    drawn: str | None
    closed: bool


async def stale(tx: Tx, chats: Collection[ChatId] | None = None) -> list[StaleDrawing]:
    """Ballots that have changed since they were drawn, in channels where the bot still is; of these chats, or of all.

    Those that run are compared one by one, with the sum of their counters where each vote is shown; closed ones, of which
    there are most, have an index of their own.
    """
    runs = select(BallotRow.id).where(BallotRow.closed_at.is_(None), BallotRow.drawn_version < BallotRow.look)
    over = select(BallotRow.id).where(
        BallotRow.closed_at.is_not(None), BallotRow.drawn_version < BallotRow.own_version
    )
    changed = [*await tx.scalars(runs), *await tx.scalars(over)]
    if not changed:
        return []
    statement = (
        select(
            PostRow.id,
            PostRow.discussion_id,
            PostRow.chat,
            PostRow.message,
            BallotRow.drawn,
            BallotRow.closed_at,
        )
        .join(BallotRow, BallotRow.discussion_id == PostRow.discussion_id)
        .join(DiscussionRow, DiscussionRow.id == PostRow.discussion_id)
        .join(ChannelRow, ChannelRow.id == DiscussionRow.channel_id)
        .where(BallotRow.id.in_(changed), PostRow.kind == PostKind.BALLOT, ChannelRow.active)
    )
    if chats is not None:
        statement = statement.where(PostRow.chat.in_(list(chats)))
    return [
        StaleDrawing(post, discussion, chat, message, drawn, closed_at is not None)
        for post, discussion, chat, message, drawn, closed_at in await tx.execute(statement)
        if message is not None
    ]


async def store_drawn(tx: Tx, discussion: DiscussionId, version: int, drawn: str | None) -> None:
    """The message shows this version; ``drawn`` is the digest of what is shown.  What another process has drawn since
    stays: it is newer.
    """
    await tx.execute(
        update(BallotRow)
        .where(BallotRow.discussion_id == discussion, BallotRow.drawn_version <= version)
        .values(drawn_version=version, drawn=drawn)
    )


async def store_same(tx: Tx, drawing: StaleDrawing, version: int) -> None:
    """This version looks like what is shown, unless another process has drawn it anew since it was read."""
    await tx.execute(
        update(BallotRow)
        .where(
            BallotRow.discussion_id == drawing.discussion,
            BallotRow.drawn_version < version,
            BallotRow.drawn.is_not_distinct_from(drawing.drawn),
        )
        .values(drawn_version=version)
    )
