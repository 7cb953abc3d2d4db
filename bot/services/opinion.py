"""What readers say in their own words: comments in the group, messages to the bot."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.discussion import Discussion, State
from bot.domain.ids import ChatId, DiscussionId, MessageId, OpinionId, UserId
from bot.domain.opinion import MAX_COMMENT, Opinion, Source, check_opinion
from bot.domain.refusals import DiscussionClosed, DiscussionUnknown, OpinionGone, OpinionInvalid
from bot.services import channel as channel_service
from bot.vault import Vault
from db.engine import Tx
from db.queries import ballot as ballots
from db.queries import channel as channels
from db.queries import discussion as discussions
from db.queries import opinion as opinions

ID_BITS = 52  # random, so that order tells nothing; exact in every JSON reader
CHOICES = 8  # discussions offered when it is not clear which one a text is about


@dataclass(frozen=True, slots=True)
class Taken:
    """The opinion is stored.  ``again``: in place of one that the person said before."""

    opinion: OpinionId
    discussion: Discussion
    again: bool = False


@dataclass(frozen=True, slots=True)
class WhichOne:
    """It has to be asked what the text is about; empty when there is nothing to choose from."""

    choices: tuple[Discussion, ...]


async def _running(tx: Tx, discussion_id: DiscussionId) -> Discussion:
    discussion = await discussions.find(tx, discussion_id)
    if discussion is None:
        raise DiscussionUnknown()
    if not discussion.takes_opinions:
        raise DiscussionClosed(title=discussion.title)
    return discussion


async def open_link(tx: Tx, vault: Vault, user: UserId, token: str, now: datetime) -> Discussion:
    """A reader followed the link under the ballot: their next message is about this discussion."""
    discussion = await discussions.by_token(tx, token)
    if discussion is None:
        raise DiscussionUnknown()
    if not discussion.takes_opinions:
        raise DiscussionClosed(title=discussion.title)
    await opinions.choose(tx, vault.person(user), discussion.id, now)
    return discussion


async def is_writing(tx: Tx, vault: Vault, user: UserId) -> bool:
    """Whether this person's next private message is known to be an opinion."""
    return await opinions.chosen_prompt(tx, vault.person(user)) is not None


async def say_private(
    tx: Tx, vault: Vault, user: UserId, chat: ChatId, message: MessageId, text: str | None, now: datetime
) -> Taken | WhichOne:
    """A private message.  It belongs to what the person has just chosen; otherwise the person is asked, never guessed."""
    person = vault.person(user)
    chosen = await opinions.chosen_prompt(tx, person)
    if chosen is None:
        return WhichOne(tuple(await discussions.answerable_by(tx, person, public=True, limit=CHOICES)))
    discussion = await discussions.find(tx, chosen[0])
    if discussion is None or not discussion.takes_opinions:
        await opinions.choose(tx, person, None, now)
        return WhichOne(tuple(await discussions.answerable_by(tx, person, public=True, limit=CHOICES)))
    said = check_opinion(text)
    taken = await _store_private(tx, vault, user, discussion, chat, message, said, chosen[1])
    still_open = await discussions.answerable_by(tx, person, public=False, limit=2)
    # One running discussion: what comes next is about it, too.  Several: the next one has to be chosen again.
    await opinions.choose(tx, person, discussion.id if len(still_open) == 1 else None, now)
    return taken


async def say_private_about(
    tx: Tx,
    vault: Vault,
    user: UserId,
    discussion: DiscussionId,
    chat: ChatId,
    message: MessageId,
    text: str | None,
) -> Taken:
    """The person was asked what an earlier message is about, and chose."""
    allowed = await discussions.answerable_by(tx, vault.person(user), public=True, limit=None)
    about = next((each for each in allowed if each.id == discussion), None)
    if about is None:  # a forged button: numbers cannot be tried out
        raise DiscussionUnknown()
    return await _store_private(tx, vault, user, about, chat, message, check_opinion(text), None)


