"""Where Telegram brings updates: an ASGI application, answering 200 only for what is stored.

It imports little, so that it can listen while the rest of the bot is still being loaded: updates that arrive meanwhile
wait for ``open``.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

import msgspec

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST = (
    4 * 1024 * 1024
)  # bytes of an update; Telegram puts at most about as much into a whole answer of getUpdates
SECRET_HEADER = b"x-telegram-bot-api-secret-token"
AGAIN = 2  # seconds after which Telegram may bring it again
CLOSE = [(b"connection", b"close")]
JSON_TYPE = [(b"content-type", b"application/json")]


class Toast(Protocol):
    """``bot.chat.Toast``, which imports much."""

    @property
    def text(self) -> str: ...
    @property
    def alert(self) -> bool: ...


class NotAnUpdate(Exception):
    """JSON without an update's number, or no JSON."""


class NotStored(Exception):
    """The database is away, or we are stopping: Telegram has to bring it again."""


# Stores an update; returns the method to call as the body of the answer, and None for none.
Submit = Callable[[msgspec.Raw], Awaitable[bytes | None]]


class Webhook:
    """``path`` and ``secret`` are compared in constant time.  All else goes to ``beside``."""

    def __init__(self, path: str, beside: App) -> None:
        self._path, self._beside = path.encode(), beside
        self._secret = b""
        self._submit: asyncio.Future[Submit] = asyncio.get_running_loop().create_future()

    def open(self, submit: Submit, secret: str) -> None:
        """From now on updates are taken; those that wait go first."""
        self._secret = secret.encode()
        self._submit.set_result(submit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not hmac.compare_digest(scope["path"].encode(), self._path):
            return await self._beside(scope, receive, send)
        if scope["method"] != "POST":
            return await answer(send, 405, headers=[(b"allow", b"POST")])
        # A future costs more than the rest of this function.
        submit = self._submit.result() if self._submit.done() else await asyncio.shield(self._submit)
        if not hmac.compare_digest(
            secret_of(scope), self._secret
        ):  # before the body: strangers fill no memory
            return await answer(send, 401, headers=CLOSE)
        body = await read_body(scope, receive)
        if body is None:
            return await answer(send, 413, headers=CLOSE)
        try:
            said = await submit(msgspec.Raw(body))
        except NotAnUpdate:
            return await answer(send, 400)
        except NotStored:
            return await answer(send, 503, headers=[(b"retry-after", b"%d" % AGAIN)])
        if said is None:
            return await answer(send, 200)
        return await answer(send, 200, said, JSON_TYPE)


def secret_of(scope: Scope) -> bytes:
    found: bytes = next((value for name, value in scope["headers"] if name == SECRET_HEADER), b"")
    return found


async def read_body(scope: Scope, receive: Receive) -> bytes | None:
    """None when it is too large, or the other side hung up."""
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if not declared.isdigit() or int(declared) > LARGEST:
        return None
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > LARGEST:
            return None
        if not message.get("more_body", False):
            return body


async def answer(
    send: Send, status: int, body: bytes = b"", headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [length, *(headers or ())]})
    await send({"type": "http.response.body", "body": body})


def toast_body(query: str, toast: Toast) -> bytes:
    """The answer to a tap, called by Telegram itself from the body of our answer."""
    call: dict[str, object] = {"method": "answerCallbackQuery", "callback_query_id": query}
    if toast.text:
        call |= {"text": toast.text, "show_alert": toast.alert}
    return msgspec.json.encode(call)
