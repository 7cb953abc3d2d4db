"""HTTP/1.1 for the crowd, with as little processor time as possible: the machine's two cores belong to the bot.

Bodies are handed on whole.  Nobody pipelines: the Bot API's clients wait for an answer, and so does Telegram's webhook.
"""

import asyncio
from collections.abc import Callable
from typing import cast

import httptools

JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
CONFLICT = b'{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request"}'


def ok(result: bytes) -> bytes:
    body = b'{"ok":true,"result":' + result + b"}"
    return JSON % len(body) + body


TRUE = ok(b"true")


def conflict() -> bytes:
    """What Telegram tells the older of two getUpdates."""
    return (
        b"HTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        % len(CONFLICT)
        + CONFLICT
    )


class Call(asyncio.Protocol):
    """A connection to the Bot API; one call at a time."""

    def __init__(self, take: "Callable[[Call, bytes, bytes], None]") -> None:
        self._take = take
        self._parser = httptools.HttpRequestParser(self)
        self._url = self._body = b""
        self._transport: asyncio.Transport | None = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _: Exception | None) -> None:
        self.lost = True

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_body(self, body: bytes) -> None:
        self._body = self._body + body if self._body else body

    def on_message_complete(self) -> None:
        url, body = self._url, self._body
        self._url = self._body = b""
        self._take(self, url.rsplit(b"/", 1)[1], body)

    def answer(self, response: bytes) -> None:
        if self._transport is not None and not self.lost:
            self._transport.write(response)


class Delivery(asyncio.Protocol):
    """A connection to a webhook; one update at a time."""

    def __init__(
        self,
        answered: "Callable[[Delivery, int, int, bytes], None]",
        lost: "Callable[[Delivery, int | None], None]",
    ) -> None:
        self._answered, self._lost = answered, lost
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self._transport: asyncio.Transport | None = None
        self.under_way: int | None = None  # the update's place among the presses

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _: Exception | None) -> None:
        place, self.under_way = self.under_way, None
        self._transport = None
        self._lost(self, place)

    def post(self, place: int, request: bytes) -> None:
        self.under_way = place
        if self._transport is not None:
            self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body = self._body + body if self._body else body

    def on_message_complete(self) -> None:
        place, self.under_way = self.under_way, None
        body, self._body = self._body, b""
        if place is not None:
            self._answered(self, place, self._parser.get_status_code(), body)
