"""A bot without a library: it calls the sandbox over HTTP and keeps what it hears."""

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import aiohttp

from bot.sandbox import Server

JSON = dict[str, Any]
EVERY_KIND = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "callback_query",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "message_reaction",
    "message_reaction_count",
]


class Clock:
    def __init__(self) -> None:
        self.now = 1_780_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


async def until(condition: Callable[[], bool]) -> None:
    """Wait for the server, however slow the machine is."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


class Api:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.base = f"{server.url}/bot{server.world.token}"
        self.offset = 0

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.session.close()

    async def call(self, method: str, **params: Any) -> JSON:
        async with self.session.post(f"{self.base}/{method}", json=params) as response:
            answer: JSON = await response.json()
        if not answer["ok"]:
            assert answer["error_code"] == response.status
        return answer

    async def ok(self, method: str, **params: Any) -> Any:
        answer = await self.call(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    async def error(self, method: str, **params: Any) -> str:
        answer = await self.call(method, **params)
        assert not answer["ok"], answer
        return str(answer["description"])

    async def send(self, chat: int | str, text: str = "Слово", **params: Any) -> JSON:
        sent: JSON = await self.ok("sendMessage", chat_id=chat, text=text, **params)
        return sent

    async def updates(self, allowed: Sequence[str] | None = EVERY_KIND) -> list[JSON]:
        """Everything that waits, confirmed."""
        found: list[JSON] = await self.ok("getUpdates", offset=self.offset, allowed_updates=allowed)
        if found:
            self.offset = found[-1]["update_id"] + 1
            await self.ok("getUpdates", offset=self.offset)
        return [{key: value for key, value in each.items() if key != "update_id"} for each in found]

    async def bodies(self, kind: str) -> list[JSON]:
        """Of the waiting updates those of one kind."""
        return [each[kind] for each in await self.updates() if kind in each]


def keyboard(*labels: str) -> JSON:
    return {"inline_keyboard": [[{"text": label, "callback_data": f"v:{label}"}] for label in labels]}
