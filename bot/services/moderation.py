"""Opinions before staff: shown on cards, approved, rejected, their authors muted.  Nobody here learns who wrote."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.admission import Admission
from bot.domain.audit import Act, Actor
from bot.domain.card import Card, CardState, Reason, decided, first_standing, hour_of, shows
from bot.domain.discussion import Channel, Discussion, State
from bot.domain.facts import Facts
from bot.domain.ids import CardId, ChatId, DiscussionId, OpinionId, Pseudonym, UserId
from bot.domain.installation import Defaults
from bot.domain.opinion import Moderation, Opinion, Source, Standing
from bot.domain.refusals import CardGone, Forgotten, Muted, NotAModerator, StaleButton, TooMuch
from bot.services import audit, rights
from bot.vault import Vault
from db.engine import Tx
from db.queries import ballot as ballots
from db.queries import card as cards
from db.queries import discussion as discussions
from db.queries import opinion as opinions
from db.queries import quote as quotes
from db.queries import room as rooms

DAY = 86_400  # seconds


def moderation_of(channel: Channel, defaults: Defaults) -> Moderation:
    return channel.moderation or defaults.moderation


def standing_of(channel: Channel, defaults: Defaults, source: Source) -> Standing:
    """Of an opinion that comes in."""
    return first_standing(moderation_of(channel, defaults), source)


async def stored(tx: Tx, discussion: Discussion, admission: Admission, opinion: Opinion) -> None:
    """An opinion came in: where staff sees every one, a card is on its way."""
    if shows(moderation_of(discussion.channel, admission.defaults), opinion.source):
        await cards.add(tx, opinion.id, discussion.id, hour_of(admission.now), admission.language)


async def rewritten(tx: Tx, channel: Channel, defaults: Defaults, opinion: Opinion, now: datetime) -> None:
    """Its author has changed it: what was decided, and published, was about other words.

    Also what somebody decided after ``opinion`` was read: its row is locked by now, since its words were stored.
    """
    await quotes.drop_or_leave(tx, opinion.id)
    now_stands = await opinions.standing_of(tx, opinion.id)
    if now_stands is Standing.APPROVED and standing_of(channel, defaults, opinion.source) is Standing.NEW:
        await opinions.stand(tx, replace(opinion, standing=now_stands), Standing.NEW)
    card = await cards.of_opinion(tx, opinion.id)
    if card is not None and card.state is not CardState.WAITING:
        await show_anew(tx, card, Reason.CHANGED, now)


async def show_anew(tx: Tx, card: Card, reason: Reason, now: datetime) -> None:
    """On a new card; what the old one showed goes.  ``card`` stands for an opinion."""
    if card.opinion is None:
        return
    await cards.store(tx, replace(card, state=CardState.REPLACED))
    await cards.add(tx, card.opinion, card.discussion, hour_of(now), card.language, (reason,))


async def flagged(
    tx: Tx, opinion: OpinionId, discussion: DiscussionId, reasons: tuple[str, ...], now: datetime
) -> None:
    """Screening found something, or readers did: a card for it, unless staff sees it anyway."""
    card = await cards.of_opinion(tx, opinion)
    if card is None:
        await cards.add(tx, opinion, discussion, hour_of(now), None, reasons)
    else:
        await cards.add_reasons(tx, card, reasons)


async def admit(
    tx: Tx, admission: Admission, discussion: DiscussionId, author: Pseudonym, origin: Pseudonym
) -> None:
    """Before an opinion is kept.  Raises Muted and TooMuch."""
    limits = admission.defaults
    if await cards.is_muted(tx, discussion, author):
        raise Muted()
    if not admission.recent.take(author, origin, admission.now, limits.per_minute):
        raise TooMuch(problem="minute", limit=limits.per_minute)
    said = await opinions.add_said(tx, discussion, author, int(admission.now.timestamp()) // DAY)
    if said > limits.per_day:
        raise TooMuch(problem="day", limit=limits.per_day)


async def require_voice(tx: Tx, opinion: Opinion) -> None:
    """Before its author changes it.  Raises Muted."""
    author = await opinions.author_of(tx, opinion.id)
    if author is not None and await cards.is_muted(tx, opinion.discussion, author):
        raise Muted()


@dataclass(frozen=True, slots=True)
class Opened:
    """A card in the hands of somebody who may decide about it.  ``author`` goes nowhere but back into the database."""

    card: Card
    opinion: Opinion
    author: Pseudonym | None
    discussion: Discussion


async def open_card(tx: Tx, vault: Vault, facts: Facts, chat: ChatId, user: UserId, number: CardId) -> Opened:
    """A key under a card was pressed.  Raises StaleButton where the chat is no room of the card's channel, NotAModerator for
    whoever has no such role at this moment, and CardGone.
    """
    card = await cards.find(tx, number)
    discussion = None if card is None else await discussions.find(tx, card.discussion)
    if card is None or discussion is None:
        raise StaleButton()
    here = await rooms.at(tx, vault.room(chat))
    if discussion.channel.id not in {room.channel for room in here}:
        raise StaleButton()
    if not await rights.may_moderate(tx, vault, facts, discussion.channel, user):
        raise NotAModerator()
    found = None if card.opinion is None else await opinions.find(tx, card.opinion, vault.open_text)
    if found is None or not card.is_shown:
        raise CardGone()
    return Opened(card, found[0], found[1], discussion)


async def waiting(tx: Tx, discussion: Discussion) -> int:
    """How many opinions nobody has approved yet."""
    return await cards.waiting_for_approval(tx, discussion.id)


async def decide(tx: Tx, vault: Vault, opened: Opened, state: CardState, actor: Actor, now: datetime) -> bool:
    """Approve or reject; the last one who decides has decided.  Returns whether anything changed."""
    card, opinion, discussion = opened.card, opened.opinion, opened.discussion
    if card.state is state:
        return False
    standing = decided(state)
    if opinion.standing is not standing:
        await opinions.stand(tx, opinion, standing)
        if discussion.state is State.CLOSED:
            await ballots.bump(tx, discussion.ballot.id)  # its message shows how many there are
    if standing is Standing.REJECTED:
        await quotes.drop_or_leave(tx, opinion.id)
    await cards.store(tx, replace(card, state=state))
    act = Act.REJECTED if standing is Standing.REJECTED else Act.APPROVED
    await record(tx, vault, opened, actor, act, now)
    return True


async def set_muted(tx: Tx, vault: Vault, opened: Opened, muted: bool, actor: Actor, now: datetime) -> bool:
    """Nothing more is taken from this author in this discussion, or something is again.  Raises Forgotten."""
    card, author = opened.card, opened.author
    if author is None:
        raise Forgotten()
    if card.muted is muted:
        return False
    await cards.store(tx, replace(card, muted=muted))
    if muted:
        await cards.mute(tx, card.discussion, author)
    else:
        await cards.unmute(tx, card.discussion, author)
    await record(tx, vault, opened, actor, Act.MUTED, now, None if muted else "off")
    return True


async def set_chosen(tx: Tx, opened: Opened, person: Pseudonym | None) -> bool:
    """For one answer to several; ``None``: not any more."""
    if opened.card.chosen_by == person:
        return False
    await cards.store(tx, replace(opened.card, chosen_by=person))
    return True


async def record(
    tx: Tx,
    vault: Vault,
    opened: Opened,
    actor: Actor,
    act: Act,
    now: datetime,
    detail: str | None = None,
) -> None:
    """Which discussion, never which opinion."""
    await audit.record(
        tx,
        vault,
        actor,
        act,
        now,
        channel=opened.discussion.channel.id,
        discussion=opened.discussion.id,
        detail=detail,
    )
