"""HTTP for the Bot API over aiohttp: one session shared by python-telegram-bot and by our own workers.

The bot's token is part of every address, so no exception of aiohttp leaves this module: what leaves is built anew
from its kind, and raised where no other exception is being handled, so that nothing hangs on ``__context__``.

Nothing is sent twice: aiohttp repeats only idempotent methods after a stale connection, and POST is none of them.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from ssl import SSLContext, SSLError
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import StreamWriter
from aiohttp.payload import Payload
from telegram._utils.defaultvalue import DefaultValue  # private, but part of do_request's signature
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

ANSWER_LIMIT = 64 * 1024 * 1024  # bytes; getUpdates answers about 4 MiB at most, a file 20 MiB
PIECE = 64 * 1024  # bytes handed to the socket at once; smaller bodies never wait for it
FORM = "application/x-www-form-urlencoded"
POOL_TIMEOUT = (  # in the words of python-telegram-bot's own client
    "Pool timeout: All connections in the connection pool are occupied. Request was *not* sent to Telegram. "
    "Consider adjusting the connection pool size or the pool timeout."
)


class NoAnswer(Exception):
    """No whole answer came.  The text holds neither address, token nor proxy password.

    ``maybe_done`` is False when the server cannot have acted, since the request never reached it whole.
    ``timed_out`` tells time-outs from broken connections.
    """

    def __init__(self, text: str, *, maybe_done: bool, timed_out: bool = False) -> None:
        super().__init__(text)
        self.maybe_done = maybe_done
        self.timed_out = timed_out


class AnswerTooBig(NoAnswer):
    """The answer has more bytes than the caller wants; its rest was not read."""


class ProxyUnusable(ValueError):
    """The proxy setting cannot work; the text is a sentence for the operator, without the proxy's password."""


class Body(Payload):
    """Bytes to POST, handed to the socket in pieces.

    ``handed_over`` is True once the whole body is on its way.  While it is False the server lacks a part of the request
    and cannot have acted on it.  A piece that the socket does not take for ``patience`` seconds is a TimeoutError.
    """

    def __init__(self, chunks: Sequence[bytes], content_type: str) -> None:
        super().__init__(chunks, content_type=content_type)
        self._size = sum(map(len, chunks))
        self.patience: float | None = None
        self.handed_over = False

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return b"".join(self._value).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        try:
            for piece in self._pieces():
                async with asyncio.timeout(self.patience):
                    await writer.write(piece)
        except TimeoutError:
            # Closing would still flush what the transport holds; only without that rest is the request surely unsent.
            if isinstance(writer, StreamWriter) and writer.transport is not None:
                writer.transport.abort()
            raise
        self.handed_over = True

    def _pieces(self) -> Iterator[memoryview]:
        for chunk in self._value:
            view = memoryview(chunk)
            for start in range(0, len(view), PIECE):
                yield view[start : start + PIECE]


