"""Panic: everything that could tell of anybody is destroyed at once.  What has been done so far is in the database."""

import json
import secrets
from dataclasses import replace
from datetime import datetime

from bot.domain.audit import BOT, OPERATOR, Act, Actor
from bot.domain.ids import UserId
from bot.domain.panic import Alarm, Asked, Cause, GivenUp, Stage
from bot.services import audit
from bot.vault import Vault
from db.engine import Tx
from db.queries import panic as rows
from db.queries import update as facts

FACT = "panic"
ID_BITS = 62


async def alarm(tx: Tx) -> Alarm | None:
    """The panic that was begun and not ended by the operator."""
    known = await facts.fact(tx, FACT)
    if known is None:
        return None
    stage, cause, at = json.loads(known)
    return Alarm(Stage(stage), Cause(cause), datetime.fromisoformat(at))


async def _store(tx: Tx, it: Alarm) -> None:
    await facts.store_fact(tx, FACT, json.dumps([it.stage, it.cause, it.at.isoformat()]))


async def ask(tx: Tx, vault: Vault, user: UserId, now: datetime) -> int:
    """An owner wants it; the number of their two keys.  Earlier keys of theirs do nothing any more."""
    asked = Asked(secrets.randbits(ID_BITS), now)
    await _keep(tx, vault, user, asked)
    return asked.number


async def arm(tx: Tx, vault: Vault, user: UserId, number: int, now: datetime) -> bool:
    """The first tap.  Returns whether the second may follow."""
    asked = await _asked(tx, vault, user)
    armed = None if asked is None else asked.arm(number, now)
    if armed is not None:
        await _keep(tx, vault, user, armed)
    return armed is not None


async def confirm(tx: Tx, vault: Vault, user: UserId, number: int, actor: Actor, now: datetime) -> bool:
    """The second tap.  Returns whether it begins: with the commit of this transaction."""
    asked = await _asked(tx, vault, user)
    if asked is None or not asked.confirms(number, now):
        if asked is not None:
            await _keep(tx, vault, user, replace(asked, armed_at=None))
        return False
    await begin(tx, vault, actor, Cause.OWNER, now)
    return True


async def begin(tx: Tx, vault: Vault, actor: Actor, cause: Cause, now: datetime) -> None:
    """From the commit on it cannot be taken back.  One that has begun goes on as it is."""
    if await alarm(tx) is None:
        await _store(tx, Alarm(Stage.BEGUN, cause, now))
        await audit.record(tx, vault, actor, Act.PANICKED, now, detail=cause)


async def close(tx: Tx, now: datetime) -> int:
    """Once the keys are destroyed: the rest of it that needs the database alone.  How many discussions were closed."""
    known = await alarm(tx)
    closed = await rows.close_all(tx, now if known is None else known.at, now)
    await rows.mark_keyless(tx, now)
    await rows.destroy_unsent(tx)
    if known is not None and known.stage is Stage.BEGUN:
        await _store(tx, replace(known, stage=Stage.CLOSED))
    return closed


async def finish(tx: Tx, vault: Vault, now: datetime) -> None:
    """Nothing is left to do."""
    known = await alarm(tx)
    if known is not None and known.stage is not Stage.FINISHED:
        await rows.destroy_unsent(tx)  # what another process still queued while this one destroyed
        await _store(tx, replace(known, stage=Stage.FINISHED))
        await audit.record(tx, vault, BOT, Act.PANIC_FINISHED, now)


async def give_up(tx: Tx) -> GivenUp:
    """What is left to be done in Telegram never will be: messages stay as they are drawn, and rooms are forgotten.

    Rows of readers that are still to be erased have no key any more: the forgetter goes on with them at the next start.
    """
    messages = await rows.leave_undrawn(tx)
    return GivenUp(messages, await rows.forget_rooms(tx))


async def end(tx: Tx, vault: Vault, now: datetime, left: GivenUp | None = None) -> bool:
    """The operator lets the bot run again.  Returns whether there was a panic."""
    if await alarm(tx) is None:
        return False
    await facts.drop_fact(tx, FACT)
    detail = None if left is None else f"given up: {left.messages} messages, {left.rooms} rooms"
    await audit.record(tx, vault, OPERATOR, Act.PANIC_ENDED, now, detail=detail)
    return True


async def _asked(tx: Tx, vault: Vault, user: UserId) -> Asked | None:
    known = await facts.fact(tx, _name(vault, user))
    if known is None:
        return None
    number, asked_at, armed_at = json.loads(known)
    armed = None if armed_at is None else datetime.fromisoformat(armed_at)
    return Asked(number, datetime.fromisoformat(asked_at), armed)


async def _keep(tx: Tx, vault: Vault, user: UserId, asked: Asked) -> None:
    armed = None if asked.armed_at is None else asked.armed_at.isoformat()
    value = json.dumps([asked.number, asked.asked_at.isoformat(), armed])
    await facts.store_fact(tx, _name(vault, user), value)


def _name(vault: Vault, user: UserId) -> str:
    return f"panic-asked:{vault.staff(user).hex()}"
