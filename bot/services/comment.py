"""What readers say in their own words in a channel's discussion group."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from bot.domain.admission import Admission
from bot.domain.discussion import State
from bot.domain.ids import ChatId, MessageId, OpinionId
from bot.domain.opinion import MAX_COMMENT, Opinion, Source, check_opinion
from bot.domain.refusals import Muted, OpinionInvalid
from bot.services import channel as channel_service
from bot.services.opinion import ID_BITS, origins_of, rewrite
from bot.vault import Vault
from db.engine import Tx
from db.queries import card as cards
from db.queries import channel as channels
from db.queries import discussion as discussions
from db.queries import opinion as opinions


@dataclass(frozen=True, slots=True)
class Copy:
    """What an automatic copy in a discussion group tells of the channel's post."""

    channel: ChatId
    post: MessageId
    text: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A message in a discussion group, reduced to what tells where it belongs.

    ``sender`` is the chat that somebody writes as, else the person.  ``replied_copy``: where the message replied to is
    an automatic copy, it repairs a thread whose copy we never saw.
    """

    group: ChatId
    message: MessageId
    sender: int
    text: str | None
    thread: MessageId | None = None
    replied: MessageId | None = None
    replied_copy: Copy | None = None


async def comment(tx: Tx, vault: Vault, comment: Comment, now: datetime) -> Opinion | None:
    """Store the comment as an opinion of the discussion that it stands under.

    ``None`` when it stands under none or says nothing: in a group of many people the bot does not object.
    """
    if comment.text is None:
        return None
    standing = await discussions.standing_at(tx, await _places(tx, comment, now))
    if standing is None or standing[1] is State.CLOSED:
        return None
    key = await discussions.key_of(tx, standing[0])
    readers = vault.readers(key)
    if key is None or readers is None:
        return None
    origin = readers.origin(comment.group, comment.message)
    if await opinions.by_origin(tx, [origin], vault.open_text) is not None:
        return None
    try:
        said = check_opinion(comment.text, MAX_COMMENT)
    except OpinionInvalid:
        return None
    opinion = Opinion(OpinionId(secrets.randbits(ID_BITS)), standing[0], Source.COMMENT, said, edited=False)
    author = readers.author(opinion.discussion, comment.sender)
    if await cards.is_muted(tx, opinion.discussion, author):
        return None
    await opinions.store(tx, opinion, author, origin, sealed=vault.seal_text(key, said))
    return opinion


async def _places(tx: Tx, comment: Comment, now: datetime) -> list[tuple[ChatId, MessageId]]:
    """Where the comment may belong, nearest first: what it replies to, its thread's root, the post of that thread."""
    near = [(comment.group, message) for message in (comment.replied, comment.thread) if message is not None]
    if comment.thread is None:
        return near
    copied = await channels.posts_of_thread(tx, comment.group, comment.thread)
    if not copied and comment.replied_copy is not None:
        seen = comment.replied_copy
        home = await channels.by_chat(tx, seen.channel)
        if home is None or home.chat != seen.channel or home.group != comment.group:
            return near  # a repost in another group: its copy names our post, its comments are not ours
        await channel_service.copy_seen(
            tx,
            group=comment.group,
            copy=comment.thread,
            channel=seen.channel,
            post=seen.post,
            album=None,
            text=seen.text,
            now=now,
        )
        copied = [(seen.channel, seen.post)]
    return [*near, *copied]


async def edit_comment(
    tx: Tx, vault: Vault, chat: ChatId, message: MessageId, text: str | None, admission: Admission
) -> Opinion | None:
    """As ``edit`` of a private opinion: what cannot be kept, or comes after the end, leaves the opinion as it was."""
    opinion = await opinions.by_origin(tx, origins_of(vault, chat, message), vault.open_text)
    discussion = None if opinion is None else await discussions.find(tx, opinion.discussion)
    if opinion is None or discussion is None or not discussion.takes_opinions:
        return None
    try:
        said = check_opinion(text, MAX_COMMENT)
        return await rewrite(tx, vault, discussion, opinion, said, admission)
    except (OpinionInvalid, Muted):
        return None
