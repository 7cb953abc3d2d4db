"""Counters put right, beside running bots."""

from sqlalchemy import func, select, update

from bot.domain.ids import BallotId, DiscussionId
from bot.domain.opinion import Source, Standing
from db import checking
from db.dialect import BALLOT, lock, upsert
from db.engine import Database, Tx
from db.models import DiscussionRow, OpinionRow, OptionCountRow

SHARD = 0  # takes the difference: counters are sums over all shards


async def recount(db: Database) -> tuple[int, int]:
    """How many counters of options and of how many discussions were put right, in one transaction.

    What is wrong is looked for before it, since that takes long, and holds up nobody; in it only that is counted again.
    """
    async with db.read() as tx:
        connection = await tx.connection()
        ballots = {wrong[0] for wrong in await connection.run_sync(checking.wrong_counters)}
        discussions = await connection.run_sync(checking.wrong_opinions)
    if not ballots and not discussions:
        return 0, 0
    async with db.write() as tx:
        counters = [await _votes(tx, ballot) for ballot in sorted(ballots)]
        opinions = [await _opinions(tx, discussion) for discussion in discussions]
    return sum(counters), sum(opinions)


async def _votes(tx: Tx, ballot: BallotId) -> int:
    """No vote is stored on this ballot until the transaction ends.  Its version grows, so that its message is redrawn."""
    await lock(tx, BALLOT, ballot)
    connection = await tx.connection()
    wrong = await connection.run_sync(checking.wrong_counters, ballot)
    rows = [
        {"ballot_id": ballot, "option_id": option, "shard": SHARD, "votes": votes - counter, "version": 1}
        for _, option, votes, counter in wrong
    ]
    await upsert(tx, OptionCountRow, rows, add=["votes", "version"])
    return len(rows)


async def _opinions(tx: Tx, discussion: DiscussionId) -> bool:
    """Whoever stores an opinion changes the discussion's row, too: with that locked, nothing comes in between."""
    row = await tx.scalar(select(DiscussionRow).where(DiscussionRow.id == discussion).with_for_update())
    if row is None:
        return False
    counted = await tx.execute(
        select(OpinionRow.source, func.count().label("number"))
        .where(OpinionRow.discussion_id == discussion, OpinionRow.state == Standing.APPROVED)
        .group_by(OpinionRow.source)
    )
    truth = {row.source: row.number for row in counted}
    new = {"comments": truth.get(Source.COMMENT, 0), "private": truth.get(Source.PRIVATE, 0)}
    if (row.comments, row.private) == (new["comments"], new["private"]):
        return False
    await tx.execute(update(DiscussionRow).where(DiscussionRow.id == discussion).values(new))
    return True
