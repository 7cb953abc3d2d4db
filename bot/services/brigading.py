"""Brigading: signs are looked for while a ballot runs, told to the owner once each, and kept with the result."""

from datetime import datetime

from bot.domain.brigading import Adjusted, Sign, adjust, conclude, signs
from bot.domain.discussion import Discussion
from bot.domain.ids import DiscussionId
from bot.domain.screening import Flag
from bot.domain.shown import shown_tally
from db.engine import Tx
from db.queries import brigading as queries
from db.queries import discussion as discussions

MINUTE = 60  # seconds


async def look(tx: Tx, discussion: DiscussionId, now: datetime) -> tuple[Discussion, tuple[Sign, ...]] | None:
    """Signs that were not known yet, stored; ``None`` when there is none, or the ballot is closed."""
    found = await discussions.find(tx, discussion)
    if found is None or found.ballot.closed_at is not None:
        return None
    known = await queries.signs_for_update(tx, found.ballot.id)
    fresh = await fresh_signs(tx, discussion, now)
    if not fresh:
        return None
    await queries.store_signs(tx, found.ballot.id, [*known, *fresh])
    return found, fresh


async def fresh_signs(tx: Tx, number: DiscussionId, now: datetime) -> tuple[Sign, ...]:
    """Those that are not known yet."""
    discussion = await discussions.find(tx, number)
    if discussion is None:
        return ()
    known = discussion.ballot.signs
    return tuple(sign for sign in await _signs(tx, discussion, now) if sign not in known)


async def _signs(tx: Tx, discussion: Discussion, now: datetime) -> tuple[Sign, ...]:
    """By the minutes that are over."""
    arrived = await queries.arrivals(tx, discussion.id)
    first, last = int(discussion.created_at.timestamp()) // MINUTE, int(now.timestamp()) // MINUTE
    flags = await queries.flags(tx, discussion.id)
    return signs(
        [arrived.get(minute, 0) for minute in range(first, last)],
        sum(Flag.COPIED in each for each in flags),
        len(flags),
        await queries.samples(tx, discussion.ballot.id),
    )


async def close(tx: Tx, discussion: DiscussionId) -> None:
    """Once its votes are final: what the result needs of the samples is kept, and they go."""
    found = await discussions.find(tx, discussion)
    if found is None:
        return
    raw = tuple(option.votes for option in found.ballot.options)
    adjusted = conclude(found.ballot.signs, raw, await queries.samples(tx, found.ballot.id))
    if adjusted is not None:
        await queries.store_adjusted(tx, found.ballot.id, adjusted)
    await queries.drop_samples(tx, found.ballot.id)


async def adjusted(tx: Tx, discussion: Discussion) -> Adjusted | None:
    """Beside the numbers that are shown, and no more of them; ``None`` where there is no sign."""
    ballot = discussion.ballot
    if not ballot.signs:
        return None
    if ballot.closed_at is not None:
        return Adjusted(ballot.signs, ballot.adjusted)
    numbers = shown_tally(ballot)
    if numbers.withheld is not None:
        return Adjusted(ballot.signs, None)
    return Adjusted(ballot.signs, adjust(numbers.cells, await queries.samples(tx, ballot.id)))
