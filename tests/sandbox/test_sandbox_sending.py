"""Where the bot may send, and what its messages may hold."""

import aiohttp
import pytest

from bot.sandbox import People
from tests.sandbox.conftest import Room
from tests.sandbox.talk import Api, keyboard


async def test_chat_that_the_bot_never_met_is_not_found(api: Api, people: People) -> None:
    ids = await people.ids()

    for chat in (ids["group"], ids["owner"], 12345, "@nobody", "@olena_editor"):
        assert await api.error("sendMessage", chat_id=chat, text="x") == "Bad Request: chat not found"
    assert await api.error("sendMessage", text="x") == "Bad Request: chat_id is empty"


async def test_public_channel_without_the_bot_refuses_it(api: Api) -> None:
    refusal = await api.error("sendMessage", chat_id="@novyny", text="x")

    assert refusal == "Forbidden: bot is not a member of the channel chat"


async def test_channel_needs_the_right_to_post(api: Api, people: People, room: Room) -> None:
    await people.add_bot(room.channel, by=room.owner, rights={"can_edit_messages": True})

    refusal = await api.error("sendMessage", chat_id=room.channel, text="x")

    assert refusal == "Bad Request: need administrator rights in the channel chat"


@pytest.mark.parametrize(("place", "kind"), [("channel", "channel"), ("group", "supergroup")])
async def test_removed_bot_hears_that_it_was_kicked(
    api: Api, people: People, room: Room, place: str, kind: str
) -> None:
    chat = getattr(room, place)
    await people.remove_bot(chat, by=room.owner)

    refusal = await api.error("sendMessage", chat_id=chat, text="x")

    assert refusal == f"Forbidden: bot was kicked from the {kind} chat"


async def test_bot_that_left_is_no_member(api: Api, room: Room) -> None:
    await api.ok("leaveChat", chat_id=room.group)

    refusal = await api.error("sendMessage", chat_id=room.group, text="x")

    assert refusal == "Forbidden: bot is not a member of the supergroup chat"


async def test_muted_group_refuses_a_plain_member(api: Api, people: People, room: Room) -> None:
    await people.add_bot(room.group, by=room.owner, admin=False)
    await people.change_chat(room.group, by=room.owner, muted=True)

    assert await api.error("sendMessage", chat_id=room.group, text="x") == (
        "Bad Request: not enough rights to send text messages to the chat"
    )
    assert await api.error("sendPoll", chat_id=room.group, question="?", options=["a"]) == (
        "Bad Request: not enough rights to send polls to the chat"
    )


async def test_private_chat_is_opened_by_the_person(api: Api, people: People, room: Room) -> None:
    post = await api.send(room.channel, reply_markup=keyboard("Так"))
    await people.tap(room.channel, post["message_id"], "Так", by=room.reader)

    too_early = await api.error("sendMessage", chat_id=room.reader, text="x")
    await people.start(by=room.reader)
    sent = await api.send(room.reader)
    await people.block(by=room.reader)
    blocked = await api.error("sendMessage", chat_id=room.reader, text="x")
    await people.unblock(by=room.reader)
    await api.send(room.reader)
    await people.deactivate(by=room.reader)
    gone = await api.error("sendMessage", chat_id=room.reader, text="x")

    assert too_early == "Forbidden: bot can't initiate conversation with a user"
    assert sent["chat"] == {"id": room.reader, "type": "private", "first_name": "Оля"}
    assert blocked == "Forbidden: bot was blocked by the user"
    assert gone == "Forbidden: user is deactivated"


async def test_message_ids_grow_by_one_in_each_chat(api: Api, room: Room) -> None:
    first = [(await api.send(room.channel))["message_id"] for _ in range(2)]
    in_group = [(await api.send(room.group))["message_id"] for _ in range(2)]

    assert first == [11, 12]
    assert in_group == [1003, 1004]  # the two copies came before


async def test_channel_post_is_shown_as_the_channels(api: Api, room: Room, people: People) -> None:
    await people.change_chat(room.channel, by=room.owner, signs=True)

    sent = await api.send("@novyny", "Слово", link_preview_options={"is_disabled": True})

    chat = {"id": room.channel, "type": "channel", "title": "Новини", "username": "novyny"}
    assert sent == {
        "message_id": 11,
        "date": 1_780_000_000,
        "chat": chat,
        "sender_chat": chat,
        "author_signature": "Dumka",
        "text": "Слово",
        "link_preview_options": {"is_disabled": True},
    }


async def test_reply_needs_its_message(api: Api, people: People, room: Room) -> None:
    post = (await api.send(room.channel, "Раз, два"))["message_id"]

    missing = await api.error(
        "sendMessage", chat_id=room.channel, text="x", reply_parameters={"message_id": 999}
    )
    anyway = await api.send(
        room.channel, reply_parameters={"message_id": 999, "allow_sending_without_reply": True}
    )
    reply = await api.send(room.channel, reply_parameters={"message_id": post, "quote": "два"})
    misquoted = await api.error(
        "sendMessage", chat_id=room.channel, text="x", reply_parameters={"message_id": post, "quote": "три"}
    )

    assert missing == "Bad Request: message to be replied not found"
    assert "reply_to_message" not in anyway
    assert reply["reply_to_message"]["message_id"] == post
    assert misquoted == "Bad Request: QUOTE_TEXT_INVALID"


async def test_thread_id_alone_is_ignored_and_recorded(api: Api, people: People, room: Room) -> None:
    sent = await api.send(room.group, message_thread_id=1001)

    assert "message_thread_id" not in sent
    assert len(await people.violations()) == 1


async def test_photo_and_document_with_caption(api: Api, people: People, room: Room) -> None:
    form = aiohttp.FormData({"chat_id": str(room.channel), "caption": "<b>Рис</b>", "parse_mode": "HTML"})
    form.add_field("document", "attach://file0")
    form.add_field("file0", b"a,b", filename="tally.csv", content_type="text/csv")
    async with api.session.post(f"{api.base}/sendDocument", data=form) as response:
        document = (await response.json())["result"]
    photo = await api.ok("sendPhoto", chat_id=room.channel, photo="https://example.com/a.jpg")

    assert document["document"]["file_name"] == "tally.csv"
    assert document["document"]["file_size"] == 3
    assert document["caption"] == "Рис"
    assert document["caption_entities"] == [{"type": "bold", "offset": 0, "length": 3}]
    assert len(photo["photo"]) == 2
    assert await people.violations() == []


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"photo": "https://a.com/b.jpg", "caption": "я" * 1025}, "message caption is too long"),
        ({"photo": "nothing"}, "wrong file identifier/HTTP URL specified"),
        ({}, "there is no photo in the request"),
    ],
)
async def test_bad_photo_is_refused(api: Api, room: Room, params: dict[str, str], refusal: str) -> None:
    assert await api.error("sendPhoto", chat_id=room.channel, **params) == f"Bad Request: {refusal}"
