"""``dumka run`` with a webhook: what is served where and when, and how it starts and ends."""

import asyncio
import json
import signal
import socket
import time

import aiohttp
import pytest

from bot.telegram.webhook import SECRET_HEADER
from tests.commands.conftest import Office
from tests.commands.hooking import SECRET, Ports, get, metric, publish, ready, running
from tests.sandbox.certificate import self_signed

SANE = 10.0  # seconds to listen, on a machine that is busy with other tests; alone it takes less than one
WORDS = "Так, і то негайно!"


@pytest.fixture
def ports(office: Office) -> Ports:
    ports = Ports()
    office.configure(more=ports.settings())
    return ports


async def test_listens_at_once_and_is_ready_later(office: Office, ports: Ports) -> None:
    await office.people.fault("hang_before", "getMe", seconds=60)  # the start does not get past it
    begun = time.monotonic()
    async with running(office, until=()):
        live = await get(ports.webhook, "/healthz")
        took = time.monotonic() - begun
        beside = [await get(port, "/readyz") for port in (ports.webhook, ports.metrics)]

    assert live == (200, "ok\n")
    assert took < SANE
    assert [(status, json.loads(text)) for status, text in beside] == [(503, {"start": "not finished"})] * 2


async def test_update_that_comes_while_the_bot_starts_is_stored_when_it_has(
    office: Office, ports: Ports
) -> None:
    async with running(office, until=()):
        await get(ports.webhook, "/healthz")
        headers = {SECRET_HEADER.decode(): SECRET}
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{ports.webhook}/telegram"
            async with session.post(url, data=b'{"update_id": 5}', headers=headers) as response:
                status = response.status
        _, metrics = await get(ports.metrics, "/metrics")

    assert status == 200
    assert metric(metrics, 'dumka_updates_total{kind="others"}') == 1


async def test_each_address_serves_its_own(office: Office, ports: Ports) -> None:
    async with running(office):
        await ready(ports.webhook)
        paths = ("/healthz", "/readyz", "/metrics", "/", "/telegram/x", "/docs")
        webhook = {path: (await get(ports.webhook, path))[0] for path in paths}
        metrics = {path: (await get(ports.metrics, path))[0] for path in (*paths, "/telegram")}

    assert webhook == {
        "/healthz": 200, "/readyz": 200, "/metrics": 404, "/": 404, "/telegram/x": 404, "/docs": 404
    }  # fmt: skip
    assert metrics == {
        "/healthz": 200, "/readyz": 200, "/metrics": 200, "/": 404, "/telegram/x": 404, "/docs": 404,
        "/telegram": 404,
    }  # fmt: skip


async def test_metrics_count_and_name_nobody(office: Office, ports: Ports) -> None:
    await office.connect()
    async with running(office) as bot:
        message = await publish(office)
        reader = await office.people.user("Северин", "uk", "severyn_s")
        for label in ("👎", "👍"):
            tap = await office.people.tap(office.ids["channel"], message, label, by=reader)
            assert await office.people.toast(tap) is not None
        await office.people.comment(office.ids["channel"], message, WORDS, by=reader)
        await office.people.start(by=reader)
        assert await office.people.settled()
        _, said = await get(ports.metrics, "/metrics")
        _, state = await get(ports.webhook, "/readyz")
        calls = await office.people.calls("answerCallbackQuery")

    assert metric(said, 'dumka_updates_total{kind="votes"}') == 2
    assert metric(said, 'dumka_updates_total{kind="failed"}') == 0
    assert metric(said, "dumka_commits_total") >= 4
    assert metric(said, 'dumka_telegram_calls_total{method="setWebhook",outcome="ok"}') == 1
    assert metric(said, 'dumka_away{what="database"}') == 0
    assert metric(said, "process_resident_memory_bytes") > 0
    assert "answerCallbackQuery" not in said  # the toasts went in the answers
    assert len(calls) == 2
    assert set(json.loads(state).values()) == {"ok"}
    secrets = (str(reader), "Северин", "severyn_s", WORDS, SECRET, office.server.world.token.split(":")[1])
    assert [
        secret for secret in (*secrets, str(office.ids["channel"]), "Мости") if secret in said + state
    ] == []
    assert [secret for secret in secrets if secret in bot.err] == []
    assert await office.people.violations() == []


