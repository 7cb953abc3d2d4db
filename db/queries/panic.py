"""What a panic destroys in the database.  Keys are destroyed before any of this, and rows of readers are erased after it."""

from datetime import datetime

from sqlalchemy import delete, exists, func, or_, select, update

from bot.domain.discussion import PostState, State
from bot.domain.ids import RoomId
from bot.domain.opinion import Source, Standing
from db.engine import Tx
from db.models import (
    AnswerRow,
    BallotRow,
    CardRow,
    DiscussionRow,
    DraftRow,
    FactRow,
    FailedUpdateRow,
    InvitationRow,
    OpinionRow,
    OutboxRow,
    PostRow,
    PromptRow,
    QuoteRow,
    RoomRow,
    VoteRow,
)
from db.queries import discussion as discussions
from db.queries import forgetting
from db.queries import post as posts

GROUP = "group"  # bot.domain.room.RoomKind
WAITING = "waiting"  # bot.domain.quote.QuoteState; all others are, or may be, in the group


async def close_all(tx: Tx, since: datetime, now: datetime) -> int:
    """Votes and opinions end here; the messages will say so without numbers.  In one order, as all lock them.

    What was closed ``since`` then, by whoever missed its key, is drawn anew.
    """
    running = select(DiscussionRow.id).where(DiscussionRow.state != State.CLOSED).order_by(DiscussionRow.id)
    numbers = list(await tx.scalars(running))
    for number in numbers:
        await discussions.close(tx, number, now)
    closed = update(BallotRow).where(BallotRow.closed_at >= min(since, now), BallotRow.hushed.is_(False))
    await tx.execute(closed.values(hushed=True, own_version=BallotRow.own_version + 1))
    return len(numbers)


async def mark_keyless(tx: Tx, now: datetime) -> None:
    keyed = DiscussionRow.key.is_not(None), DiscussionRow.keyless_at.is_(None)
    await tx.execute(update(DiscussionRow).where(*keyed).values(keyless_at=now))
    await forgetting.leave_traces(tx)


async def destroy_unsent(tx: Tx) -> None:
    """Queues, drafts, answers, prompts, cards, invitations, posts that were not sent, opinions that were not published."""
    for table in (OutboxRow, FailedUpdateRow, DraftRow, AnswerRow, PromptRow, CardRow, InvitationRow):
        await tx.execute(delete(table))
    await tx.execute(delete(RoomRow).where(RoomRow.kind != GROUP))
    await tx.execute(delete(FactRow).where(FactRow.name.startswith("panic-asked:")))
    await _destroy_posts(tx)
    await _destroy_opinions(tx)


async def _destroy_posts(tx: Tx) -> None:
    """A discussion of which nothing was sent goes as a whole: its title and its question are unsent words, too."""
    out = exists().where(PostRow.discussion_id == DiscussionRow.id, PostRow.state != PostState.WAITING)
    unsent = list(await tx.scalars(select(DiscussionRow.id).where(~out)))
    ballots = select(BallotRow.id).where(BallotRow.discussion_id.in_(unsent))
    await tx.execute(delete(VoteRow).where(VoteRow.ballot_id.in_(ballots)))
    await tx.execute(delete(DiscussionRow).where(DiscussionRow.id.in_(unsent)))
    await tx.execute(delete(PostRow).where(PostRow.state == PostState.WAITING))


async def _destroy_opinions(tx: Tx) -> None:
    """Private ones that no quotation has shown, and texts whose key is gone."""
    await tx.execute(delete(QuoteRow).where(QuoteRow.state == WAITING))
    quoted = exists().where(QuoteRow.opinion_id == OpinionRow.id)
    private = (OpinionRow.source == Source.PRIVATE) & ~quoted
    await tx.execute(delete(OpinionRow).where(or_(private, OpinionRow.sealed.is_not(None))))
    for column, source in ((DiscussionRow.comments, Source.COMMENT), (DiscussionRow.private, Source.PRIVATE)):
        left = (
            select(func.count())
            .where(
                OpinionRow.discussion_id == DiscussionRow.id,
                OpinionRow.source == source,
                OpinionRow.state != Standing.REJECTED,
            )
            .scalar_subquery()
        )
        await tx.execute(update(DiscussionRow).values({column: left}))


async def rooms(tx: Tx, limit: int) -> list[tuple[RoomId, bytes]]:
    """Those that are still to be left, with their sealed addresses."""
    found = await tx.execute(select(RoomRow.id, RoomRow.address).order_by(RoomRow.id).limit(limit))
    return [(number, address) for number, address in found]


async def forget_room(tx: Tx, room: RoomId) -> None:
    await tx.execute(delete(RoomRow).where(RoomRow.id == room))


async def leave_undrawn(tx: Tx) -> int:
    """Closed ballots whose messages were to be edited are counted as drawn; how many there were."""
    waiting = BallotRow.closed_at.is_not(None) & (BallotRow.drawn_version < BallotRow.own_version)
    count = len(await posts.stale(tx))
    await tx.execute(update(BallotRow).where(waiting).values(drawn_version=BallotRow.own_version))
    return count


async def forget_rooms(tx: Tx) -> int:
    gone = await tx.execute(delete(RoomRow))
    return int(gone.rowcount)  # type: ignore[attr-defined]


async def erasing(tx: Tx) -> bool:
    """Whether rows of readers, or their traces in the files, are still there."""
    return await forgetting.keyless(tx) is not None or await forgetting.traces_left(tx) is not None


async def running(tx: Tx) -> bool:
    """Whether a discussion takes anything, or a key is still named: something came in between."""
    late = or_(
        DiscussionRow.state != State.CLOSED,
        DiscussionRow.key.is_not(None) & DiscussionRow.keyless_at.is_(None),
    )
    return bool(await tx.scalar(select(exists().where(late))))
