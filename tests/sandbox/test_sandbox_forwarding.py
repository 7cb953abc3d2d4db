"""Forwards, copies, and messages that are protected from both; ForceReply."""

import pytest

from bot.sandbox import People, PeopleError
from tests.sandbox.conftest import Room
from tests.sandbox.talk import JSON, Api

PROTECTED = "Bad Request: message has protected content and can't be forwarded"


async def origin(api: Api) -> JSON:
    [message] = await api.bodies("message")
    found: JSON = message["forward_origin"]
    return found


async def test_forwarded_comment_names_its_author(api: Api, people: People, room: Room) -> None:
    comment = await people.say(room.group, "Образа", by=room.owner)
    await api.updates()

    await people.forward(room.group, comment["message_id"], by=room.reader)

    user = {"id": room.owner, "is_bot": False, "first_name": "Олена", "username": "olena_editor"}
    assert await origin(api) == {"type": "user", "sender_user": user, "date": comment["date"]}


async def test_author_can_hide_behind_a_name(api: Api, people: People, room: Room) -> None:
    await people.hide_forwards(by=room.owner)
    comment = await people.say(room.group, "Образа", by=room.owner)
    await api.updates()

    await people.forward(room.group, comment["message_id"], by=room.reader)

    assert await origin(api) == {
        "type": "hidden_user",
        "sender_user_name": "Олена",
        "date": comment["date"],
    }


async def test_forward_of_a_forward_names_the_first_sender(api: Api, people: People, room: Room) -> None:
    await people.start(by=room.reader)
    sent = await api.send(room.reader, "Від бота")
    await people.join(room.group, room.reader)

    moved = await people.forward(None, sent["message_id"], by=room.reader, chat=room.group)
    again = await people.forward(room.group, moved["message_id"], by=room.owner)

    bot = {"id": 1000001, "is_bot": True, "first_name": "Dumka", "username": "dumka_sandbox_bot"}
    assert moved["forward_origin"] == {"type": "user", "sender_user": bot, "date": sent["date"]}
    assert again["forward_origin"] == moved["forward_origin"]
    assert again["text"] == "Від бота"


async def test_forward_from_an_anonymous_administrator_names_the_group(
    api: Api, people: People, room: Room
) -> None:
    word = await people.say(room.group, "Від групи", by=room.owner, as_="anonymous")
    await api.updates()

    await people.forward(room.group, word["message_id"], by=room.reader)

    group = {"id": room.group, "type": "supergroup", "title": "Новини: розмова"}
    assert await origin(api) == {"type": "chat", "sender_chat": group, "date": word["date"]}


async def test_protected_message_is_not_forwarded(api: Api, people: People, room: Room) -> None:
    sent = await api.send(room.group, "Таємне", protect_content=True)
    open_ = await api.send(room.group, "Відкрите")
    where = {"from_chat_id": room.group, "message_id": sent["message_id"]}

    assert (sent["has_protected_content"], "has_protected_content" in open_) == (True, False)
    with pytest.raises(PeopleError, match="protected"):
        await people.forward(room.group, sent["message_id"], by=room.owner)
    assert await api.error("forwardMessage", chat_id=room.channel, **where) == PROTECTED


async def test_protected_chat_protects_all_that_stands_there(api: Api, people: People, room: Room) -> None:
    word = await people.say(room.group, "Слово", by=room.owner)
    await people.change_chat(room.group, by=room.owner, protected=True)
    sent = await api.send(room.group, "Нове")

    assert sent["has_protected_content"] is True
    with pytest.raises(PeopleError, match="protected"):
        await people.forward(room.group, word["message_id"], by=room.owner)
    assert (
        await api.error(
            "forwardMessage",
            chat_id=room.channel,
            from_chat_id=room.group,
            message_id=word["message_id"],
        )
        == PROTECTED
    )


async def test_bot_forwards_with_origin_and_copies_without(api: Api, people: People, room: Room) -> None:
    word = await people.say(room.group, "Слово", by=room.owner)
    where = {"chat_id": room.channel, "from_chat_id": room.group, "message_id": word["message_id"]}

    forwarded = await api.ok("forwardMessage", **where)
    copied = await api.ok("copyMessage", protect_content=True, **where)

    assert forwarded["forward_origin"]["sender_user"]["id"] == room.owner
    last = (await people.history(room.channel, by=room.reader))[-1]
    assert copied == {"message_id": last["message_id"]}
    assert (last["text"], last["has_protected_content"], "forward_origin" in last) == ("Слово", True, False)
    assert await api.error(
        "editMessageText", chat_id=room.channel, message_id=forwarded["message_id"], text="x"
    ) == ("Bad Request: message can't be edited")
    for method, verb in (("forwardMessage", "forward"), ("copyMessage", "copy")):
        assert await api.error(method, **where | {"message_id": 999}) == (
            f"Bad Request: message to {verb} not found"
        )


async def test_force_reply_is_for_the_persons_app(api: Api, people: People, room: Room) -> None:
    await people.start(by=room.reader)
    markup = {"force_reply": True, "input_field_placeholder": "я" * 64}

    sent = await api.send(room.reader, "Напишіть", reply_markup=markup)

    assert "reply_markup" not in sent
    assert (await people.history(by=room.reader))[-1]["reply_markup"] == markup
    await people.say(None, "Пишу", by=room.reader, reply_to=sent["message_id"])
    assert (await api.bodies("message"))[-1]["reply_to_message"] == sent
    assert await api.error(
        "editMessageText", chat_id=room.reader, message_id=sent["message_id"], text="x"
    ) == ("Bad Request: message can't be edited")


async def test_selective_force_reply_opens_for_whom_it_answers(api: Api, people: People, room: Room) -> None:
    word = await people.say(room.group, "Питання", by=room.reader)
    markup = {"force_reply": True, "selective": True}

    answered = {"message_id": word["message_id"]}
    await api.send(room.group, "Що саме?", reply_markup=markup, reply_parameters=answered)
    await api.send(room.group, "@olena_editor, а ви?", reply_markup=markup)

    async def opened(by: int) -> list[bool]:
        return ["reply_markup" in each for each in (await people.history(room.group, by=by))[-2:]]

    assert (await opened(room.reader), await opened(room.owner)) == ([True, False], [False, True])


async def test_long_placeholder_is_refused_and_noted(api: Api, people: People, room: Room) -> None:
    await people.start(by=room.reader)
    markup = {"force_reply": True, "input_field_placeholder": "я" * 65}

    refusal = await api.error("sendMessage", chat_id=room.reader, text="x", reply_markup=markup)

    assert refusal == "Bad Request: REPLY_MARKUP_INVALID"
    assert [each["what"] for each in await people.violations()] == [
        "a placeholder of more than 64 characters"
    ]
