"""Approved private opinions as quotations in the discussion group, without an author; and readers who report them."""

import secrets
from datetime import datetime, timedelta

from bot.domain.audit import Act, Actor
from bot.domain.card import CardState, Reason, calls_back
from bot.domain.discussion import Discussion
from bot.domain.ids import ChatId, MessageId, QuoteId, UserId
from bot.domain.opinion import Source
from bot.domain.quote import Quote, QuoteState
from bot.domain.refusals import Forgotten, NotQuotable, StaleButton
from bot.services import moderation
from bot.services.moderation import Opened
from bot.vault import Vault
from db.engine import Tx
from db.queries import card as cards
from db.queries import discussion as discussions
from db.queries import quote as quotes


async def place_of(tx: Tx, discussion: Discussion) -> tuple[ChatId, MessageId] | None:
    """The discussion group, and the message under which the comments stand."""
    group = discussion.channel.group
    if group is None:
        return None
    thread = await quotes.thread_of(tx, group, discussion.id, discussion.messages)
    return None if thread is None else (group, thread)


async def quote(
    tx: Tx, vault: Vault, opened: Opened, within: timedelta | None, actor: Actor, now: datetime
) -> bool:
    """Approve it, and publish it after a random time.  Returns whether it was not to be published before.

    Raises NotQuotable.
    """
    if opened.opinion.source is not Source.PRIVATE:
        raise NotQuotable(problem="comment")
    if await place_of(tx, opened.discussion) is None:
        raise NotQuotable(problem="group")
    await moderation.decide(tx, vault, opened, CardState.APPROVED, actor, now)
    if await quotes.of_opinion(tx, opened.opinion.id) is not None:
        return False
    delay = secrets.randbelow(int((within or timedelta()).total_seconds() * 1000) + 1)
    await quotes.add(tx, opened.opinion.id, opened.card.discussion, now + timedelta(milliseconds=delay))
    await cards.touch(tx, opened.opinion.id)
    await moderation.record(tx, vault, opened, actor, Act.QUOTED, now)
    return True


async def report(tx: Tx, vault: Vault, user: UserId, number: QuoteId, now: datetime) -> bool:
    """A reader says that a quotation should not stand there; returns whether it is this reader's first time.

    Raises StaleButton and Forgotten.
    """
    quoted = await quotes.find(tx, number)
    if quoted is None or quoted.opinion is None or quoted.state is not QuoteState.PUBLISHED:
        raise StaleButton()
    readers = vault.readers(await discussions.key_of(tx, quoted.discussion))
    if readers is None:
        raise Forgotten()
    first, count = await quotes.report(tx, quoted.opinion, readers.author(quoted.discussion, user))
    if first and calls_back(count):
        await _call_back(tx, quoted, now)
    return first


async def _call_back(tx: Tx, quoted: Quote, now: datetime) -> None:
    """Staff looks at it once more."""
    if quoted.opinion is None:
        return
    card = await cards.of_opinion(tx, quoted.opinion)
    if card is not None and card.state is not CardState.WAITING:
        await moderation.show_anew(tx, card, Reason.REPORTED, now)
    else:
        await moderation.flagged(tx, quoted.opinion, quoted.discussion, (Reason.REPORTED,), now)
