"""A Telegram as lean as possible, and the readers who press: ``python -m bench.crowd``.

A process of its own, told what to do by lines of JSON on standard input, each answered by one on standard output.  It
keeps what matters here: updates stay until an offset confirms them, a webhook is delivered again until it is answered
with 2xx, each press has one callback query.
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter, deque
from typing import Any, TextIO

import uvloop

from bench.presses import FIRST_QUERY, FIRST_UPDATE, Presses
from bench.wire import TRUE, Call, Delivery, conflict, ok

TICK = 0.001  # seconds between looks at the schedule
RETRY = 0.01  # seconds before a webhook that refused or was away is tried again
CONNECTIONS = 40  # Telegram's default for a webhook
TOKEN = "100200300:AAbench-bench-bench-bench-bench-ben"  # noqa: S105 - of no real bot
CHANNEL = {"id": -1001700000001, "type": "channel", "title": "Новини", "username": "novyny"}
GROUP = {"id": -1001700000002, "type": "supergroup", "title": "Новини: обговорення"}
ME = {
    "id": 100200300,
    "is_bot": True,
    "first_name": "Dumka",
    "username": "dumka_bench_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": True,
    "supports_inline_queries": False,
}
RIGHTS = dict.fromkeys(
    ("can_post_messages", "can_edit_messages", "can_delete_messages", "can_manage_chat"), True
)
OWNER = {
    "status": "creator",
    "user": {"id": 700, "is_bot": False, "first_name": "Ірина"},
    "is_anonymous": False,
}
RESULTS: dict[bytes, Any] = {
    b"getMe": ME,
    b"getChat": CHANNEL | {"linked_chat_id": GROUP["id"]},
    b"getChatMember": {
        "status": "administrator",
        "user": ME,
        "can_be_edited": False,
        "is_anonymous": False,
        **RIGHTS,
    },
    b"getChatAdministrators": [OWNER],
    b"getWebhookInfo": {"url": "", "has_custom_certificate": False, "pending_update_count": 0},
}
QUERY = re.compile(rb"callback_query_id\D+(\d+)")
NUMBER = re.compile(rb"\b(offset|limit|timeout)\b\W+(-?\d+)")
CONNECTIONS_WANTED = re.compile(rb"max_connections\D+(\d+)")


class Server:
    """The Bot API, and the webhook that it delivers to."""

    def __init__(self, message: dict[str, Any] | None) -> None:
        self._results = {name: ok(json.dumps(result).encode()) for name, result in RESULTS.items()}
        self.calls: Counter[str] = Counter()
        self.edits: list[float] = []
        self.in_body = 0
        self.message: dict[str, Any] | None = message
        self.presses = Presses(message) if message else None
        self.posted = asyncio.Event()
        self._messages = 100
        self._confirmed = 0
        self._poll: tuple[Call, int, asyncio.TimerHandle] | None = None
        self._hook: tuple[str, int, bytes] | None = None
        self._size = CONNECTIONS
        self._idle: list[Delivery] = []
        self._open: set[Delivery] = set()
        self._connecting = 0
        self._next = 0
        self._again: deque[int] = deque()

    def take(self, call: Call, method: bytes, body: bytes) -> None:
        self.calls[method.decode()] += 1
        if method == b"answerCallbackQuery":
            call.answer(TRUE)
            if self.presses and (found := QUERY.search(body)):
                self.presses.answer(int(found[1]) - FIRST_QUERY)
        elif method == b"getUpdates":
            self._ask(call, body)
        elif method.startswith(b"edit"):
            self.edits.append(time.monotonic())
            call.answer(ok(json.dumps(self.message).encode()))
        elif method == b"sendMessage":
            self._post(call, json.loads(body))
        elif method == b"setWebhook":
            wanted = CONNECTIONS_WANTED.search(body)
            self._size = int(wanted[1]) if wanted else CONNECTIONS
            call.answer(TRUE)
        elif method == b"getChat" and str(GROUP["id"]).encode() in body:
            call.answer(ok(json.dumps(GROUP | {"linked_chat_id": CHANNEL["id"]}).encode()))
        else:
            call.answer(self._results.get(method, TRUE))

    def _post(self, call: Call, params: dict[str, Any]) -> None:
        self._messages += 1
        shown = {name: params[name] for name in ("text", "entities", "reply_markup") if name in params}
        message = {
            "message_id": self._messages,
            "sender_chat": CHANNEL,
            "chat": CHANNEL,
            "date": 1_790_000_000,
        }
        call.answer(ok(json.dumps(message | shown).encode()))
        if "reply_markup" in params:
            self.message = message | shown
            self.posted.set()

    # Polling

    def _ask(self, call: Call, body: bytes) -> None:
        numbers = {name: int(value) for name, value in NUMBER.findall(body)}
        if self._poll is not None:
            older, _, timer = self._poll
            timer.cancel()
            older.answer(conflict())
            self._poll = None
        self._confirmed = max(self._confirmed, numbers.get(b"offset", 0) - FIRST_UPDATE)
        limit, wait = numbers.get(b"limit", 100), numbers.get(b"timeout", 0)
        if not self._hand_out(call, limit):
            if wait == 0:
                call.answer(ok(b"[]"))
                return
            timer = asyncio.get_running_loop().call_later(wait, self._nothing)
            self._poll = call, limit, timer

    def _hand_out(self, call: Call, limit: int) -> bool:
        if self.presses is None or self._confirmed >= self.presses.released:
            return False
        places = range(self._confirmed, min(self._confirmed + limit, self.presses.released))
        call.answer(ok(b"[" + b",".join(map(self.presses.update, places)) + b"]"))
        return True

    def _nothing(self) -> None:
        if self._poll is not None:
            self._poll[0].answer(ok(b"[]"))
            self._poll = None

    # Webhook

    def deliver_to(self, host: str, port: int, path: str, secret: str) -> None:
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nAccept-Encoding: gzip, deflate\r\n"
        head += f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\nContent-Length: %d\r\n\r\n"
        self._hook = host, port, head.encode()

    def stop_delivering(self) -> None:
        self._hook = None
        for delivery in list(self._open):
            delivery.close()

    def _deliver(self) -> None:
        if self._hook is None or self.presses is None:
            return
        head = self._hook[2]
        while self._idle and (self._again or self._next < self.presses.released):
            if self._again:
                place = self._again.popleft()
            else:
                place = self._next
                self._next += 1
            update = self.presses.update(place)
            self._idle.pop().post(place, head % len(update) + update)
        waiting = len(self._again) + self.presses.released - self._next
        for _ in range(min(waiting, self._size - len(self._open) - self._connecting)):
            self._connecting += 1
            asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        hook = self._hook
        try:
            if hook is None:
                return
            make = asyncio.get_running_loop().create_connection
            _, delivery = await make(lambda: Delivery(self._delivered, self._lost), hook[0], hook[1])
            self._open.add(delivery)
            self._idle.append(delivery)
        except OSError:
            await asyncio.sleep(RETRY)
        finally:
            self._connecting -= 1
        self._deliver()

    def _delivered(self, delivery: Delivery, place: int, status: int, body: bytes) -> None:
        if 200 <= status < 300:
            if self.presses and b"answerCallbackQuery" in body:
                self.in_body += 1
                self.presses.answer(place)
            self._idle.append(delivery)
            self._deliver()
        else:
            self._again.append(place)
            asyncio.get_running_loop().call_later(RETRY, self._rest, delivery)

    def _rest(self, delivery: Delivery) -> None:
        if delivery in self._open:
            self._idle.append(delivery)
        self._deliver()

    def _lost(self, delivery: Delivery, place: int | None) -> None:
        self._open.discard(delivery)
        if delivery in self._idle:
            self._idle.remove(delivery)
        if place is not None:
            self._again.appendleft(place)
        asyncio.get_running_loop().call_later(RETRY, self._deliver)

    def look(self) -> None:
        """Hand on what was pressed since the last look."""
        if self.presses is None or not self.presses.release_until(time.monotonic()):
            return
        if self._hook is not None:
            self._deliver()
        elif self._poll is not None:
            call, limit, timer = self._poll
            if call.lost or self._hand_out(call, limit):
                timer.cancel()
                self._poll = None


async def votes(server: Server, count: int, rate: float | None, patience: float) -> str:
    """Press ``count`` times, ``rate`` a second or all at once; wait until all are answered, or for so many seconds."""
    presses = server.presses
    if presses is None:
        raise RuntimeError("nothing was posted that could be pressed")
    calls, in_body = server.calls.copy(), server.in_body
    begin = time.monotonic()
    places = presses.schedule([begin + (place / rate if rate else 0.0) for place in range(count)])
    last = presses.due[places.stop - 1]
    while presses.open and time.monotonic() < last + patience:
        server.look()
        await asyncio.sleep(TICK)
    return presses.report(places, server.in_body - in_body, dict(server.calls - calls)).as_json()


async def obey(server: Server, order: dict[str, Any]) -> str:
    match order.pop("do"):
        case "votes":
            return await votes(server, **order)
        case "deliver":
            server.deliver_to(**order)
        case "rest":
            server.stop_delivering()
        case "edits":
            return json.dumps(sum(order["since"] <= edit < order["until"] for edit in server.edits))
        case "pressed":
            return json.dumps(server.presses.released if server.presses else 0)
        case "posted":
            await server.posted.wait()
            return json.dumps(server.message)
        case unknown:
            raise ValueError(unknown)
    return "null"


async def main(read: TextIO, write: TextIO) -> None:
    server = Server(json.loads(read.readline()))
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Call(server.take), "127.0.0.1", 0, backlog=1024)
    print(listening.sockets[0].getsockname()[1], file=write, flush=True)
    under_way: set[asyncio.Task[None]] = set()

    async def answer(line: str) -> None:
        print(await obey(server, json.loads(line)), file=write, flush=True)

    while line := await loop.run_in_executor(None, read.readline):
        task = asyncio.create_task(answer(line))
        under_way.add(task)
        task.add_done_callback(under_way.discard)


if __name__ == "__main__":
    uvloop.run(main(sys.stdin, sys.stdout))
