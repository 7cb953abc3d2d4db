"""Who may do what: asked of Telegram at the moment, never read from a name or a stored list of administrators.

Moderators and analysts are rows that an owner made; they are read at each act, so that removing them holds at once.
"""

from bot.domain.discussion import Channel, Discussion
from bot.domain.facts import Facts
from bot.domain.ids import ChannelId, UserId
from bot.domain.refusals import NoChannelYet, NotAnEditor, NotAnOwner
from bot.domain.role import Role
from bot.vault import Vault
from db.engine import Tx
from db.queries import channel as channels
from db.queries import staff

POST = "can_post_messages"
PROMOTE = "can_promote_members"


def require_owner(facts: Facts, channel: Channel, user: UserId) -> None:
    """Telegram's owner, or an administrator who may appoint administrators.  Raises NotAnOwner."""
    if not facts.member(channel.chat, user).may(PROMOTE):
        raise NotAnOwner()


def require_editor(facts: Facts, channel: Channel, user: UserId) -> None:
    """The owner, or an administrator who may post.  Raises NotAnEditor."""
    if not facts.member(channel.chat, user).may(POST):
        raise NotAnEditor()


def require_say(facts: Facts, discussion: Discussion, user: UserId) -> None:
    """Over a discussion: an editor of its channel or, where it stands in the group, an administrator there."""
    if discussion.chat != discussion.channel.chat and facts.member(discussion.chat, user).is_admin:
        return
    require_editor(facts, discussion.channel, user)


async def may_moderate(tx: Tx, vault: Vault, facts: Facts, channel: Channel, user: UserId) -> bool:
    """Decide about opinions: moderators, and who edits or owns the channel."""
    if await staff.role_of(tx, channel.id, vault.staff(user)) is Role.MODERATOR:
        return True
    member = facts.member(channel.chat, user)
    return member.may(POST) or member.may(PROMOTE)


async def may_look(tx: Tx, vault: Vault, facts: Facts, channel: Channel, user: UserId) -> bool:
    """See numbers and lists: analysts, and who edits or owns the channel.  Moderators need no numbers to decide."""
    if await staff.role_of(tx, channel.id, vault.staff(user)) is Role.ANALYST:
        return True
    member = facts.member(channel.chat, user)
    return member.may(POST) or member.may(PROMOTE)


async def looked_at_by(tx: Tx, vault: Vault, facts: Facts, user: UserId) -> list[Channel]:
    """The channels whose numbers this person may see, right now.  Raises NoChannelYet when there is none."""
    edited = await edited_by(tx, vault, facts, user)
    known = {channel.id for channel in edited}
    named = await staff.channels_with(tx, vault.staff(user), Role.ANALYST)
    if not (found := [*edited, *(channel for channel in named if channel.id not in known)]):
        raise NoChannelYet()
    return found


async def owned_by(tx: Tx, vault: Vault, facts: Facts, user: UserId) -> list[Channel]:
    """The channels that this person owns, right now.  Raises NotAnOwner when there is none."""
    likely = await channels.edited_by(tx, vault.staff(user))
    members = facts.members(user, tuple(channel.chat for channel in likely))
    found = [channel for channel, member in zip(likely, members, strict=True) if member.may(PROMOTE)]
    if not found:
        raise NotAnOwner()
    return found


def has_say(facts: Facts, discussion: Discussion, user: UserId) -> bool:
    """As ``require_say``."""
    try:
        require_say(facts, discussion, user)
    except NotAnEditor:
        return False
    return True


async def channels_of(tx: Tx, vault: Vault, facts: Facts, user: UserId) -> list[Channel]:
    """The channels that this person edits, right now.  Raises NoChannelYet when there is none."""
    found = await edited_by(tx, vault, facts, user)
    if not found:
        raise NoChannelYet()
    return found


async def edited_by(tx: Tx, vault: Vault, facts: Facts, user: UserId) -> list[Channel]:
    """As ``channels_of``, for whoever may be a reader: none is an answer.  Telegram is asked about administrators only."""
    likely = await channels.edited_by(tx, vault.staff(user))
    members = facts.members(user, tuple(channel.chat for channel in likely))
    return [channel for channel, member in zip(likely, members, strict=True) if member.may(POST)]


async def is_staff(tx: Tx, vault: Vault, user: UserId) -> bool:
    """Whether it is worth asking Telegram: a reader's message costs no question.  An administrator need be no editor."""
    return bool(await channels.edited_by(tx, vault.staff(user)))


def pick(mine: list[Channel], wanted: ChannelId) -> Channel:
    """Raises NotAnEditor for a channel that is not among them."""
    found = next((channel for channel in mine if channel.id == wanted), None)
    if found is None:
        raise NotAnEditor()
    return found
