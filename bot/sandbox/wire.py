"""One connection to a webhook: as much of an HTTP/1.1 client as posting updates needs, at a third of aiohttp's cost."""

import asyncio
import os
import ssl
from dataclasses import dataclass
from http.client import responses
from urllib.parse import urlsplit

from bot.sandbox.world import Webhook

LARGEST_ANSWER = 1 << 20


class Broken(Exception):
    """No answer came, or none that is HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    reason: str
    headers: dict[str, str]  # names in lower case
    body: bytes


class Target:
    """Where a webhook's requests go, prepared once: address, TLS and the head that they share."""

    def __init__(self, hook: Webhook) -> None:
        parts = urlsplit(hook.url)
        self.host = parts.hostname or ""
        self.port = parts.port or (443 if parts.scheme == "https" else 80)
        self.address = hook.ip_address or self.host
        self.tls = trust(hook.certificate) if parts.scheme == "https" else None
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        named = parts.netloc.rpartition("@")[2]
        lines = [f"POST {path} HTTP/1.1", f"Host: {named}", "Content-Type: application/json"]
        lines += [f"X-Telegram-Bot-Api-Secret-Token: {hook.secret}"] if hook.secret else []
        self.head = "\r\n".join([*lines, "Connection: keep-alive", "Content-Length: "]).encode()

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(
            self.address,
            self.port,
            ssl=self.tls,
            server_hostname=self.host if self.tls is not None else None,
        )


def trust(certificate: str) -> ssl.SSLContext:
    """An uploaded certificate is the only one trusted; without one the machine's authorities are."""
    if not certificate:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=certificate)
    # A server's own certificate, not an authority's, may be the whole chain.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


class Connection:
    """Kept alive from one update to the next, and opened anew when it broke."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes, patience: float) -> Answer:
        """One request; raises Broken when no whole answer came within ``patience`` seconds."""
        try:
            async with asyncio.timeout(patience):
                reader, writer = await self._ready()
                writer.write(b"%b%d\r\n\r\n%b" % (self.target.head, len(body), body))
                await writer.drain()
                answer, reusable = await read_answer(reader)
        except TimeoutError as error:
            self.cut()
            raise Broken("Read timeout expired") from error
        except asyncio.IncompleteReadError as error:
            self.cut()
            raise Broken("Connection closed") from error
        except ssl.SSLError as error:
            self.cut()
            raise Broken(f"SSL error {{{error.reason or error}}}") from error
        except OSError as error:
            self.cut()
            raise Broken(sentence(error)) from error
        except (ValueError, asyncio.LimitOverrunError) as error:
            self.cut()
            raise Broken("Wrong response from the webhook: no HTTP") from error
        except asyncio.CancelledError:
            self.cut()
            raise
        if not reusable:
            self.cut()
        return answer

    async def _ready(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is not None and not self._streams[0].at_eof():
            return self._streams
        self.cut()
        self._streams = await self.target.open()
        return self._streams

    def cut(self) -> None:
        """Whoever waits for an answer hears that the connection is closed."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


def sentence(error: OSError) -> str:
    """As the operating system puts it; asyncio's own words name the address."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or "Connection closed"


async def read_answer(reader: asyncio.StreamReader) -> tuple[Answer, bool]:
    """The answer, and whether the connection takes another request."""
    status = 100
    while status < 200:  # 100 Continue and the like come before the answer
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        version, _, rest = head[0].partition(" ")
        if version not in ("HTTP/1.1", "HTTP/1.0"):
            raise ValueError(head[0])
        code, _, reason = rest.partition(" ")
        status = int(code)
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    reusable = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = await read_chunks(reader)
    elif "content-length" in headers:
        body = await reader.readexactly(limited(int(headers["content-length"])))
    elif status in (204, 304):
        body = b""
    else:
        body, reusable = await reader.read(LARGEST_ANSWER), False
    return Answer(status, reason or responses.get(status, ""), headers, body), reusable


async def read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        size = limited(int(line.partition(b";")[0], 16) + len(body)) - len(body)
        if size == 0:
            while await reader.readuntil(b"\r\n") != b"\r\n":
                pass  # trailers say nothing to us
            return body
        body += (await reader.readexactly(size + 2))[:-2]


def limited(size: int) -> int:
    if not 0 <= size <= LARGEST_ANSWER:
        raise ValueError("the answer is too long")
    return size
