"""What staff did is written down in the transaction in which it is done; its chain is tied to the key store afterwards."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot.domain.audit import (
    BEGINNING,
    MOST_DETAIL,
    OPERATOR,
    Act,
    Actor,
    ActorKind,
    Anchor,
    Chain,
    Entry,
    Fault,
    content,
)
from bot.domain.ids import ChannelId, DiscussionId
from bot.services import checkin
from bot.vault import Vault, WrongKey
from db.engine import Tx
from db.queries import audit as rows

# Whoever did these owns a channel; each shows that somebody is there (bot.services.checkin).
OWNERS_ALONE = {Act.INVITED, Act.REMOVED, Act.CHECKED_IN}


async def record(
    tx: Tx,
    vault: Vault,
    actor: Actor,
    act: Act,
    now: datetime,
    *,
    channel: ChannelId | None = None,
    discussion: DiscussionId | None = None,
    detail: str | None = None,
) -> None:
    """Add a row.  ``detail`` never tells of a reader nor quotes an opinion.

    Holds a lock until the end of the transaction: call it after everything else that locks.
    """
    last = await rows.last_to_follow(tx)
    entry = Entry(
        number=1 if last is None else last.number + 1,
        at=now,
        actor=None if actor.user is None else vault.staff(actor.user),
        label=vault.seal({"kind": actor.kind, "user": actor.user, "name": actor.name}),
        act=act,
        channel=channel,
        discussion=discussion,
        detail=None if detail is None else detail.replace("\0", "\ufffd")[:MOST_DETAIL],
        previous=BEGINNING if last is None else last.digest,
    )
    await rows.add(tx, replace(entry, digest=vault.audit_digest(content(entry))))
    if act in OWNERS_ALONE:
        await checkin.heard(tx, now)
    elif actor.user is not None:
        await checkin.heard_from(tx, vault, actor.user, now)


def who(vault: Vault, entry: Entry) -> Actor | None:
    """``None`` where the label is none that this installation sealed."""
    try:
        said = None if entry.label is None else vault.open(entry.label)
        return None if said is None else Actor(ActorKind(said["kind"]), said["user"], said["name"])
    except (WrongKey, ValueError, KeyError, TypeError):
        return None


async def count(tx: Tx) -> int:
    """The newest row's number, which is how many there are while none is missing."""
    newest = await rows.newest(tx)
    return 0 if newest is None else newest.number


def fits(vault: Vault, entry: Entry) -> bool:
    """Whether this row is as it was written."""
    return vault.audit_digest(content(entry)) == entry.digest


async def is_tied(tx: Tx, vault: Vault) -> bool:
    """Whether the row that the key store remembers is there: a quick look, where ``verify`` reads everything."""
    anchor = vault.anchored()
    held = None if anchor is None else await rows.at(tx, anchor.number)
    return anchor is None or (held is not None and held.digest == anchor.digest and fits(vault, held))


async def page(
    tx: Tx, channels: Collection[ChannelId] | None, before: int | None, limit: int
) -> tuple[list[Entry], bool]:
    """Newest first, and whether there are older ones."""
    found = list(await rows.page(tx, channels, before, limit + 1))
    return found[:limit], len(found) > limit


async def verify(tx: Tx, vault: Vault) -> list[Fault]:
    """Every row, in a reading transaction.  Raises bot.keystore.KeyStoreTrouble."""
    return (await _checked(tx, vault, vault.anchored(), Anchor(0, BEGINNING)))[1]


async def tie(tx: Tx, vault: Vault) -> list[Fault]:
    """Remember the newest row in the key store, unless what is remembered there does not fit: that must stay to be seen.

    ``tx``: a reading one, after the commit of what is to be remembered.  Raises bot.keystore.KeyStoreTrouble.
    """
    anchor = vault.anchored()
    newest = await rows.newest(tx)
    if newest is None and anchor is None:
        return []
    if (
        anchor is not None
        and newest is not None
        and (newest.number, newest.digest) == (anchor.number, anchor.digest)
    ):
        return []
    if anchor is None:
        last, faults = await _checked(tx, vault, None, Anchor(0, BEGINNING))
    else:
        held = await rows.at(tx, anchor.number)
        if held is None or held.digest != anchor.digest:
            return (await _checked(tx, vault, anchor, Anchor(0, BEGINNING)))[1]
        last, faults = await _checked(tx, vault, anchor, anchor)
    if not faults:
        vault.anchor(last.number, last.digest)
    return faults


async def _checked(tx: Tx, vault: Vault, anchor: Anchor | None, after: Anchor) -> tuple[Anchor, list[Fault]]:
    chain, faults = Chain(anchor, after), list[Fault]()
    async for entry in rows.each(tx, after.number):
        faults += chain.look(entry, vault.audit_digest(content(entry)))
    faults += chain.end()
    return chain.last, faults


async def record_restored(tx: Tx, vault: Vault, made_at: str, now: datetime) -> Anchor | None:
    """After a backup took the place of the database: the key store may remember a row that came later.

    Returns what to remember from now on; ``None`` where what came back is not whole in itself.
    """
    anchor = vault.anchored() if vault.has_store else None
    whole = not (await _checked(tx, vault, None, Anchor(0, BEGINNING)))[1]
    reached = "" if anchor is None else f", the log had reached row {anchor.number}"
    await record(tx, vault, OPERATOR, Act.RESTORED, now, detail=f"as of {made_at}{reached}")
    newest = await rows.newest(tx)
    return Anchor(newest.number, newest.digest) if whole and newest is not None else None
