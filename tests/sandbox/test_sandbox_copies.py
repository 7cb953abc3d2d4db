"""The automatic copies of channel posts, and the comments under them."""

import pytest

from bot.sandbox import People, PeopleError
from tests.sandbox.conftest import Room
from tests.sandbox.talk import Api, keyboard

SERVICE = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
AS_CHANNEL = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
DATE = 1_780_000_000


def channel(room: Room) -> dict[str, object]:
    return {"id": room.channel, "type": "channel", "title": "Новини", "username": "novyny"}


def group(room: Room) -> dict[str, object]:
    return {"id": room.group, "type": "supergroup", "title": "Новини: розмова"}


async def test_own_post_comes_only_as_its_copy_and_before_the_answer(api: Api, room: Room) -> None:
    link = {"text": "Читати", "url": "https://example.com/"}
    markup = {"inline_keyboard": [[{"text": "Так", "callback_data": "v:1"}, link]]}

    post = await api.send(room.channel, "Що скажете?", reply_markup=markup)

    assert await api.updates() == [
        {
            "message": {
                "message_id": 1001,
                "date": DATE,
                "chat": group(room),
                "from": SERVICE,
                "sender_chat": channel(room),
                "is_automatic_forward": True,
                "forward_origin": {
                    "type": "channel",
                    "chat": channel(room),
                    "message_id": post["message_id"],
                    "date": DATE,
                },
                "text": "Що скажете?",
                "reply_markup": {"inline_keyboard": [[link]]},
            }
        }
    ]


async def test_copy_can_come_after_the_answer(api: Api, people: People, room: Room) -> None:
    await people.copies_after_answer(True)

    await api.send(room.channel)

    assert len(await api.bodies("message")) == 1


async def test_copy_update_can_be_lost_while_comments_work(api: Api, people: People, room: Room) -> None:
    await people.drop_copies(True)
    post = (await api.send(room.channel))["message_id"]

    lost = await api.updates()
    await people.comment(room.channel, post, "Так", by=room.reader)

    [comment] = await api.bodies("message")
    assert lost == []
    assert comment["reply_to_message"]["forward_origin"]["message_id"] == post


async def test_without_copies_there_are_no_comments(api: Api, people: People, room: Room) -> None:
    await people.drop_copies(True, made=False)
    post = (await api.send(room.channel))["message_id"]

    with pytest.raises(PeopleError, match="takes no comments"):
        await people.comment(room.channel, post, "Так", by=room.reader)


async def test_persons_post_comes_as_post_and_as_copy(api: Api, people: People, room: Room) -> None:
    await people.change_chat(room.channel, by=room.owner, signs=True)

    await people.say(room.channel, "Від редакції", by=room.owner)

    post, copy = await api.updates()
    assert post["channel_post"] == {
        "message_id": 11,
        "date": DATE,
        "chat": channel(room),
        "sender_chat": channel(room),
        "author_signature": "Олена",
        "text": "Від редакції",
    }
    assert copy["message"]["forward_origin"]["author_signature"] == "Олена"


async def test_post_with_profile_names_the_author(api: Api, people: People, room: Room) -> None:
    await people.change_chat(room.channel, by=room.owner, shows_profiles=True)

    await people.say(room.channel, "Від мене", by=room.owner)

    [post] = await api.bodies("channel_post")
    assert post["from"]["id"] == room.owner
    assert "sender_chat" not in post


async def test_edit_of_the_post_changes_the_copy(api: Api, people: People, room: Room) -> None:
    post = await api.send(room.channel, "Раз", reply_markup=keyboard("Так"))
    await api.updates()

    where = {"chat_id": room.channel, "message_id": post["message_id"]}
    await api.ok("editMessageText", text="Два", reply_markup=keyboard("Так"), **where)
    [edited] = await api.updates()
    await api.ok("editMessageReplyMarkup", reply_markup=keyboard("Ні"), **where)
    silent = await api.updates()

    [copy] = await people.history(room.group, by=room.reader)
    assert (edited["edited_message"]["message_id"], edited["edited_message"]["text"]) == (1001, "Два")
    assert silent == []
    assert copy["text"] == "Два"


async def test_reply_in_the_channel_is_a_reply_to_the_copy(api: Api, people: People, room: Room) -> None:
    first = await api.send(room.channel, "Раз")
    await api.send(room.channel, "Два", reply_parameters={"message_id": first["message_id"]})

    copies = await api.bodies("message")

    assert [copy.get("reply_to_message", {}).get("message_id") for copy in copies] == [None, 1001]


