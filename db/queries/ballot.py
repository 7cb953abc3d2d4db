"""Ballots and votes.  The hot path: Core statements, no ORM objects, counters moved by the net change of a batch."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, case, delete, select, update

from bot.domain.ballot import Ballot, Option, Results
from bot.domain.discussion import PostKind, PostState
from bot.domain.ids import BallotId, ChatId, KeyName, OptionId, Pseudonym
from db.dialect import BALLOT, KINDS, Raced, among, kind, lock_shared, pseudonyms, upsert
from db.engine import Tx
from db.models import BallotRow, ChannelRow, DiscussionRow, OptionCountRow, OptionRow, PostRow, VoteRow


@dataclass(frozen=True, slots=True)
class Placed:
    """A ballot and where its message can be pressed: in the chat that it stands in, and under a channel post's copy."""

    ballot: Ballot
    chats: frozenset[ChatId]
    key: KeyName | None  # of its discussion's readers
    arrived: bool  # whether the number of its message is known, or it was not sent yet


# Built once: they run for each batch of votes, and building them takes longer than running them.
_PLACED = (
    select(
        BallotRow.discussion_id,
        BallotRow.question,
        BallotRow.version.label("version"),
        BallotRow.closes_at,
        BallotRow.closed_at,
        BallotRow.results,
        BallotRow.step,
        BallotRow.minimum,
        DiscussionRow.chat,
        case((DiscussionRow.keyless_at.is_(None), DiscussionRow.key)).label("key"),
        ChannelRow.chat.label("channel"),
        ChannelRow.group_chat,
        PostRow.state,
        PostRow.message,
        OptionRow.id,
        OptionRow.label,
        OptionRow.votes.label("votes"),
        OptionRow.shown,
    )
    .join(DiscussionRow, DiscussionRow.id == BallotRow.discussion_id)
    .join(ChannelRow, ChannelRow.id == DiscussionRow.channel_id)
    .join(OptionRow, OptionRow.ballot_id == BallotRow.id)
    .outerjoin(PostRow, and_(PostRow.discussion_id == DiscussionRow.id, PostRow.kind == PostKind.BALLOT))
    .where(BallotRow.id == bindparam("ballot"))
    .order_by(OptionRow.position)
)
_HELD = {
    kind: select(VoteRow.voter, VoteRow.option_id)
    .where(VoteRow.ballot_id == bindparam("ballot"), among(kind, VoteRow.voter))
    .order_by(VoteRow.voter)
    .with_for_update()
    for kind in KINDS
}


async def placed(tx: Tx, ballot: BallotId) -> Placed | None:
    """In one statement: it runs for each batch of votes.  Closing the ballot waits until this transaction has ended."""
    await lock_shared(tx, BALLOT, ballot)
    rows = (await (await tx.connection()).execute(_PLACED, {"ballot": ballot})).all()
    if not rows:
        return None
    first = rows[0]
    chats = frozenset(chat for chat in (first.chat, first.channel, first.group_chat) if chat is not None)
    return Placed(
        Ballot(
            id=ballot,
            discussion=first.discussion_id,
            question=first.question,
            options=tuple(Option(row.id, row.label, row.votes, row.shown) for row in rows),
            version=first.version,
            closes_at=first.closes_at,
            closed_at=first.closed_at,
            results=Results(first.results),
            step=first.step,
            minimum=first.minimum,
        ),
        chats,
        first.key,
        arrived=first.message is not None or first.state in {None, PostState.WAITING},
    )


async def held_options(tx: Tx, ballot: BallotId, voters: Iterable[Pseudonym]) -> dict[Pseudonym, OptionId]:
    """Locked, in one order, so that what was read here is what ``store_votes`` changes."""
    which = kind(tx)
    given = {"ballot": ballot, **pseudonyms(which, list(voters))}
    rows = await (await tx.connection()).execute(_HELD[which], given)
    return {row.voter: row.option_id for row in rows}


async def store_votes(
    tx: Tx,
    ballot: BallotId,
    before: Mapping[Pseudonym, OptionId],
    after: Mapping[Pseudonym, OptionId | None],
    shard: int,
) -> dict[OptionId, int]:
    """Returns the net change of each option, which it adds to the counters of ``shard``.

    ``after``: what each voter of a batch holds now, ``None`` for nothing; ``before``: what they held.  Raises Raced when
    another process stored the first vote of one of them since ``before`` was read.
    """
    changed = {voter: option for voter, option in after.items() if option != before.get(voter)}
    if not changed:
        return {}
    cast: list[dict[str, object]] = []
    moved: list[dict[str, object]] = []
    gone: list[Pseudonym] = []
    for voter, option in changed.items():
        if option is None:
            gone.append(voter)
        else:
            row = {"ballot_id": ballot, "voter": voter, "option_id": option}
            (moved if voter in before else cast).append(row)
    if await upsert(tx, VoteRow, cast) < len(cast):
        raise Raced("votes")
    await upsert(tx, VoteRow, moved, update=["option_id"])
    if gone:
        await tx.execute(delete(VoteRow).where(VoteRow.ballot_id == ballot, VoteRow.voter.in_(gone)))
    net: Counter[OptionId] = Counter()
    for voter, option in changed.items():
        if (held := before.get(voter)) is not None:
            net[held] -= 1
        if option is not None:
            net[option] += 1
    counts = [
        {"ballot_id": ballot, "option_id": option, "shard": shard, "votes": change, "version": 1}
        for option, change in net.items()
        if change
    ]
    await upsert(tx, OptionCountRow, counts, add=["votes", "version"])
    return net


async def bump(tx: Tx, ballot: BallotId) -> None:
    """Something that readers could see has changed."""
    await tx.execute(
        update(BallotRow).where(BallotRow.id == ballot).values(own_version=BallotRow.own_version + 1)
    )


async def count_anew(tx: Tx, ballot: BallotId) -> dict[OptionId, int]:
    """The votes counted one by one: what the counters must equal."""
    votes = await tx.scalars(select(VoteRow.option_id).where(VoteRow.ballot_id == ballot))
    return dict(Counter(votes))
