"""How far the budget of each chat and message is spent (``bot.domain.pace``)."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, fields

from sqlalchemy import Select, select

from bot.domain.pace import Spent
from db.dialect import upsert
from db.engine import Tx
from db.models import PaceRow

COLUMNS = [field.name for field in fields(Spent)]


async def load(tx: Tx, keys: Collection[str]) -> dict[str, Spent]:
    """To look at: what is not stored is whole."""
    return await _states(tx, _rows(keys))


async def lock(tx: Tx, first: str | None, keys: Collection[str]) -> dict[str, Spent]:
    """To change, in this transaction alone until its end.

    Everybody locks in one order, ``first`` and then the others as they sort, so that nobody waits for one another.
    """
    missing: dict[str, Spent] = {}
    states: dict[str, Spent] = {}
    for wanted in ([first] if first else [], sorted(set(keys) - {first})):
        found = await _states(tx, _rows(wanted).with_for_update())
        missing = {key: Spent() for key in wanted if key not in found}
        if missing:
            await upsert(tx, PaceRow, [{"key": key, **asdict(spent)} for key, spent in missing.items()])
            found |= await _states(tx, _rows(missing).with_for_update())
        states |= found
    return states


async def store(tx: Tx, states: Mapping[str, Spent]) -> None:
    """Those locked before."""
    rows = [{"key": key, **asdict(states[key])} for key in sorted(states)]
    await upsert(tx, PaceRow, rows, update=COLUMNS)


def _rows(keys: Collection[str]) -> Select[PaceRow]:
    return select(PaceRow).where(PaceRow.key.in_(list(keys))).order_by(PaceRow.key)


async def _states(tx: Tx, statement: Select[PaceRow]) -> dict[str, Spent]:
    columns = [getattr(PaceRow, name) for name in COLUMNS]
    rows = await tx.execute(statement.with_only_columns(PaceRow.key, *columns))
    return {key: Spent(*values) for key, *values in rows}
