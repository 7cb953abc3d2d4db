"""Discussions: opened, found, moved from state to state."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, tuple_, update
from sqlalchemy.orm import joinedload, selectinload

from bot.domain.ballot import Ballot, Option, Results
from bot.domain.brigading import Sign
from bot.domain.discussion import Discussion, PostState, State
from bot.domain.ids import BallotId, ChannelId, ChatId, DiscussionId, KeyName, MessageId, Pseudonym
from bot.domain.opinion import OpinionCounts
from db.dialect import BALLOT, among, kind, lock, pseudonyms, upsert
from db.engine import Tx
from db.models import (
    BallotRow,
    ChannelRow,
    DiscussionRow,
    OptionCountRow,
    OptionRow,
    PostRow,
    PromptRow,
)
from db.queries.channel import channel_of


def ballot_of(row: BallotRow) -> Ballot:
    return Ballot(
        id=row.id,
        discussion=row.discussion_id,
        question=row.question,
        options=tuple(Option(o.id, o.label, o.votes, o.shown, o.published, o.taken) for o in row.options),
        version=row.version,
        look=row.look,
        closes_at=row.closes_at,
        closed_at=row.closed_at,
        results=Results(row.results),
        step=row.step,
        minimum=row.minimum,
        slack=row.slack,
        signs=tuple(Sign(sign) for sign in row.signs or ()),
        adjusted=None if row.adjusted is None else tuple(row.adjusted),
        hushed=row.hushed,
    )


def discussion_of(row: DiscussionRow) -> Discussion:
    return Discussion(
        id=row.id,
        channel=channel_of(row.channel),
        chat=row.chat,
        state=State(row.state),
        title=row.title,
        token=row.token,
        created_at=row.created_at,
        ballot=ballot_of(row.ballot),
        opinions=OpinionCounts(row.comments, row.private),
        trouble=row.trouble,
        editor=row.editor,
        messages=tuple(post.message for post in row.posts if post.message is not None),
        key=row.key if row.keyless_at is None else None,
        keyless_at=row.keyless_at,
    )


def whole() -> Select[DiscussionRow]:
    return select(DiscussionRow).options(
        joinedload(DiscussionRow.channel),
        joinedload(DiscussionRow.ballot).selectinload(BallotRow.options),
        selectinload(DiscussionRow.posts),
    )


async def _one(tx: Tx, statement: Select[DiscussionRow]) -> Discussion | None:
    row = await tx.scalar(statement.limit(1).execution_options(populate_existing=True))
    return None if row is None else discussion_of(row)


async def _many(
    tx: Tx, statement: Select[DiscussionRow], given: dict[str, Any] | None = None
) -> list[Discussion]:
    rows = await tx.scalars(statement.execution_options(populate_existing=True), given)
    return [discussion_of(row) for row in rows]


async def find(tx: Tx, discussion: DiscussionId) -> Discussion | None:
    return await _one(tx, whole().where(DiscussionRow.id == discussion))


async def by_token(tx: Tx, token: str) -> Discussion | None:
    return await _one(tx, whole().where(DiscussionRow.token == token))


async def by_message(tx: Tx, chat: ChatId, message: MessageId) -> Discussion | None:
    """The discussion that this message belongs to: its own messages first, then the newest one opened about it."""
    own = whole().join(PostRow, PostRow.discussion_id == DiscussionRow.id)
    found = await _one(tx, own.where(PostRow.chat == chat, PostRow.message == message))
    if found is not None:
        return found
    about = whole().where(DiscussionRow.chat == chat, DiscussionRow.target == message)
    return await _one(tx, about.order_by(DiscussionRow.state == State.CLOSED, DiscussionRow.id.desc()))


async def standing_at(
    tx: Tx, places: Sequence[tuple[ChatId, MessageId]]
) -> tuple[DiscussionId, State] | None:
    """As ``by_message``, for the first of several messages that belongs to a discussion, without loading it whole."""
    if not places:
        return None
    own = select(PostRow.chat, PostRow.message, DiscussionRow.id, DiscussionRow.state).join(
        DiscussionRow, DiscussionRow.id == PostRow.discussion_id
    )
    about = select(DiscussionRow.chat, DiscussionRow.target, DiscussionRow.id, DiscussionRow.state)
    for statement in (
        own.where(tuple_(PostRow.chat, PostRow.message).in_(places)),
        about.where(tuple_(DiscussionRow.chat, DiscussionRow.target).in_(places)).order_by(
            DiscussionRow.state != State.CLOSED, DiscussionRow.id
        ),
    ):
        rows = await tx.execute(statement)
        found = {(chat, message): (number, State(state)) for chat, message, number, state in rows}
        for place in places:
            if (
                place in found
            ):  # of several discussions about one post, the last row is the newest that still runs
                return found[place]
    return None


async def newest(tx: Tx, channels: Sequence[ChannelId] | None, limit: int) -> list[Discussion]:
    """Newest first, of these channels, or of all."""
    statement = whole().order_by(DiscussionRow.id.desc()).limit(limit)
    if channels is not None:
        statement = statement.where(DiscussionRow.channel_id.in_(channels))
    return await _many(tx, statement)


async def runs(tx: Tx, discussion: DiscussionId) -> bool:
    state = await tx.scalar(select(DiscussionRow.state).where(DiscussionRow.id == discussion))
    return state is not None and state != State.CLOSED


async def answerable_by(
    tx: Tx, persons: Sequence[Pseudonym], public: bool, limit: int | None
) -> list[Discussion]:
    """Running discussions whose link this person opened; with ``public``, those of channels with a public name too.

    ``persons``: what the person is called in each discussion.
    """
    opened = select(PromptRow.discussion_id).where(among(kind(tx), PromptRow.person))
    allowed: list[ColumnElement[bool]] = [DiscussionRow.id.in_(opened)]
    if public:
        allowed.append(DiscussionRow.channel.has(ChannelRow.username.is_not(None)))
    statement = whole().where(
        DiscussionRow.state.in_([State.OPEN, State.UNCERTAIN, State.QUEUED]), or_(*allowed)
    )
    return await _many(
        tx, statement.order_by(DiscussionRow.id.desc()).limit(limit), pseudonyms(kind(tx), persons)
    )


async def store(
    tx: Tx,
    *,
    channel: ChannelId,
    chat: ChatId,
    title: str,
    token: str,
    question: str,
    options: Sequence[str],
    now: datetime,
    closes_at: datetime | None,
    target: MessageId | None,
    editor: bytes | None,
    posts: Sequence[dict[str, Any]],
    key: KeyName | None = None,
    results: Results = Results.LIVE,
    step: int = 1,
    minimum: int = 1,
    slack: int = 0,
) -> DiscussionId:
    """A new discussion, queued, with its ballot and messages.  ``posts``: columns of PostRow in order."""
    row = DiscussionRow(
        channel_id=channel,
        chat=chat,
        state=State.QUEUED,
        title=title,
        token=token,
        created_at=now,
        target=target,
        editor=editor,
        key=key,
        ballot=BallotRow(
            question=question,
            closes_at=closes_at,
            results=results,
            step=step,
            minimum=minimum,
            slack=slack,
            options=[OptionRow(position=position, label=label) for position, label in enumerate(options)],
        ),
        posts=[
            PostRow(position=position, chat=chat, state=PostState.WAITING, not_before=now, **post)
            for position, post in enumerate(posts)
        ],
    )
    tx.add(row)
    await tx.flush()
    return row.id


async def store_state(tx: Tx, discussion: DiscussionId, state: State) -> None:
    await tx.execute(update(DiscussionRow).where(DiscussionRow.id == discussion).values(state=state))


async def open_now(tx: Tx, discussion: Discussion, now: datetime) -> None:
    """All of it has been posted.  A ballot's time runs from here: what it waited in the queue is added."""
    await store_state(tx, discussion.id, State.OPEN)
    if discussion.ballot.closes_at is not None:
        later = discussion.ballot.closes_at + max(now - discussion.created_at, timedelta(0))
        await tx.execute(
            update(BallotRow).where(BallotRow.id == discussion.ballot.id).values(closes_at=later)
        )


