"""Opinions, and the prompts under which readers write them in private."""

from collections.abc import AsyncIterator
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from bot.domain.ids import DiscussionId, OpinionId, Pseudonym
from bot.domain.opinion import Opinion, Source
from db.dialect import upsert
from db.engine import Tx
from db.models import DiscussionRow, OpinionRow, PromptRow

DAY = 86_400


def _opinion(row: OpinionRow) -> Opinion:
    return Opinion(row.id, row.discussion_id, Source(row.source), row.text, row.edited)


async def find(tx: Tx, opinion: OpinionId) -> tuple[Opinion, Pseudonym] | None:
    """The opinion and the pseudonym of its author."""
    row = await tx.get(OpinionRow, opinion)
    return None if row is None else (_opinion(row), row.author)


async def by_origin(tx: Tx, origin: Pseudonym) -> Opinion | None:
    row = await tx.scalar(select(OpinionRow).where(OpinionRow.origin == origin))
    return None if row is None else _opinion(row)


async def store(tx: Tx, opinion: Opinion, author: Pseudonym, origin: Pseudonym) -> None:
    row = {
        "id": opinion.id,
        "discussion_id": opinion.discussion,
        "source": opinion.source,
        "author": author,
        "origin": origin,
        "text": opinion.text,
        "edited": opinion.edited,
    }
    await tx.execute(insert(OpinionRow).values(row))
    await _count(tx, opinion, 1)


async def rewrite(tx: Tx, opinion: OpinionId, text: str, origin: Pseudonym | None = None) -> None:
    """Other words for the same opinion; ``origin`` when they were said in another message."""
    row = await tx.get_one(OpinionRow, opinion)
    row.text, row.edited = text, True
    if origin is not None:
        row.origin = origin
    await tx.flush()


async def remove(tx: Tx, opinion: Opinion) -> None:
    await tx.execute(delete(OpinionRow).where(OpinionRow.id == opinion.id))
    await tx.execute(update(PromptRow).where(PromptRow.replaces == opinion.id).values(replaces=None))
    await _count(tx, opinion, -1)


async def _count(tx: Tx, opinion: Opinion, change: int) -> None:
    column = DiscussionRow.comments if opinion.source is Source.COMMENT else DiscussionRow.private
    await tx.execute(
        update(DiscussionRow).where(DiscussionRow.id == opinion.discussion).values({column: column + change})
    )


async def each_of(tx: Tx, discussion: DiscussionId) -> AsyncIterator[Opinion]:
    """One after another, in the order of their random ids."""
    every = select(OpinionRow).where(OpinionRow.discussion_id == discussion).order_by(OpinionRow.id)
    rows = await tx.stream_scalars(every.execution_options(yield_per=500))  # without it all are read at once
    async for row in rows:
        yield _opinion(row)


async def chosen_prompt(tx: Tx, person: Pseudonym) -> tuple[DiscussionId, OpinionId | None] | None:
    """What the person's next message is about, and the opinion that it replaces."""
    statement = select(PromptRow.discussion_id, PromptRow.replaces).where(
        PromptRow.person == person, PromptRow.chosen
    )
    found = (await tx.execute(statement)).first()
    return None if found is None else (found[0], found[1])


async def choose(
    tx: Tx,
    person: Pseudonym,
    discussion: DiscussionId | None,
    now: datetime,
    replaces: OpinionId | None = None,
) -> None:
    """The next message of this person belongs to ``discussion``, or, with ``None``, has to be asked about."""
    await tx.execute(update(PromptRow).where(PromptRow.person == person).values(chosen=False, replaces=None))
    if discussion is not None:
        row = {
            "person": person,
            "discussion_id": discussion,
            "chosen": True,
            "replaces": replaces,
            "day": int(now.timestamp()) // DAY,
        }
        await upsert(tx, PromptRow, [row], update=["chosen", "replaces", "day"])


async def forget_prompt(tx: Tx, person: Pseudonym, discussion: DiscussionId) -> None:
    await tx.execute(
        delete(PromptRow).where(PromptRow.person == person, PromptRow.discussion_id == discussion)
    )
