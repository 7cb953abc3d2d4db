"""Opinions, and the prompts under which readers write them in private."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from bot.domain.discussion import State
from bot.domain.ids import DiscussionId, OpinionId, Pseudonym
from bot.domain.opinion import Lane, Opinion, Source, Standing
from db.dialect import Raced, among, kind, pseudonyms, upsert
from db.engine import Tx
from db.models import DiscussionRow, OpinionRow, PromptRow, QuotaRow

DAY = 86_400


Opened = Callable[[bytes], str]  # the words of a text that is stored encrypted


def opinion_of(row: OpinionRow, opened: Opened) -> Opinion:
    said = row.text if row.sealed is None else opened(row.sealed)
    return Opinion(row.id, row.discussion_id, Source(row.source), said or "", row.edited, Standing(row.state))


async def find(
    tx: Tx, opinion: OpinionId, opened: Opened, *, lock: bool = False
) -> tuple[Opinion, Pseudonym | None] | None:
    """The opinion and the pseudonym of its author, which is gone with the discussion's key.

    ``lock``: its words stay as they are until the transaction ends.
    """
    row = await tx.get(OpinionRow, opinion, populate_existing=lock, with_for_update=lock or None)
    return None if row is None else (opinion_of(row, opened), row.author)


async def by_origin(tx: Tx, origins: Sequence[Pseudonym], opened: Opened) -> Opinion | None:
    """``origins``: what the message is called in each discussion that it may belong to."""
    said = select(OpinionRow).where(among(kind(tx), OpinionRow.origin))
    row = await tx.scalar(said, pseudonyms(kind(tx), origins))
    return None if row is None else opinion_of(row, opened)


async def store(
    tx: Tx,
    opinion: Opinion,
    author: Pseudonym,
    origin: Pseudonym,
    *,
    sealed: bytes | None = None,
    address: bytes | None = None,
) -> None:
    """``sealed``: the text, where it is not to be readable in the database."""
    await _still_runs(tx, opinion.discussion)
    row = {
        "id": opinion.id,
        "discussion_id": opinion.discussion,
        "source": opinion.source,
        "author": author,
        "origin": origin,
        "address": address,
        "text": opinion.text if sealed is None else None,
        "sealed": sealed,
        "edited": opinion.edited,
        "state": opinion.standing,
    }
    await tx.execute(insert(OpinionRow).values(row))
    await count(tx, opinion, 1)


async def _still_runs(tx: Tx, discussion: DiscussionId) -> None:
    """Until this transaction ends it is not closed: erasing what links opinions to people must not miss one.

    Raises Raced where it was closed after this transaction looked.
    """
    running = select(DiscussionRow.id).where(
        DiscussionRow.id == discussion, DiscussionRow.state != State.CLOSED
    )
    if await tx.scalar(running.with_for_update(key_share=True)) is None:
        raise Raced("closed")


async def rewrite(
    tx: Tx, opinion: OpinionId, text: str, sealed: bytes | None, origin: Pseudonym | None = None
) -> None:
    """Other words for the same opinion, to be screened anew; ``origin`` when they were said in another message."""
    row = await tx.get_one(OpinionRow, opinion)
    await _still_runs(tx, row.discussion_id)
    row.text, row.sealed, row.edited, row.flags = None if sealed else text, sealed, True, None
    if origin is not None:
        row.origin = origin
    await tx.flush()


async def readdress(tx: Tx, opinion: OpinionId, address: bytes | None) -> None:
    await tx.execute(update(OpinionRow).where(OpinionRow.id == opinion).values(address=address))


async def stand(tx: Tx, opinion: Opinion, standing: Standing) -> Opinion:
    """Somebody has decided about it, or has to decide anew."""
    await count(tx, opinion, -1)
    changed = replace(opinion, standing=standing)
    row = update(OpinionRow).where(OpinionRow.id == opinion.id).values(state=standing)
    await tx.execute(row)
    await count(tx, changed, 1)
    return changed


async def standing_of(tx: Tx, opinion: OpinionId) -> Standing | None:
    """As it is now, also where somebody decided since this transaction read the opinion."""
    state = await tx.scalar(select(OpinionRow.state).where(OpinionRow.id == opinion))
    return None if state is None else Standing(state)


async def author_of(tx: Tx, opinion: OpinionId) -> Pseudonym | None:
    return await tx.scalar(select(OpinionRow.author).where(OpinionRow.id == opinion))


async def address_of(tx: Tx, opinion: OpinionId) -> bytes | None:
    """Sealed; None for a comment, and for what was left without a trace."""
    return await tx.scalar(select(OpinionRow.address).where(OpinionRow.id == opinion))


async def some_of(tx: Tx, discussion: DiscussionId, opened: Opened, limit: int) -> list[Opinion]:
    """Of those that are screened."""
    statement = select(OpinionRow).where(
        OpinionRow.discussion_id == discussion, OpinionRow.flags.is_not(None)
    )
    return [opinion_of(row, opened) for row in await tx.scalars(statement.limit(limit))]


async def unscreened(tx: Tx, limit: int) -> list[OpinionId]:
    statement = select(OpinionRow.id).where(OpinionRow.flags.is_(None)).limit(limit)
    return list(await tx.scalars(statement))


async def store_flags(tx: Tx, opinion: OpinionId, flags: Sequence[str]) -> None:
    await tx.execute(update(OpinionRow).where(OpinionRow.id == opinion).values(flags=list(flags)))


async def add_said(tx: Tx, discussion: DiscussionId, author: Pseudonym, day: int) -> int:
    """How much the author has said on this day, this time counted in."""
    row = await tx.get(QuotaRow, (discussion, author), populate_existing=True)
    if row is None:
        row = QuotaRow(discussion_id=discussion, author=author, day=day, said=0)
        tx.add(row)
    row.said, row.day = (row.said + 1 if row.day == day else 1), day
    await tx.flush()
    return row.said


async def remove(tx: Tx, opinion: Opinion) -> None:
    """Counted out as it stands at this moment, once, whatever staff or a second tap did since it was read."""
    gone = delete(OpinionRow).where(OpinionRow.id == opinion.id).returning(OpinionRow.state)
    state = (await tx.execute(gone)).scalar_one_or_none()
    if state is None:
        return
    await tx.execute(update(PromptRow).where(PromptRow.replaces == opinion.id).values(replaces=None))
    await count(tx, replace(opinion, standing=Standing(state)), -1)


async def count(tx: Tx, opinion: Opinion, change: int) -> None:
    """Of those that are approved."""
    if opinion.standing is not Standing.APPROVED:
        return
    column = DiscussionRow.comments if opinion.source is Source.COMMENT else DiscussionRow.private
    await tx.execute(
        update(DiscussionRow).where(DiscussionRow.id == opinion.discussion).values({column: column + change})
    )


async def each_of(tx: Tx, discussion: DiscussionId, opened: Opened) -> AsyncIterator[Opinion]:
    """Those that count, one after another, in the order of their random ids."""
    every = select(OpinionRow).where(OpinionRow.discussion_id == discussion).order_by(OpinionRow.id)
    every = every.where(OpinionRow.state == Standing.APPROVED)
    rows = await tx.stream_scalars(every.execution_options(yield_per=500))  # without it all are read at once
    async for row in rows:
        yield opinion_of(row, opened)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a person's next message is about, and the opinion that it replaces.

    ``screens``: sealed; messages of the private chat that go with it where the lane leaves no trace.
    """

    discussion: DiscussionId
    replaces: OpinionId | None = None
    lane: Lane = Lane.PLAIN
    screens: bytes | None = None


