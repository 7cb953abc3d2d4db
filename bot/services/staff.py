"""Owners name moderators and analysts: by a link that works once, for a day, for one channel and one role."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.discussion import Channel
from bot.domain.facts import Facts
from bot.domain.ids import ChannelId, UserId
from bot.domain.refusals import InvitationGone, NotAnOwner, StaleButton
from bot.domain.role import Invitation, Named, Role, handle
from bot.services import rights
from bot.vault import Vault, WrongKey
from db.engine import Tx
from db.queries import channel as channels
from db.queries import staff

VALID = timedelta(hours=24)
TOKEN_BYTES = 16  # 128 random bits: 22 letters of the alphabet that deep links take
PREFIX = "role-"  # what opens a discussion is 22 letters, so that neither is taken for the other
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Member:
    """``handle`` names them on a button."""

    name: str
    role: Role
    handle: int


@dataclass(frozen=True, slots=True)
class Joined:
    channel: Channel
    role: Role
    inviter: UserId


async def owned(tx: Tx, facts: Facts, channel: ChannelId, user: UserId) -> Channel:
    """The channel of a button.  Raises StaleButton, and NotAnOwner."""
    found = await channels.find(tx, channel)
    if found is None or not found.active:
        raise StaleButton()
    rights.require_owner(facts, found, user)
    return found


async def team(tx: Tx, vault: Vault, channel: Channel) -> list[Member]:
    """Who is named, in the order in which they came."""
    return [member_of(vault, named) for named in await staff.named(tx, channel.id)]


def member_of(vault: Vault, named: Named) -> Member:
    try:
        name = str(vault.open(named.label)["name"])
    except (WrongKey, KeyError, TypeError):
        name = "?"
    return Member(name, named.role, handle(named.person))


async def invite(tx: Tx, vault: Vault, channel: Channel, role: Role, inviter: UserId, now: datetime) -> str:
    """The payload of the link, which is stored nowhere: of its bits only a digest."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await staff.forget_expired(tx, now)
    await staff.store_invitation(
        tx, digest_of(token), Invitation(channel.id, role, vault.seal(inviter)), now + VALID
    )
    return PREFIX + token


async def accept(
    tx: Tx, vault: Vault, facts: Facts, user: UserId, name: str, payload: str, now: datetime
) -> Joined:
    """Whoever opens the link first has the role.  Raises InvitationGone."""
    token = payload.removeprefix(PREFIX)
    if payload == token or not _TOKEN.fullmatch(token):
        raise InvitationGone()
    invitation = await staff.take_invitation(tx, digest_of(token), now)
    channel = None if invitation is None else await channels.find(tx, invitation.channel)
    if invitation is None or channel is None or not channel.active:
        raise InvitationGone()
    inviter = UserId(vault.open(invitation.inviter))
    try:
        rights.require_owner(facts, channel, inviter)
    except NotAnOwner:
        raise InvitationGone() from None
    label = vault.seal({"name": name[:LONGEST_NAME], "user": user})
    await staff.store_role(tx, Named(channel.id, vault.staff(user), invitation.role, label), now)
    return Joined(channel, invitation.role, inviter)


async def remove(tx: Tx, vault: Vault, channel: Channel, person: int) -> Member | None:
    """Holds at once.  ``None`` when they had no role any more."""
    found = next((n for n in await staff.named(tx, channel.id) if handle(n.person) == person), None)
    if found is None or not await staff.remove_role(tx, channel.id, found.person):
        return None
    return member_of(vault, found)


def digest_of(token: str) -> bytes:
    """Random bits need no salt."""
    return hashlib.sha256(token.encode()).digest()
