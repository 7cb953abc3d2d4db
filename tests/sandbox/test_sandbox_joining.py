"""How people come into a group and out of it, and how a bot can tell the ways apart."""

import pytest

from bot.sandbox import People, PeopleError
from tests.sandbox.conftest import Room
from tests.sandbox.talk import JSON, Api

DATE = 1_780_000_000


@pytest.fixture
async def den(api: Api, people: People, room: Room) -> int:
    """A private group that is linked to nothing, with the bot as its administrator."""
    den = await people.group("Кімната", owner=room.owner)
    await people.add_bot(den, by=room.owner)
    await api.updates()
    return den


async def last_change(api: Api) -> JSON:
    [change] = await api.bodies("chat_member")
    return change


async def status(api: Api, chat: int, user: int) -> str:
    return str((await api.ok("getChatMember", chat_id=chat, user_id=user))["status"])


async def test_link_tells_who_made_it_and_hides_its_end(
    api: Api, people: People, room: Room, den: int
) -> None:
    link = await people.invite(den, by=room.owner, name="Для своїх")

    assert await people.join(den, room.reader, link) is True

    change = await last_change(api)
    assert change["from"]["id"] == change["new_chat_member"]["user"]["id"] == room.reader
    assert change["new_chat_member"]["status"] == "member"
    assert change["invite_link"] == {
        "invite_link": f"{link[:-8]}...",
        "creator": {"id": room.owner, "is_bot": False, "first_name": "Олена", "username": "olena_editor"},
        "name": "Для своїх",
        "creates_join_request": False,
        "is_primary": False,
        "is_revoked": False,
    }
    assert "via_join_request" not in change


async def test_bot_knows_its_own_link_in_full(api: Api, people: People, room: Room, den: int) -> None:
    link = (await api.ok("getChat", chat_id=den))["invite_link"]

    await people.join(den, room.reader, link)

    shown = (await last_change(api))["invite_link"]
    assert (shown["invite_link"], shown["creator"]["id"], shown["is_primary"]) == (link, 1000001, True)


async def test_link_with_approval_lets_in_after_an_administrators_word(
    api: Api, people: People, room: Room, den: int
) -> None:
    link = await people.invite(den, by=room.owner, approval=True)

    assert await people.join(den, room.reader, link) is False
    [request] = await api.bodies("chat_join_request")
    waiting = await people.requests(den, by=room.owner)
    before = await status(api, den, room.reader)
    await people.approve(den, room.reader, by=room.owner)

    change = await last_change(api)
    shown = request.pop("invite_link")
    assert request == {
        "chat": {"id": den, "type": "supergroup", "title": "Кімната"},
        "from": {"id": room.reader, "is_bot": False, "first_name": "Оля", "language_code": "uk"},
        "user_chat_id": room.reader,
        "date": DATE,
    }
    assert (shown["creates_join_request"], shown["pending_join_request_count"]) == (True, 1)
    assert (waiting, before) == ([room.reader], "left")
    assert (change["from"]["id"], change["invite_link"]["creates_join_request"]) == (room.owner, True)
    assert "via_join_request" not in change
    assert await people.requests(den, by=room.owner) == []


async def test_direct_request_is_told_from_one_by_a_link(
    api: Api, people: People, room: Room, den: int
) -> None:
    await people.change_chat(den, by=room.owner, username="kimnata", join_by_request=True)

    assert await people.join(den, room.reader) is False
    [request] = await api.bodies("chat_join_request")
    await people.approve(den, room.reader, by=room.owner)

    change = await last_change(api)
    assert "invite_link" not in request
    assert "invite_link" not in change
    assert change["via_join_request"] is True


async def test_declined_request_changes_nothing(api: Api, people: People, room: Room, den: int) -> None:
    link = await people.invite(den, by=room.owner, approval=True)
    await people.join(den, room.reader, link)
    await api.updates()

    await people.decline(den, room.reader, by=room.owner)

    assert await api.updates() == []
    assert await status(api, den, room.reader) == "left"
    with pytest.raises(PeopleError, match="has not asked"):
        await people.approve(den, room.reader, by=room.owner)


async def test_requests_are_told_only_to_a_bot_that_asked_and_may_invite(
    api: Api, people: People, room: Room, den: int
) -> None:
    link = await people.invite(den, by=room.owner, approval=True)
    await api.updates(allowed=["message"])
    await people.join(den, room.reader, link)
    not_asked = await api.updates()
    await people.add_bot(den, by=room.owner, rights={"can_delete_messages": True})
    await api.updates()
    await people.join(den, await people.user("Ян"), link)

    assert (not_asked, await api.updates()) == ([], [])


