"""One run of one bot: started, pressed at in a burst and evenly, told to stop while votes pour in."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

from bench.presses import Report
from bench.processes import Running
from bench.subjects import Stage, Subject

RATE = 100_000 / 60  # votes a second: the first minute of a large channel
WAIT = 120.0  # seconds after the last press that answers are waited for
POUR = 1.0  # seconds of votes before the bot is told to stop
LEFT = 1.5  # seconds after that
STARTING = 30.0
PROBE = 0.005  # seconds between looks whether a starting bot listens
MILLISECONDS = 1000.0

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Sizes:
    """``burst`` and ``even`` in votes; a slow bot gets as many as it should do in ``seconds``."""

    warm: int
    burst: int
    even: int
    seconds: float


class Broken(Exception):
    """The bot did not do what it was started for; the figures would be of something else."""


async def run(subject: Subject, sizes: Sizes) -> Figures:
    async with subject.stage() as stage, stage.start() as bot:
        figures = await starting(stage, bot, has_health=not subject.is_plain)
        warm = await votes(stage, sizes.warm)
        figures |= await burst(stage, bot, capped(sizes.burst, warm, sizes.seconds))
        figures |= await even(stage, capped(sizes.even, warm, sizes.seconds))
        figures["exact"] = await exact(stage)
        if not subject.is_plain:
            figures |= await stopping(stage, bot, capped(sizes.burst, warm, sizes.seconds))
        return figures


async def starting(stage: Stage, bot: Running, *, has_health: bool) -> Figures:
    """Seconds from the start of the process."""
    first = asyncio.create_task(stage.crowd.votes(1, patience=STARTING))
    figures: Figures = {}
    if stage.port is not None:
        figures["listening_s"] = await listening(bot, stage.port)
        if has_health:
            async with asyncio.timeout(STARTING):
                figures["healthy_s"] = await _healthy(bot, stage.port)
    report = await first
    if not report.answered:
        raise Broken("the first vote was not answered")
    return figures | {"first_vote_s": report.first_answer - bot.began}


async def listening(bot: Running, port: int) -> float:
    while bot.process.returncode is None:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return time.monotonic() - bot.began
        await asyncio.sleep(PROBE)
    raise Broken(f"the bot ended with {bot.process.returncode}")


async def _healthy(bot: Running, port: int) -> float:
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            status = await reader.readline()
            writer.close()
            if b" 200 " in status:
                return time.monotonic() - bot.began
        await asyncio.sleep(PROBE)


async def votes(stage: Stage, count: int, rate: float | None = None) -> Report:
    report = await stage.crowd.votes(count, rate, WAIT)
    if report.answered < report.pressed:
        raise Broken(f"{report.pressed - report.answered} of {report.pressed} votes were not answered")
    return report


def capped(count: int, warm: Report, seconds: float) -> int:
    return max(100, min(count, int(warm.pressed / warm.seconds * seconds)))


async def burst(stage: Stage, bot: Running, count: int) -> Figures:
    before, crowd, server = bot.usage, stage.crowd.usage, stage.place.postgres
    database = server.usage.processor if server else 0.0
    report = await votes(stage, count)
    after = bot.usage

    def each(seconds: float) -> float:
        return seconds * MILLISECONDS / count

    apart = {"database_processor_ms_per_vote": each(server.usage.processor - database)} if server else {}
    return {
        "votes_per_s": count / report.seconds,
        "burst_votes": count,
        "burst_s": report.seconds,
        "burst_p50_ms": report.p50 * MILLISECONDS,
        "burst_p99_ms": report.p99 * MILLISECONDS,
        "processor_ms_per_vote": each(after.processor - before.processor),
        **apart,
        "crowd_processor_ms_per_vote": each(stage.crowd.usage.processor - crowd.processor),
        "memory_before_mib": before.memory,
        "memory_after_mib": after.memory,
        "memory_more_mib": after.memory - before.memory,
        "answer_calls": report.calls.get("answerCallbackQuery", 0),
    }


async def even(stage: Stage, count: int) -> Figures:
    report = await votes(stage, count, RATE)
    return {
        "even_votes": count,
        "even_p50_ms": report.p50 * MILLISECONDS,
        "even_p99_ms": report.p99 * MILLISECONDS,
        "even_slowest_ms": report.slowest * MILLISECONDS,
    }


async def exact(stage: Stage) -> float:
    """1.0 when the tally is the truth: each option was pressed in turn, by another reader each time."""
    tally = await stage.tally()
    total = sum(tally)
    pressed = await stage.crowd.pressed()
    truth = [len(range(option, pressed, len(tally))) for option in range(len(tally))]
    return float(tally == truth and total == pressed)


async def stopping(stage: Stage, bot: Running, count: int) -> Figures:
    """SIGTERM while votes pour in; what was answered until then must be in the database."""
    before = await stage.crowd.pressed()
    pouring = asyncio.create_task(stage.crowd.votes(count, patience=POUR + LEFT))
    await asyncio.sleep(POUR)
    took = await bot.end()
    report = await pouring
    stored = sum(await stage.tally()) - before
    return {"shutdown_s": took, "kept": float(report.answered <= stored <= report.pressed)}
