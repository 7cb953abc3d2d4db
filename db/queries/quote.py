"""Quotations on their way to the discussion group and back."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, or_, select, update

from bot.domain.ids import ChatId, DiscussionId, MessageId, OpinionId, Pseudonym, QuoteId
from bot.domain.quote import Quote, QuoteState
from db.dialect import upsert
from db.engine import Tx
from db.models import PostRow, QuoteRow, ReportRow, ThreadRow

ID_BITS = 52


def quote_of(row: QuoteRow) -> Quote:
    return Quote(row.id, row.opinion_id, row.discussion_id, QuoteState(row.state), row.chat, row.message)


async def find(tx: Tx, quote: QuoteId) -> Quote | None:
    row = await tx.get(QuoteRow, quote, populate_existing=True)
    return None if row is None else quote_of(row)


async def of_opinion(tx: Tx, opinion: OpinionId) -> Quote | None:
    """The one that stands, or is to stand, in the group."""
    statement = select(QuoteRow).where(QuoteRow.opinion_id == opinion, QuoteRow.state != QuoteState.LEAVING)
    row = await tx.scalar(statement.execution_options(populate_existing=True))
    return None if row is None else quote_of(row)


async def add(tx: Tx, opinion: OpinionId, discussion: DiscussionId, not_before: datetime) -> None:
    """Together with those of the discussion that wait already, if any do."""
    waiting = select(func.max(QuoteRow.not_before)).where(
        QuoteRow.discussion_id == discussion, QuoteRow.state == QuoteState.WAITING
    )
    together = await tx.scalar(waiting)
    row = {
        "id": secrets.randbits(ID_BITS),
        "opinion_id": opinion,
        "discussion_id": discussion,
        "state": QuoteState.WAITING,
        "not_before": together or not_before,
    }
    await tx.execute(insert(QuoteRow).values(row))


async def drop_or_leave(tx: Tx, opinion: OpinionId) -> None:
    """It is not to stand in the group any more: what waits never goes, what is there goes."""
    mine = QuoteRow.opinion_id == opinion
    await tx.execute(delete(QuoteRow).where(mine, QuoteRow.state == QuoteState.WAITING))
    await tx.execute(update(QuoteRow).where(mine).values(state=QuoteState.LEAVING))


async def due(tx: Tx, now: datetime) -> list[Quote]:
    """One of each discussion, in the order of their random ids."""
    first = (
        select(func.min(QuoteRow.id))
        .where(QuoteRow.state == QuoteState.WAITING, QuoteRow.opinion_id.is_not(None))
        .where(QuoteRow.not_before <= now)
        .group_by(QuoteRow.discussion_id)
    )
    rows = await tx.scalars(select(QuoteRow).where(QuoteRow.id.in_(first)).order_by(QuoteRow.id))
    return [quote_of(row) for row in rows]


async def next_due(tx: Tx, now: datetime) -> datetime | None:
    waiting = QuoteRow.state == QuoteState.WAITING, QuoteRow.not_before > now
    return await tx.scalar(select(func.min(QuoteRow.not_before)).where(*waiting))


async def claim(tx: Tx, quote: QuoteId, holder: str) -> bool:
    waits = QuoteRow.state == QuoteState.WAITING, QuoteRow.opinion_id.is_not(None)
    done = await tx.execute(
        update(QuoteRow)
        .where(QuoteRow.id == quote, *waits)
        .values(state=QuoteState.SENDING, claimed_by=holder, not_before=None)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


async def put_back(tx: Tx, quote: QuoteId, not_before: datetime) -> None:
    """Not sent, for certain."""
    sending = QuoteRow.id == quote, QuoteRow.state == QuoteState.SENDING
    values = {"state": QuoteState.WAITING, "claimed_by": None, "not_before": not_before}
    await tx.execute(update(QuoteRow).where(*sending).values(values))


async def store_published(tx: Tx, quote: QuoteId, chat: ChatId, message: MessageId | None) -> None:
    """Whoever rejected it while it was being sent has the last word."""
    values = {"chat": chat, "message": message, "claimed_by": None}
    await tx.execute(update(QuoteRow).where(QuoteRow.id == quote).values(values))
    sending = QuoteRow.id == quote, QuoteRow.state == QuoteState.SENDING
    await tx.execute(update(QuoteRow).where(*sending).values(state=QuoteState.PUBLISHED))


async def sending(tx: Tx) -> list[tuple[Quote, str | None]]:
    """Being sent, and by which process; also those that were rejected meanwhile."""
    rows = await tx.scalars(select(QuoteRow).where(QuoteRow.claimed_by.is_not(None)))
    return [(quote_of(row), row.claimed_by) for row in rows]


async def leaving(tx: Tx) -> list[Quote]:
    """Those whose message is to be deleted: rejected, or withdrawn by their authors."""
    gone = or_(
        QuoteRow.state == QuoteState.LEAVING,
        (QuoteRow.opinion_id.is_(None)) & (QuoteRow.state != QuoteState.SENDING),
    )
    rows = await tx.scalars(
        select(QuoteRow).where(gone, QuoteRow.claimed_by.is_(None)).order_by(QuoteRow.id).limit(100)
    )
    return [quote_of(row) for row in rows]


async def remove(tx: Tx, quote: QuoteId) -> None:
    await tx.execute(delete(QuoteRow).where(QuoteRow.id == quote))


async def thread_of(
    tx: Tx, group: ChatId, discussion: DiscussionId, messages: Sequence[MessageId]
) -> MessageId | None:
    """The message in the group under which the discussion's comments stand."""
    own = select(PostRow.message).where(
        PostRow.discussion_id == discussion, PostRow.chat == group, PostRow.message.is_not(None)
    )
    here = await tx.scalar(own.order_by(PostRow.position.desc()).limit(1))
    if here is not None:
        return here
    posts = (
        select(ThreadRow.message)
        .join(
            PostRow,
            (PostRow.chat == ThreadRow.channel_chat) & (PostRow.message == ThreadRow.post_message),
        )
        .where(PostRow.discussion_id == discussion, ThreadRow.group_chat == group)
        .where(PostRow.message.in_(messages))
        .order_by(PostRow.position)
        .limit(1)
    )
    return await tx.scalar(posts)


async def report(tx: Tx, opinion: OpinionId, reporter: Pseudonym) -> tuple[bool, int]:
    """Whether it is this reader's first, and how many there are now."""
    first = await upsert(tx, ReportRow, [{"opinion_id": opinion, "reporter": reporter}])
    count = select(func.count()).select_from(ReportRow).where(ReportRow.opinion_id == opinion)
    return bool(first), await tx.scalar(count) or 0


async def states(tx: Tx, opinions: Collection[OpinionId]) -> dict[OpinionId, QuoteState]:
    """Of those that are quoted, or are to be."""
    rows = await tx.execute(
        select(QuoteRow.opinion_id, QuoteRow.state).where(
            QuoteRow.opinion_id.in_(list(opinions)), QuoteRow.state != QuoteState.LEAVING
        )
    )
    return {opinion: QuoteState(state) for opinion, state in rows if opinion is not None}