async def chosen_prompt(tx: Tx, persons: Sequence[Pseudonym]) -> Prompt | None:
    """``persons``: what the person is called in each discussion."""
    statement = select(PromptRow).where(among(kind(tx), PromptRow.person), PromptRow.chosen)
    row = await tx.scalar(statement.execution_options(populate_existing=True), pseudonyms(kind(tx), persons))
    return None if row is None else _prompt(row)


def _prompt(row: PromptRow) -> Prompt:
    return Prompt(row.discussion_id, row.replaces, Lane(row.lane), row.screens)


async def prompt(tx: Tx, person: Pseudonym) -> Prompt | None:
    """Whether chosen or not; locked, since who reads it adds to it."""
    held = select(PromptRow).where(PromptRow.person == person).with_for_update()
    row = await tx.scalar(held.execution_options(populate_existing=True))
    return None if row is None else _prompt(row)


async def set_lane(tx: Tx, person: Pseudonym, lane: Lane, screens: bytes | None) -> None:
    await tx.execute(update(PromptRow).where(PromptRow.person == person).values(lane=lane, screens=screens))


async def choose_none(tx: Tx, persons: Sequence[Pseudonym]) -> None:
    """The next message of this person has to be asked about."""
    statement = update(PromptRow).where(among(kind(tx), PromptRow.person), PromptRow.chosen)
    await tx.execute(
        statement.values(chosen=False, replaces=None).execution_options(synchronize_session=False),
        pseudonyms(kind(tx), persons),
    )


async def choose(tx: Tx, person: Pseudonym, prompt: Prompt, now: datetime) -> None:
    """The next message of this person is about this; the caller has chosen none before."""
    row = {
        "person": person,
        "discussion_id": prompt.discussion,
        "chosen": True,
        "replaces": prompt.replaces,
        "lane": prompt.lane,
        "screens": prompt.screens,
        "day": int(now.timestamp()) // DAY,
    }
    await upsert(tx, PromptRow, [row], update=["chosen", "replaces", "lane", "screens", "day"])


async def forget_prompt(tx: Tx, person: Pseudonym, discussion: DiscussionId) -> None:
    await tx.execute(
        delete(PromptRow).where(PromptRow.person == person, PromptRow.discussion_id == discussion)
    )
