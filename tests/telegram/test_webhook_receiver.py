"""The webhook as Telegram, and strangers, meet it: over HTTP, byte by byte where that matters."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec
import pytest

from bot.chat import Toast
from bot.listening import bind
from bot.serving import Probes, serving
from bot.telegram.webhook import LARGEST, NotAnUpdate, NotStored, Webhook, toast_body

SECRET = "s3cret_of-the-tests"
UPDATE = b'{"update_id": 1}'
OPENS_NEVER = 0.2  # seconds without an answer, which is taken for none

Submit = Callable[[msgspec.Raw], Awaitable[bytes | None]]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Line:
    """One connection.  Requests on it follow each other."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def ask(self, data: bytes) -> Answer:
        await self.send(data)
        return await self.answer()

    async def answer(self) -> Answer:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)
        }
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(head[0].split()[1]), headers, body)

    async def is_closed(self) -> bool:
        async with asyncio.timeout(5):
            try:
                return await self.reader.read(1) == b""
            except ConnectionError:
                return True

    def hang_up(self) -> None:
        self.writer.close()


@dataclass
class Receiver:
    """``taken``: what was given to the intake."""

    webhook: Webhook
    port: int
    taken: list[bytes] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    async def line(self) -> Line:
        self.lines.append(Line(*await asyncio.open_connection("127.0.0.1", self.port)))
        return self.lines[-1]

    async def ask(self, data: bytes) -> Answer:
        async with asyncio.timeout(10):
            return await (await self.line()).ask(data)

    def takes(self, said: bytes | None = None) -> None:
        async def submit(raw: msgspec.Raw) -> bytes | None:
            self.taken.append(bytes(raw))
            return said

        self.webhook.open(submit, SECRET)

    def fails(self, error: Exception) -> None:
        async def submit(_: msgspec.Raw) -> bytes | None:
            raise error

        self.webhook.open(submit, SECRET)


def request(
    body: bytes = UPDATE,
    path: str = "/telegram",
    secret: str | None = SECRET,
    method: str = "POST",
    length: int | None = None,
) -> bytes:
    """As bytes on the wire.  ``length`` is what it claims to have."""
    shown = "" if secret is None else f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\n"
    size = len(body) if length is None else length
    head = f"{method} {path} HTTP/1.1\r\nHost: bot.example\r\n{shown}Content-Length: {size}\r\n\r\n"
    return head.encode() + body


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    listening = bind("webhook.listen", "127.0.0.1:0")
    port = listening.getsockname()[1]
    webhook = Webhook("/telegram", Probes().app())
    async with serving(webhook, listening):
        receiver = Receiver(webhook, port)
        yield receiver
        for line in receiver.lines:
            line.hang_up()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running


async def test_stored_update_is_answered_200(receiver: Receiver) -> None:
    receiver.takes()

    answer = await receiver.ask(request())

    assert (answer.status, answer.body, receiver.taken) == (200, b"", [UPDATE])


async def test_toast_travels_in_the_answer(receiver: Receiver) -> None:
    receiver.takes(toast_body("77", Toast("Ваш голос: «Так»", alert=True)))

    answer = await receiver.ask(request())

    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.body) == {
        "method": "answerCallbackQuery",
        "callback_query_id": "77",
        "text": "Ваш голос: «Так»",
        "show_alert": True,
    }


def test_silent_toast_has_no_text() -> None:
    assert json.loads(toast_body("77", Toast(""))) == {
        "method": "answerCallbackQuery",
        "callback_query_id": "77",
    }


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper(), "пароль"])
async def test_without_the_secret_nothing_is_taken(receiver: Receiver, secret: str | None) -> None:
    receiver.takes()

    answer = await receiver.ask(request(secret=secret))

    assert (answer.status, receiver.taken) == (401, [])


