"""Nothing stays in the chat: a vote leaves a toast, and a private opinion can leave no more than that."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select

from bot.domain.ids import ChatId, MessageId
from db.models import MuteRow, OpinionRow, OutboxRow, PromptRow, QuotaRow, UnreachableRow, VoteRow
from tests.flows.conftest import Chat
from tests.flows.test_betraying import TEXT, TRIMMED
from tests.flows.test_opinions import ARTICLE, said, write

SOON = timedelta(seconds=20)  # less than a last word is left to be read


async def begin(chat: Chat) -> int:
    """A reader who follows the link and wants no trace."""
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)
    await chat.press("🕶 Без сліду", by=reader)
    return reader


async def opinion_row(chat: Chat) -> OpinionRow:
    async with chat.app.db.read() as tx:
        return (await tx.scalars(select(OpinionRow))).one()


async def rows(chat: Chat, *models: type) -> list[int]:
    async with chat.app.db.read() as tx:
        return [await tx.scalar(select(func.count()).select_from(model)) or 0 for model in models]


async def test_lane_explains_itself_and_can_be_left(chat: Chat) -> None:
    reader = await begin(chat)

    (screen,) = await chat.said_to(reader)
    assert "🕶 Без сліду. Щойно вашу думку буде записано, я видалю з цього чату ваше повідомлення" in screen
    assert "протягом 48 годин" in screen
    assert "Відповісти вам редакція не зможе" in screen
    assert await chat.keys(None, by=reader) == ["💬 Хочу відповідь", "Звичайно, зі слідом", "Не писати"]
    await chat.press("Звичайно", by=reader)
    assert await chat.keys(None, by=reader) == ["🕶 Без сліду", "Не писати"]
    await write(chat, "Лишиться", by=reader)

    assert len(await chat.people.history(None, by=reader)) == 4


async def test_everything_of_the_conversation_goes_and_the_last_word_after_a_minute(chat: Chat) -> None:
    reader = await begin(chat)

    message = await chat.people.say(None, "Зникне з чату", by=reader)
    await chat.settle(SOON)

    (word,) = await chat.texts(by=reader)
    assert word.startswith(
        "✅ Думку про «Вугілля до 2030 року» записано. Решту цієї розмови про неї я видаляю"
    )
    assert "Чат зі мною у списку лишається" in word
    assert await chat.keys(None, by=reader) == []
    await chat.settle()
    assert await chat.people.history(None, by=reader) == []
    assert await said(chat) == [("private", "Зникне з чату", False)]
    row = await opinion_row(chat)
    readers = chat.app.vault.readers((await chat.newest()).key)
    assert readers is not None
    assert row.origin != readers.origin(ChatId(reader), MessageId(message["message_id"]))
    assert row.address is None
    assert await rows(chat, PromptRow, OutboxRow) == [0, 0]


async def test_whoever_wants_an_answer_is_kept_an_address(chat: Chat) -> None:
    reader = await begin(chat)
    await chat.press("💬", by=reader)
    assert "відповідь редакції прийде сюди" in (await chat.said_to(reader))[-1]

    await write(chat, "Чекаю на відповідь", by=reader)

    assert await chat.people.history(None, by=reader) == []
    row, readers = await opinion_row(chat), chat.app.vault.readers((await chat.newest()).key)
    assert readers is not None
    assert row.address is not None
    assert readers.open(row.address) == reader


async def test_link_that_was_opened_more_than_once_goes_each_time(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)
    await chat.open_link(by=reader)
    await chat.press("🕶 Без сліду", by=reader)
    await chat.open_link(by=reader)
    assert len(await chat.people.history(None, by=reader)) == 6

    await write(chat, "Зникне з чату", by=reader)

    assert await chat.people.history(None, by=reader) == []


async def test_refused_messages_and_refusals_go_too(chat: Chat) -> None:
    reader = await begin(chat)

    await chat.people.send_sticker(by=reader)
    await write(chat, "а" * 4001, by=reader)
    assert len(await chat.people.history(None, by=reader)) == 6
    await write(chat, "Коротко: за", by=reader)

    assert await chat.people.history(None, by=reader) == []
    assert await said(chat) == [("private", "Коротко: за", False)]


async def test_refusal_of_whoever_is_muted_for_a_while_goes_too(chat: Chat) -> None:
    reader = await begin(chat)
    discussion = await chat.newest()
    readers = chat.app.vault.readers(discussion.key)
    assert readers is not None
    muted = {"discussion_id": discussion.id, "author": readers.author(discussion.id, reader)}
    async with chat.app.db.write() as tx:
        await tx.execute(insert(MuteRow).values(muted))
    await write(chat, "Не візьмуть", by=reader)
    told = await chat.said_to(reader)
    async with chat.app.db.write() as tx:
        await tx.execute(delete(MuteRow))

    await write(chat, "Візьмуть", by=reader)

    assert len(told) == 2  # the question and the refusal
    assert await chat.people.history(None, by=reader) == []
    assert await said(chat) == [("private", "Візьмуть", False)]


@pytest.mark.parametrize(("key", "kept"), [("✂️", TRIMMED), ("Надіслати як є", TEXT)])
async def test_warning_about_what_betrays_goes_too(chat: Chat, key: str, kept: str) -> None:
    reader = await begin(chat)
    await write(chat, TEXT, by=reader)
    assert len(await chat.people.history(None, by=reader)) == 4

    await chat.press(key, by=reader)

    assert await chat.people.history(None, by=reader) == []
    assert await said(chat) == [("private", kept, False)]
    assert (await opinion_row(chat)).address is None
    assert await rows(chat, PromptRow) == [0]


async def test_warning_that_nobody_answers_goes_with_the_rest(chat: Chat) -> None:
    reader = await begin(chat)
    await write(chat, TEXT, by=reader)

    await write(chat, "Тоді так: за", by=reader)

    assert await chat.people.history(None, by=reader) == []
    assert await said(chat) == [("private", "Тоді так: за", False)]


async def test_text_that_is_kept_back_goes_too(chat: Chat) -> None:
    reader = await begin(chat)
    await write(chat, TEXT, by=reader)

    await chat.press("Не надсилати", by=reader)

    assert TEXT not in await chat.texts(by=reader)
    assert len(await chat.people.history(None, by=reader)) == 2  # the link and the question
    await chat.press("Не писати", by=reader)
    assert await chat.people.history(None, by=reader) == []
    assert await said(chat) == []


async def test_lane_taken_after_the_warning_holds_for_the_decision(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)
    await write(chat, TEXT, by=reader)

    await chat.press("🕶 Без сліду", by=reader)
    await chat.press("✂️", by=reader)

    assert await chat.people.history(None, by=reader) == []
    assert (await opinion_row(chat)).address is None


async def test_two_taps_are_one_opinion_and_leave_no_trace(chat: Chat) -> None:
    reader = await begin(chat)
    await write(chat, TEXT, by=reader)
    message = (await chat.people.history(None, by=reader))[-1]["message_id"]

    for _ in range(2):
        await chat.people.forge(None, message, f"oi:{(await chat.newest()).id}:0:1", by=reader)
    await chat.people.repeat_updates(10)
    await chat.settle()

    assert await said(chat) == [("private", TEXT, False)]
    assert await chat.people.history(None, by=reader) == []
    assert (await opinion_row(chat)).address is None


async def test_what_telegram_no_longer_deletes_stops_nothing_else(chat: Chat) -> None:
    reader = await begin(chat)
    chat.clock.pass_(hours=49)

    await write(chat, "Дві доби думала", by=reader)

    link, question = await chat.texts(by=reader)
    assert link.startswith("/start ")
    assert "Що скажете?" in question
    assert await said(chat) == [("private", "Дві доби думала", False)]
    assert await rows(chat, OutboxRow) == [0]


async def test_replaced_without_a_trace_no_longer_says_where_its_author_is(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)
    number = await write(chat, "Зі слідом", by=reader)
    await chat.press("✏️ Змінити", by=reader)

    await chat.press("🕶 Без сліду", by=reader)
    await write(chat, "Без сліду", by=reader)

    row, readers = await opinion_row(chat), chat.app.vault.readers((await chat.newest()).key)
    assert readers is not None
    assert (row.text, row.address) == ("Без сліду", None)
    assert row.origin != readers.origin(ChatId(reader), MessageId(number))


async def test_numbers_of_messages_are_kept_sealed_and_only_until_the_end(chat: Chat) -> None:
    await begin(chat)

    async with chat.app.db.read() as tx:
        prompt = (await tx.scalars(select(PromptRow))).one()
    readers = chat.app.vault.readers((await chat.newest()).key)
    assert readers is not None
    assert prompt.screens is not None
    assert len(readers.open(prompt.screens)) == 2


async def test_voting_leaves_a_toast_and_the_vote(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")

    toast = await chat.vote("👍", by=reader)

    assert toast.startswith("Ваш голос: 👍 Погоджуюсь.")
    assert await chat.said_to(reader) == []
    assert sum((await chat.votes(discussion.id)).values()) == 1
    kept = await rows(chat, VoteRow, PromptRow, OpinionRow, OutboxRow, QuotaRow, UnreachableRow)
    assert kept == [1, 0, 0, 0, 0, 0]