class AiohttpRequest(BaseRequest):
    """python-telegram-bot's network backend; all times are seconds, None waits for ever.

    ``pool_size`` is how many requests may be under way at once, ``pool_timeout`` how long one waits for its turn.
    ``connect_timeout`` covers looking up the name, the proxy and TLS; ``read_timeout`` and ``write_timeout`` a pause in
    one direction, ``media_write_timeout`` the same while files are uploaded.  ``proxy`` is ``http://`` or
    ``socks5://`` with or without ``user:password@``.  ``tls`` replaces the system's certificate authorities;
    ``trust_env`` lets the environment name a proxy.  Raises ProxyUnusable.
    """

    __slots__ = (
        "_connect_timeout", "_free", "_media_write_timeout", "_pool_timeout", "_proxy",
        "_read_timeout", "_session", "_tls", "_trust_env", "_write_timeout",
    )  # fmt: skip

    def __init__(
        self,
        pool_size: int = 256,
        *,
        read_timeout: float | None = 5.0,
        write_timeout: float | None = 5.0,
        connect_timeout: float | None = 5.0,
        pool_timeout: float | None = 1.0,
        media_write_timeout: float | None = 20.0,
        proxy: str | None = None,
        tls: SSLContext | None = None,
        trust_env: bool = False,
    ) -> None:
        check_proxy(proxy)
        self._read_timeout = read_timeout
        self._write_timeout = write_timeout
        self._connect_timeout = connect_timeout
        self._pool_timeout = pool_timeout
        self._media_write_timeout = media_write_timeout
        self._proxy = proxy
        self._tls = tls
        self._trust_env = trust_env
        self._free = asyncio.Semaphore(pool_size)
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        return self._read_timeout

    async def initialize(self) -> None:
        """Open the session.  A second call changes nothing; after ``shutdown`` it opens a new one."""
        if self._session is not None:
            return
        self._session = aiohttp.ClientSession(
            connector=self._connector(),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self.USER_AGENT},
            proxy=self._proxy if self._proxy and not is_socks(self._proxy) else None,
            trust_env=self._trust_env,
        )

    async def shutdown(self) -> None:
        """Close the session and every connection.  A second call changes nothing."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """python-telegram-bot's way in.  The HTTP status and the answer's bytes; raises TimedOut and NetworkError,
        whose ``__cause__`` is the NoAnswer."""
        body = await encode(request_data) if request_data else None
        has_files = request_data is not None and request_data.contains_files
        try:
            return await self.exchange(
                method,
                url,
                body,
                read=read_timeout,
                write=given(write_timeout, self._media_write_timeout) if has_files else write_timeout,
                connect=connect_timeout,
                pool=pool_timeout,
            )
        except NoAnswer as failure:
            kind = TimedOut if failure.timed_out else NetworkError
            raise kind(str(failure)) from failure

    async def exchange(
        self,
        method: str,
        url: str,
        body: Body | None = None,
        *,
        read: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        limit: int = ANSWER_LIMIT,
    ) -> tuple[int, bytes]:
        """Send once, read the answer: its status, whatever it is, and its bytes.

        Times are seconds, those not given are the ones of the constructor; ``limit`` is in bytes.
        Raises NoAnswer, AnswerTooBig, and RuntimeError before ``initialize``.
        """
        if self._session is None:
            raise RuntimeError("This AiohttpRequest is not initialized!")
        if not await self._turn(given(pool, self._pool_timeout)):
            raise NoAnswer(POOL_TIMEOUT, maybe_done=False, timed_out=True)
        if body is None and method != "GET":
            body = Body([], FORM)  # even an empty one tells whether it was sent
        if body is not None:
            body.patience = given(write, self._write_timeout)
        timeout = aiohttp.ClientTimeout(
            connect=given(connect, self._connect_timeout), sock_read=given(read, self._read_timeout)
        )
        try:
            async with self._session.request(
                method, url, data=body, timeout=timeout, allow_redirects=False
            ) as response:
                return response.status, await bounded(response, limit)
        except NoAnswer as known:
            failure = known
        except Exception as error:  # noqa: BLE001  any text of aiohttp's may hold the address, and with it the token
            failure = NoAnswer(
                describe(error),
                maybe_done=body is not None and body.handed_over,
                timed_out=isinstance(error, TimeoutError),
            )
        finally:
            self._free.release()
        raise failure

    async def _turn(self, timeout: float | None) -> bool:
        if not self._free.locked():
            return await self._free.acquire()
        try:
            async with asyncio.timeout(timeout):
                return await self._free.acquire()
        except TimeoutError:
            return False

    def _connector(self) -> aiohttp.BaseConnector:
        tls = self._tls or True
        if self._proxy and is_socks(self._proxy):
            from aiohttp_socks import ProxyConnector  # noqa: PLC0415  an optional package

            return ProxyConnector.from_url(self._proxy, limit=0, ssl=tls)
        # No limit here: the semaphore counts, as only it tells a request that still waits from one that connects.
        return aiohttp.TCPConnector(limit=0, ssl=tls)


def given(timeout: ODVInput[float], default: float | None) -> float | None:
    """Seconds: what the caller said, or ``default`` when he said nothing."""
    return default if isinstance(timeout, DefaultValue) else timeout


async def bounded(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The answer's bytes, after decompression.  Raises AnswerTooBig as soon as they are more than ``limit``."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > limit:
            response.close()
            raise AnswerTooBig(f"The answer is larger than {limit} bytes", maybe_done=True)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def describe(error: Exception) -> str:
    """What happened, without addresses: only texts known to hold a host and a port at most are passed on."""
    name = type(error).__name__
    match error:
        case aiohttp.ConnectionTimeoutError():
            return f"{name}: no connection in time"
        case aiohttp.SocketTimeoutError():
            return f"{name}: no answer in time"
        case TimeoutError():
            return f"{name}: could not send in time"
        case aiohttp.ClientHttpProxyError():
            return f"{name}: the proxy answered {error.status}"
        case aiohttp.ClientConnectorError():
            return f"{name}: {error}"
        case OSError(__cause__=SSLError() as cause):
            return f"{name}: {cause.reason}"
        case OSError(errno=int(number)):
            return f"{name}: {os.strerror(number)}"
    if type(error).__module__.startswith("aiohttp_socks"):
        return f"{name}: {error}"
    return name


async def encode(data: RequestData) -> Body:
    """Form fields, or multipart/form-data with the files read into memory."""
    fields = data.json_parameters
    if not data.contains_files:
        return Body([urlencode(fields).encode()], FORM)
    boundary = uuid4().hex
    chunks: list[bytes] = []
    for name, value in fields.items():
        chunks += part(boundary, f'name="{quoted(name)}"'), value.encode(), b"\r\n"
    for name, (file_name, content, media_type) in data.multipart_data.items():
        disposition = f'name="{quoted(name)}"; filename="{quoted(file_name)}"\r\nContent-Type: {media_type}'
        whole = content if isinstance(content, bytes) else await asyncio.to_thread(content.read)
        chunks += part(boundary, disposition), whole, b"\r\n"
    chunks.append(f"--{boundary}--\r\n".encode())
    return Body(chunks, f"multipart/form-data; boundary={boundary}")


def part(boundary: str, disposition: str) -> bytes:
    return f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode()


def quoted(name: str) -> str:
    """A name inside quotes, the way browsers write it; Telegram takes other letters as raw UTF-8."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def is_socks(proxy: str) -> bool:
    return urlsplit(proxy).scheme == "socks5"


def check_proxy(proxy: str | None) -> None:
    """Raises ProxyUnusable, whose text is a sentence for the operator."""
    if proxy is None:
        return
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in {"http", "socks5"} and parts.hostname and parts.port
    except ValueError:  # its text would repeat the address
        usable = False
    if not usable:
        raise ProxyUnusable(
            "The proxy must be http://host:port or socks5://host:port, with user:password@ if needed."
        )
    if is_socks(str(proxy)) and find_spec("aiohttp_socks") is None:
        raise ProxyUnusable("A socks5:// proxy needs the package aiohttp-socks: pip install 'dumka[socks]'.")