@pytest.mark.parametrize(
    "path",
    ["/", "/telegra", "/telegram/", "/telegram/x", "/TELEGRAM", "//telegram", "/metrics", "/%FF", "/%D1%82"],
)
async def test_nothing_is_served_beside(receiver: Receiver, path: str) -> None:
    receiver.takes()

    answer = await receiver.ask(request(path=path))

    assert (answer.status, receiver.taken) == (404, [])


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_only_post_is_taken(receiver: Receiver, method: str) -> None:
    receiver.takes()

    answer = await receiver.ask(request(b"", method=method))

    assert (answer.status, answer.headers["allow"], receiver.taken) == (405, "POST", [])


async def test_query_of_the_address_is_ignored(receiver: Receiver) -> None:
    receiver.takes()

    assert (await receiver.ask(request(path="/telegram?a=b"))).status == 200


async def test_body_over_the_limit_is_refused_by_its_length(receiver: Receiver) -> None:
    """Before any of it has come."""
    receiver.takes()
    line = await receiver.line()

    answer = await line.ask(request(b"", length=LARGEST + 1))

    assert (answer.status, receiver.taken) == (413, [])
    assert await line.is_closed()


async def test_body_over_the_limit_is_refused_in_chunks_too(receiver: Receiver) -> None:
    receiver.takes()
    line = await receiver.line()
    await line.send(
        b"POST /telegram HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        + f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\n\r\n".encode()
    )
    piece = b"%x\r\n%s\r\n" % (1 << 18, b"x" * (1 << 18))
    sending = asyncio.create_task(send_pieces(line, piece, LARGEST // (1 << 18) + 1))

    async with asyncio.timeout(10):
        answer = await line.answer()

    assert (answer.status, receiver.taken) == (413, [])
    await sending


async def send_pieces(line: Line, piece: bytes, times: int) -> None:
    try:
        for _ in range(times):
            await line.send(piece)
    except ConnectionError:  # they have heard enough
        return


async def test_body_at_the_limit_is_taken(receiver: Receiver) -> None:
    receiver.takes()
    body = b"1" * LARGEST

    assert (await receiver.ask(request(body))).status == 200
    assert receiver.taken == [body]


async def test_body_in_chunks_is_taken_whole(receiver: Receiver) -> None:
    receiver.takes()
    head = request(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")

    answer = await receiver.ask(head + b'7\r\n{"updat\r\n' + b'9\r\ne_id": 1}\r\n0\r\n\r\n')

    assert (answer.status, receiver.taken) == (200, [UPDATE])


async def test_strangers_body_is_not_waited_for(receiver: Receiver) -> None:
    """Who does not know the secret fills no memory: the answer comes before the body, and ends the connection."""
    receiver.takes()
    line = await receiver.line()

    async with asyncio.timeout(5):
        answer = await line.ask(request(b"x" * 1000, secret="wrong", length=LARGEST))

    assert answer.status == 401
    assert await line.is_closed()


async def test_who_hangs_up_in_the_middle_of_a_body_leaves_nothing(receiver: Receiver) -> None:
    receiver.takes()
    line = await receiver.line()
    await line.send(request(UPDATE, length=len(UPDATE) + 1))

    line.hang_up()

    assert (await receiver.ask(request(b"{}"))).status == 200
    assert receiver.taken == [b"{}"]


async def test_what_is_no_update_is_refused_for_good(receiver: Receiver) -> None:
    receiver.fails(NotAnUpdate())

    assert (await receiver.ask(request())).status == 400


async def test_what_is_not_stored_shall_come_again(receiver: Receiver) -> None:
    receiver.fails(NotStored())

    answer = await receiver.ask(request())

    assert answer.status == 503
    assert 1 <= int(answer.headers["retry-after"]) <= 10


async def test_updates_wait_until_the_bot_has_started(receiver: Receiver) -> None:
    lines = [await receiver.line() for _ in range(3)]
    for number, line in enumerate(lines):
        await line.send(request(b"%d" % number))
    answers = [asyncio.create_task(line.answer()) for line in lines]
    await asyncio.wait(answers, timeout=OPENS_NEVER)
    assert not any(answer.done() for answer in answers)

    receiver.takes()

    assert [(await answer).status for answer in answers] == [200, 200, 200]
    assert sorted(receiver.taken) == [b"0", b"1", b"2"]


async def test_who_hangs_up_while_the_bot_starts_keeps_nobody_from_entering(receiver: Receiver) -> None:
    line = await receiver.line()
    await line.send(request(b"1"))
    line.hang_up()
    await asyncio.sleep(0.05)

    receiver.takes()

    assert (await receiver.ask(request(b"2"))).status == 200
    assert b"2" in receiver.taken


async def test_probe_answers_while_the_bot_starts(receiver: Receiver) -> None:
    live = await receiver.ask(request(b"", "/healthz", method="GET"))
    ready = await receiver.ask(request(b"", "/readyz", method="GET"))

    assert (live.status, live.body) == (200, b"ok\n")
    assert (ready.status, json.loads(ready.body)) == (503, {"start": "not finished"})


async def test_hundred_and_fifty_connections_are_served_at_once(receiver: Receiver) -> None:
    """More than Telegram ever opens; nobody waits for another's answer."""
    most, inside, all_inside = 150, 0, asyncio.Event()

    async def submit(_: msgspec.Raw) -> bytes | None:
        nonlocal inside
        inside += 1
        if inside == most:
            all_inside.set()
        await all_inside.wait()
        return None

    receiver.webhook.open(submit, SECRET)

    answers = await asyncio.gather(*(receiver.ask(request()) for _ in range(most)))

    assert {answer.status for answer in answers} == {200}


async def test_connection_is_kept(receiver: Receiver) -> None:
    receiver.takes(b"{}")
    line = await receiver.line()

    answers = [await line.ask(request(b"%d" % number)) for number in range(50)]

    assert {answer.status for answer in answers} == {200}
    assert receiver.taken == [b"%d" % number for number in range(50)]


@pytest.mark.parametrize("status", ["404", "405", "400", "503"])
async def test_connection_is_kept_after_a_refusal_too(receiver: Receiver, status: str) -> None:
    """Only strangers and floods lose theirs."""
    errors: list[Exception] = [NotStored()] if status == "503" else [NotAnUpdate()]

    async def submit(_: msgspec.Raw) -> bytes | None:
        if errors and status in {"400", "503"}:
            raise errors.pop()
        return None

    receiver.webhook.open(submit, SECRET)
    line = await receiver.line()
    first = {"404": request(path="/other"), "405": request(b"", method="GET")}.get(status, request())

    async with asyncio.timeout(5):
        statuses = [(await line.ask(first)).status, (await line.ask(request())).status]

    assert statuses == [int(status), 200]


@pytest.mark.parametrize(
    "noise",
    [
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",  # TLS where there is none
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /telegram HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /telegram HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST /telegram HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"x" * 100_000,
    ],
)
async def test_noise_harms_nobody(receiver: Receiver, noise: bytes) -> None:
    receiver.takes()
    line = await receiver.line()
    await send_pieces(line, noise, 1)

    assert (await receiver.ask(request())).status == 200
    assert receiver.taken == [UPDATE]


async def test_at_the_end_connections_are_cut_in_time() -> None:
    """Neither a request in hand nor an idle connection keeps the process."""
    begun = asyncio.Event()

    async def submit(_: msgspec.Raw) -> bytes | None:
        begun.set()
        await asyncio.sleep(60)
        return None

    async with receiving() as receiver:
        receiver.webhook.open(submit, SECRET)
        idle, busy = await receiver.line(), await receiver.line()
        await busy.send(request())
        await begun.wait()
        loop = asyncio.get_running_loop()
        ended_at = loop.time()

    assert loop.time() - ended_at < 1.5
    assert await idle.is_closed()
