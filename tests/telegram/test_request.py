"""The transport against real servers: what arrives, what comes back, and what is known when nothing does."""

import asyncio
import gzip
import socket
import threading
import time

import pytest
from aiohttp import web
from telegram.error import NetworkError, TimedOut
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.telegram.request import POOL_TIMEOUT, AiohttpRequest, AnswerTooBig, Body, NoAnswer
from tests.telegram.wire_server import (
    Server,
    no_answer,
    read_request,
    reset,
    talking,
    whole_answer,
)

BIG = bytes(32 * 1024 * 1024)  # more than sockets hold, so that sending it waits for the server


def form(**fields: object) -> RequestData:
    return RequestData([RequestParameter.from_input(name, value) for name, value in fields.items()])


async def post(request: AiohttpRequest, url: str, **times: float | None) -> tuple[int, bytes]:
    return await request.do_request(url, "POST", form(chat_id=1), **times)


async def test_answer_is_status_and_bytes(server: Server, request_: AiohttpRequest) -> None:
    server.says(418, text="тіло")

    answer = await request_.do_request(f"{server.root}/x", "POST", form(text="Ґ & =", ids=[1, 2], flag=True))

    assert answer == (418, "тіло".encode())
    assert server.seen == [("/x", b"text=%D2%90+%26+%3D&ids=%5B1%2C+2%5D&flag=true")]
    assert server.headers[0]["User-Agent"] == AiohttpRequest.USER_AGENT


async def test_request_without_data_has_no_body(server: Server, request_: AiohttpRequest) -> None:
    assert await request_.do_request(f"{server.root}/x", "GET") == (200, b'{"ok": true, "result": true}')
    assert server.seen == [("/x", b"")]


async def test_redirect_is_an_answer_like_any_other(server: Server, request_: AiohttpRequest) -> None:
    server.says(302, text="", headers={"Location": f"{server.root}/elsewhere"})

    status, _ = await post(request_, f"{server.root}/x")

    assert (status, [path for path, _ in server.seen]) == (302, ["/x"])


async def test_cookies_are_not_kept(server: Server, request_: AiohttpRequest) -> None:
    server.says(text="", headers={"Set-Cookie": "a=b"})
    root = server.root.replace("127.0.0.1", "localhost")

    await post(request_, root)
    await post(request_, root)

    assert ["Cookie" in headers for headers in server.headers] == [False, False]


