"""What staff decides on cards, and what becomes of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.buttons import Approve, AskAnswer, Choose, Mute, Quote, Reject, pack
from bot.domain.ids import CardId
from bot.domain.opinion import Moderation
from db.models import AuditRow, CardRow, MuteRow, OpinionRow
from tests.conftest import HandClock
from tests.flows.rooms import Room, newsroom_with_room


@pytest.fixture
async def room(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Room]:
    """Opinions count once they are approved."""
    async with newsroom_with_room(database_url, tmp_path, clock) as (room, _):
        yield room


@pytest.fixture
async def later(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Room]:
    """Opinions count until they are rejected."""
    async with newsroom_with_room(database_url, tmp_path, clock, Moderation.POST) as (room, _):
        yield room


async def counted(room: Room) -> list[str]:
    discussion = await room.chat.newest()
    texts = [o.text for o in await room.chat.opinions(discussion.id)]
    assert discussion.opinions.total == len(texts)
    return texts


async def acts(room: Room) -> list[str]:
    async with room.chat.app.db.read() as tx:
        rows = await tx.scalars(select(AuditRow.act).order_by(AuditRow.number))
        return [act for act in rows if act in {"approved", "rejected", "muted", "quoted", "answered"}]


async def test_opinion_counts_once_it_is_approved(room: Room) -> None:
    await room.say("Чекає")
    await room.pass_batch()
    before = await counted(room)
    await room.chat.people.say(None, "/tally", by=room.chat.owner)
    await room.chat.settle()
    told = (await room.chat.said_to(room.chat.owner))[-1]
    toasts = [await room.press("Схвалити"), await room.press("✅ Схвалено", by=room.colleague)]

    assert before == []
    assert "⏳ Ще 1 думка чекає на схвалення й не рахується." in told
    assert toasts == ["Схвалено.", "Так уже є."]
    assert await counted(room) == ["Чекає"]
    assert (await room.keys())[:2] == ["✅ Схвалено", "Відхилити"]
    assert await acts(room) == ["approved"]


async def test_rejected_opinion_counts_no_more_and_may_be_approved_again(later: Room) -> None:
    await later.say("Рахується одразу")
    await later.pass_batch()
    before = await counted(later)
    await later.press("Відхилити")
    rejected = await counted(later), await later.keys()
    await later.press("Схвалити", by=later.colleague)

    assert before == ["Рахується одразу"]
    assert rejected[0] == []
    assert rejected[1][:2] == ["Схвалити", "❌ Відхилено"]
    assert await counted(later) == ["Рахується одразу"]
    assert await acts(later) == ["rejected", "approved"]


async def test_withdrawn_opinion_goes_from_the_room(room: Room) -> None:
    reader = await room.say("Передумаю")
    await room.pass_batch()
    (card,), number = await room.cards(), await card_id(room)
    await room.chat.press("🗑 Видалити", by=reader)

    assert [m["text"] for m in await room.history()] == ["🗑 Автор забрав цю думку."]
    data = pack(Approve(number))
    tap = await room.chat.people.forge(room.group, card["message_id"], data, by=room.chat.owner)
    await room.chat.settle()
    assert (await room.chat.people.toast(tap) or {})["text"] == "Ця кнопка вже не діє."
    assert await counted(room) == []


async def card_id(room: Room) -> CardId:
    async with room.chat.app.db.read() as tx:
        return (await tx.scalars(select(CardRow.id))).one()


async def test_changed_opinion_waits_anew_on_a_card_of_its_own(room: Room) -> None:
    reader = await room.say("Спершу так")
    await room.pass_batch()
    await room.press("Схвалити")
    await room.chat.press("✏️ Змінити", by=reader)
    await room.chat.people.say(None, "А тепер інакше", by=reader)
    await room.chat.settle()
    between = await counted(room)
    await room.pass_batch()

    assert between == []
    old, new = [m["text"] for m in await room.history()]
    assert old == "♻️ Ця думка тепер на іншій картці."
    assert new.endswith("⚠️ автор змінив текст\n\nА тепер інакше")
    await room.press("Схвалити")
    assert await counted(room) == ["А тепер інакше"]


async def test_muted_author_is_told_and_nothing_more_is_taken(room: Room) -> None:
    reader = await room.say("Ще нічого")
    await room.pass_batch()
    toast = await room.press("🔇 Заглушити")
    await room.chat.people.say(None, "А тепер образи", by=reader)
    await room.chat.settle()
    told = (await room.chat.said_to(reader))[-1]
    await room.chat.press("✏️ Змінити", by=reader)
    await room.chat.people.say(None, "Образи замість думки", by=reader)
    await room.chat.settle()
    assert (await room.chat.said_to(reader))[-1] == told
    await room.press("🔇 Заглушено")
    await room.chat.people.say(None, "Знову можна", by=reader)
    await room.chat.settle()

    assert toast == "Від цього автора в цьому обговоренні більше нічого не прийматиметься."
    assert told.startswith("У цьому обговоренні ваших думок більше не приймають, і цього не записано.")
    async with room.chat.app.db.read() as tx:
        texts = sorted((await tx.scalars(select(OpinionRow.text))).all())  # type: ignore[type-var]
        assert (await tx.scalars(select(MuteRow.author))).all() == []
    assert texts == ["Знову можна"]  # in place of the first


async def test_card_of_a_muted_author_says_nothing_about_their_other_cards(room: Room) -> None:
    reader = await room.say("Перша")
    await room.chat.people.say(None, "Друга", by=reader)
    await room.chat.settle()
    await room.pass_batch()
    first, second = await room.cards()
    await room.press("🔇 Заглушити", card=first)
    shown = await room.keys(1)
    toast = await room.press("🔇 Заглушити", card=second)
    await room.press("🔇 Заглушено", card=first)
    await room.chat.people.say(None, "Третя", by=reader)
    await room.chat.settle()

    assert "🔇 Заглушити" in shown
    assert toast == "Від цього автора в цьому обговоренні більше нічого не прийматиметься."
    assert (await room.chat.said_to(reader))[-1].startswith("У цьому обговоренні ваших думок")


async def test_without_moderation_staff_sees_only_what_is_suspicious(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with newsroom_with_room(database_url, tmp_path, clock, Moderation.NONE) as (room, _):
        await room.say("Звичайна думка")
        await room.say("Дивіться на https://example.org/pryklad")
        await room.pass_batch()

        (card,) = await room.cards()
        assert card["text"].endswith("⚠️ посилання\n\nДивіться на https://example.org/pryklad")
        assert sorted(await counted(room)) == ["Дивіться на https://example.org/pryklad", "Звичайна думка"]


async def test_changed_words_are_looked_at_again(database_url: str, tmp_path: Path, clock: HandClock) -> None:
    """Otherwise the first ones, which nobody minds, would open the way for any others."""
    async with newsroom_with_room(database_url, tmp_path, clock, mode=Moderation.NONE) as (room, _):
        reader = await room.chat.people.user("Оля", "uk")
        await room.chat.open_link(by=reader)
        message = await room.chat.people.say(None, "Нічого такого", by=reader)
        await room.pass_batch()
        assert await room.cards() == []

        await room.chat.people.edit(
            None, message["message_id"], "Дивіться на https://example.org/pryklad", by=reader
        )
        await room.chat.settle()
        await room.pass_batch()

        (card,) = await room.cards()
        assert card["text"].endswith("⚠️ посилання\n\nДивіться на https://example.org/pryklad")


async def test_each_room_shows_what_was_decided_in_another(room: Room) -> None:
    chat = room.chat
    await chat.people.start(by=room.colleague)
    await chat.people.say(None, "/moderate_here", by=room.colleague)
    await chat.settle()
    await room.say("У двох місцях")
    await room.pass_batch()
    await room.press("Відхилити")

    assert (await chat.keys(None, by=room.colleague))[:2] == ["Схвалити", "❌ Відхилено"]


# Who may press


FORGED = (Approve, Reject, Quote, Mute, Choose)


async def standings(room: Room) -> list[tuple[object, ...]]:
    async with room.chat.app.db.read() as tx:
        cards = select(CardRow.state, CardRow.muted, CardRow.chosen_by, CardRow.version, OpinionRow.state)
        rows = await tx.execute(cards.join(OpinionRow, OpinionRow.id == CardRow.opinion_id))
        return [tuple(row) for row in rows]


async def test_keys_of_a_card_do_nothing_for_strangers_and_in_other_chats(room: Room) -> None:
    chat = room.chat
    stranger = await chat.people.user("Сторонній", "uk")
    await chat.people.add(room.group, stranger, by=chat.owner)
    await chat.people.start(by=stranger)
    await chat.people.start(by=room.colleague)
    await chat.settle()
    await room.say("Не для всіх")
    await room.pass_batch()
    (card,) = await room.cards()
    number = await card_id(room)
    before = await standings(room)

    async def forge(place: int | None, message: int, data: str, by: int) -> str:
        tap = await chat.people.forge(place, message, data, by=by)
        await chat.settle()
        return str((await chat.people.toast(tap) or {})["text"])

    datas = [pack(kind(number)) for kind in FORGED] + [pack(AskAnswer(number, 0))]
    inside = [await forge(room.group, card["message_id"], data, stranger) for data in datas]
    private = (await chat.people.history(None, by=room.colleague))[-1]["message_id"]
    elsewhere = [await forge(None, private, data, room.colleague) for data in datas]
    post = (await chat.people.history(chat.channel, by=chat.owner))[-1]["message_id"]
    channel = [await forge(chat.channel, post, data, chat.owner) for data in datas]

    assert set(inside) == {"Це можуть лише редактори й модератори каналу."}
    assert set(elsewhere) == set(channel) == {"Ця кнопка вже не діє."}
    assert await standings(room) == before


async def test_room_of_another_channel_opens_no_card(room: Room) -> None:
    chat = room.chat
    rival = await chat.people.user("Суперник", "uk")
    await chat.people.start(by=rival)
    theirs = await chat.people.channel("Інша газета", owner=rival)
    await chat.people.add_bot(theirs, by=rival)
    group = await chat.people.group("Їхня кімната", owner=rival)
    await chat.people.change_chat(group, by=rival, visible_history=False, join_by_request=True)
    await chat.people.add_bot(group, by=rival)
    await chat.settle()
    await chat.people.say(group, "/moderate_here", by=rival)
    await chat.settle()
    await room.say("Не їхня")
    await room.pass_batch()
    await chat.people.say(group, "/moderate_here", by=rival, as_="anonymous")
    await chat.settle()
    message = (await chat.people.history(group, by=rival))[-1]["message_id"]  # the bot's
    data = pack(Approve(await card_id(room)))
    tap = await chat.people.forge(group, message, data, by=rival)
    await chat.settle()

    assert (await chat.people.toast(tap) or {})["text"] == "Ця кнопка вже не діє."
    assert await counted(room) == []


async def test_former_editor_decides_nothing_any_more(room: Room) -> None:
    await room.say("Хто вирішує?")
    await room.pass_batch()
    await room.chat.people.demote(room.chat.channel, room.colleague, by=room.chat.owner)
    await room.chat.settle()

    assert await room.press("Схвалити", by=room.colleague) == "Це можуть лише редактори й модератори каналу."
    assert await counted(room) == []


async def test_more_than_an_author_may_say_is_refused_and_not_kept(room: Room) -> None:
    reader = await room.say("Думка 0")
    for number in range(1, 6):
        await room.chat.people.say(None, f"Думка {number}", by=reader)
    await room.chat.settle()
    refused = (await room.chat.said_to(reader))[-1]
    room.chat.clock.pass_(minutes=1)
    await room.chat.people.say(None, "Після перерви", by=reader)
    await room.chat.settle()

    assert refused.startswith("Забагато повідомлень поспіль: не більше 5 за хвилину. Цього не записано")
    async with room.chat.app.db.read() as tx:
        texts = set(await tx.scalars(select(OpinionRow.text)))
    assert texts == {*(f"Думка {number}" for number in range(5)), "Після перерви"}


async def test_day_has_a_limit_too(room: Room) -> None:
    reader = await room.say("Думка 0")
    for number in range(1, 31):
        room.chat.clock.pass_(seconds=13)
        await room.chat.people.say(None, f"Думка {number}", by=reader)
        await room.chat.settle()

    assert (await room.chat.said_to(reader))[-1].startswith("На сьогодні досить: не більше 30")
