"""What readers say to the bot in their own words."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.admission import Admission
from bot.domain.betrayal import PLACEHOLDER, Betrayal
from bot.domain.discussion import Discussion
from bot.domain.ids import ChatId, DiscussionId, MessageId, OpinionId, Pseudonym, UserId
from bot.domain.opinion import MAX_OPINION, Lane, Opinion, Source, check_opinion
from bot.domain.refusals import (
    DiscussionClosed,
    DiscussionUnknown,
    Forgotten,
    Muted,
    OpinionGone,
    OpinionInvalid,
    TooMuch,
)
from bot.services import exchange, moderation
from bot.services.betrayals import find_betrayals, trimmed
from bot.services.exchange import readers_of, running
from bot.vault import Vault
from db.engine import Tx
from db.queries import ballot as ballots
from db.queries import discussion as discussions
from db.queries import forgetting
from db.queries import opinion as opinions
from db.queries import reader as reader_queries

ID_BITS = 52  # random, so that order tells nothing; exact in every JSON reader
CHOICES = 8  # discussions offered when it is not clear which one a text is about
ORIGIN_BYTES = 16


@dataclass(frozen=True, slots=True)
class Taken:
    """The opinion is stored.  ``again``: in place of one that the person said before.

    ``gone``: messages of the chat that go now, since the lane leaves no trace.
    """

    opinion: OpinionId
    discussion: Discussion
    again: bool = False
    lane: Lane = Lane.PLAIN
    gone: tuple[MessageId, ...] = ()


@dataclass(frozen=True, slots=True)
class WhichOne:
    """It has to be asked what the text is about; empty when there is nothing to choose from."""

    choices: tuple[Discussion, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a decision about a text is about; kept in the buttons, not here."""

    discussion: DiscussionId
    replaces: OpinionId | None
    lane: Lane


@dataclass(frozen=True, slots=True)
class Betraying:
    """Something in the text may tell who wrote it.  Nothing is stored: the reader decides first.

    ``trimmed`` is None where nothing would be left to say.
    """

    choice: Choice
    discussion: Discussion
    text: str
    found: tuple[Betrayal, ...]
    trimmed: str | None


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Refused in a conversation that leaves no trace: the refusal belongs to it, too."""

    refusal: OpinionInvalid | Muted | TooMuch
    discussion: Discussion
    lane: Lane


def names_of(vault: Vault, user: UserId) -> list[Pseudonym]:
    """What this person is called in each discussion that can still recognise anybody."""
    return [readers.person(user) for _, readers in vault.living()]


def origins_of(vault: Vault, chat: ChatId, message: MessageId) -> list[Pseudonym]:
    """What this message is called in each of them."""
    return [readers.origin(chat, message) for _, readers in vault.living()]


async def _choose(
    tx: Tx,
    vault: Vault,
    user: UserId,
    about: Discussion | None,
    now: datetime,
    replaces: OpinionId | None = None,
    screen: MessageId | None = None,
) -> Lane:
    await opinions.choose_none(tx, names_of(vault, user))
    if about is None:
        return Lane.PLAIN
    readers = readers_of(vault, about)
    return await exchange.begin(tx, readers, user, about.id, now, replaces=replaces, screen=screen)


async def open_link(
    tx: Tx, vault: Vault, user: UserId, token: str, message: MessageId, now: datetime
) -> tuple[Discussion, Lane]:
    """A reader followed the link under the ballot, in ``message``: their next one is about this discussion."""
    discussion = await discussions.by_token(tx, token)
    if discussion is None:
        raise DiscussionUnknown()
    if not discussion.takes_opinions:
        raise DiscussionClosed(title=discussion.title)
    return discussion, await _choose(tx, vault, user, discussion, now, screen=message)


async def is_writing(tx: Tx, vault: Vault, user: UserId) -> bool:
    """Whether this person's next private message is known to be an opinion."""
    return await opinions.chosen_prompt(tx, names_of(vault, user)) is not None


