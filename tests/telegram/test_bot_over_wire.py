"""python-telegram-bot on our transport: its exceptions, its uploads, and the token, which nobody may see."""

import asyncio
import logging
import traceback
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import BodyPartReader, web
from telegram import Bot, InputFile, InputMediaDocument
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.telegram.api import Api, NoAnswer
from bot.telegram.request import AiohttpRequest
from tests.telegram.wire_server import TOKEN, Server, Talk, chain, read_request, reset, talking, whole_answer

MESSAGE = {"message_id": 7, "date": 0, "chat": {"id": 1, "type": "private"}}


def bot_at(root: str, request: AiohttpRequest) -> Bot:
    """Both of the bot's requests over one session."""
    return Bot(
        TOKEN,
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=request,
        get_updates_request=request,
    )


@pytest.fixture
def bot(server: Server, request_: AiohttpRequest) -> Bot:
    return bot_at(server.root, request_)


@pytest.mark.parametrize(
    ("status", "description", "expected"),
    [
        (400, "Bad Request: chat not found", BadRequest("Chat not found")),
        (401, "Unauthorized", InvalidToken("Unauthorized")),
        (403, "Forbidden: bot was blocked by the user", Forbidden("Forbidden: bot was blocked by the user")),
        (404, "Not Found", InvalidToken("Not Found")),
        (
            409,
            "Conflict: terminated by other getUpdates request",
            Conflict("terminated by other getUpdates request"),
        ),
        (413, "Request Entity Too Large", NetworkError("Request Entity Too Large")),
        (500, "Internal Server Error: restart", NetworkError("Internal Server Error: restart")),
        (502, "Bad Gateway", NetworkError("Bad Gateway")),
    ],
)
async def test_refusals_become_the_librarys_exceptions(
    bot: Bot, server: Server, status: int, description: str, expected: TelegramError
) -> None:
    server.says(status, ok=False, error_code=status, description=description)

    with pytest.raises(TelegramError) as caught:
        await bot.get_me()

    assert type(caught.value) is type(expected)
    assert expected.message in caught.value.message


async def test_flood_tells_how_long_to_wait(
    bot: Bot, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # else the exception warns while it is made
    server.says(
        429, ok=False, description="Too Many Requests: retry after 31", parameters={"retry_after": 31}
    )

    with pytest.raises(RetryAfter) as caught:
        await bot.get_me()

    assert caught.value.retry_after == timedelta(seconds=31)


async def test_migration_tells_the_new_chat(bot: Bot, server: Server) -> None:
    description = "Bad Request: group chat was upgraded to a supergroup chat"
    server.says(400, ok=False, description=description, parameters={"migrate_to_chat_id": -1001})

    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(-1, "x")

    assert caught.value.new_chat_id == -1001


async def test_read_timeout_of_a_call_is_obeyed(bot: Bot, server: Server) -> None:
    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(0.3)
        return web.Response()

    server.answer = answer

    with pytest.raises(TimedOut):
        await bot.get_me(read_timeout=0.05)


async def test_document_is_uploaded_with_its_name_and_bytes(bot: Bot, server: Server, tmp_path: Path) -> None:
    parts: list[tuple[str | None, str | None, str | None, bytes]] = []

    async def answer(request: web.Request) -> web.Response:
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            parts.append(
                (part.name, part.filename, part.headers.get("Content-Type"), bytes(await part.read()))
            )
        album = request.path.endswith("/sendMediaGroup")
        return web.json_response({"ok": True, "result": [MESSAGE] if album else MESSAGE})

    server.answer = answer
    content = bytes(range(256)) * 4096  # 1 MiB
    path = tmp_path / "report.bin"
    path.write_bytes(content)

    await bot.send_document(1, BytesIO(content), filename="Звіт №1.csv", caption="Ґрунт")
    with path.open("rb") as file:
        await bot.send_document(1, InputFile(file, read_file_handle=False))
    await bot.send_media_group(
        1, [InputMediaDocument(b"a", filename="a"), InputMediaDocument(b"", filename='"b"')]
    )

    assert parts[:3] == [
        ("chat_id", None, None, b"1"),
        ("caption", None, None, "Ґрунт".encode()),
        ("document", "Звіт №1.csv", "text/csv", content),
    ]
    assert parts[3:5] == [
        ("chat_id", None, None, b"1"),
        ("document", "report.bin", "application/octet-stream", content),
    ]
    assert [(name, body) for _, name, _, body in parts[7:]] == [("a", b"a"), ("%22b%22", b"")]


async def test_file_is_downloaded(bot: Bot, server: Server) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path.startswith("/file/"):
            return web.Response(body=b"content")
        file = {"file_id": "f", "file_unique_id": "u", "file_path": "documents/a.txt"}
        return web.json_response({"ok": True, "result": file})

    server.answer = answer

    assert await (await bot.get_file("f")).download_as_bytearray() == b"content"


async def test_256_messages_at_once(bot: Bot, server: Server) -> None:
    server.says(ok=True, result=MESSAGE)

    sent = await asyncio.gather(*(bot.send_message(1, str(n)) for n in range(256)))

    assert ([message.message_id for message in sent], len(server.seen)) == ([7] * 256, 256)


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def leaving(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    reset(writer)


def saying(answer: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer)

    return talk


FAILURES: list[tuple[Talk, Callable[[str], str]]] = [
    (leaving, str),
    (saying(b""), str),
    (silent, str),
    (silent, lambda root: root.replace("http:", "https:")),
    (saying(b"no HTTP"), lambda root: root.replace("http:", "https:")),
    (saying(b"no HTTP\r\n\r\n"), str),
    (saying(whole_answer()[:-4]), str),
    (saying(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone"), str),
    (saying(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"), str),
    (saying(whole_answer(b'{"ok":false}')), str),
    (silent, lambda _: "http://127.0.0.1:1"),
    (silent, lambda _: "http://no-such-host.invalid"),
    (silent, lambda _: "http://bad host"),
    (silent, lambda _: "http://[bad"),
    (silent, lambda _: "ftp://127.0.0.1"),
    (silent, lambda _: ""),
]


@pytest.mark.parametrize("proxied", [False, True])
@pytest.mark.parametrize(("talk", "root_of"), FAILURES)
async def test_token_is_in_no_text_of_any_failure(
    talk: Talk, root_of: Callable[[str], str], proxied: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "telegram.Bot")  # that one logs the whole address, whatever the transport
    asyncio.get_running_loop().set_debug(True)
    errors: list[BaseException] = []

    async with talking(talk) as server:
        request = AiohttpRequest(read_timeout=0.2, connect_timeout=0.2, proxy=server if proxied else None)
        async with request:
            root = root_of(server)
            try:
                await bot_at(root, request).send_message(1, "x" * 20_000)
            except Exception as error:  # noqa: BLE001  whatever comes must not show the token
                errors.append(error)
            try:
                await Api(request, root, TOKEN).call("sendMessage", {"chat_id": 1}, timeout=0.2)
            except NoAnswer as error:
                errors.append(error)

    assert errors
    texts = [caplog.text, "\n".join(map(repr, caplog.records))]
    for failure in errors:
        texts += traceback.format_exception(failure)
        texts += [text for one in chain(failure) for text in (str(one), repr(one), repr(one.args))]
    assert [text for text in texts if "token-that-nobody" in text] == []
