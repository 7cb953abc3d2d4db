"""Raw calls of the Bot API for our own workers, over the session that python-telegram-bot uses too."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec

from bot.telegram.request import AiohttpRequest, AnswerTooBig, Body, NoAnswer

__all__ = ["Api", "FileTooBig", "NoAnswer", "NotOk", "Reply"]

DOWNLOAD_TIMEOUT = 20.0  # seconds without a byte
POLL_MARGIN = 10.0  # seconds on top of what Telegram was asked to wait


@dataclass(frozen=True, slots=True)
class Reply:
    """What Telegram answered.  ``code`` is its error code or the HTTP status, ``retry_after`` seconds.

    ``result`` is plain JSON data, None when not ok.  An answer that is not Telegram's JSON, such as the error page of
    a proxy, is not ok and has no ``description``.
    """

    ok: bool
    result: Any
    code: int
    description: str = ""
    retry_after: int | None = None
    migrate_to: int | None = None


class NotOk(Exception):
    """Telegram, or something in between, answered and did not give what was asked for."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"{reply.code} {reply.description}".rstrip())
        self.reply = reply


class FileTooBig(Exception):
    """The file has more bytes than ``limit``; the rest was not read."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the file is larger than {limit} bytes")
        self.limit = limit


class Parameters(msgspec.Struct):
    retry_after: float | None = None
    migrate_to_chat_id: int | None = None


class Answer(msgspec.Struct):
    """Every answer of the Bot API; the result is left for the caller to parse."""

    ok: bool
    result: msgspec.Raw = msgspec.Raw(b"null")
    error_code: int | None = None
    description: str | None = None
    parameters: Parameters | None = None


class Api:
    """``base_url`` is the server's root, such as ``https://api.telegram.org``.  Every method may raise NoAnswer.

    Time-outs other than the one for the answer are those of ``request``.
    """

    __slots__ = ("_base_url", "_request", "_token", "counts")

    def __init__(self, request: AiohttpRequest, base_url: str, token: str) -> None:
        self._request = request
        self._base_url = base_url.rstrip("/")
        self._token = token
        self.counts: Counter[tuple[str, str]] = Counter()  # calls by method and outcome

    def __repr__(self) -> str:
        return f"Api({self._base_url!r})"

    async def call(
        self, method: str, params: Mapping[str, object] | None = None, *, timeout: float = 20.0
    ) -> Reply:
        """Call once, whatever comes of it.  ``timeout`` is in seconds without an answer.

        ``params`` go out as JSON, lists and dictionaries in them too; those that are None are left out.
        """
        try:
            status, payload = await self._post(method, params or {}, timeout)
        except NoAnswer:
            self.counts[method, "no answer"] += 1
            raise
        answered = reply(read_answer(payload), status)
        self.counts[method, "ok" if answered.ok else str(answered.code)] += 1
        return answered

    async def updates(
        self, offset: int | None, limit: int, timeout: int, allowed: Sequence[str]
    ) -> list[msgspec.Raw]:
        """getUpdates: each update as its JSON bytes, so that one which nobody can parse does not stop the others.

        ``timeout`` is how many seconds Telegram may wait for the first update.  ``allowed`` is always sent, since
        leaving it out keeps an earlier setting.  Raises NotOk.
        """
        params = {"offset": offset, "limit": limit, "timeout": timeout, "allowed_updates": list(allowed)}
        status, payload = await self._post("getUpdates", params, timeout + POLL_MARGIN)
        answer = read_answer(payload)
        if answer is not None and answer.ok:
            try:
                return msgspec.json.decode(answer.result, type=list[msgspec.Raw])
            except msgspec.ValidationError:  # something else than getUpdates answered
                answer = None
        raise NotOk(reply(answer, status))

    async def download(self, file_path: str, limit: int) -> bytes:
        """The file at getFile's ``file_path``, at most ``limit`` bytes.  Raises FileTooBig and NotOk."""
        url = f"{self._base_url}/file/bot{self._token}/{quote(file_path)}"
        try:
            status, payload = await self._request.exchange("GET", url, read=DOWNLOAD_TIMEOUT, limit=limit)
        except AnswerTooBig:
            raise FileTooBig(limit) from None
        if status == 200:
            return payload
        raise NotOk(reply(read_answer(payload), status))

    async def _post(self, method: str, params: Mapping[str, object], timeout: float) -> tuple[int, bytes]:
        body = msgspec.json.encode({name: value for name, value in params.items() if value is not None})
        return await self._request.exchange(
            "POST",
            f"{self._base_url}/bot{self._token}/{method}",
            Body([body], "application/json"),
            read=timeout,
        )


def read_answer(payload: bytes) -> Answer | None:
    """None when the bytes are not an answer of the Bot API.

    What msgspec refuses although Telegram may let it pass (half an emoji as ``\\ud83d``, bytes that are not UTF-8) is
    read by the more lenient standard library and written again.
    """
    try:
        return msgspec.json.decode(payload, type=Answer)
    except ValueError:  # msgspec's errors and UnicodeDecodeError are both
        pass
    try:
        return msgspec.json.decode(mended(payload), type=Answer)
    except (ValueError, RecursionError):
        return None


def mended(payload: bytes) -> bytes:
    """The same JSON with a question mark for all that is no character.  Raises ValueError and RecursionError."""
    data = json.loads(payload.decode(errors="replace"), strict=False)
    return json.dumps(data, ensure_ascii=False).encode(errors="replace")


def reply(answer: Answer | None, status: int) -> Reply:
    if answer is None:
        return Reply(False, None, status)
    parameters = answer.parameters or Parameters()
    wait = parameters.retry_after
    return Reply(
        ok=answer.ok,
        result=plain(answer.result) if answer.ok else None,
        code=answer.error_code or status,
        description=answer.description or "",
        retry_after=None if wait is None else math.ceil(wait),
        migrate_to=parameters.migrate_to_chat_id,
    )


def plain(raw: msgspec.Raw) -> Any:
    """JSON data; None when it cannot be read, since what was asked for has been done all the same."""
    try:
        return msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(mended(bytes(raw)))
    except (ValueError, RecursionError):
        return None
