"""What readers say in their own words: comments in the group, messages to the bot."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.discussion import Discussion, State
from bot.domain.ids import ChatId, DiscussionId, KeyName, MessageId, OpinionId, Pseudonym, UserId
from bot.domain.opinion import MAX_COMMENT, Opinion, Source, check_opinion
from bot.domain.refusals import DiscussionClosed, DiscussionUnknown, Forgotten, OpinionGone, OpinionInvalid
from bot.services import channel as channel_service
from bot.vault import ReaderKey, Vault
from db.engine import Tx
from db.queries import ballot as ballots
from db.queries import channel as channels
from db.queries import discussion as discussions
from db.queries import opinion as opinions
from db.queries.opinion import Prompt

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


def names_of(vault: Vault, user: UserId) -> list[Pseudonym]:
    """What this person is called in each discussion that can still recognise anybody."""
    return [readers.person(user) for _, readers in vault.living()]


def origins_of(vault: Vault, chat: ChatId, message: MessageId) -> list[Pseudonym]:
    """What this message is called in each of them."""
    return [readers.origin(chat, message) for _, readers in vault.living()]


def readers_of(vault: Vault, discussion: Discussion) -> ReaderKey:
    """Raises Forgotten once the key is destroyed."""
    readers = vault.readers(discussion.key)
    if readers is None:
        raise Forgotten()
    return readers


async def _choose(
    tx: Tx,
    vault: Vault,
    user: UserId,
    about: Discussion | None,
    now: datetime,
    replaces: OpinionId | None = None,
) -> None:
    await opinions.choose_none(tx, names_of(vault, user))
    if about is not None:
        person = readers_of(vault, about).person(user)
        await opinions.choose(tx, person, Prompt(about.id, replaces), now)


async def open_link(tx: Tx, vault: Vault, user: UserId, token: str, now: datetime) -> Discussion:
    """A reader followed the link under the ballot: their next message is about this discussion."""
    discussion = await discussions.by_token(tx, token)
    if discussion is None:
        raise DiscussionUnknown()
    if not discussion.takes_opinions:
        raise DiscussionClosed(title=discussion.title)
    await _choose(tx, vault, user, discussion, now)
    return discussion


async def is_writing(tx: Tx, vault: Vault, user: UserId) -> bool:
    """Whether this person's next private message is known to be an opinion."""
    return await opinions.chosen_prompt(tx, names_of(vault, user)) is not None


async def say_private(
    tx: Tx, vault: Vault, user: UserId, chat: ChatId, message: MessageId, text: str | None, now: datetime
) -> Taken | WhichOne:
    """A private message.  It belongs to what the person has just chosen; otherwise the person is asked, never guessed."""
    persons = names_of(vault, user)
    chosen = await opinions.chosen_prompt(tx, persons)
    if chosen is None:
        return WhichOne(tuple(await discussions.answerable_by(tx, persons, public=True, limit=CHOICES)))
    discussion = await discussions.find(tx, chosen.discussion)
    if discussion is None or not discussion.takes_opinions:
        await _choose(tx, vault, user, None, now)
        return WhichOne(tuple(await discussions.answerable_by(tx, persons, public=True, limit=CHOICES)))
    said = check_opinion(text)
    taken = await _store_private(tx, vault, user, discussion, chat, message, said, chosen.replaces)
    still_open = await discussions.answerable_by(tx, persons, public=False, limit=2)
    # One running discussion: what comes next is about it, too.  Several: the next one has to be chosen again.
    await _choose(tx, vault, user, discussion if len(still_open) == 1 else None, now)
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
    allowed = await discussions.answerable_by(tx, names_of(vault, user), public=True, limit=None)
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
    readers = readers_of(vault, discussion)
    origin = readers.origin(chat, message)
    if replaces is not None and await opinions.find(tx, replaces, vault.open_text) is not None:
        await opinions.rewrite(tx, replaces, text, _sealed(vault, discussion, text), origin)
        return Taken(replaces, discussion, again=True)
    known = await opinions.by_origin(tx, [origin], vault.open_text)
    if known is not None:  # a second tap on "which one": the first one counts
        return Taken(known.id, discussion)
    opinion = Opinion(OpinionId(secrets.randbits(ID_BITS)), discussion.id, Source.PRIVATE, text, edited=False)
    await opinions.store(
        tx,
        opinion,
        readers.author(discussion.id, user),
        origin,
        sealed=_sealed(vault, discussion, text),
        address=readers.seal(chat),
    )
    return Taken(opinion.id, discussion)


def _sealed(vault: Vault, discussion: Discussion, text: str) -> bytes | None:
    """``None`` where texts are not stored encrypted."""
    return None if discussion.key is None else vault.seal_text(discussion.key, text)


async def edit(tx: Tx, vault: Vault, chat: ChatId, message: MessageId, text: str | None) -> Opinion | None:
    """The private message was edited in Telegram: so is the opinion said in it.  ``None`` when nothing has changed.

    Raises OpinionInvalid and DiscussionClosed; the opinion stays as it was then.
    """
    opinion = await opinions.by_origin(tx, origins_of(vault, chat, message), vault.open_text)
    if opinion is None:
        return None
    discussion = await _running(tx, opinion.discussion)
    return await _rewrite(tx, vault, discussion.key, opinion, check_opinion(text))


async def edit_comment(
    tx: Tx, vault: Vault, chat: ChatId, message: MessageId, text: str | None
) -> Opinion | None:
    """As ``edit``, for a comment: what cannot be kept, or comes after the end, leaves the opinion as it was."""
    opinion = await opinions.by_origin(tx, origins_of(vault, chat, message), vault.open_text)
    if opinion is None or not await discussions.runs(tx, opinion.discussion):
        return None
    key = await discussions.key_of(tx, opinion.discussion)
    try:
        return await _rewrite(tx, vault, key, opinion, check_opinion(text, MAX_COMMENT))
    except OpinionInvalid:
        return None


async def _rewrite(tx: Tx, vault: Vault, key: KeyName | None, opinion: Opinion, said: str) -> Opinion | None:
    if said == opinion.text:  # Telegram sends edits for changes of other things, too
        return None
    await opinions.rewrite(tx, opinion.id, said, None if key is None else vault.seal_text(key, said))
    return replace(opinion, text=said, edited=True)


async def _own(tx: Tx, vault: Vault, user: UserId, opinion_id: OpinionId) -> Opinion:
    found = await opinions.find(tx, opinion_id, vault.open_text)
    if found is None:
        raise OpinionGone()
    readers = vault.readers(await discussions.key_of(tx, found[0].discussion))
    if readers is None:
        raise Forgotten()
    if found[1] != readers.author(found[0].discussion, user):
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
    await _choose(tx, vault, user, await _running(tx, opinion.discussion), now, replaces=opinion.id)
    return opinion


async def stop_writing(tx: Tx, vault: Vault, user: UserId, discussion: DiscussionId) -> None:
    readers = vault.readers(await discussions.key_of(tx, discussion))
    if readers is not None:
        await opinions.forget_prompt(tx, readers.person(user), discussion)


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


async def forget_choice(tx: Tx, vault: Vault, user: UserId, now: datetime) -> None:
    """This person's next message has to be asked about: it need not be an opinion at all."""
    await _choose(tx, vault, user, None, now)
