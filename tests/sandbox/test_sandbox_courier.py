"""Updates on their way to a webhook."""

import asyncio
import re
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.sandbox import People
from tests.sandbox.certificate import self_signed, server_context
from tests.sandbox.conftest import Room, post_with_button
from tests.sandbox.hook import JSON, Hook, InTurn
from tests.sandbox.talk import Api, Clock, until

DAY = 24 * 3600


async def test_update_arrives_as_json_with_the_secret(people: People, room: Room, hook: Hook) -> None:
    await people.say(None, "Слово", by=room.reader)
    assert await people.settled()

    [update], [headers] = hook.updates, hook.headers
    assert sorted(update) == ["message", "update_id"]
    assert update["message"]["text"] == "Слово"
    assert (headers["content-type"], headers["x-telegram-bot-api-secret-token"]) == (
        "application/json",
        "Secret_1",
    )


async def test_what_waited_before_the_webhook_was_set_comes_too(
    api: Api, people: People, room: Room, hook: Hook
) -> None:
    await api.ok("deleteWebhook")
    for text in "абв":
        await people.say(None, text, by=room.reader)
    await api.ok("setWebhook", url=hook.url)
    assert await people.settled()

    assert hook.texts() == ["а", "б", "в"]


async def test_connection_is_kept(people: People, room: Room, hook: Hook) -> None:
    for text in "абв":
        await people.say(None, text, by=room.reader)
        assert await people.settled()

    assert len(set(hook.peers)) == 1


async def test_no_more_connections_than_asked_for(api: Api, people: People, room: Room, hook: Hook) -> None:
    gate = asyncio.Event()

    async def slow(update: JSON) -> web.StreamResponse:
        await gate.wait()
        return web.Response()

    hook.answer = slow
    post = await post_with_button(api, room)
    for number in range(15):
        await people.tap(room.group, post, "Так", by=await people.user(f"Читач {number}"))
    await until(lambda: hook.under_way == 10)
    pending = await people.pending(), await people.unconfirmed()
    gate.set()
    assert await people.settled()

    assert (pending, hook.most_under_way, len(hook.updates)) == ((5, 15), 10, 15)


async def test_failing_update_holds_up_its_own_queue_only(
    api: Api, people: People, room: Room, hook: Hook
) -> None:
    healed = False

    async def refuse_reader(update: JSON) -> web.StreamResponse:
        mine = update["callback_query"]["from"]["id"] == room.reader
        return web.Response(status=500 if mine and not healed else 200)

    hook.answer = refuse_reader
    other = await people.user("Тарас")
    post = await post_with_button(api, room)
    for person in (room.reader, other):
        for label in ("Так", "Ні"):
            await people.tap(room.group, post, label, by=person)
    await until(lambda: hook.presses().count((other, "v:Ні")) == 1)
    held_up = await people.unconfirmed()
    healed = True
    assert await people.settled()

    assert held_up == 2
    mine = [data for person, data in hook.presses() if person == room.reader]
    assert mine == ["v:Так"] * (len(mine) - 1) + ["v:Ні"]
    assert [data for person, data in hook.presses() if person == other] == ["v:Так", "v:Ні"]


@pytest.mark.parametrize("status", [302, 404, 500, 503])
async def test_any_other_answer_than_2xx_is_tried_again(
    api: Api, people: People, room: Room, hook: Hook, status: int
) -> None:
    hook.answer = InTurn(status, status, headers={"Location": "/elsewhere"})
    await people.say(None, "а", by=room.reader)
    assert await people.settled()

    assert hook.texts() == ["а", "а", "а"]
    assert len({each["update_id"] for each in hook.updates}) == 1
    assert re.match(
        f"Wrong response from the webhook: {status} [A-Z]",
        (await api.ok("getWebhookInfo"))["last_error_message"],
    )


@pytest.mark.parametrize("status", [200, 201, 204, 299])
async def test_any_2xx_takes_the_update(people: People, room: Room, hook: Hook, status: int) -> None:
    hook.answer = InTurn(status)
    await people.say(None, "а", by=room.reader)
    assert await people.settled()

    assert hook.texts() == ["а"]


async def test_waits_double_after_a_first_try_at_once(people: People, room: Room, hook: Hook) -> None:
    await people.retry_scale(0.05)
    answers = hook.answer = InTurn(500, 500, 500, 500)
    await people.say(None, "а", by=room.reader)
    assert await people.settled()

    waits = [later - earlier for earlier, later in zip(answers.times, answers.times[1:], strict=False)]
    assert waits[0] < 0.1 <= waits[1] < 0.2 <= waits[2] < 0.4 <= waits[3]


