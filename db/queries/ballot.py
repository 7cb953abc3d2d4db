"""Ballots and votes.  The hot path: Core statements, no ORM objects, counters moved by the net change of a batch."""

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import selectinload

from bot.domain.ballot import Ballot
from bot.domain.ids import BallotId, ChatId, OptionId, Pseudonym
from db.dialect import upsert
from db.engine import Tx
from db.models import BallotRow, ChannelRow, DiscussionRow, OptionRow, VoteRow
from db.queries.discussion import ballot_of


async def find(tx: Tx, ballot: BallotId) -> Ballot | None:
    statement = select(BallotRow).where(BallotRow.id == ballot).options(selectinload(BallotRow.options))
    row = await tx.scalar(statement.execution_options(populate_existing=True))
    return None if row is None else ballot_of(row)


async def chats(tx: Tx, ballot: BallotId) -> frozenset[ChatId]:
    """Where its message can be pressed: the chat that it stands in and, for a channel's post, the group with the copy."""
    statement = (
        select(DiscussionRow.chat, ChannelRow.chat, ChannelRow.group_chat)
        .join(BallotRow, BallotRow.discussion_id == DiscussionRow.id)
        .join(ChannelRow, ChannelRow.id == DiscussionRow.channel_id)
        .where(BallotRow.id == ballot)
    )
    found = (await tx.execute(statement)).one_or_none()
    return frozenset(chat for chat in found if chat is not None) if found else frozenset()


async def held_options(tx: Tx, ballot: BallotId, voters: Iterable[Pseudonym]) -> dict[Pseudonym, OptionId]:
    statement = select(VoteRow.voter, VoteRow.option_id).where(
        VoteRow.ballot_id == ballot, VoteRow.voter.in_(list(voters))
    )
    rows = await tx.execute(statement)
    return {row.voter: row.option_id for row in rows}


async def store_votes(
    tx: Tx,
    ballot: BallotId,
    before: Mapping[Pseudonym, OptionId],
    after: Mapping[Pseudonym, OptionId | None],
) -> None:
    """``after``: what each voter of a batch holds now, ``None`` for nothing; ``before``: what they held."""
    changed = {voter: option for voter, option in after.items() if option != before.get(voter)}
    if not changed:
        return
    cast = [
        {"ballot_id": ballot, "voter": v, "option_id": option}
        for v, option in changed.items()
        if option is not None
    ]
    await upsert(tx, VoteRow, cast, update=["option_id"])
    gone = [voter for voter, option in changed.items() if option is None]
    if gone:
        await tx.execute(delete(VoteRow).where(VoteRow.ballot_id == ballot, VoteRow.voter.in_(gone)))
    net: Counter[OptionId] = Counter()
    for voter, option in changed.items():
        if (held := before.get(voter)) is not None:
            net[held] -= 1
        if option is not None:
            net[option] += 1
    moves = [{"the_option": option, "change": change} for option, change in net.items() if change]
    if moves:
        move = update(OptionRow).where(OptionRow.id == bindparam("the_option"))
        await (await tx.connection()).execute(move.values(votes=OptionRow.votes + bindparam("change")), moves)
        await bump(tx, ballot)


async def bump(tx: Tx, ballot: BallotId) -> None:
    """Something that readers could see has changed."""
    await tx.execute(update(BallotRow).where(BallotRow.id == ballot).values(version=BallotRow.version + 1))


async def count_anew(tx: Tx, ballot: BallotId) -> dict[OptionId, int]:
    """The votes counted one by one: what the counters must equal."""
    votes = await tx.scalars(select(VoteRow.option_id).where(VoteRow.ballot_id == ballot))
    return dict(Counter(votes))
