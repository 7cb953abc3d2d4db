"""A storm of votes on two workers and PostgreSQL, either of them killed again and again: an exact tally."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from bot.demo.process import sandbox
from bot.sandbox import People
from tests.chaos.board import Board
from tests.chaos.newsroom import Newsroom
from tests.chaos.processes import Bot, Desk
from tests.chaos.rounds import config_for, free_port
from tests.chaos.stores import PostgresStore, postgres_store
from tests.chaos.truth import Truth

READERS, SENDERS, KILLS = 900, 30, 6
WITHIN = 90.0  # seconds


@pytest.fixture
def store() -> Iterator[PostgresStore]:
    with postgres_store(free_port()) as server:
        yield server


@pytest.mark.timeout(300)
async def test_death_of_either_worker_in_a_storm_leaves_an_exact_tally(
    store: PostgresStore, tmp_path: Path
) -> None:
    rng, held = Random(5), dict[int, str]()
    async with sandbox(tmp_path / "sandbox.log") as place, People(place.url) as people:
        config, skew = tmp_path / "config.toml", tmp_path / "skew"
        skew.write_text("0", "ascii")
        config.write_text(config_for(place.token, place.url, store.url, free_port()), "utf-8")
        await people.retry_scale(0.05)
        bot, board, owner = (
            Bot(config, tmp_path, skew, workers=2),
            Board(people, place.ids["owner"]),
            place.ids["owner"],
        )
        channel, group = place.ids["channel"], place.ids["group"]
        desk, truth = Desk(config, tmp_path), Truth()
        room = Newsroom(
            people, desk, board, truth, tmp_path, rng, owner, {channel: group}, {channel: "@novyny"}
        )
        tending = [asyncio.create_task(work) for work in (bot.tend(), room.look())]
        try:
            await bot.working()
            await room.connect()
            await room.publish()
            async with asyncio.timeout(WITHIN):
                while not board.ballots:
                    await asyncio.sleep(0.1)
            (ballot,) = board.ballots.values()
            readers = [await people.user(f"Читач {n}", "uk") for n in range(READERS)]

            async def press(mine: list[int], chance: Random) -> None:
                """Each reader votes three times, the last time counts; a few take the vote back."""
                for _ in range(3):
                    for reader in mine:
                        option = chance.choice(ballot.case.options) if chance.random() < 0.95 else None
                        data = ballot.withdraw if option is None else ballot.keys[option]
                        await people.forge(channel, ballot.message, data, by=reader)
                        held.pop(reader, None)
                        if option is not None:
                            held[reader] = option

            async def strike() -> None:
                for number in range(KILLS):
                    await bot.working()
                    await asyncio.sleep(rng.uniform(0.0, 0.7))
                    await bot.kill_worker(number)

            async with asyncio.TaskGroup() as storm:
                for number in range(SENDERS):
                    storm.create_task(press(readers[number::SENDERS], Random(number)))
                storm.create_task(strike())
            assert await people.settled(WITHIN)
            (case,) = truth.cases.values()
            tally = await room.tally(case)
            violations = [each["what"] for each in await people.violations()]
        finally:
            for task in tending:
                task.cancel()
            await asyncio.gather(*tending, return_exceptions=True)
            await bot.end()
        votes: dict[str, int] = dict(
            await store.rows(
                'SELECT o.label, count(*) FROM vote v JOIN "option" o ON o.id = v.option_id GROUP BY o.label'
            )
        )

    assert bot.kills == KILLS
    assert votes == Counter(held.values())
    assert {
        option["label"]: option["votes"] for option in tally["ballot"]["options"] if option["votes"]
    } == votes
    assert [what for what in violations if "came too late" not in what] == []
