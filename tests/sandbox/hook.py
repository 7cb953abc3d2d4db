"""A bot's webhook that notes what it is sent and answers as a test wishes."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

JSON = dict[str, Any]
Answer = Callable[[JSON], Awaitable[web.StreamResponse]]


async def take(update: JSON) -> web.StreamResponse:
    return web.Response()


@dataclass(slots=True)
class Hook:
    """``async with Hook() as hook``: post to ``hook.url``; ``hook.updates`` is what came, in order of arrival."""

    answer: Answer = take
    tls: ssl.SSLContext | None = None
    updates: list[JSON] = field(default_factory=list)
    headers: list[JSON] = field(default_factory=list)
    peers: list[Any] = field(default_factory=list)  # the bot's side of each request's connection
    under_way: int = 0
    most_under_way: int = 0
    url: str = ""
    runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.receive)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0, ssl_context=self.tls)
        await site.start()
        scheme = "http" if self.tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self.runner.addresses[0][1]}/hook?for=tests"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.runner is not None:
            await self.runner.cleanup()

    async def receive(self, request: web.Request) -> web.StreamResponse:
        update = await request.json()
        self.updates.append(update)
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        transport = request.transport
        self.peers.append(transport.get_extra_info("peername") if transport is not None else None)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return await self.answer(update)
        finally:
            self.under_way -= 1

    def texts(self) -> list[str]:
        return [each["message"]["text"] for each in self.updates if "message" in each]

    def presses(self) -> list[tuple[int, str]]:
        """Who pressed what, in order of arrival."""
        queries = [each["callback_query"] for each in self.updates if "callback_query" in each]
        return [(each["from"]["id"], each["data"]) for each in queries]


class InTurn:
    """Answers one after another, each a status with headers; then 200 for ever."""

    def __init__(self, *statuses: int, headers: dict[str, str] | None = None) -> None:
        self.statuses = list(statuses)
        self.headers = headers
        self.times: list[float] = []

    async def __call__(self, update: JSON) -> web.StreamResponse:
        self.times.append(asyncio.get_running_loop().time())
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, headers=self.headers if status != 200 else None)


def call(method: str, **params: Any) -> web.Response:
    return web.json_response({"method": method, **params})
