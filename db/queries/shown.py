"""Shown numbers: which ballots have new votes, and what is stored of their publications."""

from sqlalchemy import bindparam, select, update

from bot.domain.ids import BallotId
from bot.domain.shown import Publication, Tally
from db.engine import Tx
from db.models import BallotRow, OptionRow

# Built once: they run several times a second while people vote.
_STEPPED = select(BallotRow.id, BallotRow.version.label("version")).where(
    BallotRow.closed_at.is_(None), BallotRow.step > 1
)
_STATE = (
    select(
        BallotRow.step,
        BallotRow.slack,
        OptionRow.id,
        OptionRow.votes.label("votes"),
        OptionRow.shown,
        OptionRow.published,
        OptionRow.taken,
    )
    .join(OptionRow, OptionRow.ballot_id == BallotRow.id)
    .where(BallotRow.id == bindparam("ballot"), BallotRow.closed_at.is_(None))
    .order_by(OptionRow.position)
)


async def versions(tx: Tx) -> dict[BallotId, int]:
    """Of the ballots that run and whose numbers are shown in steps."""
    rows = await (await tx.connection()).execute(_STEPPED)
    return {row.id: row.version for row in rows}


async def state(tx: Tx, ballot: BallotId) -> tuple[Publication, Tally, int] | None:
    """What is published, the count of all processes, and the step; ``None`` once it is closed."""
    rows = (await (await tx.connection()).execute(_STATE, {"ballot": ballot})).all()
    if not rows:
        return None
    taken = [row.taken for row in rows if row.taken is not None]
    publication = Publication(
        tuple(row.shown for row in rows),
        tuple(row.published for row in rows),
        tuple(taken) if len(taken) == len(rows) else None,
        rows[0].slack,
    )
    return publication, tuple(row.votes for row in rows), rows[0].step


async def lock(tx: Tx, ballot: BallotId) -> None:
    """Against another publisher; votes do not wait for it."""
    await tx.execute(
        select(BallotRow.id).where(BallotRow.id == ballot).with_for_update(key_share=True, of=BallotRow)
    )


async def store(tx: Tx, ballot: BallotId, before: Publication, after: Publication) -> None:
    options = await tx.scalars(
        select(OptionRow.id).where(OptionRow.ballot_id == ballot).order_by(OptionRow.position)
    )
    for place, option in enumerate(options):
        await tx.execute(
            update(OptionRow)
            .where(OptionRow.id == option)
            .values(
                shown=after.shown[place],
                published=after.published[place],
                taken=None if after.taken is None else after.taken[place],
            )
        )
    grown = BallotRow.shown_version + int(after.shown != before.shown)
    await tx.execute(
        update(BallotRow).where(BallotRow.id == ballot).values(slack=after.slack, shown_version=grown)
    )
