"""Votes and comments a second that the intake applies on SQLite, without Telegram: what HTTP costs is not in it.

The baseline hands over each update by itself.
"""

import json
import random
import statistics
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from bench.crowd import CHANNEL, GROUP
from bench.installation import Ground
from bench.presses import FIRST_UPDATE, Presses
from bench.telegram import telegram
from bot.app import App, open_app
from bot.config import load

BATCH = 100  # updates, the most that Telegram hands out at once
ONE_BY_ONE = 20  # times fewer


class Silent:
    """In place of the toaster: what Telegram would be told is not measured here."""

    def put(self, *_: object) -> None:
        pass


class Comments:
    """Comments under the ballot's copy in the discussion group, each by another reader."""

    def __init__(self, message: dict[str, Any], first: int) -> None:
        self._number = first
        self._random = random.Random(1)  # noqa: S311 - a benchmark repeats itself
        origin = {"type": "channel", "date": 1, "chat": CHANNEL, "message_id": message["message_id"]}
        self._copy = {
            "message_id": 1001,
            "date": 1,
            "chat": GROUP,
            "is_automatic_forward": True,
            "forward_origin": origin,
        }

    def next(self) -> msgspec.Raw:
        self._number += 1
        reader = {"id": 10_000_000 + self._random.randrange(10**8), "is_bot": False, "first_name": "Олена"}
        message = {
            "message_id": self._number,
            "date": 1,
            "chat": GROUP,
            "from": reader,
            "message_thread_id": 1001,
            "reply_to_message": self._copy,
            "text": f"Міст потрібен, і вже давно. {self._number}",
        }
        return msgspec.Raw(json.dumps({"update_id": self._number, "message": message}).encode())


async def applied(ground: Ground, votes: int, comments: int, rounds: int) -> dict[str, dict[str, float]]:
    async with (
        ground.installation() as place,
        telegram() as crowd,
        open_app(load(place.config(crowd.url, None))) as app,
    ):
        app.intake.toaster = Silent()
        presses = Presses(place.message)
        taps = (msgspec.Raw(presses.update(number)) for number in range(10**9))
        said = Comments(place.message, FIRST_UPDATE + 10**8)
        found: dict[str, list[float]] = {}
        for _ in range(rounds):
            for name, source, count in (
                ("votes", taps, votes),
                ("comments", iter(said.next, None), comments),
            ):
                for batch, how in ((BATCH, "in_batches"), (1, "one_by_one")):
                    size = count if batch > 1 else count // ONE_BY_ONE
                    updates = [next(source) for _ in range(size)]
                    found.setdefault(f"{name}_{how}", []).append(await _per_second(app, updates, batch))
    medians = {name: statistics.median(samples) for name, samples in found.items()}
    return {
        kind: {
            "applied_per_s": medians[f"{kind}_in_batches"],
            "one_by_one_per_s": medians[f"{kind}_one_by_one"],
            "ratio": medians[f"{kind}_in_batches"] / medians[f"{kind}_one_by_one"],
        }
        for kind in ("votes", "comments")
    }


async def _per_second(app: App, updates: Sequence[msgspec.Raw], batch: int) -> float:
    begin = time.perf_counter()
    for start in range(0, len(updates), batch):
        await app.intake.take(updates[start : start + batch])
    return len(updates) / (time.perf_counter() - begin)