async def test_comment_is_in_the_thread_of_the_copy(api: Api, people: People, room: Room) -> None:
    post = (await api.send(room.channel, "Що скажете?"))["message_id"]
    await api.updates()

    seen = await people.comment(room.channel, post, "Я за", by=room.reader)

    [comment] = await api.bodies("message")
    replied = comment.pop("reply_to_message")
    assert comment == {
        "message_id": 1002,
        "date": DATE,
        "chat": group(room),
        "from": {"id": room.reader, "is_bot": False, "first_name": "Оля", "language_code": "uk"},
        "message_thread_id": 1001,
        "text": "Я за",
    }
    assert (replied["message_id"], replied["is_automatic_forward"]) == (1001, True)
    assert seen == comment | {"reply_to_message": replied}


async def test_reply_to_a_comment_stays_in_the_thread(api: Api, people: People, room: Room) -> None:
    post = (await api.send(room.channel))["message_id"]
    first = await people.comment(room.channel, post, "Я за", by=room.reader)
    await api.updates()

    await people.comment(room.channel, post, "Чому?", by=room.owner, reply_to=first["message_id"])

    [reply] = await api.bodies("message")
    assert reply["message_thread_id"] == 1001
    assert reply["reply_to_message"]["message_id"] == first["message_id"]
    assert "reply_to_message" not in reply["reply_to_message"]


async def test_bots_answer_to_a_comment_is_in_the_thread(api: Api, people: People, room: Room) -> None:
    post = (await api.send(room.channel))["message_id"]
    comment = await people.comment(room.channel, post, "Я за", by=room.reader)

    answer = await api.send(room.group, reply_parameters={"message_id": comment["message_id"]})

    assert answer["message_thread_id"] == 1001


async def test_ordinary_messages_have_a_thread_only_in_a_chain(api: Api, people: People, room: Room) -> None:
    root = await people.say(room.group, "Привіт", by=room.owner)
    await people.say(room.group, "Привіт і тобі", by=room.reader, reply_to=root["message_id"])

    threads = [each.get("message_thread_id") for each in await api.bodies("message")]

    assert threads == [None, root["message_id"]]


async def test_album_takes_its_comments_under_the_first_item(api: Api, people: People, room: Room) -> None:
    items = [
        await people.send_photo(room.channel, by=room.owner, caption=caption, media_group="фото")
        for caption in ("Раз", None)
    ]
    copies = [each["message"] for each in await api.updates() if "message" in each]

    for item in items:
        await people.comment(room.channel, item["message_id"], "Гарно", by=room.reader)

    threads = [each["message_thread_id"] for each in await api.bodies("message")]
    assert len({item["media_group_id"] for item in items}) == 1
    assert len({copy["media_group_id"] for copy in copies}) == 1
    assert items[0]["media_group_id"] != copies[0]["media_group_id"]
    assert threads == [copies[0]["message_id"]] * 2


async def test_senders_are_shown_as_they_chose(api: Api, people: People, room: Room) -> None:
    await people.promote(room.group, room.reader, by=room.owner, title="редакторка")
    other = await people.channel("Інші новини", owner=room.reader)
    await api.updates()

    await people.say(room.group, "a", by=room.reader, as_="anonymous")
    await people.say(room.group, "b", by=room.reader, as_="channel", as_channel=other)
    await people.say(room.group, "c", by=room.owner, as_="channel")

    shown = [
        (each["from"], each["sender_chat"]["id"], each.get("author_signature"))
        for each in await api.bodies("message")
    ]
    assert shown == [
        (ANONYMOUS, room.group, "редакторка"),
        (AS_CHANNEL, other, None),
        (AS_CHANNEL, room.channel, None),
    ]


async def test_deleting_the_copy_switches_comments_off(api: Api, people: People, room: Room) -> None:
    post = (await api.send(room.channel))["message_id"]
    await api.updates()

    await people.delete(room.group, 1001, by=room.owner)

    with pytest.raises(PeopleError, match="comments are off"):
        await people.comment(room.channel, post, "Так", by=room.reader)
    assert await api.updates() == []


async def test_edited_messages_of_people_come_as_edits(api: Api, people: People, room: Room) -> None:
    post = await people.say(room.channel, "Пост", by=room.owner)
    comment = await people.comment(room.channel, post["message_id"], "Так", by=room.reader)
    await api.updates()

    await people.edit(room.channel, post["message_id"], "Пост!", by=room.owner)
    await people.edit(room.group, comment["message_id"], "Так!", by=room.reader)

    kinds = [(kind, body["text"]) for each in await api.updates() for kind, body in each.items()]
    assert kinds == [
        ("edited_channel_post", "Пост!"),
        ("edited_message", "Пост!"),
        ("edited_message", "Так!"),
    ]


async def test_unlinked_channel_makes_no_copies(api: Api, people: People, room: Room) -> None:
    await people.unlink(room.channel)

    await api.send(room.channel)

    assert await api.updates() == []
    assert "linked_chat_id" not in await api.ok("getChat", chat_id=room.channel)
