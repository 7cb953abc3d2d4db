"""Between commit and acknowledgement: the bot dies there, Telegram delivers again, and nothing happens twice.

A wire between the two makes the instant certain: it carries one batch to the bot and then nothing in either direction.
The bot stores the batch, which is seen in the database from outside, and is killed; Telegram has heard of nothing.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.demo.process import sandbox
from bot.sandbox import People
from tests.chaos.board import ballot_of, keys_of
from tests.chaos.processes import Bot, Desk
from tests.chaos.rounds import config_for, free_port
from tests.chaos.stores import SqliteStore, Store, postgres_store
from tests.chaos.truth import Case
from tests.chaos.wire import Wire, wire_to

READERS = 30
WITHIN = 60.0  # seconds


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        yield SqliteStore(tmp_path / "dumka.db")
        return
    with postgres_store(free_port()) as server:
        yield server


@dataclass
class Stage:
    people: People
    bot: Bot
    desk: Desk
    store: Store
    calls: Wire  # from the bot to Telegram
    updates: Wire  # from Telegram to the bot; the same as ``calls`` when it polls
    ids: dict[str, int]

    async def count(self, table: str) -> int:
        return int((await self.store.rows(f"SELECT count(*) FROM {table}"))[0][0])  # noqa: S608 - our own names

    async def until(self, happened: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(WITHIN):
            while not await happened():
                await asyncio.sleep(0.02)


@asynccontextmanager
async def stage_of(mode: str, store: Store, folder: Path) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(sandbox(folder / "sandbox.log"))
        people = await stack.enter_async_context(People(place.url))
        calls = await stack.enter_async_context(wire_to(place.url))
        port, updates = None, calls
        if mode == "webhook":
            port = free_port()
            updates = await stack.enter_async_context(wire_to(f"http://127.0.0.1:{port}"))
            await people.retry_scale(0.05)
        config, skew = folder / "config.toml", folder / "skew"
        skew.write_text("0", "ascii")
        config.write_text(config_for(place.token, calls.url, store.url, port, hook=updates.url), "utf-8")
        bot = Bot(config, folder, skew)
        await bot.start()
        stack.push_async_callback(bot.end)
        await bot.working()
        yield Stage(people, bot, Desk(config, folder), store, calls, updates, place.ids)


async def ballot_in_channel(stage: Stage, folder: Path) -> Any:
    """A ballot that stands in the channel, and readers who have opened its link."""
    owner, channel = stage.ids["owner"], stage.ids["channel"]
    await stage.people.start(by=owner)
    await stage.people.add_bot(stage.ids["group"], by=owner)
    await stage.people.add_bot(channel, by=owner)
    article = folder / "article.txt"
    article.write_text("Стаття, справа 1х\n\nКоротко про справу.\n", "utf-8")
    options = ("--option", "Так", "--option", "Ні")
    ended = await stage.desk.dumka(
        "post", article, "--channel", "@novyny", "--ask", "Справа 1х: так?", *options
    )
    assert ended.code == 0, ended.err
    shown: list[Any] = []

    async def stands() -> bool:
        shown[:] = [m for m in await stage.people.history(channel, by=owner) if keys_of(m)]
        return bool(shown) and dict(await stage.store.rows("SELECT id, state FROM discussion")) == {1: "open"}

    await stage.until(stands)
    return ballot_of(Case("1х", channel, "", ("Так", "Ні"), 2, 1), shown[0], [])


@pytest.mark.timeout(240)
@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_batch_stored_and_never_acknowledged_is_applied_once(
    mode: str, store: Store, tmp_path: Path
) -> None:
    async with stage_of(mode, await store.fresh(0), tmp_path) as stage:
        ballot = await ballot_in_channel(stage, tmp_path)
        readers = [await stage.people.user(f"Читач {n}", "uk") for n in range(READERS)]
        for reader in readers:
            await stage.people.start(by=reader, payload=ballot.payload)
        assert await stage.people.settled(WITHIN)
        await stage.until(lambda: nothing_waits(stage))
        before = await stage.count("applied_update")

        # The bot is away while people act, so that one batch holds it all.
        await stage.bot.kill()
        for number, reader in enumerate(readers):
            for label in ("Так", "Ні")[: 1 + number % 2]:
                await stage.people.forge(ballot.case.channel, ballot.message, ballot.keys[label], by=reader)
            await stage.people.say(None, f"Думка {number}", by=reader)
        acts = await stage.people.unconfirmed()
        stage.updates.delivered.clear()
        if mode == "polling":
            stage.calls.one_batch = True
        else:
            stage.calls.cut_for("sendMessage")
            stage.updates.swallow = True
        await stage.bot.start()
        await stage.until(lambda: applied(stage, before + (acts if mode == "polling" else READERS)))
        stored_first = await stage.count("applied_update") - before
        await stage.bot.kill()
        assert await stage.people.unconfirmed() == acts  # Telegram has heard of nothing
        stage.calls.mend()
        stage.updates.mend()
        await stage.bot.start()
        assert await stage.people.settled(WITHIN)
        await stage.until(lambda: nothing_waits(stage))

        twice = [number for number, times in Counter(stage.updates.delivered).items() if times > 1]
        assert len(twice) >= stored_first > 0
        assert await stage.count("applied_update") - before == acts
        votes: dict[str, int] = dict(
            await stage.store.rows(
                'SELECT o.label, count(*) FROM vote v JOIN "option" o ON o.id = v.option_id GROUP BY o.label'
            )
        )
        assert votes == {"Так": READERS // 2, "Ні": READERS // 2}
        counted = 'SELECT o.label, sum(c.votes) FROM option_count c JOIN "option" o ON o.id = c.option_id GROUP BY o.label'
        assert {label: int(votes) for label, votes in await stage.store.rows(counted)} == votes
        said = sorted(row[0] for row in await stage.store.rows("SELECT text FROM opinion"))
        assert said == sorted(f"Думка {number}" for number in range(READERS))
        assert [tuple(row) for row in await stage.store.rows("SELECT comments, private FROM discussion")] == [
            (0, READERS)
        ]
        for reader in readers:  # each opinion was answered once, so it was handled once
            history = await stage.people.history(by=reader)
            assert sum("записано" in message.get("text", "") for message in history) == 1


async def applied(stage: Stage, count: int) -> bool:
    return await stage.count("applied_update") >= count


async def nothing_waits(stage: Stage) -> bool:
    return not await stage.count("outbox")
