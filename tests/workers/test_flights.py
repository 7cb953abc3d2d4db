"""Calls under way hold up nobody else."""

import asyncio
from datetime import datetime

import pytest

from bot.workers.loop import Flights, insist, keep_doing
from db.dialect import DatabaseAway, Raced
from tests.conftest import HandClock


async def test_loop_is_woken_when_its_call_ends(clock: HandClock) -> None:
    flights, wake, stop = Flights("test"), asyncio.Event(), asyncio.Event()
    steps = 0

    async def step(_: datetime) -> None:
        nonlocal steps
        steps += 1
        if steps == 1:
            flights.start("chat", asyncio.sleep(0.05))
        else:
            stop.set()

    async with asyncio.timeout(5):
        await keep_doing("test", step, clock, wake, stop, longest_sleep=60.0)

    assert steps == 2


async def test_failed_call_keeps_its_key_for_a_while() -> None:
    flights = Flights("test", after_failure=0.1)

    async def fail() -> None:
        raise ValueError

    flights.start("chat", fail())
    await asyncio.sleep(0.02)

    assert flights.under_way() == {"chat"}
    await flights.idle()
    assert flights.under_way() == frozenset()


async def test_known_answer_is_stored_once_the_database_is_free() -> None:
    tries: list[int] = []

    async def store() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise DatabaseAway("locked", Exception())

    await insist(store, (0.0, 0.0))

    assert len(tries) == 3


@pytest.mark.parametrize("error", [DatabaseAway("starting", Exception()), Raced("deadlock")])
async def test_worker_goes_on_by_itself_when_the_database_is_back(
    clock: HandClock, error: DatabaseAway
) -> None:
    wake, stop = asyncio.Event(), asyncio.Event()
    steps = 0

    async def step(_: datetime) -> None:
        nonlocal steps
        steps += 1
        if steps == 1:
            raise error
        stop.set()

    async with asyncio.timeout(3):
        await keep_doing("test", step, clock, wake, stop)

    assert steps == 2


async def test_storm_of_wakings_is_no_storm_of_looks(clock: HandClock) -> None:
    wake, stop = asyncio.Event(), asyncio.Event()
    steps = 0

    async def step(_: datetime) -> None:
        nonlocal steps
        steps += 1

    loop = asyncio.get_running_loop()
    begin = loop.time()
    working = asyncio.create_task(keep_doing("test", step, clock, wake, stop, rest=0.1))
    for _ in range(100):
        wake.set()
        await asyncio.sleep(0.005)
    stop.set()
    await working

    assert 2 <= steps <= (loop.time() - begin) / 0.1 + 1
