"""Channels: how they become known, and what they still need."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.ballot import check_options, check_question
from bot.domain.discussion import Channel, Layout
from bot.domain.facts import AdminsOf, ChatFacts, ChatOf, Facts, Member, MemberOf, Question
from bot.domain.ids import ChatId, MessageId, UserId
from bot.domain.installation import Defaults, Myself
from bot.domain.refusals import ChannelUnknown, TelegramAway
from bot.services import posting
from bot.vault import Vault
from db.engine import Tx
from db.queries import channel as channels


class Missing(StrEnum):
    """What an owner should mend; the words for each are in the texts."""

    CANNOT_POST = "cannot-post"
    CANNOT_DELETE = "cannot-delete"
    NO_GROUP = "no-group"
    NOT_IN_GROUP = "not-in-group"
    CANNOT_READ_GROUP = "cannot-read-group"
    UNSEEN = "unseen"  # Telegram shows us no such channel, or does not answer


FATAL = frozenset({Missing.CANNOT_POST})


@dataclass(frozen=True, slots=True)
class Setup:
    channel: Channel
    missing: tuple[Missing, ...]


def what_is_missing(
    me: Member, group: ChatId | None, in_group: Member | None, reads_groups: bool
) -> list[Missing]:
    """From the bot's own membership in the channel and in its discussion group."""
    missing = []
    if not me.may("can_post_messages"):
        missing.append(Missing.CANNOT_POST)
    if not me.may("can_delete_messages"):
        missing.append(Missing.CANNOT_DELETE)
    if group is None:
        missing.append(Missing.NO_GROUP)
    elif in_group is None or not in_group.is_present:
        missing.append(Missing.NOT_IN_GROUP)
    elif not in_group.is_admin and not reads_groups:
        missing.append(Missing.CANNOT_READ_GROUP)
    return missing


async def register(
    tx: Tx,
    vault: Vault,
    facts: Facts,
    myself: Myself,
    defaults: Defaults,
    chat: ChatId | str,
    now: datetime,
    owner: UserId | None = None,
) -> Setup:
    """Make the channel known, or read anew what Telegram says of it.

    ``owner`` is who connected it just now; otherwise it stays who it was while an administrator, else is the creator.
    Raises ChannelUnknown when it is no channel or the bot is no administrator there.
    """
    facts.need(*_questions(chat, myself))
    info = facts.chat(chat)
    if info is None or info.kind != "channel":
        raise ChannelUnknown()
    me = facts.member(info.chat, myself.id)
    if not me.is_admin:
        raise ChannelUnknown()
    in_group = None if info.linked is None else facts.member(info.linked, myself.id)
    admins = facts.admins(info.chat)
    if owner is None:
        owner = _still_owner(vault, await channels.by_chat(tx, info.chat), admins)
    missing = what_is_missing(me, info.linked, in_group, myself.reads_groups)
    channel = await channels.store(
        tx,
        chat=info.chat,
        title=info.title,
        username=info.username,
        group=info.linked,
        group_seen=not {Missing.NO_GROUP, Missing.NOT_IN_GROUP, Missing.CANNOT_READ_GROUP} & set(missing),
        now=now,
        language=defaults.language,
        layout=Layout(defaults.layout),
        owner=vault.seal(owner) if owner else None,
    )
    await channels.store_staff(tx, channel.id, [vault.staff(a.user) for a in admins if not a.is_bot])
    await posting.resume(tx, info.chat, now)
    return Setup(channel, tuple(missing))


def _questions(chat: ChatId | str, myself: Myself) -> list[Question]:
    if isinstance(chat, str):
        return [ChatOf(chat)]  # its number is needed for the others
    return [ChatOf(chat), MemberOf(chat, myself.id), AdminsOf(chat)]


def _still_owner(vault: Vault, known: Channel | None, admins: tuple[Member, ...]) -> UserId | None:
    """Who is told of troubles: nobody who has left.  ``None`` where it cannot be known."""
    before = None if known is None or known.owner is None else vault.open(known.owner)
    creator = next((member.user for member in admins if member.status == "creator"), None)
    return UserId(before) if before in {member.user for member in admins} else creator


async def report(
    tx: Tx,
    vault: Vault,
    facts: Facts,
    myself: Myself,
    defaults: Defaults,
    mine: Sequence[Channel],
    now: datetime,
) -> list[Setup]:
    """The state of several channels, read anew in two rounds of questions whatever their number."""
    facts.need(*(question for channel in mine for question in _questions(channel.chat, myself)))
    linked = [linked for channel in mine if (linked := _linked(facts, channel)) is not None]
    facts.need(*(MemberOf(group, myself.id) for group in linked))
    found = []
    for channel in mine:
        try:
            found.append(await register(tx, vault, facts, myself, defaults, channel.chat, now))
        except (ChannelUnknown, TelegramAway):
            found.append(Setup(channel, (Missing.UNSEEN,)))
    return found


def _linked(facts: Facts, channel: Channel) -> ChatId | None:
    try:
        info = facts.chat(channel.chat)
    except TelegramAway:
        return None
    return None if info is None else info.linked


async def find(tx: Tx, chat: ChatId) -> Channel | None:
    """The channel that is this chat, or whose discussion group it is."""
    return await channels.by_chat(tx, chat)


async def configure(tx: Tx, channel: Channel) -> None:
    """Store the channel's own language, layout, question, options, moderation and how numbers are shown.

    Raises BallotInvalid.
    """
    if channel.question is not None:
        check_question(channel.question)
    if channel.options is not None:
        check_options(channel.options)
    await channels.store_settings(
        tx,
        channel.id,
        language=channel.language,
        layout=channel.layout,
        question=channel.question,
        options=channel.options,
        results=channel.results,
        step=channel.step,
        minimum=channel.minimum,
        watch=channel.watch,
        moderation=channel.moderation,
    )


async def disconnect(tx: Tx, chat: ChatId) -> Channel | None:
    """The bot is no administrator there any more.  Returns the channel when it was connected until now."""
    known = await channels.by_chat(tx, chat)
    await channels.deactivate(tx, chat)
    return known if known is not None and known.active else None


async def leave_group(tx: Tx, group: ChatId) -> None:
    """The bot no longer sees the comments there."""
    await channels.unlink_group(tx, group)


async def staff_changed(tx: Tx, vault: Vault, chat: ChatId, user: UserId, is_admin: bool) -> None:
    """Somebody was made an administrator of a channel, or is none any more."""
    known = await channels.by_chat(tx, chat)
    if known is not None and known.chat == chat:
        await channels.store_staff_member(tx, known.id, vault.staff(user), is_admin)


async def group_changed(
    tx: Tx,
    vault: Vault,
    facts: Facts,
    myself: Myself,
    defaults: Defaults,
    info: ChatFacts | None,
    now: datetime,
) -> Setup | None:
    """The bot came into a group, left it, or got other rights there: the channel that it belongs to, if any, is re-read."""
    if info is None or info.linked is None:
        return None
    channel = await channels.by_chat(tx, info.linked)
    if channel is None:
        return None
    return await register(tx, vault, facts, myself, defaults, channel.chat, now)


async def copy_seen(
    tx: Tx,
    *,
    group: ChatId,
    copy: MessageId,
    channel: ChatId,
    post: MessageId,
    album: str | None,
    text: str,
    now: datetime,
) -> None:
    """An automatic copy: the thread of the post's comments and, for one of our own posts, the proof that it arrived."""
    await channels.store_thread(tx, group=group, copy=copy, channel=channel, post=post, album=album)
    await posting.recognise(tx, channel, post, text, now)
