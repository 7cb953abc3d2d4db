"""The dead man's switch: owners show that they are still there."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta

from bot.domain.discussion import Channel
from bot.domain.ids import UserId
from bot.domain.panic import Silence, Watch
from bot.vault import Vault, WrongKey
from db.engine import Tx
from db.queries import channel as channels
from db.queries import update as facts

FACT = "silence"


async def heard(tx: Tx, now: datetime) -> None:
    """An owner was here."""
    await facts.store_fact(tx, FACT, json.dumps(asdict(Silence(now.timestamp()))))


async def silence(tx: Tx) -> Silence | None:
    known = await facts.fact(tx, FACT)
    return None if known is None else Silence(**json.loads(known))


async def look(tx: Tx, limit: timedelta | None, now: datetime) -> tuple[Silence, Watch] | None:
    """Count on; ``None`` where nobody has to check in.  What was counted before it was turned off is forgotten."""
    if limit is None:
        await facts.drop_fact(tx, FACT)
        return None
    before = await facts.fact_to_change(tx, FACT)
    counted = Silence(now.timestamp()) if before is None else Silence(**json.loads(before))
    later, watch = counted.look(now, limit)
    await facts.store_fact(tx, FACT, json.dumps(asdict(later)))
    return later, watch


async def heard_from(tx: Tx, vault: Vault, user: UserId, now: datetime) -> None:
    """Somebody of the staff acted: counts when they connected a channel as its owner, where anybody counts at all."""
    if await facts.fact(tx, FACT) is not None and user in await owners(tx, vault):
        await heard(tx, now)


async def owners(tx: Tx, vault: Vault) -> set[UserId]:
    """Those whose addresses we have: who connected each channel."""
    return {owner for channel in await channels.all_active(tx) for owner in owner_of(vault, channel)}


def owner_of(vault: Vault, channel: Channel) -> list[UserId]:
    """One, or none that we could read."""
    try:
        return [] if channel.owner is None else [UserId(vault.open(channel.owner))]
    except WrongKey:
        return []
