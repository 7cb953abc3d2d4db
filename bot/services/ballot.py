"""Voting.  A batch of taps is one set of statements, whoever and however many tapped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ballot import Ballot, VoteChange, decide_vote, held_after
from bot.domain.discussion import PostState
from bot.domain.ids import BallotId, ChatId, MessageId, OptionId, Pseudonym, UserId
from bot.domain.refusals import BallotClosed, Refusal, StaleButton
from bot.services import posting
from bot.vault import Vault
from db.engine import Tx
from db.queries import ballot as ballots
from db.queries import post as posts


@dataclass(frozen=True, slots=True)
class Tap:
    """``option`` is ``None`` on the key that withdraws; ``chat`` and ``message`` as Telegram vouches for them."""

    ballot: BallotId
    option: OptionId | None
    user: UserId
    chat: ChatId
    message: MessageId


@dataclass(frozen=True, slots=True)
class Voted:
    """``ballot`` counts the whole batch."""

    change: VoteChange
    ballot: Ballot


async def cast_votes(
    tx: Tx, vault: Vault, taps: Sequence[Tap], now: datetime, shard: int
) -> list[Voted | Refusal]:
    """Apply the taps in their order; one outcome a tap.  The caller owns the transaction.

    ``shard``: which counters this process adds to.  Raises db.dialect.Raced: then the whole transaction begins anew.
    """
    outcomes: list[Voted | Refusal] = [StaleButton()] * len(taps)
    for ballot in sorted(
        {tap.ballot for tap in taps}
    ):  # in one order, so that processes do not wait in a circle
        mine = [(place, tap) for place, tap in enumerate(taps) if tap.ballot == ballot]
        for (place, _), outcome in zip(
            mine, await _cast_on(tx, vault, ballot, [t for _, t in mine], now, shard), strict=True
        ):
            outcomes[place] = outcome
    return outcomes


async def _cast_on(
    tx: Tx, vault: Vault, wanted: BallotId, taps: list[Tap], now: datetime, shard: int
) -> list[Voted | Refusal]:
    placed = await ballots.placed(tx, wanted)
    if placed is None:
        return [StaleButton()] * len(taps)
    ballot, readers = placed.ballot, vault.readers(placed.key)
    if readers is None:  # nobody can be recognised any more, so nobody can be kept from voting twice
        return [BallotClosed(question=ballot.question)] * len(taps)
    voters = [readers.voter(wanted, tap.user) for tap in taps]
    before = await ballots.held_options(tx, wanted, set(voters))
    held: dict[Pseudonym, OptionId | None] = dict(before)
    changes: list[VoteChange | Refusal] = []
    for tap, voter in zip(taps, voters, strict=True):
        try:
            if tap.chat not in placed.chats:  # a modified client pressed it under a message of another chat
                raise StaleButton()
            change = decide_vote(ballot, held.get(voter), tap.option, now)
        except (StaleButton, BallotClosed) as refusal:
            changes.append(refusal)
        else:
            held[voter] = held_after(change, held.get(voter))
            changes.append(change)
    counted = ballot.counting(await ballots.store_votes(tx, wanted, before, held, shard))
    if not placed.arrived:
        await _learn_message(tx, taps, changes, wanted, now)
    return [c if isinstance(c, Refusal) else Voted(c, counted) for c in changes]


async def _learn_message(
    tx: Tx, taps: list[Tap], changes: list[VoteChange | Refusal], ballot: BallotId, now: datetime
) -> None:
    """A tap proves that the ballot's message has arrived, and under which number, even if the send's answer is lost."""
    post = await posts.of_ballot(tx, ballot)
    if post is None or post.message is not None or post.state is PostState.WAITING:
        return
    for tap, change in zip(taps, changes, strict=True):
        # Too late for the vote is not too late for the proof.  A number that is another post's proves nothing: a
        # modified client can press this ballot's button under any message.
        proves = tap.chat == post.chat and not isinstance(change, StaleButton)
        if proves and await posts.holder(tx, tap.chat, tap.message) is None:
            await posting.confirm(tx, post, tap.message, now)
            return