async def say_private(
    tx: Tx,
    vault: Vault,
    user: UserId,
    chat: ChatId,
    message: MessageId,
    text: str | None,
    admission: Admission,
) -> Taken | WhichOne | Betraying | NotTaken:
    """A private message.  It belongs to what the person has just chosen; otherwise the person is asked, never guessed.

    Raises Muted and TooMuch.
    """
    now = admission.now
    persons = names_of(vault, user)
    chosen = await opinions.chosen_prompt(tx, persons)
    if chosen is None:
        return WhichOne(tuple(await discussions.answerable_by(tx, persons, public=True, limit=CHOICES)))
    discussion = await discussions.find(tx, chosen.discussion)
    if discussion is None or not discussion.takes_opinions:
        await _choose(tx, vault, user, None, now)
        return WhichOne(tuple(await discussions.answerable_by(tx, persons, public=True, limit=CHOICES)))
    choice = Choice(discussion.id, chosen.replaces, chosen.lane)
    try:
        said = check_opinion(text)
    except OpinionInvalid as refusal:
        if chosen.lane.leaves_trace:
            raise
        await _note(tx, vault, discussion, user, message)
        return NotTaken(refusal, discussion, chosen.lane)
    if betraying := look_through(discussion, choice, said):
        await _note(tx, vault, discussion, user, message)
        return betraying
    try:
        async with tx.begin_nested():
            taken = await _store_private(tx, vault, user, discussion, chat, message, said, choice, admission)
    except (Muted, TooMuch) as refusal:
        if chosen.lane.leaves_trace:
            raise
        await _note(tx, vault, discussion, user, message)
        return NotTaken(refusal, discussion, chosen.lane)
    return await _go_on(tx, vault, user, taken, message, now)


async def _note(tx: Tx, vault: Vault, about: Discussion, user: UserId, message: MessageId) -> None:
    readers = readers_of(vault, about)
    await exchange.note(tx, readers, readers.person(user), message)


async def _go_on(
    tx: Tx, vault: Vault, user: UserId, taken: Taken, message: MessageId, now: datetime
) -> Taken:
    """What the next message will be about; and what goes with this one, where nothing is to stay."""
    about = taken.discussion
    if not taken.lane.leaves_trace:
        _, screens = await exchange.end(tx, readers_of(vault, about), user, about.id)
        return replace(taken, gone=tuple(dict.fromkeys((*screens, message))))
    still_open = await discussions.answerable_by(tx, names_of(vault, user), public=False, limit=2)
    # One running discussion: what comes next is about it, too.  Several: the next one has to be chosen again.
    await _choose(tx, vault, user, about if len(still_open) == 1 else None, now)
    return taken


def look_through(discussion: Discussion, choice: Choice, said: str) -> Betraying | None:
    found = find_betrayals(said)
    if not found:
        return None
    rest = trimmed(said, found)
    tells = any(char.isalnum() for char in rest.replace(PLACEHOLDER, ""))
    return Betraying(choice, discussion, said, found, rest if tells else None)


async def say_private_about(
    tx: Tx,
    vault: Vault,
    user: UserId,
    discussion: DiscussionId,
    chat: ChatId,
    message: MessageId,
    text: str | None,
    admission: Admission,
) -> Taken | Betraying:
    """The person was asked what an earlier message is about, and chose."""
    allowed = await discussions.answerable_by(tx, names_of(vault, user), public=True, limit=None)
    about = next((each for each in allowed if each.id == discussion), None)
    if about is None:  # a forged button: numbers cannot be tried out
        raise DiscussionUnknown()
    choice, said = Choice(about.id, None, Lane.PLAIN), check_opinion(text)
    return look_through(about, choice, said) or await _store_private(
        tx, vault, user, about, chat, message, said, choice, admission
    )


