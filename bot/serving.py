"""HTTP that the bot itself serves: the webhook, the probes and the metrics."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.sections import SettingsError
from bot.telegram.webhook import App

KEEP_ALIVE = 75  # seconds; Telegram goes on using its connections
READY_WITHIN = 2.0  # seconds for all checks of /readyz together
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Checks = Callable[[], Awaitable[Mapping[str, str]]]


class Probes:
    """``/healthz``: the process answers.  ``/readyz``: it can do its work; each check says "ok" or what is wrong."""

    def __init__(self) -> None:
        self.checks: Checks | None = None  # None while the bot is starting
        self.metrics: Callable[[], bytes] | None = None

    def app(self, *, metrics: bool = False) -> Starlette:
        """``metrics``: serve them here, too."""
        routes = [Route("/healthz", self._live), Route("/readyz", self._ready)]
        if metrics:
            routes.append(Route("/metrics", self._metrics))
        return Starlette(routes=routes)

    async def _live(self, _: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def _ready(self, _: Request) -> Response:
        found: Mapping[str, str] = {"start": "not finished"}
        if self.checks is not None:
            try:
                async with asyncio.timeout(READY_WITHIN):
                    found = await self.checks()
            except TimeoutError:
                found = {"checks": "no answer in time"}
        good = all(said == "ok" for said in found.values())
        return JSONResponse(dict(found), status_code=200 if good else 503)

    async def _metrics(self, _: Request) -> Response:
        said = b"" if self.metrics is None else self.metrics()
        return Response(said, media_type=METRICS_TYPE)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The command has its own."""
        yield


@asynccontextmanager
async def serving(
    app: App, listening: socket.socket, certificate: Path | None = None, private_key: Path | None = None
) -> AsyncIterator[None]:
    """Serve for as long as the block runs; at its end open connections are cut.  Raises SettingsError."""
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=0,
        ssl_certfile=certificate,
        ssl_keyfile=private_key,
    )
    try:
        config.load()
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise SettingsError(
            f"webhook.private_key: it cannot be used with the certificate ({error})"
        ) from None
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]), name="http")
    try:
        yield
    finally:
        server.should_exit = server.force_exit = True
        await asyncio.wait({task}, timeout=1.0)
        task.cancel()
