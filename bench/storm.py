"""The large ones, once each: a burst of 100,000 votes in every mode on every database, a million votes, and a minute."""

import time
from typing import Any

from bench.disk import Size, size
from bench.processes import Running
from bench.runs import MILLISECONDS, RATE, Figures, burst, exact, starting, votes
from bench.subjects import Stage, Subject

LONGEST = 240.0  # seconds for all bursts of the million


async def storm(subject: Subject, count: int, warm: int) -> Figures:
    """A burst of ``count``, and what it takes on disk.  Raises Broken for a bot that needs longer than a minute."""
    async with subject.stage() as stage:
        empty = await size(stage.place)
        async with stage.start() as bot:
            await starting(stage, bot, has_health=True)
            await votes(stage, warm)
            figures = await burst(stage, bot, count) | {"exact": await exact(stage)}
            await bot.end()
        return figures | await _bytes_each(stage, empty)


async def million(subject: Subject, total: int, count: int, seconds: float) -> dict[str, Any]:
    """``seconds`` of even votes, then bursts of ``count`` up to ``total`` (a slow bot gets fewer); memory in MiB after each, bytes of the database."""
    async with subject.stage() as stage:
        empty = await size(stage.place)
        async with stage.start() as bot:
            await starting(stage, bot, has_health=True)
            minute = await _minute(stage, bot, seconds)  # first: later no percentage would change
            memory = [bot.usage.memory]
            begin = time.monotonic()
            while len(memory) <= total // count and time.monotonic() - begin < LONGEST:
                await votes(stage, count)
                memory.append(bot.usage.memory)
            is_exact = await exact(stage)
            await bot.end()
        return {
            "votes": count * (len(memory) - 1),
            "memory_mib": [round(mib, 1) for mib in memory],
            "memory_more_mib": memory[-1] - memory[0],
            "exact": is_exact,
            "minute": minute,
            **await _bytes_each(stage, empty),
        }


async def _bytes_each(stage: Stage, empty: Size) -> Figures:
    full, pressed = await size(stage.place), await stage.crowd.pressed()
    return {
        "vote_table_bytes_per_vote": (full.votes - empty.votes) / pressed,
        "all_tables_bytes_per_vote": (full.all - empty.all) / pressed,
    }


async def _minute(stage: Stage, bot: Running, seconds: float) -> Figures:
    """100,000 votes evenly over a minute: the edits that show them, and calls that answer them."""
    begin, before = time.monotonic(), bot.usage
    count = round(RATE * seconds)
    report = await votes(stage, count, RATE)
    edits = await stage.crowd.edits(begin, begin + seconds)
    return {
        "votes": count,
        "seconds": seconds,
        "edits": edits,
        "answer_calls": report.calls.get("answerCallbackQuery", 0),
        "p50_ms": report.p50 * MILLISECONDS,
        "p99_ms": report.p99 * MILLISECONDS,
        "processor_ms_per_vote": (bot.usage.processor - before.processor) * MILLISECONDS / count,
    }