async def reopen_queue(tx: Tx, discussion: DiscussionId) -> None:
    """One of its messages is in doubt again."""
    running = DiscussionRow.state != State.CLOSED
    await tx.execute(
        update(DiscussionRow).where(DiscussionRow.id == discussion, running).values(state=State.QUEUED)
    )


async def store_trouble(tx: Tx, discussion: DiscussionId, trouble: str | None) -> bool:
    """Remember why the queue stands still; returns whether the editor has yet to be told."""
    row = await tx.get_one(DiscussionRow, discussion)
    untold = trouble is not None and row.told != trouble
    row.trouble = row.told = trouble
    await tx.flush()
    return untold


async def close(tx: Tx, discussion: DiscussionId, now: datetime) -> bool:
    """Returns whether it was this call that closed it.  Messages still waiting are never sent."""
    ballot = (
        await tx.execute(select(BallotRow.id).where(BallotRow.discussion_id == discussion))
    ).scalar_one_or_none()
    if ballot is None:
        return False
    await lock(tx, BALLOT, ballot)  # votes of other processes are stored, or see that it is closed
    ended = update(BallotRow).where(BallotRow.id == ballot, BallotRow.closed_at.is_(None))
    newest = BallotRow.version + BallotRow.shown_version + 1  # above all that was ever drawn
    done = await tx.execute(ended.values(closed_at=now, own_version=newest))
    if done.rowcount:  # type: ignore[attr-defined]
        await _fold(tx, ballot)
    await store_state(tx, discussion, State.CLOSED)
    return bool(done.rowcount)  # type: ignore[attr-defined]


