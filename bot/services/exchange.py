"""The conversation in which a private opinion is said, and what of it may stay in the chat.

Which messages belong to it is known for as long as it lasts: their numbers are kept sealed under the discussion's key.
"""

from dataclasses import replace
from datetime import datetime

from bot.chat import Passing
from bot.domain.discussion import Discussion
from bot.domain.ids import DiscussionId, MessageId, OpinionId, Pseudonym, UserId
from bot.domain.opinion import Lane
from bot.domain.refusals import DiscussionClosed, DiscussionUnknown, Forgotten, StaleButton
from bot.vault import ReaderKey, Vault
from db.engine import Tx
from db.queries import discussion as discussions
from db.queries import opinion as opinions
from db.queries.opinion import Prompt

MOST = 100  # messages of one conversation that are remembered; of more, the newest
LINGER = 60.0  # seconds for which a last word can be read before it goes, too


async def running(tx: Tx, discussion_id: DiscussionId) -> Discussion:
    """Raises DiscussionUnknown and DiscussionClosed."""
    discussion = await discussions.find(tx, discussion_id)
    if discussion is None:
        raise DiscussionUnknown()
    if not discussion.takes_opinions:
        raise DiscussionClosed(title=discussion.title)
    return discussion


def readers_of(vault: Vault, discussion: Discussion) -> ReaderKey:
    """Raises Forgotten once the key is destroyed."""
    readers = vault.readers(discussion.key)
    if readers is None:
        raise Forgotten()
    return readers


def passing(
    vault: Vault, discussion: Discussion, user: UserId, lane: Lane, linger: float = 0.0
) -> Passing | None:
    readers = vault.readers(discussion.key)
    if discussion.key is None or readers is None:
        return None
    return Passing(discussion.key, readers.person(user), not lane.leaves_trace, linger)


def screens_of(readers: ReaderKey, prompt: Prompt | None) -> tuple[MessageId, ...]:
    """The messages that belong to the conversation so far."""
    if prompt is None or prompt.screens is None:
        return ()
    return tuple(MessageId(number) for number in readers.open(prompt.screens))


def with_screen(readers: ReaderKey, prompt: Prompt, *messages: MessageId) -> Prompt:
    known = [*screens_of(readers, prompt), *messages]
    return replace(prompt, screens=readers.seal(list(dict.fromkeys(known))[-MOST:]))


async def note(tx: Tx, readers: ReaderKey, person: Pseudonym, message: MessageId) -> bool:
    """The message belongs to this person's conversation.  Returns whether there is one."""
    prompt = await opinions.prompt(tx, person)
    if prompt is None:
        return False
    await opinions.set_lane(tx, person, prompt.lane, with_screen(readers, prompt, message).screens)
    return True


async def begin(
    tx: Tx,
    readers: ReaderKey,
    user: UserId,
    discussion: DiscussionId,
    now: datetime,
    *,
    replaces: OpinionId | None = None,
    screen: MessageId | None = None,
) -> Lane:
    """The next message of this person is about this; whoever calls has chosen nothing before.  A lane once taken is kept."""
    person = readers.person(user)
    before = await opinions.prompt(tx, person) or Prompt(discussion)
    prompt = replace(before, replaces=replaces)
    if screen is not None:
        prompt = with_screen(readers, prompt, screen)
    await opinions.choose(tx, person, prompt, now)
    return prompt.lane


async def take_lane(
    tx: Tx, vault: Vault, user: UserId, discussion: DiscussionId, lane: Lane, screen: MessageId
) -> Discussion:
    """What is to be left of the conversation.  ``screen``: the message on which that was chosen.

    Raises StaleButton when the conversation is over, DiscussionClosed and Forgotten.
    """
    about = await running(tx, discussion)
    readers = readers_of(vault, about)
    person = readers.person(user)
    prompt = await opinions.prompt(tx, person)
    if prompt is None:
        raise StaleButton()
    await opinions.set_lane(tx, person, lane, with_screen(readers, prompt, screen).screens)
    return about


async def end(
    tx: Tx, readers: ReaderKey, user: UserId, discussion: DiscussionId
) -> tuple[Lane, tuple[MessageId, ...]]:
    """Nothing more is remembered of it; returns its lane and its messages."""
    person = readers.person(user)
    prompt = await opinions.prompt(tx, person)
    await opinions.forget_prompt(tx, person, discussion)
    return (Lane.PLAIN if prompt is None else prompt.lane), screens_of(readers, prompt)
