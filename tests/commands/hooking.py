"""The bot's process, reached by webhook; and several of them."""

import asyncio
import os
import re
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.commands.conftest import WITHIN, Office, Running

SECRET = "secret-of-the-tests-0123456789"
ARTICLE = "Мости через Дніпро\n\nМіст відкрили у вівторок.\n\nЧи потрібен ще один?\n"
SETTINGS = """\
mode = "webhook"
[webhook]
url = "{scheme}://127.0.0.1:{port}/telegram"
listen = "127.0.0.1:{port}"
secret = "{secret}"
{more}
[metrics]
listen = "127.0.0.1:{metrics}"
"""


class Ports:
    """Free ones: for the webhook, and two in a row for the metrics of two processes."""

    def __init__(self) -> None:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.webhook: int = one.getsockname()[1]
            self.metrics = next(
                number for number in range(21_000 + self.webhook % 9_000, 65_000) if free(number)
            )

    def settings(self, more: str = "", scheme: str = "http") -> str:
        given = {
            "scheme": scheme,
            "port": self.webhook,
            "metrics": self.metrics,
            "secret": SECRET,
            "more": more,
        }
        return SETTINGS.format(**given)


def free(number: int) -> bool:
    try:
        for port in (number, number + 1):
            with socket.create_server(("127.0.0.1", port)):
                pass
    except OSError:
        return False
    return True


@asynccontextmanager
async def running(
    office: Office, *words: str, until: Sequence[str] = ("bot.running",)
) -> AsyncIterator[Running]:
    """``dumka run`` with these words, until all of ``until`` stand in its log."""
    bot = Running(await office._start("run", *words))
    following = asyncio.create_task(bot.follow())
    try:
        for told in until:
            await bot.says(told)
        yield bot
    finally:
        for pid in (*children(bot), bot.process.pid):
            kill(pid)
        await bot.process.wait()
        await following


async def get(port: int, path: str) -> tuple[int, str]:
    """Status and text; tried again until somebody listens."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(WITHIN):
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}{path}") as response:
                    return response.status, await response.text()
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.01)


async def ready(port: int) -> None:
    async with asyncio.timeout(WITHIN):
        while (await get(port, "/readyz"))[0] != 200:
            await asyncio.sleep(0.05)


def metric(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} ([0-9.e+]+)$", text, re.MULTILINE)
    assert found is not None, name
    return float(found[1])


def children(bot: Running) -> list[int]:
    """The pids of the workers that were ever started, in their order."""
    return [int(pid) for pid in re.findall(r'"pid": (\d+)[^\n]*"worker.started"', bot.err)]


def lives(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def kill(pid: int) -> None:
    if lives(pid):
        os.kill(pid, signal.SIGKILL)


async def ended(*pids: int) -> float:
    """Seconds until none of them lives."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    async with asyncio.timeout(WITHIN):
        while any(map(lives, pids)):
            await asyncio.sleep(0.02)
    return loop.time() - begin


async def publish(office: Office) -> int:
    """Returns the ballot's message; the bot must be running."""
    office.write("article.txt", ARTICLE)
    posted = await office.dumka("post", "article.txt", "--channel", "@Novyny", "--wait")
    assert posted.code == 0, posted.err
    return int((await office.ballot())["message_id"])
