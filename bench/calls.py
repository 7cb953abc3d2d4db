"""Calls a second to the Bot API, by Dumka's client and by python-telegram-bot's default one."""

import asyncio
import statistics
import time

from telegram.request import BaseRequest, HTTPXRequest

from bench.crowd import TOKEN
from bench.telegram import telegram
from bot.telegram.request import AiohttpRequest

AT_ONCE = 64  # calls under way
FEWER = 8  # times: the default client is slower


async def calls(count: int, rounds: int) -> dict[str, float]:
    """They take turns, so that a busy moment of the machine hits both."""
    async with (
        telegram() as crowd,
        AiohttpRequest() as ours,
        HTTPXRequest(connection_pool_size=256, pool_timeout=60) as theirs,
    ):
        url = f"{crowd.url}/bot{TOKEN}/getMe"
        pairs = [
            (await _per_second(ours, url, count), await _per_second(theirs, url, count // FEWER))
            for _ in range(rounds)
        ]
    own, default = (statistics.median(samples) for samples in zip(*pairs, strict=True))
    return {"calls_per_s": own, "default_client_per_s": default, "ratio": own / default}


async def _per_second(request: BaseRequest, url: str, count: int) -> float:
    """getMe, ``AT_ONCE`` at a time."""
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            await request.post(url)

    begin = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return count / (time.perf_counter() - begin)
