"""python-telegram-bot understands what the sandbox says."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest, Forbidden, RetryAfter

from bot.sandbox import People, Server
from tests.sandbox.conftest import Room
from tests.sandbox.talk import until


@pytest.fixture
async def bot(server: Server) -> AsyncIterator[Bot]:
    bot = Bot(server.world.token, base_url=f"{server.url}/bot", base_file_url=f"{server.url}/file/bot")
    async with bot:
        yield bot


async def test_a_press_there_and_back(bot: Bot, people: People, room: Room) -> None:
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Так", callback_data="v:1")]])
    post = await bot.send_message(room.channel, "<b>За?</b>", parse_mode="HTML", reply_markup=markup)
    tap = await people.tap(room.channel, post.message_id, "Так", by=room.reader)
    await people.comment(room.channel, post.message_id, "Я за", by=room.reader)

    copy, press, comment = await bot.get_updates(allowed_updates=Update.ALL_TYPES)
    query = press.callback_query
    assert query is not None
    await query.answer("Записано")

    assert copy.message is not None
    assert copy.message.is_automatic_forward
    assert (query.message, query.from_user.id) == (post, room.reader)
    assert comment.message is not None
    assert comment.message.reply_to_message == copy.message
    assert await people.toast(tap) == {"text": "Записано", "show_alert": False, "url": None}


async def test_press_on_a_deleted_message_is_inaccessible(bot: Bot, people: People, room: Room) -> None:
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Так", callback_data="v:1")]])
    post = await bot.send_message(room.channel, "За?", reply_markup=markup)
    await post.delete()
    await people.tap(room.channel, post.message_id, "Так", by=room.reader)

    update = (await bot.get_updates())[-1]

    assert update.callback_query is not None
    assert update.callback_query.message is not None
    assert not update.callback_query.message.is_accessible


async def test_files_go_both_ways(bot: Bot, people: People, room: Room) -> None:
    sent = await bot.send_document(room.channel, b"a,b", filename="tally.csv", caption="Підсумки")
    await people.send_file(None, "article.md", b"# Title", by=room.reader)

    update = (await bot.get_updates())[-1]

    assert sent.document is not None
    assert sent.document.file_name == "tally.csv"
    assert update.message is not None
    assert update.message.document is not None
    file = await update.message.document.get_file()
    assert bytes(await file.download_as_bytearray()) == b"# Title"


async def test_refusals_become_their_classes(
    bot: Bot, people: People, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # else the library warns about its own attribute
    await people.fault("429", "sendMessage", retry_after=2)
    with pytest.raises(RetryAfter):
        await bot.send_message(room.channel, "За?")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(12345, "За?")
    await people.remove_bot(room.channel, by=room.owner)
    with pytest.raises(Forbidden, match="bot was kicked from the channel chat"):
        await bot.send_message(room.channel, "За?")


async def test_chat_and_members_are_parsed(bot: Bot, people: People, room: Room) -> None:
    chat = await bot.get_chat(room.channel)
    statuses = [member.status for member in await bot.get_chat_administrators(room.channel)]
    poll = await bot.send_poll(room.channel, "За?", ["Так", "Ні"])
    stopped = await bot.stop_poll(room.channel, poll.message_id)

    assert (chat.linked_chat_id, statuses) == (room.group, ["creator", "administrator"])
    assert stopped.is_closed


async def test_copy_overtakes_the_answer_in_a_waiting_poll(bot: Bot, server: Server, room: Room) -> None:
    order: list[str] = []

    async def poll() -> None:
        await bot.get_updates(timeout=10)
        order.append("copy")

    polling = asyncio.create_task(poll())
    await until(lambda: server.world.inbox.polled)
    await bot.send_message(room.channel, "За?")
    order.append("answer")
    await polling

    assert order == ["copy", "answer"]


async def test_copy_comes_after_the_answer_if_told_so(
    bot: Bot, server: Server, people: People, room: Room
) -> None:
    await people.copies_after_answer(True)
    order: list[str] = []

    async def poll() -> None:
        await bot.get_updates(timeout=10)
        order.append("copy")

    polling = asyncio.create_task(poll())
    await until(lambda: server.world.inbox.polled)
    await bot.send_message(room.channel, "За?")
    order.append("answer")
    await polling

    assert order == ["answer", "copy"]
