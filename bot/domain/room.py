"""Where opinions are moderated, and whether anybody but known staff could read there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.domain.facts import ChatFacts, Member
from bot.domain.ids import ChannelId, Pseudonym, RoomId, UserId


class RoomKind(StrEnum):
    GROUP = "group"
    PRIVATE = "private"  # the chat of one of the staff with the bot


class Joining(StrEnum):
    """How people may come into a staff group."""

    APPROVED = "approved"  # the group itself asks an administrator about everybody
    WATCHED = "watched"  # no such switch: whoever comes in by a link that asks nobody ends the delivery


class Trouble(StrEnum):
    """Why nothing is delivered; the words for each are in the texts."""

    UNSEEN = "unseen"  # Telegram shows us no such chat
    NOT_ADMIN = "not-admin"
    BASIC = "basic"  # an old kind of group, of which Telegram does not tell who can read what
    PUBLIC = "public"
    LINKED = "linked"
    FORUM = "forum"  # its history cannot be hidden
    HISTORY = "history"
    JOINING = "joining"
    STRANGER = "stranger"  # an administrator who is no known staff of the channel
    ROBOT = "robot"  # another bot among the administrators
    MANY = "many"
    JOINED = "joined"  # somebody came in without being let in: an owner has to look and name the room anew
    NOT_STAFF = "not-staff"  # a private chat of somebody who moderates no more


@dataclass(frozen=True, slots=True)
class Room:
    """``chat`` is keyed, ``address`` the same, sealed.  ``members``: as many as were counted, or came in with approval since."""

    id: RoomId
    channel: ChannelId
    kind: RoomKind
    chat: Pseudonym
    address: bytes
    members: int | None = None
    trouble: Trouble | None = None
    told: Trouble | None = None


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """What Telegram says at this moment.  ``admins`` with all bots; ``staff``: who is known to work for the channel."""

    chat: ChatFacts | None
    bot: Member | None
    members: int
    admins: tuple[Member, ...]
    staff: Collection[UserId]


@dataclass(frozen=True, slots=True)
class RoomRules:
    """``quotes_within``: at most so long after it was pressed a quotation is published."""

    joining: Joining = Joining.APPROVED
    most_members: int = 20
    quotes_within: timedelta | None = None


def trouble_of(room: Room, facts: RoomFacts, rules: RoomRules) -> Trouble | None:
    """The first reason why nothing may be delivered into this group.  Whatever cannot be checked is one."""
    chat, bot = facts.chat, facts.bot
    if chat is None:
        return Trouble.UNSEEN
    if chat.kind != "supergroup":
        return Trouble.BASIC
    if bot is None or not bot.is_admin:
        return Trouble.NOT_ADMIN
    if chat.username is not None:
        return Trouble.PUBLIC
    if chat.linked is not None:
        return Trouble.LINKED
    if chat.forum:
        return Trouble.FORUM
    if chat.visible_history:
        return Trouble.HISTORY
    if rules.joining is Joining.APPROVED and not chat.join_by_request:
        return Trouble.JOINING
    others = [admin for admin in facts.admins if admin.user != bot.user]
    if any(admin.is_bot for admin in others):
        return Trouble.ROBOT
    if not others or any(admin.user not in facts.staff for admin in others):
        return Trouble.STRANGER
    if facts.members > rules.most_members:
        return Trouble.MANY
    if room.members is not None and facts.members > room.members:
        return Trouble.JOINED
    return None


@dataclass(frozen=True, slots=True)
class Coming:
    """Somebody's standing in a room changed.  ``actor`` did it; the link's flag is None where no link was followed."""

    person: UserId
    actor: UserId
    was_inside: bool
    is_inside: bool
    via_request: bool = False
    link_asks: bool | None = None


def let_in(coming: Coming, actor: Member) -> bool:
    """Whether an administrator decided that this person may come in."""
    if coming.via_request or coming.link_asks:
        return True
    return coming.link_asks is None and coming.actor != coming.person and actor.is_admin
