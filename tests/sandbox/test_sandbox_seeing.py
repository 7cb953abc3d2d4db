"""Who sees what, and who ever could: a message that reached somebody cannot be called back."""

import pytest

from bot.sandbox import People, PeopleError
from tests.sandbox.conftest import Room
from tests.sandbox.talk import Api, Clock, keyboard


@pytest.fixture
async def den(people: People, room: Room) -> int:
    den = await people.group("Кімната", owner=room.owner)
    await people.change_chat(den, by=room.owner, visible_history=False)
    await people.add_bot(den, by=room.owner)
    return den


async def texts(people: People, chat: int | None, by: int) -> list[str]:
    return [each["text"] for each in await people.history(chat, by=by)]


async def test_newcomer_reads_nothing_older_where_history_is_hidden(
    api: Api, people: People, room: Room, den: int
) -> None:
    old = await api.send(den, "Стара", reply_markup=keyboard("Так"))
    await people.join(den, room.reader)
    await api.send(den, "Нова")

    assert await texts(people, den, room.reader) == ["Нова"]
    assert await texts(people, den, room.owner) == ["Стара", "Нова"]
    with pytest.raises(PeopleError, match="there is no message"):
        await people.tap(den, old["message_id"], "Так", by=room.reader)
    assert await people.seen_by(den, old["message_id"]) == [room.owner]
    assert [each["texts"] for each in await people.reached(room.reader)] == [["Нова"]]


async def test_newcomer_reads_all_where_history_is_visible(
    api: Api, people: People, room: Room, den: int
) -> None:
    await people.change_chat(den, by=room.owner, visible_history=True)
    old = await api.send(den, "Стара")
    await people.join(den, room.reader)

    assert await texts(people, den, room.reader) == ["Стара"]
    assert await people.seen_by(den, old["message_id"]) == [room.owner, room.reader]


async def test_message_deleted_before_somebody_came_never_reached_them(
    api: Api, people: People, room: Room, den: int
) -> None:
    await people.change_chat(den, by=room.owner, visible_history=True)
    gone, kept = await api.send(den, "Зникла"), await api.send(den, "Лишилась")
    await api.ok("deleteMessage", chat_id=den, message_id=gone["message_id"])
    await people.join(den, room.reader)
    await api.ok("deleteMessage", chat_id=den, message_id=kept["message_id"])

    assert await people.reached(room.reader) == [
        {
            "chat": den,
            "message_id": kept["message_id"],
            "from_bot": True,
            "texts": ["Лишилась"],
            "deleted": True,
        }
    ]
    assert await people.seen_by(den, gone["message_id"]) == [room.owner]


async def test_what_came_after_somebody_left_did_not_reach_them(
    api: Api, people: People, room: Room, den: int
) -> None:
    await people.join(den, room.reader)
    await api.send(den, "Перша")
    await people.leave(den, room.reader)
    await api.send(den, "Друга")
    await people.join(den, room.reader)
    await api.send(den, "Третя")

    assert [each["texts"][0] for each in await people.reached(room.reader)] == ["Перша", "Третя"]
    assert await texts(people, den, room.reader) == ["Третя"]


async def test_history_made_visible_reaches_all_members(
    api: Api, people: People, room: Room, den: int
) -> None:
    card = await api.send(den, "Картка")
    await people.join(den, room.reader)
    gone = await people.user("Ян")
    await people.join(den, gone)
    await people.leave(den, gone)

    await people.change_chat(den, by=room.owner, visible_history=True)

    assert await people.seen_by(den, card["message_id"]) == [room.owner, room.reader]
    assert await texts(people, den, room.reader) == ["Картка"]


@pytest.mark.parametrize("how", ["username", "link"])
async def test_open_group_is_seen_by_everybody(
    api: Api, people: People, room: Room, den: int, how: str
) -> None:
    before = await api.send(den, "До")
    await api.ok("deleteMessage", chat_id=den, message_id=before["message_id"])
    during = await api.send(den, "Під час")
    if how == "username":
        await people.change_chat(den, by=room.owner, username="kimnata")
        await people.change_chat(den, by=room.owner, username="")
    else:
        await people.unlink(room.channel)
        await people.link(room.channel, den)
        await people.unlink(room.channel)
    after = await api.send(den, "Після")

    assert await people.seen_by(den, during["message_id"]) == [room.owner, room.reader]
    for closed in (before, after):
        assert await people.seen_by(den, closed["message_id"]) == [room.owner]


