"""Staff answers authors without knowing them: what is said goes through the bot, and both sides see only the bot."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.audit import Act, Actor
from bot.domain.ids import AnswerId, CardId, ChatId, OpinionId, RoomId, UserId
from bot.domain.refusals import AnswerGone, AnswerInvalid, CardGone, Forgotten, NoAddress, StaleButton
from bot.services import moderation
from bot.services.moderation import Opened
from bot.vault import Vault
from db.engine import Tx
from db.queries import answer as answers
from db.queries import card as cards
from db.queries import discussion as discussions
from db.queries import opinion as opinions
from db.queries import room as rooms

MOST_ANSWER = 3000  # characters
MOST_CARDS = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """To one author, in the language in which they read the bot."""

    chat: ChatId
    language: str
    title: str


async def begin(
    tx: Tx, vault: Vault, opened: Opened, chat: ChatId, user: UserId, now: datetime, *, chosen: bool
) -> int:
    """The next reply of this person here is the answer; to how many cards.  Raises NoAddress and Forgotten."""
    if vault.readers(opened.discussion.key) is None:
        raise Forgotten()
    wanted = [opened.card]
    if chosen:
        mine = await cards.chosen(tx, opened.card.discussion, vault.staff(user))
        wanted = mine[:MOST_CARDS] or wanted
    reachable = [card for card in wanted if await _has_address(tx, card.opinion)]
    if not reachable:
        raise NoAddress()
    room = await _room_here(tx, vault, opened, chat)
    await answers.begin(
        tx, AnswerId(secrets.randbits(52)), vault.staff(user), room, [card.id for card in reachable], now
    )
    return len(reachable)


async def _has_address(tx: Tx, opinion: OpinionId | None) -> bool:
    return opinion is not None and await opinions.address_of(tx, opinion) is not None


async def _room_here(tx: Tx, vault: Vault, opened: Opened, chat: ChatId) -> RoomId:
    here = await rooms.at(tx, vault.room(chat))
    room = next((room for room in here if room.channel == opened.discussion.channel.id), None)
    if room is None:
        raise CardGone()
    return room.id


async def write(
    tx: Tx, vault: Vault, chat: ChatId, user: UserId, text: str | None
) -> tuple[AnswerId, str, int] | None:
    """A reply to a message of the bot's: the answer, where this person was asked for one here.  Raises AnswerInvalid."""
    here = [room.id for room in await rooms.at(tx, vault.room(chat))]
    pending = await answers.unwritten(tx, vault.staff(user), here) if here else None
    if pending is None:
        return None
    said = (text or "").strip()
    if not said:
        raise AnswerInvalid(problem="kind", limit=MOST_ANSWER)
    if len(said) > MOST_ANSWER:
        raise AnswerInvalid(problem="long", limit=MOST_ANSWER)
    await answers.store_text(tx, pending.id, vault.seal(said))
    return pending.id, said, len(pending.cards)


async def is_asked(tx: Tx, vault: Vault, chat: ChatId, user: UserId) -> bool:
    here = [room.id for room in await rooms.at(tx, vault.room(chat))]
    return bool(here) and await answers.unwritten(tx, vault.staff(user), here) is not None


@dataclass(frozen=True, slots=True)
class Written:
    """An answer that is ready to be sent."""

    id: AnswerId
    text: str
    cards: tuple[CardId, ...]


async def find(tx: Tx, vault: Vault, number: AnswerId, chat: ChatId, user: UserId) -> Written:
    """Raises StaleButton in a chat that is no room, and AnswerGone, also for somebody else's or one of another room."""
    found = await answers.find(tx, number)
    here = {room.id for room in await rooms.at(tx, vault.room(chat))}
    if not here:
        raise StaleButton()
    if found is None or found.text is None or found.editor != vault.staff(user) or found.room not in here:
        raise AnswerGone()
    return Written(found.id, str(vault.open(found.text)), tuple(CardId(card) for card in found.cards))


async def send(
    tx: Tx, vault: Vault, written: Written, opened: Sequence[Opened], actor: Actor, now: datetime
) -> list[Letter]:
    """Each author gets it once, whichever of the cards are theirs.  Raises Forgotten and NoAddress when nobody can get it."""
    letters: dict[ChatId, Letter] = {}
    for each in opened:
        readers = vault.readers(await discussions.key_of(tx, each.discussion.id))
        if readers is None:
            raise Forgotten()
        sealed = await opinions.address_of(tx, each.opinion.id)
        if sealed is None:
            continue
        chat = ChatId(readers.open(sealed))
        language = each.card.language or each.discussion.channel.language
        letters.setdefault(chat, Letter(chat, language, each.discussion.title))
        await cards.store(tx, replace(each.card, answered=True, chosen_by=None))
    if not letters:
        raise NoAddress()
    await answers.remove(tx, written.id)
    await moderation.record(tx, vault, opened[0], actor, Act.ANSWERED, now)
    return list(letters.values())


async def cancel(tx: Tx, written: Written) -> None:
    await answers.remove(tx, written.id)
