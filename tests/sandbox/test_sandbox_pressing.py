"""Buttons pressed by people, and the answers."""

import asyncio

import pytest

from bot.sandbox import People, PeopleError
from tests.sandbox.conftest import Room
from tests.sandbox.talk import Api, Clock, keyboard

TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


async def test_press_carries_person_message_and_data(api: Api, people: People, room: Room) -> None:
    first = await api.send(room.channel, "Раз")
    post = await api.send(
        room.channel,
        "Два",
        reply_markup=keyboard("Так", "Ні"),
        reply_parameters={"message_id": first["message_id"]},
    )
    await api.updates()

    tap = await people.tap(room.channel, post["message_id"], "Н", by=room.reader)

    [query] = await api.bodies("callback_query")
    assert query == {
        "id": tap,
        "from": {"id": room.reader, "is_bot": False, "first_name": "Оля", "language_code": "uk"},
        "message": post,
        "chat_instance": query["chat_instance"],
        "data": "v:Ні",
    }
    assert query["message"]["reply_to_message"] == first


async def test_answer_becomes_the_persons_toast(api: Api, people: People, room: Room) -> None:
    post = await api.send(room.channel, reply_markup=keyboard("Так"))
    await api.updates()
    taps = [await people.tap(room.channel, post["message_id"], "Так", by=room.reader) for _ in range(3)]
    waiting = asyncio.create_task(people.toast(taps[0]))
    await api.updates()

    await api.ok("answerCallbackQuery", callback_query_id=taps[0], text="Записано", show_alert=True)
    await api.ok("answerCallbackQuery", callback_query_id=taps[1])

    assert await waiting == {"text": "Записано", "show_alert": True, "url": None}
    assert await people.toast(taps[1]) == {"text": None, "show_alert": False, "url": None}
    assert await people.toast(taps[2], timeout=0.05) is None
    assert [each["id"] for each in await people.unanswered()] == [taps[2]]


async def test_second_late_and_unknown_answers_are_too_old(
    api: Api, people: People, room: Room, clock: Clock
) -> None:
    post = await api.send(room.channel, reply_markup=keyboard("Так"))
    taps = [await people.tap(room.channel, post["message_id"], "Так", by=room.reader) for _ in range(3)]
    clock.advance(100)
    await api.updates()

    async def refusal(tap: str) -> str:
        return await api.error("answerCallbackQuery", callback_query_id=tap, text="x")

    await api.ok("answerCallbackQuery", callback_query_id=taps[0])
    assert await refusal(taps[0]) == TOO_OLD
    assert await refusal("1") == TOO_OLD
    clock.advance(15)
    await api.ok("answerCallbackQuery", callback_query_id=taps[1])
    clock.advance(1)
    assert await refusal(taps[2]) == TOO_OLD
    await people.answer_window(60)
    await api.ok("answerCallbackQuery", callback_query_id=taps[2])


async def test_long_answer_is_refused_and_recorded(api: Api, people: People, room: Room) -> None:
    post = await api.send(room.channel, reply_markup=keyboard("Так"))
    tap = await people.tap(room.channel, post["message_id"], "Так", by=room.reader)
    await api.updates()

    refusal = await api.error("answerCallbackQuery", callback_query_id=tap, text="я" * 201)
    await api.ok("answerCallbackQuery", callback_query_id=tap, text="я" * 200)

    assert refusal == "Bad Request: MESSAGE_TOO_LONG"
    assert len(await people.violations()) == 1


async def test_answer_may_open_only_the_bots_own_link(api: Api, people: People, room: Room) -> None:
    post = await api.send(room.channel, reply_markup=keyboard("Так"))
    tap = await people.tap(room.channel, post["message_id"], "Так", by=room.reader)
    await api.updates()
    url = "https://t.me/dumka_sandbox_bot?start=o_1"

    refusal = await api.error("answerCallbackQuery", callback_query_id=tap, url="https://a.com/")
    await api.ok("answerCallbackQuery", callback_query_id=tap, url=url)

    assert refusal == "Bad Request: URL_INVALID"
    assert await people.toast(tap) == {"text": None, "show_alert": False, "url": url}


async def test_press_on_a_deleted_message_shows_only_where_it_was(
    api: Api, people: People, room: Room
) -> None:
    post = await api.send(room.channel, reply_markup=keyboard("Так"))
    await api.ok("deleteMessage", chat_id=room.channel, message_id=post["message_id"])
    await api.updates()

    await people.tap(room.channel, post["message_id"], "Так", by=room.reader)

    [query] = await api.bodies("callback_query")
    assert query["message"] == {"chat": post["chat"], "message_id": post["message_id"], "date": 0}


async def test_forged_press_carries_any_data(api: Api, people: People, room: Room) -> None:
    post = await api.send(room.channel)
    await api.updates()

    await people.forge(room.channel, post["message_id"], "v:1:999", by=room.reader)
    await people.forge(room.channel, post["message_id"], b"\xff\x00", by=room.reader)

    assert [each["data"] for each in await api.bodies("callback_query")] == ["v:1:999", "\ufffd\x00"]


async def test_presses_in_private_chat_come_from_there(api: Api, people: People, room: Room) -> None:
    await people.start(by=room.reader)
    screen = await api.send(room.reader, reply_markup=keyboard("Так"))
    await api.updates()

    await people.tap(None, screen["message_id"], "v:Так", by=room.reader)

    [query] = await api.bodies("callback_query")
    assert query["message"] == screen


async def test_people_press_only_what_they_see(api: Api, people: People, room: Room) -> None:
    link = {"text": "Читати", "url": "https://example.com/"}
    post = await api.send(room.channel, reply_markup={"inline_keyboard": [[link]]})
    theirs = await people.say(room.group, "Привіт", by=room.owner)
    closed = await people.channel("Закритий", owner=room.owner)

    with pytest.raises(PeopleError, match="no button 'Так' among"):
        await people.tap(room.channel, post["message_id"], "Так", by=room.reader)
    with pytest.raises(PeopleError, match="asks nothing of the bot"):
        await people.tap(room.channel, post["message_id"], "Читати", by=room.reader)
    with pytest.raises(PeopleError, match="only messages of the bot"):
        await people.forge(room.group, theirs["message_id"], "x", by=room.reader)
    with pytest.raises(PeopleError, match="Оля is not in «Закритий»"):
        await people.history(closed, by=room.reader)
    await people.start(by=room.owner)
    with pytest.raises(PeopleError, match="somebody else's private chat"):
        await people.history(room.owner, by=room.reader)


async def test_one_persons_presses_keep_their_order(api: Api, people: People, room: Room) -> None:
    labels = [str(at) for at in range(30)]
    post = await api.send(room.channel, reply_markup=keyboard(*labels))
    await api.updates()

    await asyncio.gather(
        *(people.tap(room.channel, post["message_id"], f"v:{label}", by=room.reader) for label in labels)
    )

    assert [each["data"] for each in await api.bodies("callback_query")] == [f"v:{label}" for label in labels]