async def _fold(tx: Tx, ballot: BallotId) -> None:
    """Nothing moves any more: one row an option, whose version has gone over into the ballot's own."""
    counts = select(OptionCountRow.option_id, func.sum(OptionCountRow.votes)).group_by(
        OptionCountRow.option_id
    )
    totals = [
        {"ballot_id": ballot, "option_id": option, "shard": 0, "votes": int(votes), "version": 0}
        for option, votes in await tx.execute(counts.where(OptionCountRow.ballot_id == ballot))
    ]
    await tx.execute(
        delete(OptionCountRow).where(OptionCountRow.ballot_id == ballot, OptionCountRow.shard != 0)
    )
    await upsert(tx, OptionCountRow, totals, update=["votes", "version"])


async def due_to_close(tx: Tx, now: datetime) -> list[DiscussionId]:
    """Not what still waits in the queue: its time has not begun."""
    found = await tx.scalars(
        select(BallotRow.discussion_id)
        .join(DiscussionRow, DiscussionRow.id == BallotRow.discussion_id)
        .where(BallotRow.closes_at <= now, BallotRow.closed_at.is_(None), DiscussionRow.state != State.QUEUED)
    )
    return list(found)


async def next_closing(tx: Tx, after: datetime) -> datetime | None:
    return await tx.scalar(
        select(func.min(BallotRow.closes_at))
        .join(DiscussionRow, DiscussionRow.id == BallotRow.discussion_id)
        .where(
            BallotRow.closes_at > after, BallotRow.closed_at.is_(None), DiscussionRow.state != State.QUEUED
        )
    )


async def key_of(tx: Tx, discussion: DiscussionId) -> KeyName | None:
    """``None`` once it is destroyed."""
    lives = (DiscussionRow.id == discussion, DiscussionRow.keyless_at.is_(None))
    return await tx.scalar(select(DiscussionRow.key).where(*lives))


async def keys_named(tx: Tx) -> set[KeyName]:
    """The keys that are, or should be, in the key store."""
    named = select(DiscussionRow.key).where(
        DiscussionRow.key.is_not(None), DiscussionRow.keyless_at.is_(None)
    )
    return {key for key in await tx.scalars(named) if key is not None}
