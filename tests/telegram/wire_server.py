"""Servers for the wire's tests: one that answers as told, and one that works on bare connections."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ssl import SSLContext

from aiohttp import web

from bot.telegram.request import NoAnswer

TOKEN = "123456:TEST-token-that-nobody-may-see"

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """``answer`` may be replaced at any time; ``seen`` holds the path and body of each request."""

    root: str = ""
    answer: Answer | None = None
    seen: list[tuple[str, bytes]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    connections: set[asyncio.Transport] = field(default_factory=set)
    under_way: int = 0
    peak: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        uploads = request.content_type.startswith("multipart/")  # for ``answer`` to read
        self.seen.append((request.path, b"" if uploads else await request.read()))
        self.headers.append(dict(request.headers))
        if request.transport is not None:
            self.connections.add(request.transport)
        self.under_way += 1
        self.peak = max(self.peak, self.under_way)
        try:
            return (
                await self.answer(request) if self.answer else web.json_response({"ok": True, "result": True})
            )
        finally:
            self.under_way -= 1

    def says(
        self,
        status: int = 200,
        *,
        text: str | None = None,
        headers: dict[str, str] | None = None,
        **fields: object,
    ) -> None:
        """Answer every request with these fields as JSON, or with ``text`` as it is."""

        async def answer(_: web.Request) -> web.StreamResponse:
            if text is not None:
                return web.Response(status=status, text=text, headers=headers)
            return web.json_response(fields, status=status, headers=headers)

        self.answer = answer


@asynccontextmanager
async def serving(tls: SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server()
    app = web.Application(client_max_size=100 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    await web.SockSite(runner, sock, ssl_context=tls, backlog=1024).start()
    server.root = f"{'https' if tls else 'http'}://127.0.0.1:{sock.getsockname()[1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
        for connection in server.connections:
            connection.abort()  # closing would wait for a proxy to take part in the end of TLS
        await asyncio.sleep(0.01)


@asynccontextmanager
async def talking(talk: Talk) -> AsyncIterator[str]:
    """A server whose connections are each held by ``talk``; yields its root."""

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """One request with its body, which must come with a Content-Length."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return head + await reader.readexactly(int(length.split(b":")[1]))


def whole_answer(body: bytes = b'{"ok":true,"result":true}') -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        len(body),
        body,
    )


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and all that hangs on it."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and one not in found:
            found.append(one)
            waiting += [one.__cause__, one.__context__]
            yield one


def no_answer(error: BaseException) -> NoAnswer:
    """The transport's failure behind an exception of python-telegram-bot."""
    return next(one for one in chain(error) if isinstance(one, NoAnswer))
