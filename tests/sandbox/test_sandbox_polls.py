"""Telegram's own polls."""

from typing import Any

import pytest

from bot.sandbox import People, PeopleError
from tests.sandbox.conftest import Room
from tests.sandbox.talk import Api, Clock


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"question": ""}, "poll question must be non-empty"),
        ({"question": "я" * 301}, "poll question length must not exceed 300"),
        ({"options": []}, "poll must have at least one answer option"),
        ({"options": ["a"] * 13}, "poll can't have more than 12 options"),
        ({"options": ["я" * 101]}, "poll options length must not exceed 100"),
        ({"options": [" "]}, "poll options must be non-empty"),
        ({"is_anonymous": False}, "non-anonymous polls can't be sent to channel chats"),
        ({"country_codes": ["ua"]}, "invalid country code specified"),
        ({"country_codes": ["UA"] * 13}, "too many countries specified"),
        ({"description": "я" * 1025}, "poll description is too long"),
        ({"open_period": 4}, "wrong poll close time specified"),
        ({"open_period": 5, "close_date": 1_780_000_100}, "can't use both open_period and close_date"),
        ({"type": "quiz"}, "correct quiz option list must be non-empty"),
        ({"type": "quiz", "correct_option_ids": [1, 0]}, "correct quiz option list must be increasing"),
    ],
)
async def test_bad_poll_is_refused(api: Api, room: Room, params: dict[str, Any], refusal: str) -> None:
    poll = {"chat_id": room.channel, "question": "За?", "options": ["Так", "Ні"]} | params

    assert await api.error("sendPoll", **poll) == f"Bad Request: {refusal}"


async def test_only_channels_restrict_who_votes(api: Api, room: Room) -> None:
    refusal = await api.error(
        "sendPoll", chat_id=room.group, question="За?", options=["Так"], members_only=True
    )

    assert refusal == "Bad Request: poll voters can be restricted only in channel chats"


async def test_votes_come_as_totals_and_the_copy_shows_the_same_poll(
    api: Api, people: People, room: Room
) -> None:
    post = await api.ok("sendPoll", chat_id=room.channel, question="За?", options=[{"text": "Так"}, "Ні"])
    await api.updates()

    await people.vote(room.channel, post["message_id"], [0], by=room.reader)
    await people.vote(room.group, 1001, [1], by=room.owner)
    await people.vote(room.channel, post["message_id"], [], by=room.reader)

    counts = [[option["voter_count"] for option in update["options"]] for update in await api.bodies("poll")]
    [copy] = await people.history(room.group, by=room.reader)
    assert counts == [[1, 0], [1, 1], [0, 1]]
    assert copy["poll"]["id"] == post["poll"]["id"]
    assert copy["poll"]["total_voter_count"] == 1


async def test_stopped_poll_returns_its_result_once(api: Api, people: People, room: Room) -> None:
    post = await api.ok("sendPoll", chat_id=room.channel, question="За?", options=["Так", "Ні"])
    text = await api.send(room.channel)
    await people.vote(room.channel, post["message_id"], [0], by=room.reader)

    async def refusal(chat: int, message_id: int) -> str:
        return await api.error("stopPoll", chat_id=chat, message_id=message_id)

    assert await refusal(room.group, 1001) == "Bad Request: poll can't be stopped"
    stopped = await api.ok("stopPoll", chat_id=room.channel, message_id=post["message_id"])
    assert (stopped["is_closed"], stopped["total_voter_count"]) == (True, 1)
    assert await refusal(room.channel, post["message_id"]) == "Bad Request: poll has already been closed"
    assert await refusal(room.channel, text["message_id"]) == "Bad Request: message is not a poll"
    assert await refusal(room.channel, 999) == "Bad Request: message with poll to stop not found"
    with pytest.raises(PeopleError, match="closed"):
        await people.vote(room.channel, post["message_id"], [0], by=room.reader)


async def test_poll_closes_by_itself(api: Api, people: People, room: Room, clock: Clock) -> None:
    await api.ok("sendPoll", chat_id=room.channel, question="За?", options=["Так"], open_period=60)
    await api.updates()
    clock.advance(60)

    [update] = await api.bodies("poll")

    assert (update["is_closed"], update["close_date"]) == (True, clock.now)


async def test_open_vote_in_a_group_names_the_voter(api: Api, people: People, room: Room) -> None:
    poll = await api.ok(
        "sendPoll", chat_id=room.group, question="За?", options=["Так", "Ні"], is_anonymous=False
    )

    await people.vote(room.group, poll["message_id"], [1], by=room.reader)

    [answer] = await api.bodies("poll_answer")
    assert (answer["user"]["id"], answer["option_ids"]) == (room.reader, [1])


async def test_impossible_votes_are_refused(api: Api, people: People, room: Room) -> None:
    quiz = {"type": "quiz", "correct_option_ids": [0]}
    post = await api.ok("sendPoll", chat_id=room.channel, question="За?", options=["Так", "Ні"], **quiz)
    text = await api.send(room.channel)

    for message, options in ((post, [2]), (post, [0, 1]), (text, [0])):
        with pytest.raises(PeopleError):
            await people.vote(room.channel, message["message_id"], options, by=room.reader)
    await people.vote(room.channel, post["message_id"], [0], by=room.reader)
    with pytest.raises(PeopleError, match="no second vote"):
        await people.vote(room.channel, post["message_id"], [1], by=room.reader)