async def say_after_all(
    tx: Tx,
    vault: Vault,
    user: UserId,
    choice: Choice,
    chat: ChatId,
    message: MessageId,
    text: str | None,
    admission: Admission,
    *,
    trim: bool,
) -> Taken:
    """The reader saw what in the text tells who they are, and decided: as it is or, with ``trim``, without that.

    Raises DiscussionUnknown, DiscussionClosed, Forgotten and OpinionInvalid.
    """
    about = await discussions.find(tx, choice.discussion)
    if about is None:
        raise DiscussionUnknown()
    readers = readers_of(vault, about)
    own = await reader_queries.opinions(tx, [readers.author(about.id, user)], vault.open_text)
    prompt = await opinions.prompt(tx, readers.person(user))
    if not own and prompt is None and about.channel.username is None:
        raise DiscussionUnknown()  # a forged button: numbers cannot be tried out
    if not about.takes_opinions:
        raise DiscussionClosed(title=about.title)
    said = check_opinion(text)
    if trim and (betraying := look_through(about, choice, said)):
        if betraying.trimmed is None:
            raise OpinionInvalid(problem="empty", limit=MAX_OPINION)
        said = check_opinion(betraying.trimmed)
    lane = choice.lane if prompt is None else prompt.lane
    mine = {opinion.id for opinion in own if opinion.source is Source.PRIVATE}
    choice = replace(choice, lane=lane, replaces=choice.replaces if choice.replaces in mine else None)
    same = next((o for o in own if o.id in mine and o.text == said), None)
    if same is not None:  # a second tap
        taken = Taken(same.id, about, again=choice.replaces is not None, lane=lane)
    else:
        taken = await _store_private(tx, vault, user, about, chat, message, said, choice, admission)
    chosen = await opinions.chosen_prompt(tx, names_of(vault, user))
    if lane.leaves_trace and (chosen is None or chosen.discussion != about.id):
        return taken  # something else was chosen in the meantime
    return await _go_on(tx, vault, user, taken, message, admission.now)


async def _store_private(
    tx: Tx,
    vault: Vault,
    user: UserId,
    discussion: Discussion,
    chat: ChatId,
    message: MessageId,
    text: str,
    choice: Choice,
    admission: Admission,
) -> Taken:
    """Without a trace, the opinion does not say which message it was said in, and where its author is to be found only
    to whoever wants an answer.
    """
    readers, lane, replaces = readers_of(vault, discussion), choice.lane, choice.replaces
    origin = said_in = readers.origin(chat, message)
    address = None if lane is Lane.TRACELESS else readers.seal(chat)
    author = readers.author(discussion.id, user)
    if not lane.leaves_trace:
        origin = Pseudonym(secrets.token_bytes(ORIGIN_BYTES))
    if replaces is not None and (before := await opinions.find(tx, replaces, vault.open_text)) is not None:
        await moderation.require_voice(tx, before[0])
        await opinions.rewrite(tx, replaces, text, _sealed(vault, discussion, text), origin)
        await opinions.readdress(tx, replaces, address)
        await moderation.rewritten(tx, discussion.channel, admission.defaults, before[0], admission.now)
        return Taken(replaces, discussion, again=True, lane=lane)
    known = await opinions.by_origin(tx, [origin], vault.open_text)
    if (
        known is not None
    ):  # a second tap on "which one", or the message was edited since: it is the same opinion
        await rewrite(tx, vault, discussion, known, text, admission)
        return Taken(known.id, discussion, lane=lane)
    await moderation.admit(tx, admission, discussion.id, author, said_in)
    standing = moderation.standing_of(discussion.channel, admission.defaults, Source.PRIVATE)
    number = OpinionId(secrets.randbits(ID_BITS))
    opinion = Opinion(number, discussion.id, Source.PRIVATE, text, edited=False, standing=standing)
    sealed = _sealed(vault, discussion, text)
    await opinions.store(tx, opinion, author, origin, sealed=sealed, address=address)
    await moderation.stored(tx, discussion, admission, opinion)
    return Taken(opinion.id, discussion, lane=lane)