async def test_retry_after_is_obeyed_from_the_first_try_on(people: People, room: Room, hook: Hook) -> None:
    answers = hook.answer = InTurn(503, headers={"Retry-After": "300"})
    await people.say(None, "а", by=room.reader)
    assert await people.settled()

    assert answers.times[1] - answers.times[0] >= 0.3


async def test_retry_after_is_not_longer_than_an_hour(people: People, room: Room, hook: Hook) -> None:
    await people.retry_scale(0.0001)
    answers = hook.answer = InTurn(503, headers={"Retry-After": "999999"})
    await people.say(None, "а", by=room.reader)
    assert await people.settled(3)

    assert answers.times[1] - answers.times[0] >= 0.36


async def test_hang_up_is_tried_again(api: Api, people: People, room: Room, hook: Hook) -> None:
    async def hang_up_once(update: JSON) -> web.StreamResponse:
        if len(hook.updates) == 1:
            raise asyncio.CancelledError
        return web.Response()

    hook.answer = hang_up_once
    await people.say(None, "а", by=room.reader)
    assert await people.settled()

    assert hook.texts() == ["а", "а"]
    assert (await api.ok("getWebhookInfo"))["last_error_message"] == "Connection closed"


async def test_answer_that_takes_too_long_is_not_waited_for(
    api: Api, people: People, room: Room, hook: Hook
) -> None:
    async def sleep_once(update: JSON) -> web.StreamResponse:
        if len(hook.updates) == 1:
            await asyncio.sleep(60)
        return web.Response()

    await people.patience(0.2)
    hook.answer = sleep_once
    await people.say(None, "а", by=room.reader)
    assert await people.settled()

    assert hook.texts() == ["а", "а"]
    assert (await api.ok("getWebhookInfo"))["last_error_message"] == "Read timeout expired"


async def test_bot_that_starts_late_gets_everything(api: Api, people: People, room: Room) -> None:
    async with Hook() as gone:
        url = gone.url
    await people.retry_scale(0.01)
    await api.ok("setWebhook", url=url)
    for text in "абв":
        await people.say(None, text, by=room.reader)
    await until(lambda: getattr(api.server.world.webhook, "last_error", None) is not None)

    async with Hook() as hook:
        await api.ok("setWebhook", url=hook.url)
        assert await people.settled()

    assert hook.texts() == ["а", "б", "в"]


async def test_press_expires_after_150_s_and_a_message_after_a_day(
    api: Api, people: People, room: Room, hook: Hook, clock: Clock
) -> None:
    healed = False

    async def refuse(update: JSON) -> web.StreamResponse:
        return web.Response(status=200 if healed else 500)

    hook.answer = refuse
    post = await post_with_button(api, room)
    await people.tap(room.group, post, "Так", by=room.reader)
    await people.say(None, "а", by=room.reader)
    await until(lambda: len(hook.updates) > 4)
    counts = []
    for seconds in (149, 1, DAY - 150):
        counts.append(await people.unconfirmed())
        clock.advance(seconds)
    counts.append(await people.unconfirmed())
    healed = True
    await people.say(None, "б", by=room.reader)
    assert await people.settled()

    assert counts == [2, 2, 1, 0]
    assert hook.texts()[-1] == "б"


async def test_update_that_would_be_too_old_at_the_next_try_is_dropped(
    api: Api, people: People, room: Room, hook: Hook
) -> None:
    await people.retry_scale(1)
    hook.answer = InTurn(500, headers={"Retry-After": "151"})
    post = await post_with_button(api, room)
    await people.tap(room.group, post, "Так", by=room.reader)

    assert await people.settled()
    assert hook.presses() == [(room.reader, "v:Так")]


async def test_nothing_but_410_for_23_hours_ends_the_webhook(
    api: Api, people: People, room: Room, hook: Hook, clock: Clock
) -> None:
    async def gone(update: JSON) -> web.StreamResponse:
        return web.Response(status=410)

    hook.answer = gone
    await people.say(None, "а", by=room.reader)
    await until(lambda: len(hook.updates) > 2)
    set_before = (await api.ok("getWebhookInfo"))["url"]
    clock.advance(23 * 3600 + 1)
    await until(lambda: api.server.world.webhook is None)

    assert set_before == hook.url
    assert await people.unconfirmed() == 1


