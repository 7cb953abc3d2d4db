"""Chats and members as the bot can look them up, and what it says about itself."""

import pytest

from bot.sandbox import People
from tests.sandbox.conftest import Room
from tests.sandbox.talk import Api


async def test_get_chat_names_link_description_and_reactions(api: Api, people: People, room: Room) -> None:
    await people.change_chat(room.channel, by=room.owner, description="Щодня", available_reactions=["👍"])

    chat = await api.ok("getChat", chat_id="@novyny")
    group = await api.ok("getChat", chat_id=room.group)

    assert chat["linked_chat_id"] == room.group
    assert group["linked_chat_id"] == room.channel
    assert (chat["description"], chat["active_usernames"]) == ("Щодня", ["novyny"])
    assert chat["available_reactions"] == [{"type": "emoji", "emoji": "👍"}]
    assert "available_reactions" not in group


async def test_public_channel_can_be_looked_at_from_outside(api: Api, people: People) -> None:
    ids = await people.ids()

    chat = await api.ok("getChat", chat_id="@novyny")

    assert chat["id"] == ids["channel"]
    assert await api.error("getChatAdministrators", chat_id=ids["channel"]) == (
        "Bad Request: member list is inaccessible"
    )
    assert await api.error("getChatMember", chat_id=ids["channel"], user_id=ids["owner"]) == (
        "Bad Request: member list is inaccessible"
    )
    assert await api.error("getChat", chat_id=ids["group"]) == (
        "Forbidden: bot is not a member of the supergroup chat"
    )


async def test_members_have_their_status(api: Api, people: People, room: Room) -> None:
    await people.join(room.group, room.reader)
    stranger = await people.user("Ян")

    async def status(user: int) -> str:
        return str((await api.ok("getChatMember", chat_id=room.group, user_id=user))["status"])

    assert [await status(user) for user in (room.owner, 1000001, room.reader, stranger)] == [
        "creator",
        "administrator",
        "member",
        "left",
    ]
    assert await api.error("getChatMember", chat_id=room.group, user_id=5) == "Bad Request: member not found"
    assert await api.ok("getChatMemberCount", chat_id=room.group) == 3


async def test_owner_has_no_rights_listed(api: Api, room: Room) -> None:
    owner = await api.ok("getChatMember", chat_id=room.channel, user_id=room.owner)

    user = {"id": room.owner, "is_bot": False, "first_name": "Олена", "username": "olena_editor"}
    assert owner == {"status": "creator", "user": user, "is_anonymous": False}


async def test_administrators_are_listed(api: Api, people: People, room: Room) -> None:
    await people.promote(room.channel, room.reader, by=room.owner, rights={"can_post_messages": True})

    admins = await api.ok("getChatAdministrators", chat_id=room.channel)

    assert [each["user"]["id"] for each in admins] == [room.owner, 1000001, room.reader]
    assert await api.error("getChatAdministrators", chat_id=room.reader) in {
        "Bad Request: chat not found",
        "Bad Request: there are no administrators in the private chat",
    }


async def test_pinning_needs_the_right(api: Api, people: People, room: Room) -> None:
    message = await api.send(room.group)
    where = {"chat_id": room.group, "message_id": message["message_id"]}

    assert await api.ok("pinChatMessage", **where) is True
    pinned = await api.ok("getChat", chat_id=room.group)
    await people.add_bot(room.group, by=room.owner, rights={"can_delete_messages": True})

    assert pinned["pinned_message"]["message_id"] == message["message_id"]
    assert await api.error("pinChatMessage", **where) == (
        "Bad Request: not enough rights to manage pinned messages in the chat"
    )
    await people.add_bot(room.group, by=room.owner)
    assert await api.error("pinChatMessage", chat_id=room.group, message_id=9) == (
        "Bad Request: message to pin not found"
    )


async def test_chat_action_is_checked(api: Api, room: Room) -> None:
    assert await api.ok("sendChatAction", chat_id=room.channel, action="typing") is True
    assert await api.error("sendChatAction", chat_id=room.channel, action="dancing") == (
        "Bad Request: wrong parameter action in request"
    )


async def test_commands_are_kept_by_scope_and_language(api: Api, room: Room) -> None:
    help_, poll = ({"command": name, "description": name} for name in ("help", "poll"))
    scope = {"type": "chat", "chat_id": room.group}
    await api.ok("setMyCommands", commands=[help_])
    await api.ok("setMyCommands", commands=[help_, poll], scope=scope, language_code="uk")

    assert await api.ok("getMyCommands") == [help_]
    assert await api.ok("getMyCommands", scope=scope, language_code="uk") == [help_, poll]
    assert await api.ok("getMyCommands", scope=scope) == []
    await api.ok("deleteMyCommands")
    assert await api.ok("getMyCommands") == []


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"commands": [{"command": "Help", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "help", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": [{"command": "help", "description": "x"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        (
            {"commands": [], "scope": {"type": "all"}},
            "can't parse BotCommandScope: Unsupported type specified",
        ),
        ({"commands": [], "scope": {"type": "chat", "chat_id": 5}}, "chat not found"),
        ({"commands": [], "language_code": "ukr"}, "LANG_CODE_INVALID"),
    ],
)
async def test_bad_commands_are_refused(api: Api, params: dict[str, object], refusal: str) -> None:
    assert await api.error("setMyCommands", **params) == f"Bad Request: {refusal}"


@pytest.mark.parametrize(
    ("method", "field", "default"),
    [
        ("MyName", "name", "Dumka"),
        ("MyDescription", "description", ""),
        ("MyShortDescription", "short_description", ""),
    ],
)
async def test_texts_about_the_bot_have_languages(
    api: Api, people: People, method: str, field: str, default: str
) -> None:
    first = await api.ok(f"get{method}")
    await api.ok(f"set{method}", **{field: "Думка", "language_code": "uk"})

    assert first == {field: default}
    assert await api.ok(f"get{method}", language_code="uk") == {field: "Думка"}
    assert await api.ok(f"get{method}", language_code="de") == {field: default}
    await api.error(f"set{method}", **{field: "я" * 513})
    assert len(await people.violations()) == 1


async def test_default_rights_are_kept(api: Api) -> None:
    await api.ok("setMyDefaultAdministratorRights", rights={"can_post_messages": True}, for_channels=True)

    rights = await api.ok("getMyDefaultAdministratorRights", for_channels=True)

    assert [name for name, held in rights.items() if held] == ["can_post_messages"]
