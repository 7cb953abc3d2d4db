"""Rooms where opinions are moderated: named by owners, looked at before each delivery."""

from collections.abc import Collection
from datetime import datetime

from bot.domain.audit import Act, Actor
from bot.domain.discussion import Channel
from bot.domain.facts import AdminsOf, ChatOf, CountOf, Facts, Member, MemberOf
from bot.domain.ids import ChatId, Pseudonym, UserId
from bot.domain.installation import Myself
from bot.domain.refusals import NoChannelYet, NotAnEditor, RoomUnfit, TelegramAway
from bot.domain.role import Role
from bot.domain.room import Coming, Room, RoomFacts, RoomKind, RoomRules, Trouble, let_in, trouble_of
from bot.services import audit, rights
from bot.vault import Vault
from db.engine import Tx
from db.queries import channel as channels
from db.queries import room as rooms
from db.queries import staff


async def moderators_of(tx: Tx, channel: Channel) -> frozenset[Pseudonym]:
    """Those named by an owner."""
    return frozenset(n.person for n in await staff.named(tx, channel.id) if n.role is Role.MODERATOR)


def trouble_now(
    vault: Vault,
    facts: Facts,
    myself: Myself,
    rules: RoomRules,
    room: Room,
    channel: Channel,
    moderators: Collection[Pseudonym],
) -> Trouble | None:
    """What Telegram says at this moment.  Raises Unasked and TelegramAway."""
    chat = ChatId(vault.open(room.address))
    if room.kind is RoomKind.PRIVATE:
        person = UserId(chat)
        if vault.staff(person) in moderators:
            return None
        member = facts.member(channel.chat, person)
        return None if member.may(rights.POST) or member.may(rights.PROMOTE) else Trouble.NOT_STAFF
    facts.need(ChatOf(chat), MemberOf(chat, myself.id), AdminsOf(chat), CountOf(chat), AdminsOf(channel.chat))
    admins = facts.admins(chat)
    named = {admin.user for admin in admins if vault.staff(admin.user) in moderators}
    members = facts.count(chat)
    told = RoomFacts(
        chat=None if members is None else facts.chat(chat),
        bot=facts.member(chat, myself.id),
        members=members or 0,
        admins=admins,
        staff={admin.user for admin in facts.admins(channel.chat)} | named,
    )
    return trouble_of(room, told, rules)


async def owned_or_edited(
    tx: Tx, vault: Vault, facts: Facts, user: UserId, *, private: bool
) -> list[Channel]:
    """For a group: the channels that this person owns.  For their own private chat: those that they moderate.

    Raises NotAnOwner and NoChannelYet.
    """
    if not private:
        return await rights.owned_by(tx, vault, facts, user)
    edited = await rights.edited_by(tx, vault, facts, user)
    known = {channel.id for channel in edited}
    named = await staff.channels_with(tx, vault.staff(user), Role.MODERATOR)
    if not (found := [*edited, *(channel for channel in named if channel.id not in known)]):
        raise NoChannelYet()
    return found


async def name_room(
    tx: Tx,
    vault: Vault,
    facts: Facts,
    myself: Myself,
    rules: RoomRules,
    channel: Channel,
    user: UserId,
    chat: ChatId,
    actor: Actor,
    now: datetime,
) -> Trouble | None:
    """From now on the channel's cards come to ``chat``; returns why nothing would be delivered at this moment.

    Raises NotAnOwner, for a private chat NotAnEditor, and RoomUnfit for a group that the person does not administer.
    """
    members: int | None = None
    kind = RoomKind.PRIVATE if chat == ChatId(user) else RoomKind.GROUP
    if kind is RoomKind.PRIVATE:
        if not await rights.may_moderate(tx, vault, facts, channel, user):
            raise NotAnEditor()
    else:
        facts.need(MemberOf(channel.chat, user), MemberOf(chat, user), ChatOf(chat), CountOf(chat))
        rights.require_owner(facts, channel, user)
        info = facts.chat(chat)
        if info is None or info.kind not in {"supergroup", "group"} or chat in {channel.chat, channel.group}:
            raise RoomUnfit(problem="kind")
        if not facts.member(chat, user).is_admin:
            raise RoomUnfit(problem="stranger")
        members = facts.count(chat)
    moderators = await moderators_of(tx, channel)
    sealed = vault.seal(chat)
    known = Room(rooms.UNNAMED, channel.id, kind, vault.room(chat), sealed, members)
    trouble = trouble_now(vault, facts, myself, rules, known, channel, moderators)
    before = [room for room in await rooms.at(tx, known.chat) if room.channel == channel.id]
    room = await rooms.name(tx, channel.id, vault.room(chat), sealed, kind, members)
    await rooms.store_trouble(tx, room.id, trouble)  # whoever names it is told with the answer
    # Named anew, whoever came in without being let in belongs to it.
    act = Act.MEMBERS_ACCEPTED if any(_is_fuller(it, members) for it in before) else Act.ROOM_NAMED
    await audit.record(tx, vault, actor, act, now, channel=channel.id, detail=kind)
    return trouble


def _is_fuller(room: Room, members: int | None) -> bool:
    return None not in {room.members, members} and (members or 0) > (room.members or 0)


async def leave_rooms(
    tx: Tx, vault: Vault, facts: Facts, user: UserId, chat: ChatId, actor: Actor, now: datetime
) -> list[Channel]:
    """No more cards come to ``chat`` for the channels that this person owns; whose they were.

    In a private chat the person alone decides.
    """
    left: list[Channel] = []
    for room in await rooms.at(tx, vault.room(chat)):
        channel = await channels.find(tx, room.channel)
        if channel is None:
            continue
        if chat != ChatId(user):
            rights.require_owner(facts, channel, user)
        await rooms.leave(tx, [room.id])
        left.append(channel)
    for channel in left:
        await audit.record(tx, vault, actor, Act.ROOM_LEFT, now, channel=channel.id)
    return left


def _actor(facts: Facts, chat: ChatId, coming: Coming) -> Member:
    """Who let the person in, where that is not told otherwise.  Of whom nothing can be learned, they let nobody in."""
    if coming.via_request or coming.link_asks is not None or coming.actor == coming.person:
        return Member(coming.actor, "member")
    try:
        return facts.member(chat, coming.actor)
    except TelegramAway:
        return Member(coming.actor, "unknown")


async def came_or_went(tx: Tx, vault: Vault, facts: Facts, chat: ChatId, coming: Coming) -> None:
    """Who comes in without having been let in ends the delivery, whatever the group's settings say."""
    if coming.was_inside == coming.is_inside:
        return
    here = vault.room(chat)
    if not await rooms.at(tx, here):
        return
    if not coming.is_inside:
        await rooms.add_members(tx, here, -1)
    elif let_in(coming, _actor(facts, chat, coming)):
        await rooms.add_members(tx, here, 1)
    else:
        await rooms.stop(tx, here)
