"""Starting and stopping, here and on the command line."""

import json
import signal
import subprocess
import sys

import aiohttp
import pytest

from bot.sandbox import People, World, newsroom, serve
from tests.sandbox.hook import Hook, InTurn
from tests.sandbox.talk import Api

COMMAND = [sys.executable, "-c", "from bot.sandbox import run; run(port=0)"]


async def test_server_is_gone_after_its_block() -> None:
    async with serve(World("42:OTHER", "other_bot", "Інший")) as server, Api(server) as api:
        me = await api.ok("getMe")
    async with People(server.url) as people:
        with pytest.raises(aiohttp.ClientConnectionError):
            await people.pending()

    assert (me["id"], me["username"], me["first_name"]) == (42, "other_bot", "Інший")


async def test_long_poll_does_not_hold_up_the_end() -> None:
    async with serve(newsroom()) as server, Api(server) as api, People(server.url) as people:
        await people.shutdown()

        assert await api.ok("getUpdates", timeout=50) == []


async def test_flood_control_can_be_set_at_the_start() -> None:
    async with serve(newsroom(), flood="off") as server:
        assert server.world.flood.mode == "off"


async def test_waits_of_webhooks_can_be_shortened_at_the_start() -> None:
    answers = InTurn(500, 500, 500)
    async with (
        serve(newsroom(), retry_scale=0.01) as server,
        Api(server) as api,
        People(server.url) as people,
        Hook(answers) as hook,
    ):
        await api.ok("setWebhook", url=hook.url)
        await people.start(by=await people.user("Оля"))
        settled = await people.settled()

    assert (settled, len(answers.times)) == (True, 4)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command_line_says_where_and_stops_on_a_signal(number: signal.Signals) -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)

    assert (ready["token"], sorted(ready["ids"])) == (
        "1000001:SANDBOX-TOKEN",
        ["bot", "channel", "group", "owner"],
    )
    assert ready["url"].startswith("http://127.0.0.1:")
    assert (process.returncode, errors) == (0, "")


async def test_people_can_stop_it_from_another_process() -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220 - it is brief
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        async with People(ready["url"]) as people:
            reader = await people.user("Оля")
            await people.start(by=reader)
            waiting = await people.pending()
            await people.shutdown()
        process.communicate(timeout=10)

    assert (waiting, process.returncode) == (1, 0)


async def test_people_need_a_session() -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await People("http://127.0.0.1:1").pending()


async def test_unknown_verb_is_refused() -> None:
    async with (
        serve(newsroom()) as server,
        aiohttp.ClientSession() as session,
        session.post(f"{server.url}/people/fly", json={}) as response,
    ):
        assert response.status == 400
        assert (await response.json())["error"].startswith("nobody can 'fly'; there are add, add_bot, ")
