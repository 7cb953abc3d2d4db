"""Faults for tests that know the truth: outages, faults by chance, updates twice and in another order, and the facts."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bot.sandbox import People, PeopleError
from tests.sandbox.conftest import Room
from tests.sandbox.hook import JSON, Hook, call
from tests.sandbox.talk import Api, keyboard, until


@pytest.fixture
async def hook(api: Api, people: People, room: Room) -> AsyncIterator[Hook]:
    await people.retry_scale(0.001)
    async with Hook() as hook:
        await api.ok("setWebhook", url=hook.url, max_connections=1)
        yield hook
        await api.ok("deleteWebhook")


async def tapped_by_many(api: Api, people: People, room: Room, count: int) -> list[tuple[int, str]]:
    """Each of them presses both buttons in turn; the whole in the order in which it was pressed."""
    post = await api.send(room.group, reply_markup=keyboard("Так", "Ні"))
    readers = [await people.user(f"Читач {number}") for number in range(count)]
    for label in ("Так", "Ні"):
        for reader in readers:
            await people.tap(room.group, post["message_id"], label, by=reader)
    return [(reader, f"v:{label}") for label in ("Так", "Ні") for reader in readers]


async def test_outage_cuts_every_call_and_ends_after_its_seconds(
    api: Api, people: People, room: Room
) -> None:
    await people.outage(seconds=0.3)
    for method in ("getMe", "getUpdates", "sendMessage"):
        with pytest.raises(aiohttp.ClientConnectionError):
            await api.call(method)
    await until(lambda: not api.server.world.outage.kind)

    assert (await api.ok("getMe"))["id"] == 1000001
    assert [each["fault"] for each in (await people.calls())[-4:-1]] == ["outage"] * 3


async def test_outage_of_502_answers_so(api: Api, people: People) -> None:
    await people.outage("502")
    during = await api.call("getMe")
    await people.end_outage()

    assert during == {"ok": False, "error_code": 502, "description": "Bad Gateway"}
    assert (await api.ok("getMe"))["id"] == 1000001


async def test_outage_that_hangs_cuts_at_its_end(api: Api, people: People) -> None:
    await people.outage("hang")
    hanging = asyncio.create_task(api.call("getMe"))
    await until(lambda: bool(api.server.world.calls) and api.server.world.calls[-1]["method"] == "getMe")
    await people.pending()
    still = not hanging.done()
    await people.end_outage()

    with pytest.raises(aiohttp.ClientConnectionError):
        await hanging
    assert still


async def test_outage_ends_a_long_poll_that_waits(api: Api, people: People, room: Room) -> None:
    poll = asyncio.create_task(api.call("getUpdates", offset=api.offset, timeout=30))
    await until(lambda: api.server.world.inbox.polled)
    await people.outage()

    with pytest.raises(aiohttp.ClientConnectionError):
        await poll
    await people.say(None, "а", by=room.reader)
    await people.end_outage()
    assert [each["message"]["text"] for each in await api.updates()] == ["а"]


async def test_outage_keeps_files_too(api: Api, people: People, room: Room) -> None:
    await people.outage("502")
    url = f"{api.server.url}/file/bot{api.server.world.token}/documents/file_1"
    async with api.session.get(url) as response:
        assert response.status == 502


async def test_outage_stops_webhooks_and_what_was_under_way_comes_again(
    api: Api, people: People, room: Room, hook: Hook
) -> None:
    gate = asyncio.Event()

    async def wait(update: JSON) -> web.StreamResponse:
        await gate.wait()
        return web.Response()

    hook.answer = wait
    await people.say(None, "а", by=room.reader)
    await until(lambda: hook.under_way == 1)
    await people.outage()
    gate.set()
    await people.say(None, "б", by=room.reader)
    settled = await people.settled(0.3)
    during = hook.texts()
    await people.end_outage()
    assert await people.settled()

    assert (settled, during, hook.texts()) == (False, ["а"], ["а", "а", "б"])


async def test_second_outage_replaces_the_first(api: Api, people: People) -> None:
    await people.outage(seconds=0.05)
    await people.outage("502")
    await asyncio.sleep(0.1)

    assert await api.error("getMe") == "Bad Gateway"


async def test_shuffle_mixes_queues_and_keeps_each_in_order(
    api: Api, people: People, room: Room, hook: Hook
) -> None:
    await people.shuffle(7, within=0.1)
    pressed = await tapped_by_many(api, people, room, 20)
    assert await people.settled()

    arrived = hook.presses()
    assert sorted(arrived) == sorted(pressed)
    assert arrived != pressed
    first_of_each = [person for person, data in arrived if data == "v:Так"]
    assert first_of_each != sorted(first_of_each)
    for reader in {person for person, _ in pressed}:
        assert [data for person, data in arrived if person == reader] == ["v:Так", "v:Ні"]


async def test_shuffle_ends(api: Api, people: People, room: Room, hook: Hook) -> None:
    await people.shuffle(7, within=0.1)
    await people.shuffle(None)
    pressed = await tapped_by_many(api, people, room, 5)
    assert await people.settled()

    assert hook.presses() == pressed


async def test_duplicates_come_at_once_over_another_connection(
    api: Api, people: People, room: Room, hook: Hook
) -> None:
    both_there = asyncio.Event()

    async def together(update: JSON) -> web.StreamResponse:
        if hook.under_way == 2:
            both_there.set()
        await both_there.wait()
        return call("answerCallbackQuery", callback_query_id=update["callback_query"]["id"])

    hook.answer = together
    await people.duplicate(1.0)
    post = await api.send(room.group, reply_markup=keyboard("Так"))
    await people.tap(room.group, post["message_id"], "Так", by=room.reader)
    assert await people.settled()

    assert (len(hook.updates), hook.updates[0]) == (2, hook.updates[1])
    assert len(set(hook.peers)) == 2
    assert [each["outcome"] for each in await people.calls("answerCallbackQuery")] == [
        "ok",
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    ]


async def test_some_updates_come_twice_by_chance(api: Api, people: People, room: Room, hook: Hook) -> None:
    await people.duplicate(0.5, seed=3)
    pressed = await tapped_by_many(api, people, room, 20)
    assert await people.settled()

    times = Counter(hook.presses())
    assert set(times) == set(pressed)
    assert 5 < sum(each == 2 for each in times.values()) < 35


async def test_lost_answer_brings_the_update_again_and_its_call_to_nothing(
    api: Api, people: People, room: Room, hook: Hook
) -> None:
    async def reply(update: JSON) -> web.StreamResponse:
        if len(hook.updates) == 3:
            api.server.world.delivery.answers_lost.probability = 0
        return call("sendMessage", chat_id=room.group, text="Пост")

    hook.answer = reply
    await people.lose_answers(1.0)
    await people.say(None, "а", by=room.reader)
    assert await people.settled()

    assert hook.texts() == ["а", "а", "а"]
    assert len(set(hook.peers)) == 3
    assert [each["outcome"] for each in await people.calls("sendMessage")] == ["ok"]
    assert (await api.ok("getWebhookInfo"))["last_error_message"] == "Connection closed"


async def test_answers_are_lost_by_chance(api: Api, people: People, room: Room, hook: Hook) -> None:
    await people.lose_answers(0.3, seed=1)
    pressed = await tapped_by_many(api, people, room, 20)
    assert await people.settled()

    assert set(hook.presses()) == set(pressed)
    assert 45 < len(hook.updates) < 90


async def outcomes_of(api: Api, count: int) -> list[str]:
    found = []
    for _ in range(count):
        try:
            answer = await api.call("getMe")
        except (aiohttp.ClientConnectionError, ValueError):
            found.append("no answer")
        else:
            found.append("ok" if answer["ok"] else str(answer["error_code"]))
    return found


async def test_faults_by_chance_are_the_same_for_the_same_seed(api: Api, people: People) -> None:
    runs = []
    for seed in (5, 5, 6):
        await people.faults_from(seed, 0.5, ["429", "5xx", "reset_before"], retry_after=1, status=503)
        runs.append(await outcomes_of(api, 30))
    await people.faults_from(5, 0)

    assert runs[0] == runs[1] != runs[2]
    assert set(runs[0]) == {"ok", "429", "503", "no answer"}
    assert await outcomes_of(api, 10) == ["ok"] * 10


async def test_faults_by_chance_spare_the_long_poll_and_other_methods(
    api: Api, people: People, room: Room
) -> None:
    await people.faults_from(1, 1.0, ["5xx"])
    assert await outcomes_of(api, 1) == ["502"]
    assert await api.ok("getUpdates", offset=api.offset) == []

    await people.faults_from(1, 1.0, ["5xx"], method="sendMessage")
    assert await outcomes_of(api, 1) == ["ok"]
    assert await api.error("sendMessage", chat_id=room.group, text="а") == "Bad Gateway"
    await people.clear_faults()
    await api.send(room.group)


async def test_mistaken_faults_are_refused(people: People) -> None:
    with pytest.raises(PeopleError, match="there is no fault fire"):
        await people.faults_from(1, 0.1, ["fire"])
    with pytest.raises(PeopleError, match="in an empty list"):
        await people.faults_from(1, 0.1, [])
    with pytest.raises(PeopleError, match="between 0 and 1"):
        await people.duplicate(2)
    with pytest.raises(PeopleError, match="there is no outage 'flood'; there are reset, hang, 502"):
        await people.outage("flood")


async def test_raw_update_may_be_anything(api: Api, people: People, room: Room) -> None:
    number = await people.raw_update("message", {"chat": 5})

    assert await api.ok("getUpdates", offset=api.offset) == [{"update_id": number, "message": {"chat": 5}}]


async def test_raw_update_reaches_a_webhook(people: People, room: Room, hook: Hook) -> None:
    number = await people.raw_update("callback_query", "nonsense")
    assert await people.settled()

    assert hook.updates == [{"update_id": number, "callback_query": "nonsense"}]


async def test_numbers_may_start_anew_and_an_old_offset_confirms_nothing(
    api: Api, people: People, room: Room
) -> None:
    old = api.offset
    await people.renumber(100)
    await people.say(None, "а", by=room.reader)
    with pytest.raises(PeopleError, match="only when none waits"):
        await people.renumber(1)

    [update] = await api.ok("getUpdates", offset=old)
    [again] = await api.ok("getUpdates", offset=old)

    assert (update["update_id"], again) == (100, update)
    assert await api.ok("getUpdates", offset=101) == []


async def test_facts_tell_what_happened(api: Api, people: People, room: Room) -> None:
    first = await api.send(room.group, "Раз", reply_markup=keyboard("Так"))
    where = {"chat_id": room.group, "message_id": first["message_id"]}
    second = await api.send(room.group, "Раз")
    await api.ok("editMessageText", text="Два", **where)
    await api.ok("editMessageText", text="Раз", reply_markup=keyboard("Так 1"), **where)
    await api.ok("editMessageReplyMarkup", reply_markup=keyboard("Так 2"), **where)
    await api.ok("deleteMessage", chat_id=room.group, message_id=second["message_id"])
    await api.error("sendMessage", chat_id=room.group, text="")
    tap = await people.tap(room.group, first["message_id"], "Так", by=room.reader)
    await people.fault("5xx")
    await api.error("getMe")

    facts = await people.facts()
    [group] = [each for each in facts["chats"] if each["id"] == room.group]
    assert group["messages"] == await people.messages(room.group)
    assert group["messages"] == [
        {
            "message_id": first["message_id"],
            "from_bot": True,
            "automatic_copy": False,
            "text": "Раз",
            "texts": ["Раз", "Два", "Раз"],
            "edits": 3,
            "buttons": ["Так 2"],
            "deleted": False,
        },
        {
            "message_id": second["message_id"],
            "from_bot": True,
            "automatic_copy": False,
            "text": "Раз",
            "texts": ["Раз"],
            "edits": 0,
            "buttons": [],
            "deleted": True,
        },
    ]
    assert group["posted"] == {"Раз": 2}
    assert {name: count for name, count in facts["calls"].items() if name != "getUpdates"} == {
        "sendMessage": 3,
        "editMessageText": 2,
        "editMessageReplyMarkup": 1,
        "deleteMessage": 1,
        "getMe": 1,
    }
    assert facts["refused"] == {
        "sendMessage": {"Bad Request: message text is empty": 1},
        "getMe": {"Bad Gateway": 1},
    }
    assert facts["faults"] == {"5xx": 1}
    assert [each["id"] for each in facts["unanswered"]] == [tap]
    assert (facts["violations"], facts["pending"], facts["unconfirmed"]) == ([], 1, 1)


async def test_facts_know_an_automatic_copy_from_a_post(api: Api, people: People, room: Room) -> None:
    post = await api.send(room.channel, "Раз")
    await api.ok("editMessageText", chat_id=room.channel, message_id=post["message_id"], text="Два")

    [copy] = await people.messages(room.group)
    [group] = [each for each in (await people.facts())["chats"] if each["id"] == room.group]
    assert (copy["automatic_copy"], copy["from_bot"], copy["texts"]) == (True, False, ["Раз", "Два"])
    assert group["posted"] == {}
