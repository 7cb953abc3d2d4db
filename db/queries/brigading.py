"""What tells of brigading: sums by the minute and by the option, never a voter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from bot.domain.brigading import Sample, Sign
from bot.domain.discussion import State
from bot.domain.ids import BallotId, ChatId, DiscussionId, OptionId
from db.dialect import upsert
from db.engine import Tx
from db.models import ArrivalRow, BallotRow, ChannelRow, DiscussionRow, OpinionRow, OptionRow, SampleRow


@dataclass(frozen=True, slots=True)
class Watched:
    """A ballot that runs, in a channel that wants to know."""

    ballot: BallotId
    discussion: DiscussionId
    channel: ChatId
    step: int
    opened_at: datetime


async def watched(tx: Tx, by_default: bool) -> list[Watched]:
    """``by_default``: whether channels that set nothing of their own want it."""
    wanted = func.coalesce(ChannelRow.watch, by_default)
    rows = await tx.execute(
        select(BallotRow.id, DiscussionRow.id, ChannelRow.chat, BallotRow.step, DiscussionRow.created_at)
        .join(DiscussionRow, DiscussionRow.id == BallotRow.discussion_id)
        .join(ChannelRow, ChannelRow.id == DiscussionRow.channel_id)
        .where(BallotRow.closed_at.is_(None), DiscussionRow.state == State.OPEN, wanted)
    )
    return [Watched(*row) for row in rows]


async def add_arrivals(tx: Tx, discussion: DiscussionId, minutes: Mapping[int, int]) -> None:
    """``minutes``: since 1970, to first votes in whole steps."""
    rows = [
        {"discussion_id": discussion, "minute": minute, "votes": votes}
        for minute, votes in sorted(minutes.items())
        if votes
    ]
    await upsert(tx, ArrivalRow, rows, add=["votes"])


async def add_samples(tx: Tx, ballot: BallotId, samples: Mapping[OptionId, Sample]) -> None:
    rows = [
        {"ballot_id": ballot, "option_id": option, "members": s.members, "strangers": s.strangers}
        for option, s in sorted(samples.items())
        if s.size
    ]
    await upsert(tx, SampleRow, rows, add=["members", "strangers"])


async def arrivals(tx: Tx, discussion: DiscussionId) -> dict[int, int]:
    rows = await tx.execute(
        select(ArrivalRow.minute, ArrivalRow.votes).where(ArrivalRow.discussion_id == discussion)
    )
    return {row.minute: row.votes for row in rows}


async def samples(tx: Tx, ballot: BallotId) -> list[Sample]:
    """One for each option, in their order."""
    rows = await tx.execute(
        select(SampleRow.members, SampleRow.strangers)
        .select_from(OptionRow)
        .outerjoin(SampleRow, SampleRow.option_id == OptionRow.id)
        .where(OptionRow.ballot_id == ballot)
        .order_by(OptionRow.position)
    )
    return [Sample(members or 0, strangers or 0) for members, strangers in rows]


async def drop_samples(tx: Tx, ballot: BallotId) -> None:
    await tx.execute(delete(SampleRow).where(SampleRow.ballot_id == ballot))


async def flags(tx: Tx, discussion: DiscussionId) -> list[Sequence[str]]:
    """Of each opinion that was screened."""
    rows = await tx.scalars(
        select(OpinionRow.flags).where(OpinionRow.discussion_id == discussion, OpinionRow.flags.is_not(None))
    )
    return [found or () for found in rows]


async def signs_for_update(tx: Tx, ballot: BallotId) -> list[Sign]:
    """What was found so far; nobody else adds to it until the transaction ends, and votes do not wait."""
    found = await tx.scalar(
        select(BallotRow.signs).where(BallotRow.id == ballot).with_for_update(key_share=True, of=BallotRow)
    )
    return [Sign(sign) for sign in found or ()]


async def store_signs(tx: Tx, ballot: BallotId, found: Sequence[Sign]) -> None:
    await tx.execute(
        update(BallotRow).where(BallotRow.id == ballot).values(signs=[str(sign) for sign in found])
    )


async def store_adjusted(tx: Tx, ballot: BallotId, adjusted: Sequence[int]) -> None:
    await tx.execute(update(BallotRow).where(BallotRow.id == ballot).values(adjusted=list(adjusted)))
