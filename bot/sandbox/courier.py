"""Updates on their way to a webhook, as the official Bot API server sends them (its WebhookActor).

In order only inside a lane: the messages of a chat, the presses of a user, a poll, the reactions in a chat.  An update
that fails holds up its lane and no other.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import parse_qsl

from bot.sandbox.inbox import Update
from bot.sandbox.polls import close_due
from bot.sandbox.wire import Answer, Broken, Connection, Target
from bot.sandbox.world import JSON, Webhook, World

Key = tuple[Any, ...]
# Seconds: the first try again comes at once, then 2, 4, 8 ... up to a random number between these.
LONGEST_WAIT = (60, 120)
LONGEST_RETRY_AFTER = 3600
# A webhook that has answered nothing but 410 Gone for so long is taken away.
GONE_FOR = 23 * 3600.0
LOOK_AT_POLLS = 1.0
MESSAGES = frozenset(("message", "edited_message", "channel_post", "edited_channel_post"))


def lane_of(update: Update) -> Key:
    """Kinds that Telegram does not queue, and what is no update at all, stand alone."""
    body = update.body
    try:
        if update.kind in MESSAGES:
            return "messages", body["chat"]["id"]
        if update.kind == "callback_query":
            return "presses", body["from"]["id"]
        if update.kind in ("poll", "poll_answer"):
            return "poll", str(body["id"] if update.kind == "poll" else body["poll_id"])
        if update.kind in ("message_reaction", "message_reaction_count"):
            return "reactions", body["chat"]["id"]
        if update.kind in ("my_chat_member", "chat_member"):
            return update.kind, body["chat"]["id"]
    except (KeyError, TypeError):
        pass
    return "alone", update.id


@dataclass(slots=True, eq=False)
class Lane:
    key: Key
    updates: deque[Update] = field(default_factory=deque)
    fails: int = 0  # of the first update
    delay: int = 1


class Courier:
    """Carries the inbox to the world's webhook over up to ``max_connections`` connections at once."""

    def __init__(self, world: World, perform_answer: Callable[[JSON], None]) -> None:
        self.world = world
        self.perform_answer = perform_answer
        self.random = Random()  # noqa: S311 - spreads retries, guards nothing
        self.hook: Webhook | None = None
        self.lanes: dict[Key, Lane] = {}
        self.ready: deque[Lane] = deque()
        self.idle: deque[asyncio.Future[None]] = deque()
        self.tasks: set[asyncio.Task[None]] = set()
        self.connections: set[Connection] = set()
        self.gone_since: float | None = None

    def start(self) -> None:
        self.world.webhook_changed = self.renew
        self.renew()

    async def stop(self) -> None:
        self.world.webhook_changed = lambda: None
        self.world.inbox.listener = None
        ending = self.halt()
        await asyncio.gather(*ending, return_exceptions=True)

    def halt(self) -> set[asyncio.Task[None]]:
        """What is under way is cut off: it may have reached the bot, and will come again."""
        ending, self.tasks = self.tasks, set()
        for task in ending:
            task.cancel()
        self.lanes, self.ready, self.idle, self.connections = {}, deque(), deque(), set()
        return ending

    def renew(self) -> None:
        """After setWebhook and deleteWebhook: all that waits starts anew, without the old failures."""
        self.halt()
        self.hook, self.gone_since = self.world.webhook, None
        self.world.inbox.listener = None
        if self.hook is None:
            return
        self.target = Target(self.hook)
        self.world.inbox.listener = self.accept
        for update in (*self.world.inbox.repeats, *self.world.inbox.waiting.values()):
            self.accept(update)
        self.employ(self.watch())

    def employ(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def accept(self, update: Update) -> None:
        key = lane_of(update)
        lane = self.lanes.get(key)
        if lane is not None:
            lane.updates.append(update)
            return
        lane = self.lanes[key] = Lane(key, deque([update]))
        self.release(lane)

    def release(self, lane: Lane, delay: float = 0.0) -> None:
        """Let a lane's first update go, after ``delay`` seconds."""
        delivery = self.world.delivery
        if delivery.shuffled is not None:
            delay += delivery.shuffled.uniform(0, delivery.shuffled_within)
        if delay > 0:
            asyncio.get_running_loop().call_later(delay, self.make_ready, lane)
        else:
            self.make_ready(lane)

    def make_ready(self, lane: Lane) -> None:
        if self.hook is None or self.lanes.get(lane.key) is not lane:
            return  # the webhook was changed meanwhile
        self.ready.append(lane)
        while self.idle:
            waiting = self.idle.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return
        if len(self.tasks) <= self.hook.max_connections:  # the watcher is one of them
            self.employ(self.work(self.hook))

    async def watch(self) -> None:
        """An outage cuts what is under way.  Polls close in time although nobody asks for updates."""
        outage = self.world.outage
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AT_POLLS):
                    await outage.began.wait()
            if outage.kind:
                for connection in self.connections:
                    connection.cut()
                await outage.over.wait()
            close_due(self.world)

    async def work(self, hook: Webhook) -> None:
        """One of the connections, with a second one for updates that come twice."""
        first, second = Connection(self.target), Connection(self.target)
        mine = {first, second}
        self.connections |= mine
        try:
            while True:
                while not self.ready:
                    waiting = asyncio.get_running_loop().create_future()
                    self.idle.append(waiting)
                    await waiting
                await self.attempt(self.ready.popleft(), hook, first, second)
        finally:
            self.connections -= mine
            for connection in mine:
                connection.cut()

    async def attempt(self, lane: Lane, hook: Webhook, first: Connection, second: Connection) -> None:
        while self.world.outage.kind:
            await self.world.outage.over.wait()
        update = lane.updates[0]
        if not self.world.inbox.holds(update):
            return self.forward(lane)
        self.world.inbox.hand_out(update)
        data = json.dumps(update.json(), ensure_ascii=False, separators=(",", ":")).encode()
        if self.world.delivery.duplicated.strikes():
            outcomes = list(await asyncio.gather(self.send(first, data), self.send(second, data)))
        else:
            outcomes = [await self.send(first, data)]
        if self.lanes.get(lane.key) is not lane:
            return None
        return self.judge(lane, update, hook, outcomes)

    async def send(self, connection: Connection, data: bytes) -> Answer | Broken:
        try:
            answer = await connection.post(data, self.world.delivery.patience)
        except Broken as broken:
            return broken
        if self.world.delivery.answers_lost.strikes():
            connection.cut()
            return Broken("Connection closed")
        return answer

    def judge(self, lane: Lane, update: Update, hook: Webhook, outcomes: list[Answer | Broken]) -> None:
        """The update is through if its first copy was taken.  Each answer that came may hold a call."""
        outcome = outcomes[0]
        if isinstance(outcome, Answer) and 200 <= outcome.status < 300:
            self.gone_since = None
            self.world.inbox.confirm(update)
            self.forward(lane)
        elif isinstance(outcome, Answer):
            what = f"Wrong response from the webhook: {outcome.status} {outcome.reason}"
            self.fail(lane, update, hook, what, retry_after(outcome))
            self.count_gone(outcome.status)
        else:
            self.fail(lane, update, hook, str(outcome), 0)
        for answer in outcomes:
            if isinstance(answer, Answer) and 200 <= answer.status < 300 and answer.body:
                self.perform_answer(call_in(answer))

    def forward(self, lane: Lane) -> None:
        lane.updates.popleft()
        lane.fails, lane.delay = 0, 1
        if lane.updates:
            self.release(lane)
        else:
            del self.lanes[lane.key]

    def fail(self, lane: Lane, update: Update, hook: Webhook, what: str, wait: int) -> None:
        """Not tried again if it would be too old by then."""
        hook.last_error = (self.world.now, what)
        if wait == 0 and lane.fails > 0:
            lane.delay = min(self.random.randint(*LONGEST_WAIT), lane.delay * 2)
            wait = lane.delay
        lane.fails += 1
        scaled = wait * self.world.delivery.retry_scale
        if self.world.clock() + scaled > update.expires and update.id in self.world.inbox.waiting:
            self.world.inbox.drop(update)
            return self.forward(lane)
        return self.release(lane, scaled)

    def count_gone(self, status: int) -> None:
        now = self.world.clock()
        if status != 410:
            self.gone_since = None
        elif self.gone_since is None:
            self.gone_since = now
        elif now > self.gone_since + GONE_FOR:
            self.world.webhook = None
            asyncio.get_running_loop().call_soon(self.renew)


def retry_after(answer: Answer) -> int:
    """Whole seconds; a date is not understood."""
    text = answer.headers.get("retry-after", "")
    return min(int(text), LONGEST_RETRY_AFTER) if text.isascii() and text.isdigit() else 0


def call_in(answer: Answer) -> JSON:
    """The method and parameters in an answer's body, if that is what it holds."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        try:
            body = json.loads(answer.body)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(answer.body.decode(errors="replace"), keep_blank_values=True))
    return {}
