"""Membership, private chats, privacy mode and reactions: what the bot hears of people."""

import pytest

from bot.sandbox import People, PeopleError
from tests.sandbox.conftest import Room
from tests.sandbox.talk import Api

DATE = 1_780_000_000


async def test_bot_hears_who_promoted_it_and_with_which_rights(api: Api, people: People) -> None:
    ids = await people.ids()

    await people.add_bot(ids["channel"], by=ids["owner"], rights={"can_post_messages": True})

    [change] = await api.bodies("my_chat_member")
    bot = {"id": 1000001, "is_bot": True, "first_name": "Dumka", "username": "dumka_sandbox_bot"}
    new = change.pop("new_chat_member")
    assert change == {
        "chat": {"id": ids["channel"], "type": "channel", "title": "Новини", "username": "novyny"},
        "from": {
            "id": ids["owner"],
            "is_bot": False,
            "first_name": "Олена",
            "username": "olena_editor",
            "language_code": "uk",
        },
        "date": DATE,
        "old_chat_member": {"status": "left", "user": bot},
    }
    assert [right for right, held in new.items() if held is True] == ["can_manage_chat", "can_post_messages"]
    assert (new["status"], new["can_edit_messages"]) == ("administrator", False)


async def test_bot_hears_of_its_removal(api: Api, people: People, room: Room) -> None:
    await people.remove_bot(room.channel, by=room.owner)

    [change] = await api.bodies("my_chat_member")
    assert (change["old_chat_member"]["status"], change["new_chat_member"]["status"]) == (
        "administrator",
        "kicked",
    )


async def test_members_are_told_only_to_an_administrator(api: Api, people: People, room: Room) -> None:
    await people.join(room.group, room.reader)
    await people.promote(room.group, room.reader, by=room.owner, rights={"can_pin_messages": True})
    await people.demote(room.group, room.reader, by=room.owner)
    await people.ban(room.group, room.reader, by=room.owner)
    statuses = [each["new_chat_member"]["status"] for each in await api.bodies("chat_member")]
    await people.add_bot(room.group, by=room.owner, admin=False)
    await api.updates()
    other = await people.user("Ян")
    await people.join(room.group, other)

    assert statuses == ["member", "administrator", "member", "kicked"]
    assert await api.updates() == []


async def test_start_carries_payload_and_command(api: Api, people: People, room: Room) -> None:
    await people.start(by=room.reader, payload="o_12")

    [message] = await api.bodies("message")
    assert message == {
        "message_id": 1,
        "date": DATE,
        "chat": {"id": room.reader, "type": "private", "first_name": "Оля"},
        "from": {"id": room.reader, "is_bot": False, "first_name": "Оля", "language_code": "uk"},
        "text": "/start o_12",
        "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
    }
    with pytest.raises(PeopleError, match="payload"):
        await people.start(by=room.reader, payload="a b")


async def test_block_and_unblock_are_told(api: Api, people: People, room: Room) -> None:
    await people.start(by=room.reader)
    await people.block(by=room.reader)
    with pytest.raises(PeopleError, match="has blocked the bot"):
        await people.say(None, "a", by=room.reader)
    await people.start(by=room.reader)

    changes = [each["new_chat_member"]["status"] for each in await api.bodies("my_chat_member")]

    assert changes == ["kicked", "member"]


async def test_privacy_mode_hides_all_but_commands_and_replies(api: Api, people: People, room: Room) -> None:
    await people.add_bot(room.group, by=room.owner, admin=False)
    post = (await api.send(room.channel))["message_id"]
    own = await api.send(room.group)
    await api.updates()

    await people.comment(room.channel, post, "не бачить", by=room.reader)
    await people.say(room.group, "/help@other_bot", by=room.reader)
    await people.say(room.group, "/help@dumka_sandbox_bot", by=room.reader)
    await people.say(room.group, "/help", by=room.reader)
    await people.say(room.group, "відповідь", by=room.reader, reply_to=own["message_id"])

    assert [each["text"] for each in await api.bodies("message")] == [
        "/help@dumka_sandbox_bot",
        "/help",
        "відповідь",
    ]


async def test_privacy_off_acts_after_adding_the_bot_again(api: Api, people: People, room: Room) -> None:
    await people.add_bot(room.group, by=room.owner, admin=False)
    await people.set_privacy(False)
    await api.updates()

    await people.say(room.group, "раз", by=room.owner)
    before = await api.bodies("message")
    await people.remove_bot(room.group, by=room.owner)
    await people.add_bot(room.group, by=room.owner, admin=False)
    await people.say(room.group, "два", by=room.owner)

    assert before == []
    assert [each["text"] for each in await api.bodies("message")] == ["два"]
    assert (await api.ok("getMe"))["can_read_all_group_messages"] is True