async def test_ready_group_and_channel_are_open(api: Api, people: People, room: Room) -> None:
    post, word = await api.send(room.channel), await api.send(room.group)

    for chat, message in ((room.channel, post), (room.group, word)):
        assert await people.seen_by(chat, message["message_id"]) == [room.owner, room.reader]


async def test_private_chat_reaches_one_person(api: Api, people: People, room: Room) -> None:
    await people.start(by=room.reader)
    sent = await api.send(room.reader, "Тобі")

    assert await people.seen_by(room.reader, sent["message_id"]) == [room.reader]
    assert [each["texts"][0] for each in await people.reached(room.owner)] == []


async def test_both_sides_of_a_private_chat_can_be_looked_at(api: Api, people: People, room: Room) -> None:
    word = await people.say(None, "Моє", by=room.reader)
    sent = await api.send(room.reader, "Твоє")
    await people.delete(None, word["message_id"], by=room.reader, for_all=False)
    halves = await people.remains(room.reader)

    await api.ok("deleteMessages", chat_id=room.reader, message_ids=[word["message_id"], sent["message_id"]])

    assert [each["text"] for each in halves["person"]] == ["Твоє"]
    assert [each["text"] for each in halves["bot"]] == ["Моє", "Твоє"]
    assert await people.remains(room.reader) == {"person": [], "bot": []}
    assert await people.history(by=room.reader) == []


async def test_person_deletes_for_both(api: Api, people: People, room: Room) -> None:
    word = await people.say(None, "Моє", by=room.reader)
    sent = await api.send(room.reader, "Твоє")
    await api.updates()

    await people.delete(None, word["message_id"], by=room.reader)
    await people.delete(None, sent["message_id"], by=room.reader)

    assert await people.remains(room.reader) == {"person": [], "bot": []}
    assert await api.updates() == []
    assert await api.error("deleteMessage", chat_id=room.reader, message_id=sent["message_id"]) == (
        "Bad Request: message to delete not found"
    )
    post = await people.say(room.channel, "Пост", by=room.owner)
    with pytest.raises(PeopleError, match="for everybody"):
        await people.delete(room.channel, post["message_id"], by=room.owner, for_all=False)


@pytest.mark.parametrize("age", [48 * 3600 - 1, 48 * 3600])
async def test_private_messages_of_both_sides_go_within_two_days(
    api: Api, people: People, room: Room, clock: Clock, age: int
) -> None:
    word = (await people.say(None, "Моє", by=room.reader))["message_id"]
    sent = (await api.send(room.reader, "Твоє"))["message_id"]
    clock.advance(age)

    if age < 48 * 3600:
        for number in (word, sent):
            assert await api.ok("deleteMessage", chat_id=room.reader, message_id=number) is True
        assert await people.history(by=room.reader) == []
        return
    late = "Bad Request: message can't be deleted for everyone"
    for number in (word, sent):
        assert await api.error("deleteMessage", chat_id=room.reader, message_id=number) == late
    fresh = (await api.send(room.reader, "Нове"))["message_id"]
    assert await api.error("deleteMessages", chat_id=room.reader, message_ids=[fresh, sent]) == late
    assert await texts(people, None, room.reader) == ["Моє", "Твоє", "Нове"]


async def test_of_an_edited_message_only_the_text_of_their_time_reached_people(
    api: Api, people: People, room: Room, den: int
) -> None:
    await people.change_chat(den, by=room.owner, visible_history=True)
    card = await api.send(den, "Картка")
    at_card = {"chat_id": den, "message_id": card["message_id"]}
    early, late = room.reader, await people.user("Ян")
    await people.join(den, early)
    await people.leave(den, early)
    await api.ok("editMessageText", text="Знищено", **at_card)
    await people.join(den, late)

    for who, texts in ((early, ["Картка"]), (late, ["Знищено"]), (room.owner, ["Картка", "Знищено"])):
        assert [each["texts"] for each in await people.reached(who)] == [texts]


async def test_people_can_have_ids_as_long_as_real_ones(people: People, room: Room) -> None:
    assert await people.user("Ян", user_id=7_123_456_789) == 7_123_456_789

    for taken in (7_123_456_789, 777000, 0, -5):
        with pytest.raises(PeopleError, match="no person can have the id"):
            await people.user("Ян", user_id=taken)
    with pytest.raises(PeopleError, match="there never was"):
        await people.seen_by(room.group, 5)
