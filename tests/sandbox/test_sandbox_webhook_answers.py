"""Calls in the body of a webhook's answer."""

import aiohttp
import pytest
from aiohttp import web

from bot.sandbox import People
from tests.sandbox.conftest import Room, post_with_button
from tests.sandbox.hook import JSON, Hook, call
from tests.sandbox.talk import Api


async def test_answer_in_the_body_is_a_call(api: Api, people: People, room: Room, hook: Hook) -> None:
    async def toast(update: JSON) -> web.StreamResponse:
        return call("answerCallbackQuery", callback_query_id=update["callback_query"]["id"], text="Є")

    hook.answer = toast
    tap = await people.tap(room.group, await post_with_button(api, room), "Так", by=room.reader)

    assert await people.toast(tap) == {"text": "Є", "show_alert": False, "url": None}
    [record] = await people.calls("answerCallbackQuery")
    assert (record["outcome"], record["in_webhook_answer"], record["params"]) == (
        "ok",
        True,
        {"callback_query_id": tap, "text": "Є"},
    )
    assert await people.unanswered() == []


async def test_answer_in_the_body_may_be_a_form(api: Api, people: People, room: Room, hook: Hook) -> None:
    async def reply(update: JSON) -> web.StreamResponse:
        form = aiohttp.FormData({"method": "SENDmessage", "chat_id": str(room.group), "text": "Пост"})
        return web.Response(body=form())

    hook.answer = reply
    await people.say(None, "а", by=room.reader)
    assert await people.settled()

    assert [each["text"] for each in await people.history(room.group, by=room.reader)] == ["Пост"]


async def test_refused_call_in_the_body_is_noted_and_the_update_is_through(
    people: People, room: Room, hook: Hook
) -> None:
    async def reply(update: JSON) -> web.StreamResponse:
        return call("sendMessage", chat_id=room.group, text="", colour="red")

    hook.answer = reply
    await people.say(None, "а", by=room.reader)
    assert await people.settled()

    [record] = await people.calls("sendMessage")
    assert record["outcome"] == "Bad Request: message text is empty"
    assert [each["what"] for each in await people.violations()] == ["unknown parameter colour"]
    assert hook.texts() == ["а"]


@pytest.mark.parametrize("method", ["getMe", "deleteWebhook", "SETWEBHOOK", "close", "logOut", "getUpdates"])
async def test_calls_that_telegram_ignores_in_the_body_are_violations(
    api: Api, people: People, room: Room, hook: Hook, method: str
) -> None:
    async def reply(update: JSON) -> web.StreamResponse:
        return call(method)

    before = len(await people.calls())
    hook.answer = reply
    await people.say(None, "а", by=room.reader)
    assert await people.settled()

    assert len(await people.calls()) == before
    assert (await api.ok("getWebhookInfo"))["url"] == hook.url
    [violation] = await people.violations()
    assert violation["what"].endswith(" in the answer of a webhook does nothing")


@pytest.mark.parametrize("body", ["ok", "{", "[1]", "{}"])
async def test_other_bodies_mean_nothing(people: People, room: Room, hook: Hook, body: str) -> None:
    async def reply(update: JSON) -> web.StreamResponse:
        return web.Response(text=body, content_type="application/json")

    hook.answer = reply
    await people.say(None, "а", by=room.reader)
    assert await people.settled()

    assert (hook.texts(), await people.violations()) == (["а"], [])
