"""Moderators and analysts, and the links by which they become it."""

from datetime import datetime

from sqlalchemy import delete, select

from bot.domain.discussion import Channel
from bot.domain.ids import ChannelId, Pseudonym
from bot.domain.role import Invitation, Named, Role
from db.dialect import upsert
from db.engine import Tx
from db.models import ChannelRow, InvitationRow, RoleRow
from db.queries.channel import channel_of


def named_of(row: RoleRow) -> Named:
    return Named(row.channel_id, row.person, Role(row.role), row.label)


async def role_of(tx: Tx, channel: ChannelId, person: Pseudonym) -> Role | None:
    """Read at each act: whoever was removed a moment ago has none."""
    role = await tx.scalar(
        select(RoleRow.role).where(RoleRow.channel_id == channel, RoleRow.person == person)
    )
    return None if role is None else Role(role)


async def named(tx: Tx, channel: ChannelId) -> list[Named]:
    rows = await tx.scalars(select(RoleRow).where(RoleRow.channel_id == channel).order_by(RoleRow.since))
    return [named_of(row) for row in rows]


async def channels_with(tx: Tx, person: Pseudonym, role: Role) -> list[Channel]:
    """Where this person has the role, while the bot is connected there."""
    rows = await tx.scalars(
        select(ChannelRow)
        .join(RoleRow, RoleRow.channel_id == ChannelRow.id)
        .where(RoleRow.person == person, RoleRow.role == role, ChannelRow.active)
        .order_by(ChannelRow.id)
    )
    return [channel_of(row) for row in rows]


async def store_role(tx: Tx, named: Named, now: datetime) -> None:
    """In place of the one that the person had there."""
    row = {
        "channel_id": named.channel,
        "person": named.person,
        "role": named.role,
        "label": named.label,
        "since": now,
    }
    await upsert(tx, RoleRow, [row], update=["role", "label", "since"])


async def remove_role(tx: Tx, channel: ChannelId, person: Pseudonym) -> bool:
    gone = delete(RoleRow).where(RoleRow.channel_id == channel, RoleRow.person == person)
    return bool((await tx.execute(gone)).rowcount)  # type: ignore[attr-defined]


async def store_invitation(tx: Tx, digest: bytes, invitation: Invitation, expires_at: datetime) -> None:
    tx.add(
        InvitationRow(
            digest=digest,
            channel_id=invitation.channel,
            role=invitation.role,
            inviter=invitation.inviter,
            expires_at=expires_at,
        )
    )
    await tx.flush()


async def take_invitation(tx: Tx, digest: bytes, now: datetime) -> Invitation | None:
    """Used up by this very call; ``None`` for one that is used, over, or was never made."""
    used = (
        delete(InvitationRow)
        .where(InvitationRow.digest == digest, InvitationRow.expires_at > now)
        .returning(InvitationRow.channel_id, InvitationRow.role, InvitationRow.inviter)
    )
    row = (await tx.execute(used)).one_or_none()
    return None if row is None else Invitation(row[0], Role(row[1]), row[2])


async def forget_expired(tx: Tx, now: datetime) -> None:
    await tx.execute(delete(InvitationRow).where(InvitationRow.expires_at <= now))


async def withdraw_invitations(tx: Tx, channel: ChannelId) -> None:
    """Those of a channel that have not been used."""
    await tx.execute(delete(InvitationRow).where(InvitationRow.channel_id == channel))
