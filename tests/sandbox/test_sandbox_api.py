"""Calls as HTTP sees them."""

import aiohttp

from bot.sandbox import People, Server
from bot.sandbox.api import TABLE
from bot.sandbox.parameters import OTHER_METHODS, PARAMETERS
from tests.sandbox.conftest import Room
from tests.sandbox.talk import Api, Clock


async def test_get_me_describes_the_bot(api: Api) -> None:
    assert await api.ok("getMe") == {
        "id": 1000001,
        "is_bot": True,
        "first_name": "Dumka",
        "username": "dumka_sandbox_bot",
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_guest_queries": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
        "supports_join_request_queries": False,
    }


async def test_method_names_are_case_insensitive(api: Api) -> None:
    assert await api.ok("GETme") == await api.ok("getMe")


async def test_wrong_token_is_unauthorized(api: Api, server: Server) -> None:
    async with api.session.get(f"{server.url}/bot1000001:WRONG/getMe") as response:
        answer = await response.json()

    assert answer == {"ok": False, "error_code": 401, "description": "Unauthorized"}


async def test_unknown_method_is_not_found(api: Api, people: People) -> None:
    assert await api.call("sendNothing") == {
        "ok": False,
        "error_code": 404,
        "description": "Not Found: method not found",
    }
    assert [each["what"] for each in await people.violations()] == ["there is no method sendNothing"]


async def test_method_that_the_sandbox_lacks_is_named(api: Api, people: People) -> None:
    assert await api.call("sendrichmessage") == {
        "ok": False,
        "error_code": 501,
        "description": "Not Implemented: the sandbox does not do sendRichMessage",
    }
    assert [each["what"] for each in await people.violations()] == ["the sandbox does not do sendRichMessage"]


async def test_unknown_parameter_is_recorded_and_ignored(api: Api, people: People, room: Room) -> None:
    await api.send(room.channel, reply_to_message_id=5)

    assert [(each["method"], each["what"]) for each in await people.violations()] == [
        ("sendMessage", "unknown parameter reply_to_message_id")
    ]


def test_every_method_with_parameters_is_done() -> None:
    assert sorted(PARAMETERS) == sorted([*TABLE, "getUpdates"])
    assert not set(PARAMETERS) & set(OTHER_METHODS.split())
    assert len(PARAMETERS) + len(OTHER_METHODS.split()) == 180


async def test_get_form_and_multipart_say_the_same(api: Api, room: Room) -> None:
    url, params = f"{api.base}/sendMessage", {"chat_id": str(room.channel), "text": "Слово"}
    form = aiohttp.FormData(params)
    form.add_field("disable_notification", "true", content_type="text/plain")

    texts = []
    for request in (
        api.session.get(url, params=params),
        api.session.post(url, data=params),
        api.session.post(url, data=form),
    ):
        async with request as response:
            texts.append((await response.json())["result"]["text"])

    assert texts == ["Слово", "Слово", "Слово"]


async def test_body_that_is_no_json_is_refused(api: Api) -> None:
    async with api.session.post(
        f"{api.base}/sendMessage", data=b"{", headers={"Content-Type": "application/json"}
    ) as response:
        assert await response.json() == {
            "ok": False,
            "error_code": 400,
            "description": "Bad Request: can't parse JSON object",
        }


async def test_calls_are_recorded_with_their_outcome(
    api: Api, people: People, room: Room, clock: Clock
) -> None:
    await api.send(room.channel, "Раз")
    await api.error("sendMessage", chat_id=room.channel, text="")

    assert await people.calls("sendMessage") == [
        {
            "method": "sendMessage",
            "params": {"chat_id": room.channel, "text": "Раз"},
            "time": clock.now,
            "outcome": "ok",
        },
        {
            "method": "sendMessage",
            "params": {"chat_id": room.channel, "text": ""},
            "time": clock.now,
            "outcome": "Bad Request: message text is empty",
        },
    ]


async def test_file_sent_by_a_person_can_be_downloaded(
    api: Api, people: People, room: Room, server: Server
) -> None:
    sent = await people.send_file(None, "article.md", b"# Title", by=room.reader, mime="text/markdown")
    assert sent["document"]["file_name"] == "article.md"
    [message] = await api.bodies("message")
    file = await api.ok("getFile", file_id=message["document"]["file_id"])

    async with api.session.get(f"{server.url}/file/bot{server.world.token}/{file['file_path']}") as response:
        assert await response.read() == b"# Title"
    async with api.session.get(f"{server.url}/file/bot{server.world.token}/nothing") as response:
        assert response.status == 404
    assert await api.error("getFile", file_id="nothing") == "Bad Request: invalid file_id"
    async with api.session.get(f"{server.url}/file/bot1:X/{file['file_path']}") as response:
        assert response.status == 401


async def test_file_over_20_mb_is_too_big(api: Api, people: People, room: Room) -> None:
    sent = await people.send_file(None, "big.bin", bytes(20 * 1024 * 1024 + 1), by=room.reader)

    refusal = await api.error("getFile", file_id=sent["document"]["file_id"])

    assert refusal == "Bad Request: file is too big"
