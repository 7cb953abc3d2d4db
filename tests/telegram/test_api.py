"""Raw calls: what is sent, and what each kind of answer becomes."""

import asyncio
import json

import msgspec
import pytest
from aiohttp import web

from bot.telegram.api import Api, FileTooBig, NoAnswer, NotOk, Reply
from bot.telegram.request import AiohttpRequest
from tests.telegram.wire_server import TOKEN, Server


@pytest.fixture
def api(server: Server, request_: AiohttpRequest) -> Api:
    return Api(request_, f"{server.root}/", TOKEN)


async def test_call_sends_json_without_what_is_none(api: Api, server: Server) -> None:
    reply = await api.call(
        "sendMessage", {"chat_id": -1, "text": "Ґ", "reply_markup": {"a": [1]}, "topic": None}
    )

    assert reply == Reply(True, True, 200)
    assert [(path, json.loads(body)) for path, body in server.seen] == [
        (f"/bot{TOKEN}/sendMessage", {"chat_id": -1, "text": "Ґ", "reply_markup": {"a": [1]}})
    ]
    assert server.headers[0]["Content-Type"] == "application/json"


async def test_refusal_is_a_reply_with_its_parameters(api: Api, server: Server) -> None:
    server.says(
        429,
        ok=False,
        error_code=429,
        description="Too Many Requests: retry after 7",
        parameters={"retry_after": 7, "migrate_to_chat_id": -100123456789012, "new": []},
    )

    assert await api.call("getMe") == Reply(
        False, None, 429, "Too Many Requests: retry after 7", retry_after=7, migrate_to=-100123456789012
    )


@pytest.mark.parametrize(
    "page", ["<html>502 Bad Gateway</html>", "", "[]", '{"error": "no"}', '{"ok": "yes"}', "NaN"]
)
async def test_page_that_is_not_telegrams_is_a_reply_without_description(
    api: Api, server: Server, page: str
) -> None:
    server.says(502, text=page)

    assert await api.call("getMe") == Reply(False, None, 502, "")


async def test_result_with_half_an_emoji_is_read(api: Api, server: Server) -> None:
    server.says(text=r'{"ok":true,"result":{"text":"a\ud83d"}}')

    assert await api.call("sendMessage") == Reply(True, {"text": "a?"}, 200)


async def test_result_with_broken_bytes_is_read(api: Api, server: Server) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=b'{"ok":true,"result":{"text":"a\xff"}}')

    server.answer = answer

    assert await api.call("sendMessage") == Reply(True, {"text": "a\N{REPLACEMENT CHARACTER}"}, 200)


async def test_result_that_nobody_can_read_was_done_all_the_same(api: Api, server: Server) -> None:
    server.says(text='{"ok":true,"result":' + "9" * 5000 + "}")

    assert await api.call("sendMessage") == Reply(True, None, 200)


async def test_timeout_of_a_call_is_in_seconds_without_an_answer(api: Api, server: Server) -> None:
    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(0.3)
        return web.json_response({"ok": True})

    server.answer = answer

    with pytest.raises(NoAnswer) as caught:
        await api.call("sendMessage", timeout=0.05)

    assert (caught.value.maybe_done, caught.value.timed_out) == (True, True)


async def test_updates_are_raw_and_one_that_is_broken_stops_no_other(api: Api, server: Server) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(
            body=b'{"ok":true,"result":[{"update_id":1},{"update_id":2,"x":"\xff"}, {"update_id":3}]}'
        )

    server.answer = answer

    updates = await api.updates(None, 100, 0, ["message"])

    assert [bytes(update) for update in updates] == [
        b'{"update_id":1}',
        b'{"update_id":2,"x":"\xff"}',
        b'{"update_id":3}',
    ]
    assert json.loads(server.seen[0][1]) == {"limit": 100, "timeout": 0, "allowed_updates": ["message"]}


async def test_updates_with_half_an_emoji_are_mended(api: Api, server: Server) -> None:
    server.says(
        text=r'{"ok":true,"result":[{"update_id":1,"x":"Ґ\ud83d"},{"update_id":2,"x":"\ud83d\ude00"}]}'
    )

    updates = await api.updates(5, 10, 0, [])

    assert [msgspec.json.decode(update) for update in updates] == [
        {"update_id": 1, "x": "Ґ?"},
        {"update_id": 2, "x": "😀"},
    ]
    assert json.loads(server.seen[0][1])["offset"] == 5


async def test_updates_wait_longer_than_telegram_does(api: Api, server: Server) -> None:
    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(1.2)
        return web.json_response({"ok": True, "result": []})

    server.answer = answer

    assert await api.updates(None, 100, 1, []) == []


async def test_refused_updates_raise_with_the_reply(api: Api, server: Server) -> None:
    server.says(409, ok=False, error_code=409, description="Conflict: terminated by setWebhook request")

    with pytest.raises(NotOk, match="409 Conflict: terminated by setWebhook request") as caught:
        await api.updates(None, 100, 0, [])

    assert caught.value.reply == Reply(False, None, 409, "Conflict: terminated by setWebhook request")


@pytest.mark.parametrize("page", ["<html>", '{"ok":true,"result":{}}', '{"ok":true}'])
async def test_updates_that_are_no_list_raise_without_description(
    api: Api, server: Server, page: str
) -> None:
    server.says(text=page)

    with pytest.raises(NotOk) as caught:
        await api.updates(None, 100, 0, [])

    assert caught.value.reply == Reply(False, None, 200)


async def test_download_gives_the_bytes(api: Api, server: Server) -> None:
    server.says(text="x" * 1000)

    assert await api.download("documents/Файл №1.txt", 1000) == b"x" * 1000
    assert server.seen == [(f"/file/bot{TOKEN}/documents/Файл №1.txt", b"")]


async def test_download_over_the_limit_raises(api: Api, server: Server) -> None:
    server.says(text="x" * 1001)

    with pytest.raises(FileTooBig, match="larger than 1000 bytes"):
        await api.download("a", 1000)


async def test_refused_download_raises_with_the_reply(api: Api, server: Server) -> None:
    server.says(404, ok=False, error_code=404, description="Not Found")

    with pytest.raises(NotOk) as caught:
        await api.download("a", 1000)

    assert caught.value.reply == Reply(False, None, 404, "Not Found")


def test_repr_hides_the_token(api: Api, server: Server) -> None:
    assert repr(api) == f"Api('{server.root}')"
