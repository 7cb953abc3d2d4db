"""A wire between the bot and Telegram that can be cut: what reached Telegram and what it said are known to the byte."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web


@dataclass
class Wire:
    """Passes everything on until ``cut``; then requests vanish, and the answers to those under way are dropped.

    ``delivered``: the updates, by number, that went over it to the bot, each as often as it did.
    """

    upstream: str
    url: str = ""
    delivered: list[int] = field(default_factory=list)
    dropped: int = 0
    is_cut: bool = False
    swallow: bool = False  # answers are dropped, requests go through
    silenced: str = ""  # a method whose calls vanish
    one_batch: bool = (
        False  # cut as soon as one batch of updates has gone through, before the next can be asked for
    )

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        polls = request.path.endswith("/getUpdates")
        if self.is_cut or (self.silenced and request.path.endswith(self.silenced)):
            return await self.vanish(request)
        self.note(body if request.method == "POST" and "/bot" not in request.path else b"")
        try:
            status, kind, content = await self.ask(request, body)
        except aiohttp.ClientError:  # nobody listens there, or it has just died
            return drop(request)
        if self.is_cut or self.swallow:
            return await self.vanish(request)
        batch = json.loads(content).get("result") if polls else None
        if batch:
            self.delivered += [update["update_id"] for update in batch]
            self.is_cut = self.one_batch
        return web.Response(status=status, body=content, content_type=kind)

    async def ask(self, request: web.Request, body: bytes) -> tuple[int, str, bytes]:
        own = {"host", "content-length"}
        headers = {name: value for name, value in request.headers.items() if name.lower() not in own}
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method, self.upstream + request.path_qs, data=body, headers=headers
            ) as answer,
        ):
            return answer.status, answer.content_type, await answer.read()

    def note(self, body: bytes) -> None:
        """An update on its way to a webhook."""
        if body:
            update: dict[str, Any] = json.loads(body)
            self.delivered.append(int(update["update_id"]))

    async def vanish(self, request: web.Request) -> web.StreamResponse:
        """Neither an answer nor an end, until the wire is whole again."""
        self.dropped += 1
        while self.is_cut or self.swallow or self.silenced:
            await asyncio.sleep(0.02)
        return drop(request)

    def cut_for(self, method: str) -> None:
        self.silenced = method

    def mend(self) -> None:
        self.is_cut = self.one_batch = self.swallow = False
        self.silenced = ""


def drop(request: web.Request) -> web.Response:
    """Close the connection under the answer; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


@asynccontextmanager
async def wire_to(upstream: str, port: int = 0) -> AsyncIterator[Wire]:
    wire = Wire(upstream)
    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{path:.*}", wire.pass_on)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        wire.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield wire
    finally:
        wire.mend()
        await runner.cleanup()