async def test_ends_within_a_second_under_load_and_loses_nothing(office: Office, ports: Ports) -> None:
    await office.connect()
    readers = [await office.people.user(f"Читач {n}", "uk") for n in range(400)]
    async with running(office) as bot:
        message = await publish(office)
        taps = [
            asyncio.create_task(office.people.tap(office.ids["channel"], message, "👍", by=reader))
            for reader in readers
        ]
        while not (await office.people.calls("answerCallbackQuery")):
            await asyncio.sleep(0.01)
        bot.process.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        code = await bot.ends()
        took = time.monotonic() - asked
        await asyncio.gather(*taps)
        missing = await office.people.unconfirmed()
    await office.people.retry_scale(0.05)
    async with running(office):
        assert await office.people.settled(timeout=30)
        tally = json.loads((await office.dumka("tally", 1, "--json")).out)

    assert (code, missing > 0) == (0, True)
    assert took < 1.5  # a second, and what a busy machine adds
    assert '"bot.stopped"' in bot.err
    assert "Traceback" not in bot.err
    assert tally["ballot"]["voters"] == 400


@pytest.mark.parametrize("method", ["setWebhook", "getMyCommands"])
async def test_ends_in_time_when_telegram_hangs(office: Office, ports: Ports, method: str) -> None:
    await office.people.fault("hang_before", method, times=20, seconds=60)
    async with running(office) as bot:
        await asyncio.sleep(0.5)
        bot.process.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        code = await bot.ends()

    assert (code, bot.err.count("Traceback")) == (0, 0)
    assert time.monotonic() - asked < 2.0
    assert '"bot.stopped"' in bot.err


async def test_webhook_is_set_again_until_it_works(office: Office, ports: Ports) -> None:
    await office.people.fault("5xx", "setWebhook", times=2)
    async with running(office, until=("telegram.webhook_set",)) as bot:
        pass

    assert bot.err.count('"telegram.webhook_not_set"') == 2
    assert len(await office.people.calls("setWebhook")) == 3


async def test_address_that_telegram_refuses_is_told(office: Office) -> None:
    text = Ports().settings().replace("http://127.0.0.1", "https://bot.example.org")
    office.configure(more=text)
    async with running(office, until=()) as bot:
        code = await bot.ends()

    assert code == 2
    assert bot.err.splitlines()[-1] == (
        "webhook.url: Telegram does not take it "
        "(bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443)."
    )


@pytest.mark.parametrize("setting", ["webhook", "metrics"])
async def test_address_that_is_taken_is_told(office: Office, ports: Ports, setting: str) -> None:
    port = getattr(ports, setting)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)
    async with server:
        ended = await office.dumka("run")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"{setting}.listen: cannot listen on 127.0.0.1:{port} (address already in use).\n"


async def test_address_that_becomes_free_soon_is_waited_for(office: Office, ports: Ports) -> None:
    """Workers whose parent was killed end a moment after it."""
    other = socket.create_server(("127.0.0.1", ports.webhook))
    asyncio.get_running_loop().call_later(1.0, other.close)
    async with running(office) as bot:
        assert bot.process.returncode is None


async def test_second_run_on_the_same_file_is_refused(office: Office, ports: Ports) -> None:
    async with running(office):
        office.configure(more=Ports().settings())
        ended = await office.dumka("run")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        f"database.url: another `dumka run` uses {office.folder / 'dumka.db'}; "
        "SQLite serves one process, PostgreSQL several.\n"
    )


async def test_votes_come_over_tls_with_a_certificate_of_ones_own(office: Office) -> None:
    certificate, key = self_signed("127.0.0.1")
    office.write("bot.pem", certificate)
    office.write("bot.key", key)
    ports = Ports()
    more = 'certificate = "bot.pem"\nprivate_key = "bot.key"\nmax_connections = 7'
    office.configure(more=ports.settings(more, scheme="https"))
    await office.connect()
    async with running(office, until=("telegram.webhook_set",)):
        message = await publish(office)
        reader = await office.people.user("Оля", "uk")
        toast = await office.people.toast(
            await office.people.tap(office.ids["channel"], message, "👍", by=reader)
        )
        hook = office.server.world.webhook

    assert toast is not None
    assert hook is not None
    assert (hook.max_connections, hook.certificate != "", hook.secret) == (7, True, SECRET)


async def test_polling_takes_an_older_webhook_away(office: Office, ports: Ports) -> None:
    async with running(office, until=("telegram.webhook_set",)):
        pass
    office.configure(more=f'[metrics]\nlisten = "127.0.0.1:{ports.metrics}"\n')
    async with running(office):
        await office.called("getUpdates")
        said = await get(ports.metrics, "/readyz")
        (call,) = await office.people.calls("deleteWebhook")

    assert call["params"] == {"drop_pending_updates": False}
    assert office.server.world.webhook is None
    assert said[0] == 200
