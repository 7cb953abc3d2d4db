"""Starting and stopping: in this process for tests, or on the command line."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from aiohttp import web

from bot.sandbox.api import BotApi
from bot.sandbox.courier import Courier
from bot.sandbox.crowd import Crowd
from bot.sandbox.world import World, newsroom

LARGEST_UPLOAD = 60 * 1024 * 1024


@dataclass(slots=True)
class Server:
    url: str
    world: World
    closing: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def serve(
    world: World | None = None,
    clock: Callable[[], float] | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    flood: str | None = None,
    retry_scale: float = 1.0,
) -> AsyncIterator[Server]:
    """``async with serve(newsroom()) as server``: talk to ``server.url``; it stops with the block.

    ``retry_scale`` shortens, or lengthens, a webhook's waits between tries.
    """
    world = world or newsroom()
    if clock is not None:
        world.clock = clock
    if flood is not None:
        world.flood.mode = flood
    world.delivery.retry_scale = retry_scale
    server = Server("", world)
    api, crowd = BotApi(world, server.closing), Crowd(world, server.closing)
    app = web.Application(client_max_size=LARGEST_UPLOAD)
    app.router.add_route("POST", "/people/{verb}", crowd.act)
    app.router.add_route("POST", "/control/{verb}", crowd.control)
    app.router.add_route("*", "/bot{token:[^/]+}/{method}", api.call)
    app.router.add_route("GET", "/file/bot{token:[^/]+}/{path:.+}", api.download)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    courier = Courier(world, api.perform_answer)
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        server.url = f"http://{host}:{runner.addresses[0][1]}"
        courier.start()
        yield server
    finally:
        server.closing.set()
        await courier.stop()
        await runner.cleanup()


def run(
    port: int = 8081,
    world: World | None = None,
    host: str = "127.0.0.1",
    flood: str = "record",
    clock: Callable[[], float] = time.time,
) -> None:
    """Serve until SIGTERM or SIGINT, or until someone calls ``shutdown``.  The first line printed says where."""
    with suppress(KeyboardInterrupt):
        asyncio.run(serve_until_stopped(port, world, host, flood, clock))


async def serve_until_stopped(
    port: int, world: World | None, host: str, flood: str, clock: Callable[[], float]
) -> None:
    async with serve(world, clock, host, port, flood) as server:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(NotImplementedError):  # Windows has no such handlers; Ctrl-C ends asyncio.run there
                loop.add_signal_handler(number, server.closing.set)
        ready = {"url": server.url, "token": server.world.token, "ids": server.world.ids}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await server.closing.wait()