async def _store_private(
    tx: Tx,
    vault: Vault,
    user: UserId,
    discussion: Discussion,
    chat: ChatId,
    message: MessageId,
    text: str,
    replaces: OpinionId | None,
) -> Taken:
    origin = vault.origin(chat, message)
    if replaces is not None and await opinions.find(tx, replaces) is not None:
        await opinions.rewrite(tx, replaces, text, origin)
        return Taken(replaces, discussion, again=True)
    known = await opinions.by_origin(tx, origin)
    if known is not None:  # a second tap on "which one": the first one counts
        return Taken(known.id, discussion)
    opinion = Opinion(OpinionId(secrets.randbits(ID_BITS)), discussion.id, Source.PRIVATE, text, edited=False)
    await opinions.store(tx, opinion, vault.author(discussion.id, user), origin)
    return Taken(opinion.id, discussion)


async def edit(tx: Tx, vault: Vault, chat: ChatId, message: MessageId, text: str | None) -> Opinion | None:
    """The private message was edited in Telegram: so is the opinion said in it.  ``None`` when nothing has changed.

    Raises OpinionInvalid and DiscussionClosed; the opinion stays as it was then.
    """
    opinion = await opinions.by_origin(tx, vault.origin(chat, message))
    if opinion is None:
        return None
    await _running(tx, opinion.discussion)
    return await _rewrite(tx, opinion, check_opinion(text))


async def edit_comment(
    tx: Tx, vault: Vault, chat: ChatId, message: MessageId, text: str | None
) -> Opinion | None:
    """As ``edit``, for a comment: what cannot be kept, or comes after the end, leaves the opinion as it was."""
    opinion = await opinions.by_origin(tx, vault.origin(chat, message))
    if opinion is None or not await discussions.runs(tx, opinion.discussion):
        return None
    try:
        return await _rewrite(tx, opinion, check_opinion(text, MAX_COMMENT))
    except OpinionInvalid:
        return None


async def _rewrite(tx: Tx, opinion: Opinion, said: str) -> Opinion | None:
    if said == opinion.text:  # Telegram sends edits for changes of other things, too
        return None
    await opinions.rewrite(tx, opinion.id, said)
    return replace(opinion, text=said, edited=True)


async def _own(tx: Tx, vault: Vault, user: UserId, opinion_id: OpinionId) -> Opinion:
    found = await opinions.find(tx, opinion_id)
    if found is None or found[1] != vault.author(found[0].discussion, user):
        raise OpinionGone()  # the same words for another's: ids cannot be tried out
    return found[0]


async def withdraw(tx: Tx, vault: Vault, user: UserId, opinion_id: OpinionId) -> None:
    """Gone from the database.  Raises OpinionGone."""
    opinion = await _own(tx, vault, user, opinion_id)
    await opinions.remove(tx, opinion)
    discussion = await discussions.find(tx, opinion.discussion)
    if discussion is not None and not discussion.takes_opinions:
        await ballots.bump(tx, discussion.ballot.id)  # the closed message shows how many there are


async def change(tx: Tx, vault: Vault, user: UserId, opinion_id: OpinionId, now: datetime) -> Opinion:
    """The person's next message takes the place of this opinion.  Raises OpinionGone or DiscussionClosed."""
    opinion = await _own(tx, vault, user, opinion_id)
    await _running(tx, opinion.discussion)
    await opinions.choose(tx, vault.person(user), opinion.discussion, now, replaces=opinion.id)
    return opinion


async def stop_writing(tx: Tx, vault: Vault, user: UserId, discussion: DiscussionId) -> None:
    await opinions.forget_prompt(tx, vault.person(user), discussion)


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
    origin = vault.origin(comment.group, comment.message)
    if await opinions.by_origin(tx, origin) is not None:
        return None
    try:
        said = check_opinion(comment.text, MAX_COMMENT)
    except OpinionInvalid:
        return None
    opinion = Opinion(OpinionId(secrets.randbits(ID_BITS)), standing[0], Source.COMMENT, said, edited=False)
    await opinions.store(tx, opinion, vault.author(opinion.discussion, comment.sender), origin)
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


async def forget_choice(tx: Tx, vault: Vault, user: UserId, now: datetime) -> None:
    """This person's next message has to be asked about: it need not be an opinion at all."""
    await opinions.choose(tx, vault.person(user), None, now)