async def test_environment_names_no_proxy(
    server: Server, request_: AiohttpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert (await post(request_, server.root))[0] == 200

    async with AiohttpRequest(trust_env=True) as trusting:
        with pytest.raises(NetworkError, match="ClientProxyConnectionError"):
            await post(trusting, server.root)


@pytest.mark.parametrize("compressed", [False, True])
async def test_answer_over_the_limit_is_not_read(
    server: Server, request_: AiohttpRequest, compressed: bool
) -> None:
    async def answer(_: web.Request) -> web.Response:
        whole = bytes(1001)
        if compressed:
            return web.Response(body=gzip.compress(whole), headers={"Content-Encoding": "gzip"})
        return web.Response(body=whole)

    server.answer = answer

    with pytest.raises(AnswerTooBig, match="larger than 1000 bytes"):
        await request_.exchange("GET", server.root, limit=1000)
    assert len((await request_.exchange("GET", server.root, limit=1001))[1]) == 1001


async def test_before_initialize_nothing_is_sent(server: Server) -> None:
    with pytest.raises(RuntimeError, match="not initialized"):
        await post(AiohttpRequest(), server.root)


async def test_initialize_and_shutdown_may_be_repeated(server: Server) -> None:
    request = AiohttpRequest()
    await request.shutdown()
    for _ in range(2):
        await request.initialize()
        await request.initialize()
        assert (await post(request, server.root))[0] == 200
        await request.shutdown()
        await request.shutdown()


def test_read_timeout_is_the_one_given() -> None:
    assert (AiohttpRequest().read_timeout, AiohttpRequest(read_timeout=None).read_timeout) == (5.0, None)


async def test_256_calls_at_once_each_get_their_own_answer(server: Server) -> None:
    all_here = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        if len(server.seen) == 256:
            all_here.set()
        await all_here.wait()
        return web.Response(text=request.path)

    server.answer = answer
    async with AiohttpRequest(256) as request:
        answers = await asyncio.gather(*(post(request, f"{server.root}/{n}") for n in range(256)))

    assert answers == [(200, f"/{n}".encode()) for n in range(256)]


async def test_pool_size_bounds_the_requests_under_way(server: Server) -> None:
    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(0.01)
        return web.Response()

    server.answer = answer
    async with AiohttpRequest(3, pool_timeout=None) as request:
        await asyncio.gather(*(post(request, server.root) for _ in range(20)))

    assert (server.peak, len(server.seen)) == (3, 20)


async def test_no_turn_in_time_was_not_sent(server: Server) -> None:
    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(0.3)
        return web.Response()

    server.answer = answer
    async with AiohttpRequest(1, pool_timeout=0.05) as request:
        first = asyncio.create_task(post(request, f"{server.root}/first"))
        await asyncio.sleep(0.1)
        with pytest.raises(TimedOut) as caught:
            await post(request, f"{server.root}/second")
        await post(request, f"{server.root}/third", pool_timeout=None)
        await first

    assert (caught.value.message, no_answer(caught.value).maybe_done) == (POOL_TIMEOUT, False)
    assert [path for path, _ in server.seen] == ["/first", "/third"]


async def test_no_connection_in_time_was_not_sent(request_: AiohttpRequest) -> None:
    async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with talking(silence) as root:
        with pytest.raises(TimedOut, match="no connection in time") as caught:
            await post(request_, root.replace("http:", "https:"), connect_timeout=0.1)

    assert not no_answer(caught.value).maybe_done


async def test_no_answer_in_time_may_be_done(server: Server, request_: AiohttpRequest) -> None:
    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(0.3)
        return web.Response(text="late")

    server.answer = answer

    with pytest.raises(TimedOut, match="no answer in time") as caught:
        await post(request_, server.root, read_timeout=0.05)

    assert no_answer(caught.value).maybe_done
    assert await post(request_, server.root, read_timeout=None) == (200, b"late")


async def test_half_an_answer_may_be_done(request_: AiohttpRequest) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(whole_answer()[:-5])

    async with talking(half) as root:
        with pytest.raises(NetworkError, match="ClientPayloadError") as caught:
            await post(request_, root)

    assert no_answer(caught.value).maybe_done


async def test_body_not_taken_in_time_was_not_sent(request_: AiohttpRequest) -> None:
    stop = asyncio.Event()

    async def deaf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stop.wait()
        reset(writer)

    async with talking(deaf) as root:
        with pytest.raises(TimedOut, match="could not send in time") as caught:
            await request_.do_request(root, "POST", form(text="x" * len(BIG)), write_timeout=0.1)
        stop.set()

    assert not no_answer(caught.value).maybe_done


async def test_body_said_to_be_unsent_does_not_arrive_later(request_: AiohttpRequest) -> None:
    """Bodies around the size that the sockets hold, to a server which reads only when the sender has given up."""
    given_up = asyncio.Event()
    arrived: asyncio.Queue[int] = asyncio.Queue()

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # typeshed has only the write half here
        await given_up.wait()
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        size = 0
        while chunk := await reader.read(1024 * 1024):
            size += len(chunk)
        arrived.put_nowait(size)

    async def send(root: str, size: int) -> tuple[bool, int]:
        given_up.clear()
        with pytest.raises(NoAnswer) as caught:
            await request_.exchange("POST", root, Body([BIG[:size]], "text/plain"), write=0.02, read=0.02)
        given_up.set()
        return caught.value.maybe_done, await arrived.get()

    async with talking(late) as root:
        _, room = await send(root, len(BIG))
        outcomes = [
            (size, *await send(root, size)) for size in range(room - 320 * 1024, room + 320 * 1024, 16 * 1024)
        ]

    assert [size for size, maybe_done, came in outcomes if not maybe_done and came >= size] == []


async def test_slow_upload_is_no_timeout_while_it_moves(request_: AiohttpRequest) -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = int(
            (await reader.readuntil(b"\r\n\r\n")).lower().split(b"content-length: ")[1].split(b"\r\n")[0]
        )
        while left:
            left -= len(await reader.read(1024 * 1024))
            await asyncio.sleep(0.002)
        writer.write(whole_answer())

    async with talking(slow) as root:
        before = time.monotonic()
        status, _ = await request_.exchange("POST", root, Body([BIG], "text/plain"), write=0.3)

    assert (status, time.monotonic() - before > 0.3) == (200, True)


async def test_nobody_listening_was_not_sent(request_: AiohttpRequest) -> None:
    with pytest.raises(NetworkError, match=r"Cannot connect to host 127\.0\.0\.1:1 ") as caught:
        await post(request_, "http://127.0.0.1:1/x")

    assert not no_answer(caught.value).maybe_done


async def test_unknown_name_was_not_sent(request_: AiohttpRequest) -> None:
    with pytest.raises(NetworkError, match="ClientConnectorDNSError") as caught:
        await post(request_, "http://no-such-host.invalid/x", connect_timeout=20.0)

    assert not no_answer(caught.value).maybe_done


async def test_reset_in_the_middle_of_the_body_was_not_sent(request_: AiohttpRequest) -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1000)
        reset(writer)

    async with talking(leave) as root:
        with pytest.raises(NetworkError) as caught:
            await request_.do_request(root, "POST", form(text="x" * len(BIG)))

    assert not no_answer(caught.value).maybe_done