async def test_confirmed_updates_can_come_again(people: People, room: Room, hook: Hook) -> None:
    for text in "абв":
        await people.say(None, text, by=room.reader)
    assert await people.settled()

    assert await people.repeat_updates(2) == 2
    assert await people.settled()

    assert hook.texts() == ["а", "б", "в", "б", "в"]
    assert hook.updates[3:] == hook.updates[1:3]


async def test_polling_takes_over_what_the_webhook_did_not(
    api: Api, people: People, room: Room, hook: Hook
) -> None:
    async def refuse(update: JSON) -> web.StreamResponse:
        return web.Response(status=200 if update["message"]["text"] == "а" else 500)

    hook.answer = refuse
    for text in "абв":
        await people.say(None, text, by=room.reader)
    await until(lambda: "б" in hook.texts())
    await api.ok("deleteWebhook")

    assert [each["message"]["text"] for each in await api.ok("getUpdates")] == ["б", "в"]


async def test_native_poll_closes_in_time_though_nobody_asks(
    api: Api, people: People, room: Room, hook: Hook, clock: Clock
) -> None:
    options = [{"text": "Так"}, {"text": "Ні"}]
    await api.ok("sendPoll", chat_id=room.group, question="За?", options=options, open_period=60)
    clock.advance(61)
    await until(lambda: bool(hook.updates))

    assert hook.updates[0]["poll"]["is_closed"] is True


async def test_chunked_answer_without_keep_alive_is_understood(people: People, room: Room) -> None:
    heard = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        heard.append(head)
        await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        payload = b'{"method":"sendMessage","chat_id":%d,"text":"ok"}' % room.group
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n")
        writer.write(b"Connection: close\r\nContent-Type: application/json\r\n\r\n")
        writer.write(
            b"a\r\n%b\r\n%x;x=y\r\n%b\r\n0\r\nX: y\r\n\r\n" % (payload[:10], len(payload) - 10, payload[10:])
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, aiohttp.ClientSession() as session:
        port = server.sockets[0].getsockname()[1]
        url = f"{people.base_url}/bot1000001:SANDBOX-TOKEN/setWebhook"
        async with session.post(url, json={"url": f"http://127.0.0.1:{port}"}) as response:
            assert response.status == 200
        for text in "аб":
            await people.say(None, text, by=room.reader)
        assert await people.settled()

    posts = [each["text"] for each in await people.history(room.group, by=room.reader)]
    assert (len(heard), posts) == (2, ["ok", "ok"])


async def test_self_signed_certificate_is_trusted_only_if_it_was_uploaded(
    api: Api, people: People, room: Room, tmp_path: Path
) -> None:
    certificate, key = self_signed("127.0.0.1")
    other, _ = self_signed("127.0.0.1")

    async def upload(url: str, data: bytes) -> None:
        form = aiohttp.FormData({"url": url})
        form.add_field("certificate", data, filename="cert.pem")
        async with api.session.post(f"{api.base}/setWebhook", data=form) as response:
            assert response.status == 200

    async def refusal() -> str:
        await until(lambda: getattr(api.server.world.webhook, "last_error", None) is not None)
        return str((await api.ok("getWebhookInfo"))["last_error_message"])

    async with Hook(tls=server_context(tmp_path, certificate, key)) as hook:
        await api.ok("setWebhook", url=hook.url)
        await people.say(None, "а", by=room.reader)
        without = await refusal()
        await upload(hook.url, other)
        with_another = await refusal()
        arrived_before = hook.texts()
        await upload(hook.url, certificate)
        assert await people.settled()

    assert without == with_another == "SSL error {CERTIFICATE_VERIFY_FAILED}"
    assert (arrived_before, hook.texts()) == ([], ["а"])


async def test_crowd_that_presses_does_not_starve_the_api(
    api: Api, people: People, room: Room, hook: Hook
) -> None:
    """While a thousand presses are on their way, calls are answered all the same."""
    await api.ok("deleteWebhook")
    post = await post_with_button(api, room)
    readers = [await people.user(f"Читач {number}") for number in range(100)]
    for _ in range(10):
        await asyncio.gather(*(people.tap(room.group, post, "Так", by=reader) for reader in readers))
    await api.ok("setWebhook", url=hook.url, max_connections=100)
    answered = 0
    while await people.unconfirmed():
        await api.ok("getMe")
        answered += 1

    assert len(hook.updates) == 1000
    assert answered >= 5
