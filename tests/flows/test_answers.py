"""Staff answers authors, quotes them and is called back by readers; neither side learns who the other is."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import app as application
from bot.domain.opinion import Moderation
from bot.sections import ModerationSettings
from db.models import AnswerRow, AuditRow, OpinionRow, QuoteRow
from tests.conftest import HandClock
from tests.flows.rooms import Room, newsroom_with_room


@pytest.fixture
async def room(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Room]:
    async with newsroom_with_room(database_url, tmp_path, clock) as (room, _):
        yield room


async def reply(room: Room, text: str, *, by: int | None = None) -> None:
    """To the question that the bot asked last."""
    who = by or room.chat.owner
    asked = [m for m in await room.chat.people.history(room.group, by=who) if "force_reply" in str(m)]
    await room.chat.people.say(room.group, text, by=who, reply_to=asked[-1]["message_id"])
    await room.chat.settle()


async def send(room: Room, label: str = "Надіслати", *, by: int | None = None) -> str:
    preview = (await room.history())[-1]
    return await room.press(label, by=by, card=preview)


async def test_answer_reaches_the_author_and_names_nobody(room: Room) -> None:
    reader = await room.say("А скільки це коштує?", name="Соломія")
    await room.pass_batch()
    await room.press("✉️ Відповісти")
    await reply(room, "Сто <мільйонів> & ще трохи")
    preview = (await room.history())[-1]["text"]
    before = await room.chat.said_to(reader)
    await send(room)

    assert preview == "Так це побачить автор:\n\nСто <мільйонів> & ще трохи"
    assert "мільйонів" not in str(before)
    assert (await room.chat.said_to(reader))[-1] == (
        "✉️ Редакція відповідає на вашу думку про «Вугілля до 2030 року»:\n\nСто <мільйонів> & ще трохи\n\n"
        "Хто ви, редакція не знає: це повідомлення передав я."
    )
    everything = str(await room.ever())
    assert "Соломія" not in everything
    assert str(reader) not in everything
    assert "✉️ Відповідь надіслано" in await room.keys()
    async with room.chat.app.db.read() as tx:
        assert (await tx.scalars(select(AnswerRow))).all() == []
        assert "answered" in (await tx.scalars(select(AuditRow.act))).all()


async def test_answer_is_sent_once_and_may_be_cancelled(room: Room) -> None:
    reader = await room.say("Питання")
    await room.pass_batch()
    await room.press("✉️ Відповісти")
    await reply(room, "Ні")
    preview = (await room.history())[-1]
    data = preview["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    await send(room, "Скасувати")
    tap = await room.chat.people.forge(room.group, preview["message_id"], data, by=room.chat.owner)
    await room.chat.settle()

    assert (await room.chat.people.toast(tap) or {})["text"].startswith("Цієї відповіді вже немає")
    assert not any("Ні" in text for text in await room.chat.said_to(reader))


async def test_answer_that_is_never_sent_is_forgotten_like_a_draft(room: Room) -> None:
    await room.say("Питання")
    await room.pass_batch()
    await room.press("✉️ Відповісти")
    await reply(room, "Колись")
    room.chat.clock.pass_(days=8)
    await room.chat.settle()

    async with room.chat.app.db.read() as tx:
        assert (await tx.scalars(select(AnswerRow))).all() == []


async def test_nobody_else_sends_or_writes_the_answer(room: Room) -> None:
    reader = await room.say("Питання")
    await room.pass_batch()
    await room.press("✉️ Відповісти")
    question = (await room.history())[-1]["message_id"]
    await room.chat.people.say(room.group, "Чужі слова", by=room.colleague, reply_to=question)
    await room.chat.settle()
    unheard = (await room.history())[-1]["message_id"]
    await reply(room, "Свої слова")
    toast = await send(room, by=room.colleague)

    assert unheard == question
    assert toast.startswith("Цієї відповіді вже немає")
    assert not any("слова" in text for text in await room.chat.said_to(reader))


async def test_one_answer_goes_to_all_chosen_and_once_to_each_author(room: Room) -> None:
    first = await room.say("Коли?")
    await room.chat.people.say(None, "І скільки?", by=first)
    second = await room.say("Чому?", name="Петро")
    third = await room.say("Не питання", name="Іван")
    await room.pass_batch()
    for card in await room.cards():
        if "Не питання" not in card["text"]:
            await room.press("☐ Обрати", card=card)
    chosen = next(card for card in await room.cards() if "☑️" in str(card))
    await room.press("✉️ Відповісти всім обраним", card=chosen)
    await reply(room, "Скоро")
    await send(room)

    got = {who: sum("Скоро" in t for t in await room.chat.said_to(who)) for who in (first, second, third)}
    assert got == {first: 1, second: 1, third: 0}
    assert "☑️" not in str(await room.cards())


async def test_comment_and_what_left_no_trace_cannot_be_answered(room: Room) -> None:
    await room.say("Без сліду")
    async with room.chat.app.db.write() as tx:
        (await tx.scalars(select(OpinionRow))).one().address = None
    await room.pass_batch()

    assert await room.press("✉️ Відповісти") == (
        "На цю думку відповісти не можна: її залишено без сліду, або це коментар."
    )


async def test_editor_answers_from_the_private_chat(room: Room) -> None:
    chat, editor = room.chat, room.colleague
    await chat.people.start(by=editor)
    await chat.people.say(None, "/moderate_here", by=editor)
    reader = await room.say("Питання")
    await room.pass_batch()
    await chat.press("✉️ Відповісти", by=editor)
    asked = (await chat.people.history(None, by=editor))[-1]["message_id"]
    await chat.people.say(None, "Відповідь\n\nз двох рядків", by=editor, reply_to=asked)
    await chat.settle()
    await chat.press("Надіслати", by=editor)

    assert "Відповідь\n\nз двох рядків" in (await chat.said_to(reader))[-1]


# Quotations


async def quoted(room: Room) -> list[str]:
    history = await room.chat.people.history(room.chat.group, by=room.chat.owner)
    return [m["text"] for m in history if m["text"].startswith("💬")]


async def test_quote_appears_once_under_the_article_within_the_hour(room: Room) -> None:
    reader = await room.say("Гарно сказано", name="Соломія")
    await room.pass_batch()
    toasts = [await room.press("💬 Цитувати"), await room.press("💬 Чекає", by=room.colleague)]
    await room.chat.settle(timedelta(hours=1))

    assert toasts == ["Схвалено. Цитата з’явиться в групі за якийсь час.", "Так уже є."]
    (text,) = await quoted(room)
    assert text == "💬 Думка читача, надіслана приватно:\n\nГарно сказано"
    history = await room.chat.people.history(room.chat.group, by=room.chat.owner)
    quote = next(m for m in history if m["text"] == text)
    assert quote["reply_to_message"]["is_automatic_forward"]
    assert str(reader) not in str(quote)
    assert "💬 Опубліковано" in await room.keys()


async def test_each_quote_of_a_discussion_is_published(room: Room) -> None:
    for number in range(4):
        await room.say(f"Цитата {number}")
    await room.pass_batch()
    for card in await room.cards():
        await room.press("💬 Цитувати", card=card)
    await room.chat.settle(timedelta(hours=1))

    assert sorted(t.split("\n")[-1] for t in await quoted(room)) == [f"Цитата {n}" for n in range(4)]


@pytest.mark.parametrize("act", ["withdraw", "reject", "change"])
async def test_quote_goes_when_its_author_or_staff_takes_it_back(room: Room, act: str) -> None:
    reader = await room.say("Ненадовго")
    await room.pass_batch()
    await room.press("💬 Цитувати")
    await room.chat.settle(timedelta(hours=1))
    before = await quoted(room)
    if act == "withdraw":
        await room.chat.press("🗑 Видалити", by=reader)
    elif act == "reject":
        await room.press("Відхилити")
    else:
        await room.chat.press("✏️ Змінити", by=reader)
        await room.chat.people.say(None, "Інакше", by=reader)
        await room.chat.settle()

    assert len(before) == 1
    assert await quoted(room) == []
    async with room.chat.app.db.read() as tx:
        assert (await tx.scalars(select(QuoteRow))).all() == []


async def test_lost_answer_publishes_nothing_twice_and_the_room_is_told(room: Room) -> None:
    await room.say("Загублена")
    await room.pass_batch()
    await room.chat.people.fault("reset_after", "sendMessage", chat_id=room.chat.group)
    await room.press("💬 Цитувати")
    await room.chat.settle(timedelta(hours=1))
    await room.chat.settle(timedelta(hours=1))

    assert len(await quoted(room)) == 1
    assert [t for t in await room.ever() if "Вдруге не публікую" in t]


async def test_flood_is_waited_for_and_the_quote_published_once(room: Room) -> None:
    await room.say("Почекає")
    await room.pass_batch()
    await room.chat.people.fault("429", "sendMessage", chat_id=room.chat.group, retry_after=20)
    await room.press("💬 Цитувати")
    await room.chat.settle(timedelta(hours=1))

    assert len(await quoted(room)) == 1


async def wait_with_a_quote(room: Room, text: str) -> None:
    """It was pressed, and its random moment is still to come: nothing but the tap is looked at."""
    await room.say(text)
    await room.pass_batch()
    card = (await room.cards())[-1]["message_id"]
    await room.chat.people.tap(room.group, card, "💬 Цитувати", by=room.chat.owner)
    while await room.chat.people.pending():
        await room.chat.app.polling.step(0)
    await room.chat.app.toaster.flush()
    async with room.chat.app.db.write() as tx:
        (await tx.scalars(select(QuoteRow))).one().not_before = room.chat.clock.now() + timedelta(minutes=30)


async def state(room: Room) -> list[str]:
    async with room.chat.app.db.read() as tx:
        return list(await tx.scalars(select(QuoteRow.state)))


@pytest.mark.parametrize(("fault", "there"), [("hang_before", 0), ("hang_after", 1)])
async def test_process_that_dies_while_it_publishes_leaves_nothing_to_be_published_twice(
    room: Room, fault: str, there: int
) -> None:
    """Whether Telegram had it already or not: nobody knows, and so it counts as sent."""
    chat = room.chat
    await wait_with_a_quote(room, "На пів дорозі")
    async with application.open_app(chat.settings, chat.clock) as dying:
        chat.clock.pass_(hours=1)
        await chat.people.fault(fault, "sendMessage", chat_id=chat.group, seconds=60)
        await dying.quoter.step(chat.clock.now())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(dying.quoter.idle(), 0.5)  # ends what is under way
        claimed = await state(room)
    await chat.people.clear_faults()
    async with application.open_app(chat.settings, chat.clock) as anew:
        chat.app = anew
        await anew.poster.start(chat.clock.now())
        for _ in range(2):
            await chat.settle(timedelta(hours=1))

        assert (claimed, await state(room)) == (["sending"], ["published"])
        assert len(await quoted(room)) == there
        assert len([t for t in await room.ever() if "Вдруге не публікую" in t]) == 1
        assert "💬 Опубліковано" in await room.keys()


async def test_refused_quote_is_told_to_the_room_and_may_be_pressed_again(room: Room) -> None:
    refusal: dict[str, Any] = {"status": 400, "description": "Bad Request: message to be replied not found"}
    await room.chat.people.fault("5xx", "sendMessage", chat_id=room.chat.group, **refusal)
    await wait_with_a_quote(room, "Відхилена")
    await room.chat.settle(timedelta(hours=1))
    told = [t for t in await room.ever() if "Telegram її відхилив, у групі її немає." in t]
    before = (await quoted(room), await state(room))
    await room.press("💬 Цитувати")
    await room.chat.settle(timedelta(hours=1))

    assert (len(told), before) == (1, ([], []))
    assert len(await quoted(room)) == 1


async def test_lost_discussion_group_is_told_to_the_room(room: Room) -> None:
    chat = room.chat
    await wait_with_a_quote(room, "Нікуди")
    await chat.people.unlink(chat.channel)
    chat.clock.pass_(minutes=2)  # what Telegram said of the channel is asked anew
    await chat.people.add_bot(chat.channel, by=chat.owner, rights={"can_delete_messages": True})
    for _ in range(2):
        await chat.settle(timedelta(hours=1))

    assert len([t for t in await room.ever() if "публікувати нікуди" in t]) == 1
    assert await state(room) == []
    assert "💬 Цитувати" in await room.keys()
    assert await room.press("💬 Цитувати") != "Схвалено. Цитата з’явиться в групі за якийсь час."


async def test_third_report_brings_the_quote_before_staff_again(room: Room) -> None:
    await room.say("Спірне")
    await room.pass_batch()
    await room.press("💬 Цитувати")
    await room.chat.settle(timedelta(hours=1))
    history = await room.chat.people.history(room.chat.group, by=room.chat.owner)
    message = next(m["message_id"] for m in history if m["text"].startswith("💬"))
    people = [await room.chat.people.user(f"Читач {number}", "uk") for number in range(3)]
    toasts = []
    for person in [*people[:2], people[0], people[2]]:
        tap = await room.chat.people.tap(room.chat.group, message, "⚠️ Поскаржитись", by=person)
        await room.chat.settle()
        toasts.append((await room.chat.people.toast(tap) or {})["text"])
        await room.pass_batch()
        if person != people[2]:
            assert len(await room.cards()) == 1

    assert toasts[2] == "Вашу скаргу вже враховано."
    assert "⚠️ скаржаться читачі" in (await room.cards())[-1]["text"]
    await room.press("Відхилити")
    assert await quoted(room) == []


# Screening


async def test_flags_are_on_the_card_and_nothing_is_dropped(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    said = {
        "ДИВІТЬСЯ ВСІ СЮДИ НЕГАЙНО": "крик великими літерами",
        "Ось www.example.org": "посилання",
        "Місту потрібне чисте повітря, а не новий димар посеред парку": "",
        "Місту потрiбне чисте повітря, а не новий димар посеред пaрку!": "майже те саме, що вже писали",
    }
    async with newsroom_with_room(database_url, tmp_path, clock, Moderation.POST) as (room, _):
        for text in said:
            await room.say(text)
        twice = await room.say("Двічі те саме")
        await room.chat.people.say(None, "Двічі  те саме!", by=twice)
        await room.chat.settle()
        await room.pass_batch()
        cards = [card["text"] for card in await room.cards()]

        for text, reason in said.items():
            (card,) = [c for c in cards if c.endswith(text)]
            assert ("⚠️" in card) is bool(reason)
            assert reason in card
        (again,) = [c for c in cards if c.endswith("Двічі  те саме!")]
        assert (
            "майже те саме, що вже писали" in again
        )  # as a stranger's copy: two cards are not said to be one author's
        assert len(cards) == 6


async def test_flagged_comment_gets_a_card_and_rejecting_takes_it_out_of_the_counts(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    settings = ModerationSettings()
    async with newsroom_with_room(database_url, tmp_path, clock, Moderation.NONE, settings) as (room, _):
        chat = room.chat
        reader = await chat.people.user("Коментатор", "uk")
        post = (await chat.newest()).messages[0]
        await chat.people.comment(chat.channel, post, "Купуйте на www.example.org", by=reader)
        await chat.settle()
        before = (await chat.newest()).opinions.comments
        await room.pass_batch()
        (card,) = await room.cards()
        await room.press("Відхилити")

        assert before == 1
        assert "коментар у групі" in card["text"]
        assert "Коментатор" not in str(card)
        assert await room.keys() == ["Схвалити", "❌ Відхилено", "🔇 Заглушити"]
        assert (await chat.newest()).opinions.comments == 0
