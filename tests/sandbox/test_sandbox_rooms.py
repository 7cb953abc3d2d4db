"""What getChat and its kin say about a group, as far as a bot judges by it whether the group is safe."""

import pytest

from bot.sandbox import People, PeopleError
from tests.sandbox.conftest import Room
from tests.sandbox.talk import JSON, Api, keyboard

TOLD = (
    "username",
    "active_usernames",
    "linked_chat_id",
    "has_visible_history",
    "join_by_request",
    "join_to_send_messages",
    "has_protected_content",
    "invite_link",
)


@pytest.fixture
async def den(api: Api, people: People, room: Room) -> int:
    """A private group that is linked to nothing, its history hidden, with the bot as its administrator."""
    den = await people.group("Кімната", owner=room.owner)
    await people.change_chat(den, by=room.owner, visible_history=False)
    await people.add_bot(den, by=room.owner, rights={"can_delete_messages": True})
    await api.updates()
    return den


async def told(api: Api, chat: int) -> JSON:
    full = await api.ok("getChat", chat_id=chat)
    return {name: full[name] for name in TOLD if name in full}


async def test_closed_group_has_nothing_to_tell(api: Api, den: int) -> None:
    assert await told(api, den) == {}


async def test_each_setting_is_told(api: Api, people: People, room: Room, den: int) -> None:
    await people.change_chat(
        den, by=room.owner, visible_history=True, join_by_request=True, join_to_send=True, protected=True
    )

    assert await told(api, den) == {
        "has_visible_history": True,
        "join_by_request": True,
        "join_to_send_messages": True,
        "has_protected_content": True,
    }
    assert await api.updates() == []


async def test_public_group_hides_no_history(api: Api, people: People, room: Room, den: int) -> None:
    await people.change_chat(den, by=room.owner, username="kimnata")
    public = await told(api, den)
    with pytest.raises(PeopleError, match="cannot hide its history"):
        await people.change_chat(den, by=room.owner, visible_history=False)
    await people.change_chat(den, by=room.owner, username="")

    assert public == {"username": "kimnata", "active_usernames": ["kimnata"], "has_visible_history": True}
    assert await told(api, den) == {"has_visible_history": True}
    assert await api.error("getChat", chat_id="@kimnata") == "Bad Request: chat not found"
    other = await people.user("Ян", username="kimnata")
    assert other


async def test_linked_group_hides_no_history(api: Api, people: People, room: Room, den: int) -> None:
    await people.unlink(room.channel)
    await people.link(room.channel, den)
    linked = await told(api, den)
    await people.unlink(room.channel)

    assert linked == {"linked_chat_id": room.channel, "has_visible_history": True}
    assert await told(api, den) == {"has_visible_history": True}


async def test_plain_member_learns_neither_of_history_nor_of_a_link(
    api: Api, people: People, room: Room, den: int
) -> None:
    await people.change_chat(den, by=room.owner, visible_history=True)
    await people.add_bot(den, by=room.owner)
    as_admin = await told(api, den)
    await people.add_bot(den, by=room.owner, admin=False)

    assert set(as_admin) == {"has_visible_history", "invite_link"}
    assert await told(api, den) == {}
    assert (await told(api, room.group))["linked_chat_id"] == room.channel


async def test_private_chat_tells_names_only(api: Api, people: People, room: Room) -> None:
    person = await people.user("Ян", "uk", "jan_k")
    await people.start(by=person)

    full = await api.ok("getChat", chat_id=person)

    del full["accepted_gift_types"], full["accent_color_id"], full["max_reaction_count"]
    assert full == {
        "id": person,
        "type": "private",
        "first_name": "Ян",
        "username": "jan_k",
        "active_usernames": ["jan_k"],
    }
    assert await api.ok("getChatMemberCount", chat_id=person) == 2
    assert (await api.ok("getChatMember", chat_id=person, user_id=person))["status"] == "member"
    assert await api.error("getChatMember", chat_id=person, user_id=room.owner) == (
        "Bad Request: member not found"
    )


async def test_other_bots_are_listed_only_when_asked_for(
    api: Api, people: People, room: Room, den: int
) -> None:
    robot = await people.user("Помічник", is_bot=True, username="helper_bot")
    await people.add(den, robot, by=room.owner)
    await people.promote(den, robot, by=room.owner, rights={"can_delete_messages": True})
    await people.promote(den, room.reader, by=room.owner, rights={"can_delete_messages": True})

    async def admins(**params: bool) -> list[int]:
        listed = await api.ok("getChatAdministrators", chat_id=den, **params)
        return [each["user"]["id"] for each in listed]

    assert await admins() == [room.owner, 1000001, room.reader]
    assert await admins(return_bots=True) == [room.owner, 1000001, robot, room.reader]
    assert await api.ok("getChatMemberCount", chat_id=den) == 4
    await people.demote(den, room.reader, by=room.owner)
    assert await admins() == [room.owner, 1000001]


async def test_bots_do_not_hear_each_other_in_a_group(api: Api, people: People, room: Room, den: int) -> None:
    robot = await people.user("Помічник", is_bot=True)
    await people.add(den, robot, by=room.owner)
    await api.updates()

    await people.say(den, "Від бота", by=robot)
    await people.say(den, "Від людини", by=room.owner)

    assert [each["text"] for each in await api.bodies("message")] == ["Від людини"]


async def test_card_is_pressed_and_answered_in_the_group(
    api: Api, people: People, room: Room, den: int
) -> None:
    card = await api.send(den, "Картка", reply_markup=keyboard("Схвалити"))
    question = await api.send(
        den, "Що відповісти?", reply_markup={"force_reply": True, "input_field_placeholder": "Відповідь"}
    )

    tap = await people.tap(den, card["message_id"], "Схвалити", by=room.owner)
    await people.say(den, "Дякуємо", by=room.owner, reply_to=question["message_id"])

    [press, answer] = await api.updates()
    assert (press["callback_query"]["id"], press["callback_query"]["message"]) == (tap, card)
    assert answer["message"]["reply_to_message"] == question
    edited = await api.ok("editMessageReplyMarkup", chat_id=den, message_id=card["message_id"])
    assert "reply_markup" not in edited


async def test_outsiders_do_not_write_where_members_only_do(people: People, room: Room) -> None:
    await people.say(room.group, "Можна", by=room.reader)
    await people.change_chat(room.group, by=room.owner, join_to_send=True)

    with pytest.raises(PeopleError, match="is not in"):
        await people.say(room.group, "Не можна", by=room.reader)
    await people.join(room.group, room.reader)
    await people.say(room.group, "Знов можна", by=room.reader)
