"""Failures on demand and flood control."""

import asyncio
import json
from contextlib import suppress

import aiohttp
import pytest

from bot.sandbox import People, PeopleError
from tests.sandbox.conftest import Room
from tests.sandbox.talk import Api, Clock, until


async def posts(people: People, room: Room) -> list[str]:
    return [each["text"] for each in await people.history(room.channel, by=room.reader)]


async def test_429_names_the_wait_and_sends_nothing(api: Api, people: People, room: Room) -> None:
    await people.fault("429", "sendMessage", times=2, retry_after=7)

    refused = [await api.call("sendMessage", chat_id=room.channel, text="x") for _ in range(2)]
    await api.send(room.channel)

    answer = {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 7",
        "parameters": {"retry_after": 7},
    }
    assert refused == [answer, answer]
    assert await posts(people, room) == ["Слово"]


async def test_5xx_comes_with_its_status(api: Api, people: People, room: Room) -> None:
    await people.fault("5xx", status=503)

    assert (await api.call("sendMessage", chat_id=room.channel, text="x"))["error_code"] == 503
    assert await posts(people, room) == []


@pytest.mark.parametrize(("kind", "sent"), [("reset_before", []), ("reset_after", ["Слово"])])
async def test_reset_cuts_the_connection(
    api: Api, people: People, room: Room, kind: str, sent: list[str]
) -> None:
    await people.fault(kind, "sendMessage")

    with pytest.raises(aiohttp.ClientConnectionError):
        await api.send(room.channel)

    assert await posts(people, room) == sent


@pytest.mark.parametrize(("kind", "sent"), [("hang_before", []), ("hang_after", ["Слово"])])
async def test_hanging_call_gets_no_answer(
    api: Api, people: People, room: Room, kind: str, sent: list[str]
) -> None:
    await people.fault(kind, "sendMessage", seconds=60)

    call = asyncio.create_task(api.send(room.channel))
    await until(
        lambda: (
            api.server.world.calls[-1].get("fault") == kind
            and api.server.world.calls[-1]["outcome"] in {"ok", "no answer, no effect"}
        )
    )
    shown = await posts(people, room)

    assert (shown, call.done()) == (sent, False)
    call.cancel()
    with suppress(asyncio.CancelledError):
        await call


async def test_hanging_call_is_cut_after_its_seconds(api: Api, people: People, room: Room) -> None:
    await people.fault("hang_before", "sendMessage", seconds=0.05)

    with pytest.raises(aiohttp.ClientConnectionError):
        await api.send(room.channel)


async def test_malformed_answer_is_no_json(api: Api, people: People, room: Room) -> None:
    await people.fault("malformed")

    with pytest.raises(json.JSONDecodeError):
        await api.send(room.channel)

    assert await posts(people, room) == ["Слово"]


async def test_fault_waits_for_its_method_and_chat(api: Api, people: People, room: Room) -> None:
    await people.fault("5xx", "sendmessage", chat_id=room.group)
    await people.fault("429", "getUpdates")
    await people.fault("429", "deleteMessage")

    await api.ok("getMe")
    await api.send(room.channel)
    in_group = await api.error("sendMessage", chat_id=room.group, text="x")
    fetched = await api.error("getUpdates")
    await people.clear_faults()

    assert (in_group, fetched) == ("Bad Gateway", "Too Many Requests: retry after 3")
    assert await api.error("deleteMessage", chat_id=room.channel, message_id=999) == (
        "Bad Request: message to delete not found"
    )


async def test_fault_without_method_spares_the_long_poll(api: Api, people: People, room: Room) -> None:
    await people.fault("5xx")
    await api.updates()
    await api.error("getMe")

    await people.fault("5xx", "*")
    assert await api.error("getUpdates") == "Bad Gateway"


async def test_unknown_fault_is_refused(people: People) -> None:
    with pytest.raises(PeopleError, match="there is no fault 'fire'"):
        await people.fault("fire")
    with pytest.raises(PeopleError, match="off, record or enforce"):
        await people.flood("maybe")


async def test_21st_message_a_minute_is_recorded(api: Api, people: People, room: Room, clock: Clock) -> None:
    for _ in range(20):
        await api.send(room.channel)
        clock.advance(1)
    assert await people.violations() == []

    await api.send(room.channel)
    clock.advance(60)
    await api.send(room.channel)

    assert [each["what"] for each in await people.violations()] == [
        "flood: more than 20 sends and edits a minute in one chat"
    ]


async def test_private_chats_have_no_limit_a_minute_but_one_a_second(
    api: Api, people: People, room: Room, clock: Clock
) -> None:
    await people.start(by=room.reader)
    for _ in range(25):
        await api.send(room.reader)
        clock.advance(0.5)
    assert await people.violations() == []

    for _ in range(5):
        await api.send(room.reader)
    assert {each["what"] for each in await people.violations()} == {
        "flood: more than 5 sends and edits a second in one chat"
    }


async def test_edits_share_the_quota_and_are_refused_if_enforced(
    api: Api, people: People, room: Room, clock: Clock
) -> None:
    await people.flood("enforce")
    post = await api.send(room.channel, "0")
    where = {"chat_id": room.channel, "message_id": post["message_id"]}
    for at in range(1, 5):
        await api.ok("editMessageText", text=str(at), **where)

    refused = await api.call("editMessageText", text="5", **where)
    clock.advance(1)
    await api.ok("editMessageText", text="6", **where)

    assert refused == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    assert len(await people.violations()) == 1


async def test_31st_message_a_second_in_all_is_recorded(api: Api, people: People, room: Room) -> None:
    readers = [await people.user(f"Читач {at}") for at in range(31)]
    for reader in readers:
        await people.start(by=reader)
        await api.send(reader)

    assert [each["what"] for each in await people.violations()] == [
        "flood: more than 30 sends and edits a second in all"
    ]


async def test_flood_control_can_be_off(api: Api, people: People, room: Room) -> None:
    await people.flood("off")
    for _ in range(25):
        await api.send(room.channel)

    assert await people.violations() == []