@pytest.mark.parametrize("with_reset", [False, True])
async def test_connection_lost_after_the_request_may_be_done(
    request_: AiohttpRequest, with_reset: bool
) -> None:
    heard: list[bytes] = []

    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await read_request(reader))
        if with_reset:
            reset(writer)

    async with talking(leave) as root:
        with pytest.raises(NetworkError) as caught:
            await post(request_, root)
        with pytest.raises(NetworkError) as without_data:
            await request_.do_request(root, "POST")

    assert (no_answer(caught.value).maybe_done, no_answer(without_data.value).maybe_done) == (True, True)
    assert (isinstance(caught.value, TimedOut), len(heard)) == (False, 2)


async def test_connection_closed_between_two_posts_is_replaced(request_: AiohttpRequest) -> None:
    heard: list[bytes] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await read_request(reader))
        writer.write(whole_answer())

    async with talking(once) as root:
        await post(request_, f"{root}/first")
        await asyncio.sleep(0.05)
        await post(request_, f"{root}/second")

    assert [request.split()[1] for request in heard] == [b"/first", b"/second"]


async def test_kept_connection_lost_at_the_second_post_is_not_tried_again(request_: AiohttpRequest) -> None:
    heard: list[bytes] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await read_request(reader))
        writer.write(whole_answer())
        heard.append(await read_request(reader))

    async with talking(once) as root:
        await post(request_, f"{root}/first")
        with pytest.raises(NetworkError) as caught:
            await post(request_, f"{root}/second")

    assert no_answer(caught.value).maybe_done
    assert [request.split()[1] for request in heard] == [b"/first", b"/second"]


async def test_post_on_a_connection_that_just_went_stale_is_not_sent_again(request_: AiohttpRequest) -> None:
    """The server has closed, and the loop has not noticed: the case in which aiohttp repeats a GET."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[bytes] = []
    answered = threading.Event()

    def serve() -> None:
        for _ in range(2):
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connections.append(connection.recv(65536))
                connection.sendall(whole_answer())
                time.sleep(0.05)
            answered.set()

    thread = threading.Thread(target=serve)
    thread.start()
    root = f"http://127.0.0.1:{listener.getsockname()[1]}"

    await post(request_, f"{root}/first")
    answered.wait(5)  # holds the loop on purpose
    with pytest.raises(NetworkError) as caught:
        await post(request_, f"{root}/second")
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)

    assert no_answer(caught.value).maybe_done
    assert [heard.split()[1] for heard in connections] == [b"/first"]