async def test_person_brought_by_a_member_came_by_no_link(
    api: Api, people: People, room: Room, den: int
) -> None:
    await people.add(den, room.reader, by=room.owner)

    change = await last_change(api)
    assert (change["from"]["id"], change["new_chat_member"]["user"]["id"]) == (room.owner, room.reader)
    assert not {"invite_link", "via_join_request"} & set(change)


async def test_join_without_a_link_to_a_private_group_is_by_its_owners(
    api: Api, people: People, room: Room, den: int
) -> None:
    await people.join(den, room.reader)

    shown = (await last_change(api))["invite_link"]
    assert (shown["creator"]["id"], shown["is_primary"]) == (room.owner, True)


async def test_leaving_and_removal_show_in_the_status(api: Api, people: People, room: Room, den: int) -> None:
    await people.add(den, room.reader, by=room.owner)
    await people.leave(den, room.reader)
    left = await status(api, den, room.reader)
    await people.add(den, room.reader, by=room.owner)
    await people.ban(den, room.reader, by=room.owner)
    banned = await status(api, den, room.reader)
    with pytest.raises(PeopleError, match="banned"):
        await people.join(den, room.reader)
    await people.unban(den, room.reader, by=room.owner)

    assert (left, banned, await status(api, den, room.reader)) == ("left", "kicked", "left")
    assert [each["new_chat_member"]["status"] for each in await api.bodies("chat_member")] == [
        "member",
        "left",
        "member",
        "kicked",
        "left",
    ]


async def test_restricted_person_stays_restricted_outside(
    api: Api, people: People, room: Room, den: int
) -> None:
    await people.add(den, room.reader, by=room.owner)
    await people.restrict(den, room.reader, by=room.owner)
    inside = await api.ok("getChatMember", chat_id=den, user_id=room.reader)
    with pytest.raises(PeopleError, match="may only read"):
        await people.say(den, "x", by=room.reader)
    counted = await api.ok("getChatMemberCount", chat_id=den)
    await people.leave(den, room.reader)
    outside = await api.ok("getChatMember", chat_id=den, user_id=room.reader)

    assert (inside["status"], inside["is_member"], inside["can_send_messages"]) == ("restricted", True, False)
    assert outside == inside | {"is_member": False}
    assert (counted, await api.ok("getChatMemberCount", chat_id=den)) == (3, 2)
    await people.restrict(den, room.reader, by=room.owner, on=False)
    assert await status(api, den, room.reader) == "left"


async def test_subscribers_of_a_channel_come_and_go(api: Api, people: People, room: Room) -> None:
    await people.join(room.channel, room.reader)
    inside = await status(api, room.channel, room.reader)
    await people.leave(room.channel, room.reader)

    changes = await api.bodies("chat_member")
    assert [each["new_chat_member"]["status"] for each in changes] == ["member", "left"]
    assert (inside, await status(api, room.channel, room.reader)) == ("member", "left")
    assert all("invite_link" not in each for each in changes)
    await api.updates(allowed=[])
    await people.join(room.channel, room.reader)
    assert await api.updates() == []


async def test_bot_that_left_is_told_so_and_may_be_added_again(
    api: Api, people: People, room: Room, den: int
) -> None:
    sent = await api.send(den)
    await api.ok("leaveChat", chat_id=den)
    [change] = await api.bodies("my_chat_member")
    gone = "Forbidden: bot is not a member of the supergroup chat"

    assert (change["from"]["id"], change["new_chat_member"]["status"]) == (1000001, "left")
    assert await api.error("sendMessage", chat_id=den, text="x") == gone
    assert await api.error("editMessageText", chat_id=den, message_id=sent["message_id"], text="x") == gone
    assert await api.error("deleteMessage", chat_id=den, message_id=sent["message_id"]) == gone
    assert await api.error("getChat", chat_id=den) == gone
    assert await api.error("leaveChat", chat_id=den) == gone
    await people.say(den, "Без бота", by=room.owner)
    assert await api.updates() == []
    await people.add_bot(den, by=room.owner)
    assert (await api.send(den))["message_id"] == sent["message_id"] + 2


async def test_who_may_not_let_people_in(people: People, room: Room, den: int) -> None:
    link = await people.invite(den, by=room.owner)
    robot = await people.user("Помічник", is_bot=True)
    await people.revoke(den, link, by=room.owner)

    for attempt, sentence in (
        (people.join(den, room.reader, link), "was revoked"),
        (people.join(den, room.reader, "https://t.me/+other"), "no such link"),
        (people.join(den, robot), "bots do not join"),
        (people.add(den, room.reader, by=room.reader), "only members add"),
        (people.add(den, 1000001, by=room.owner), "add_bot"),
        (people.invite(den, by=room.reader), "may invite"),
        (people.requests(den, by=room.reader), "may invite"),
        (people.restrict(den, room.owner, by=room.owner), "only members can be restricted"),
    ):
        with pytest.raises(PeopleError, match=sentence):
            await attempt
