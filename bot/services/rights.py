"""Who may do what: asked of Telegram at the moment, never read from a name or a stored list."""

from bot.domain.discussion import Channel, Discussion
from bot.domain.facts import Facts
from bot.domain.ids import ChannelId, UserId
from bot.domain.refusals import NoChannelYet, NotAnEditor
from bot.vault import Vault
from db.engine import Tx
from db.queries import channel as channels

POST = "can_post_messages"


def require_editor(facts: Facts, channel: Channel, user: UserId) -> None:
    """The owner, or an administrator who may post.  Raises NotAnEditor."""
    if not facts.member(channel.chat, user).may(POST):
        raise NotAnEditor()


def require_say(facts: Facts, discussion: Discussion, user: UserId) -> None:
    """Over a discussion: an editor of its channel or, where it stands in the group, an administrator there."""
    if discussion.chat != discussion.channel.chat and facts.member(discussion.chat, user).is_admin:
        return
    require_editor(facts, discussion.channel, user)


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