def _sealed(vault: Vault, discussion: Discussion, text: str) -> bytes | None:
    """``None`` where texts are not stored encrypted."""
    return None if discussion.key is None else vault.seal_text(discussion.key, text)


async def edit(
    tx: Tx, vault: Vault, chat: ChatId, message: MessageId, text: str | None, admission: Admission
) -> Opinion | Betraying | None:
    """The private message was edited in Telegram: so is the opinion said in it.  ``None`` when nothing has changed.

    Raises OpinionInvalid and DiscussionClosed; the opinion stays as it was then, and while its author decides.
    """
    opinion = await opinions.by_origin(tx, origins_of(vault, chat, message), vault.open_text)
    if opinion is None:
        return None
    discussion = await running(tx, opinion.discussion)
    said = check_opinion(text)
    if said == opinion.text:  # Telegram sends edits for changes of other things, too
        return None
    betraying = look_through(discussion, Choice(discussion.id, None, Lane.PLAIN), said)
    if betraying is None:
        return await rewrite(tx, vault, discussion, opinion, said, admission)
    return None if betraying.trimmed == opinion.text else betraying


async def rewrite(
    tx: Tx, vault: Vault, discussion: Discussion, opinion: Opinion, said: str, admission: Admission
) -> Opinion | None:
    """Raises Muted."""
    if said == opinion.text:
        return None
    await moderation.require_voice(tx, opinion)
    await opinions.rewrite(tx, opinion.id, said, _sealed(vault, discussion, said))
    await moderation.rewritten(tx, discussion.channel, admission.defaults, opinion, admission.now)
    return replace(opinion, text=said, edited=True)


async def _own(tx: Tx, vault: Vault, user: UserId, opinion_id: OpinionId) -> Opinion:
    found = await opinions.find(tx, opinion_id, vault.text_or_nothing)
    if found is None:
        raise OpinionGone()
    readers = vault.readers(await discussions.key_of(tx, found[0].discussion))
    if readers is None:
        raise Forgotten()
    if found[1] != readers.author(found[0].discussion, user):
        raise OpinionGone()  # the same words for another's: ids cannot be tried out
    return found[0]


async def withdraw(tx: Tx, vault: Vault, user: UserId, opinion_id: OpinionId) -> None:
    """Gone from the database, and soon from its files.  Raises OpinionGone."""
    opinion = await _own(tx, vault, user, opinion_id)
    await forgetting.leave_traces(tx)  # first, as whoever erases does: nobody waits in a circle
    await opinions.remove(tx, opinion)
    discussion = await discussions.find(tx, opinion.discussion)
    if discussion is not None and not discussion.takes_opinions:
        await ballots.bump(tx, discussion.ballot.id)  # the closed message shows how many there are


async def change(
    tx: Tx, vault: Vault, user: UserId, opinion_id: OpinionId, now: datetime
) -> tuple[Discussion, Lane]:
    """The person's next message takes the place of this opinion.  Raises OpinionGone or DiscussionClosed."""
    opinion = await _own(tx, vault, user, opinion_id)
    about = await running(tx, opinion.discussion)
    return about, await _choose(tx, vault, user, about, now, replaces=opinion.id)


async def stop_writing(
    tx: Tx, vault: Vault, user: UserId, discussion: DiscussionId
) -> tuple[Lane, tuple[MessageId, ...]]:
    """Returns the lane of the conversation that is over, and its messages."""
    readers = vault.readers(await discussions.key_of(tx, discussion))
    return (Lane.PLAIN, ()) if readers is None else await exchange.end(tx, readers, user, discussion)


async def forget_choice(tx: Tx, vault: Vault, user: UserId, now: datetime) -> None:
    """This person's next message has to be asked about: it need not be an opinion at all."""
    await _choose(tx, vault, user, None, now)