async def test_reactions_to_posts_come_as_totals_for_post_and_copy(
    api: Api, people: People, room: Room
) -> None:
    post = (await api.send(room.channel))["message_id"]
    await api.updates()

    await people.react(room.channel, post, "👍", by=room.reader)
    await people.react(room.group, 1001, "🔥", by=room.owner)

    counts = await api.bodies("message_reaction_count")
    thumb, fire = ({"type": {"type": "emoji", "emoji": emoji}, "total_count": 1} for emoji in "👍🔥")
    assert [(each["chat"]["id"], each["message_id"], each["reactions"]) for each in counts] == [
        (room.channel, post, [thumb]),
        (room.group, 1001, [thumb]),
        (room.channel, post, [thumb, fire]),
        (room.group, 1001, [thumb, fire]),
    ]


async def test_reaction_to_a_comment_names_the_person(api: Api, people: People, room: Room) -> None:
    comment = await people.say(room.group, "Привіт", by=room.owner)
    await api.updates()

    await people.react(room.group, comment["message_id"], "👍", by=room.reader)
    await people.react(room.group, comment["message_id"], None, by=room.reader)

    thumb = [{"type": "emoji", "emoji": "👍"}]
    reactions = await api.bodies("message_reaction")
    assert [(each["user"]["id"], each["old_reaction"], each["new_reaction"]) for each in reactions] == [
        (room.reader, [], thumb),
        (room.reader, thumb, []),
    ]


async def test_reactions_need_an_administrator_that_asked(api: Api, people: People, room: Room) -> None:
    comment = await people.say(room.group, "Привіт", by=room.owner)
    await api.updates(allowed=[])

    await people.react(room.group, comment["message_id"], "👍", by=room.reader)
    not_asked = await api.updates()
    await people.add_bot(room.group, by=room.owner, admin=False)
    await api.updates()
    await people.react(room.group, comment["message_id"], "🔥", by=room.reader)

    assert (not_asked, await api.updates()) == ([], [])


async def test_other_media_arrive(api: Api, people: People, room: Room) -> None:
    await people.send_sticker(by=room.reader)
    await people.send_photo(by=room.reader, caption="Рис")

    sticker, photo = await api.bodies("message")
    assert sticker["sticker"]["emoji"] == "👍"
    assert (photo["caption"], len(photo["photo"])) == ("Рис", 2)


@pytest.mark.parametrize(
    ("verb", "arguments", "sentence"),
    [
        ("say", {"text": "x", "chat": -1}, "there is no chat -1"),
        ("say", {"text": " "}, "an empty message is not sent"),
        ("say", {"text": "я" * 4097}, "the app takes up to 4096 characters here"),
        ("say", {}, "say: missing a required argument: 'text'"),
        ("edit", {"message_id": 5, "text": "x"}, "there is no message 5 in this chat"),
    ],
)
async def test_what_people_cannot_do_is_said_in_a_sentence(
    people: People, room: Room, verb: str, arguments: dict[str, object], sentence: str
) -> None:
    with pytest.raises(PeopleError) as caught:
        await people._act(verb, by=room.reader, **arguments)

    assert str(caught.value) == sentence


async def test_rights_bind_people_too(people: People, room: Room) -> None:
    closed = await people.group("Закрита", owner=room.owner)
    post = await people.say(room.channel, "Пост", by=room.owner)

    for attempt in (
        people.say(room.channel, "x", by=room.reader),
        people.say(room.group, "x", by=room.reader, as_="anonymous"),
        people.say(room.group, "x", by=room.reader, as_="channel", as_channel=room.channel),
        people.say(closed, "x", by=room.reader),
        people.edit(room.channel, post["message_id"], "x", by=room.reader),
        people.delete(room.channel, post["message_id"], by=room.reader),
        people.add_bot(room.channel, by=room.reader),
        people.add_bot(room.channel, by=room.owner, admin=False),
        people.add_bot(room.channel, by=room.owner, rights={"can_fly": True}),
        people.remove_bot(room.channel, by=room.reader),
        people.user("Ян", username="novyny"),
    ):
        with pytest.raises(PeopleError):
            await attempt
