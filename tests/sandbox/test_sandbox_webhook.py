"""setWebhook, deleteWebhook, getWebhookInfo."""

import asyncio
import io

import aiohttp
import pytest

from bot.sandbox import People
from bot.sandbox.wire import Target
from bot.sandbox.world import Webhook
from tests.sandbox.certificate import self_signed
from tests.sandbox.conftest import Room
from tests.sandbox.hook import Hook
from tests.sandbox.talk import Api, Clock, until


async def test_webhook_is_kept_as_it_was_set(api: Api) -> None:
    await api.ok(
        "setWebhook",
        url="https://example.com:8443/hook",
        ip_address="192.0.2.7",
        max_connections=100,
        allowed_updates=["message", "callback_query"],
        secret_token="A-z_9",
    )

    assert await api.ok("getWebhookInfo") == {
        "url": "https://example.com:8443/hook",
        "has_custom_certificate": False,
        "pending_update_count": 0,
        "ip_address": "192.0.2.7",
        "max_connections": 100,
        "allowed_updates": ["callback_query", "message"],
    }


async def test_without_a_webhook_there_is_little_to_tell(api: Api) -> None:
    await api.ok("setWebhook", url="https://example.com")
    await api.ok("setWebhook", url="")

    assert await api.ok("getWebhookInfo") == {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": 0,
    }


@pytest.mark.parametrize(("asked", "kept"), [(None, 40), (0, 1), (1, 1), (100, 100), (101, 100)])
async def test_connections_are_1_to_100_and_40_unless_said(api: Api, asked: int | None, kept: int) -> None:
    some = {} if asked is None else {"max_connections": asked}
    await api.ok("setWebhook", url="https://example.com", **some)

    assert (await api.ok("getWebhookInfo"))["max_connections"] == kept


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"url": "http://example.com"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        (
            {"url": "https://example.com:8080"},
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ({"url": "ftp://example.com"}, "invalid webhook URL specified"),
        ({"url": "https://"}, "invalid webhook URL specified"),
        ({"url": "https://example.com:port"}, "invalid webhook URL specified"),
        ({"url": "https://exa mple.com"}, "invalid webhook URL specified"),
        ({"url": "https://a.com", "ip_address": "nine"}, "bad webhook: Invalid IP address specified"),
        ({"url": "https://a.com", "secret_token": "x" * 257}, "secret token is too long"),
        ({"url": "https://a.com", "secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"url": "https://a.com", "secret_token": "a\n"}, "secret token contains unallowed characters"),
    ],
)
async def test_what_telegram_refuses_is_refused(api: Api, params: dict[str, str], refusal: str) -> None:
    assert await api.error("setWebhook", **params) == f"Bad Request: {refusal}"
    assert (await api.ok("getWebhookInfo"))["url"] == ""


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "http://localhost:9", "http://[::1]:9", "a.com/x"])
async def test_plain_http_reaches_this_machine_and_no_scheme_means_https(api: Api, url: str) -> None:
    await api.ok("setWebhook", url=url)

    assert (await api.ok("getWebhookInfo"))["url"] == (url if "//" in url else f"https://{url}")


async def test_certificate_is_noted(api: Api) -> None:
    certificate, _ = self_signed("127.0.0.1")

    async def upload(data: bytes) -> dict[str, object]:
        form = aiohttp.FormData({"url": "https://127.0.0.1:9"})
        form.add_field("certificate", io.BytesIO(data), filename="cert.pem")
        async with api.session.post(f"{api.base}/setWebhook", data=form) as response:
            answer: dict[str, object] = await response.json()
        return answer

    for damaged in (b"no certificate", b""):
        refused = await upload(damaged)
        assert refused["description"] == "Bad Request: bad webhook: Failed to set custom certificate file"
    huge = await upload(certificate + bytes(3 << 20))
    assert huge["description"] == (
        f"Bad Request: certificate size is too big ({len(certificate) + (3 << 20)} bytes)"
    )
    assert await upload(certificate) == {"ok": True, "result": True}
    assert (await api.ok("getWebhookInfo"))["has_custom_certificate"] is True


async def test_setting_ends_a_waiting_poll_and_may_drop_what_waits(
    api: Api, people: People, room: Room
) -> None:
    poll = asyncio.create_task(api.call("getUpdates", offset=api.offset, timeout=30))
    await until(lambda: api.server.world.inbox.polled)
    async with Hook() as hook:
        await api.ok("setWebhook", url=hook.url)
        assert await poll == {
            "ok": False,
            "error_code": 409,
            "description": "Conflict: terminated by setWebhook request",
        }

        await api.ok("deleteWebhook")
        await people.say(None, "а", by=room.reader)
        await api.ok("setWebhook", url=hook.url, drop_pending_updates=True)
        await people.say(None, "б", by=room.reader)
        assert await people.settled()

    assert hook.texts() == ["б"]


async def test_same_webhook_again_changes_only_the_kinds(api: Api, people: People, room: Room) -> None:
    async with Hook() as hook:
        await api.ok("setWebhook", url=hook.url)
        before = api.server.world.webhook
        await api.ok("setWebhook", url=hook.url, allowed_updates=["callback_query"])
        await people.say(None, "а", by=room.reader)

        assert api.server.world.webhook is before
        assert await people.unconfirmed() == 0
        await api.ok("setWebhook", url=hook.url, secret_token="s")
        assert api.server.world.webhook is not before


async def test_error_is_told_until_the_webhook_changes(
    api: Api, people: People, room: Room, clock: Clock
) -> None:
    async with Hook() as hook:
        url = hook.url
    await api.ok("setWebhook", url=url)
    await people.say(None, "а", by=room.reader)
    await until(lambda: getattr(api.server.world.webhook, "last_error", None) is not None)

    info = await api.ok("getWebhookInfo")
    await api.ok("setWebhook", url=url, max_connections=3)

    assert (info["last_error_date"], info["last_error_message"]) == (int(clock.now), "Connection refused")
    assert info["pending_update_count"] == 1
    assert [each["message"]["text"] for each in await poll_after(api)] == ["а"]


async def poll_after(api: Api) -> list[dict[str, dict[str, str]]]:
    await api.ok("deleteWebhook")
    updates: list[dict[str, dict[str, str]]] = await api.ok("getUpdates")
    return updates


def test_requests_go_to_the_address_under_the_name_of_the_url() -> None:
    target = Target(Webhook("https://bot.example:8443/a/b?c=d", "s", ip_address="192.0.2.7"))

    assert (target.address, target.host, target.port) == ("192.0.2.7", "bot.example", 8443)
    assert target.head.startswith(b"POST /a/b?c=d HTTP/1.1\r\nHost: bot.example:8443\r\n")
