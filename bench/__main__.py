"""``make bench``: what is measured, as JSON.  Medians of several runs, each beside a baseline in the same run.

Votes and comments are applied by the real intake on a real SQLite file, without Telegram; the baseline commits each vote
by itself.  Calls are made to a sandbox in a process of its own; the baseline is python-telegram-bot's default client.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from telegram.request import BaseRequest, HTTPXRequest

from bot import logs
from bot.app import App, open_app
from bot.config import DatabaseSettings, Secrets, Settings, Telegram
from bot.domain.article import Article, RichText
from bot.domain.discussion import Discussion
from bot.domain.ids import ChatId, MessageId
from bot.sandbox import People, newsroom, serve
from bot.services import channel as channels
from bot.services import discussion as discussions
from bot.services import posting
from bot.telegram.request import AiohttpRequest
from bot.views.posting import plan_article, question_of
from bot.workers.clock import SystemClock, with_facts
from db.engine import Tx
from db.queries import post as posts

BATCH = 100  # updates, the most that Telegram hands out at once
AT_ONCE = 64  # calls under way
Measure = Callable[[], Awaitable[float]]


def raw(update: dict[str, Any]) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(update).encode())


async def open_discussion(app: App, channel_chat: int) -> Discussion:
    """A posted article, without sending anything."""
    now = SystemClock().now()
    app.facts.now = now.timestamp()
    opened: list[Discussion] = []

    async def work(tx: Tx) -> None:
        known = await channels.register(
            tx, app.vault, app.facts, app.myself, _DEFAULTS, ChatId(channel_chat), now
        )
        article = Article("Стаття", RichText("Текст."))
        question = question_of(known.channel, article=article)
        plan = plan_article(known.channel, article, question)
        number = await discussions.open_discussion(tx, known.channel, article.title, question, plan, now)
        for message, post in enumerate(await posts.of_discussion(tx, number), start=11):
            await posts.claim(tx, post.id, now)
            await posting.confirm(tx, post, MessageId(message), now)
        opened.append(await discussions.find(tx, number))

    await with_facts(app.db, app.facts, work)
    return opened[0]


class Updates:
    """Made from a seed, with ids that go on."""

    def __init__(self, seed: int, discussion: Discussion) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a benchmark repeats itself
        self._next = 1_000_000
        self._discussion = discussion

    def tap(self) -> msgspec.Raw:
        self._next += 1
        option = self._random.choice(self._discussion.ballot.options)
        where = {"message_id": self._discussion.messages[-1], "date": 1, "text": "?", "chat": self._channel()}
        query = {
            "id": str(self._next),
            "from": {"id": 10_000_000 + self._random.randrange(10**6), "is_bot": False, "first_name": "О"},
            "chat_instance": "1",
            "data": f"v:{self._discussion.ballot.id}:{option.id}",
            "message": where,
        }
        return raw({"update_id": self._next, "callback_query": query})

    def comment(self) -> msgspec.Raw:
        self._next += 1
        group = self._discussion.channel.group
        origin = {
            "type": "channel",
            "date": 1,
            "chat": self._channel(),
            "message_id": self._discussion.messages[0],
        }
        copy = {
            "message_id": 1001,
            "date": 1,
            "chat": {"id": group, "type": "supergroup", "title": "g"},
            "is_automatic_forward": True,
            "forward_origin": origin,
        }
        message = {
            "message_id": self._next,
            "date": 1,
            "chat": {"id": group, "type": "supergroup", "title": "g"},
            "from": {"id": 10_000_000 + self._random.randrange(10**6), "is_bot": False, "first_name": "О"},
            "message_thread_id": 1001,
            "reply_to_message": copy,
            "text": f"Думка {self._next}",
        }
        return raw({"update_id": self._next, "message": message})

    def _channel(self) -> dict[str, Any]:
        return {"id": self._discussion.channel.chat, "type": "channel", "title": "c"}


class Silent:
    """In place of the toaster: what Telegram would be told is not measured here."""

    def put(self, *_: object) -> None:
        pass


async def applied_per_second(app: App, updates: Sequence[msgspec.Raw], batch: int) -> float:
    begin = time.perf_counter()
    for start in range(0, len(updates), batch):
        await app.intake.take(updates[start : start + batch])
    return len(updates) / (time.perf_counter() - begin)


async def calls_per_second(request: BaseRequest, url: str, count: int) -> float:
    """getMe, ``AT_ONCE`` at a time."""
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            await request.post(url)

    begin = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return count / (time.perf_counter() - begin)


async def compare(name: str, measure: Measure, baseline: Measure, rounds: int) -> dict[str, Any]:
    """Turn about, so that a busy moment of the machine hits both."""
    own, other = [], []
    for _ in range(rounds):
        own.append(await measure())
        other.append(await baseline())
    ours, theirs = statistics.median(own), statistics.median(other)
    return {name: round(ours), "baseline": round(theirs), "ratio": round(ours / theirs, 1), "rounds": rounds}


_DEFAULTS = Settings().defaults.for_chats()


async def storing(rounds: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        async with serve(newsroom()) as server, People(server.url) as people:
            ids = server.world.ids
            await people.add_bot(ids["group"], by=ids["owner"])
            await people.add_bot(ids["channel"], by=ids["owner"])
            settings = Settings(
                telegram=Telegram(token=server.world.token, api_base_url=server.url),
                database=DatabaseSettings(url=f"sqlite+aiosqlite:///{folder}/bench.db"),
                secrets=Secrets(key_file=Path(folder) / "bench.key"),
            )
            async with open_app(settings) as app:
                app.intake.toaster = Silent()
                updates = Updates(1, await open_discussion(app, ids["channel"]))

                async def votes() -> float:
                    return await applied_per_second(app, [updates.tap() for _ in range(3000)], BATCH)

                async def one_by_one() -> float:
                    return await applied_per_second(app, [updates.tap() for _ in range(150)], 1)

                async def comments() -> float:
                    return await applied_per_second(app, [updates.comment() for _ in range(300)], BATCH)

                async def comments_one_by_one() -> float:
                    return await applied_per_second(app, [updates.comment() for _ in range(60)], 1)

                return {
                    "votes": await compare("votes_per_second", votes, one_by_one, rounds),
                    "comments": await compare("comments_per_second", comments, comments_one_by_one, rounds),
                }


async def calling(rounds: int) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "sandbox", "--port", "0", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )  # fmt: skip
    try:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        ready = json.loads(await process.stdout.readline())
        url = f"{ready['url']}/bot{ready['token']}/getMe"
        async with (
            AiohttpRequest() as ours,
            HTTPXRequest(connection_pool_size=256, pool_timeout=60) as theirs,
        ):
            return {
                "calls": await compare(
                    "calls_per_second",
                    lambda: calls_per_second(ours, url, 1500),
                    lambda: calls_per_second(theirs, url, 200),
                    rounds,
                )
            }
    finally:
        process.terminate()
        await process.wait()


async def main(rounds: int) -> dict[str, Any]:
    logs.set_up("json", "error")
    machine = {"python": platform.python_version(), "processors": os.cpu_count()}
    return {"machine": machine, **await storing(rounds), **await calling(rounds)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    print(json.dumps(asyncio.run(main(parser.parse_args().rounds)), indent=2))  # noqa: T201
