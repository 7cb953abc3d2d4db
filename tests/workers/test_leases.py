"""What only one process does at a time.  Two processes are two holders on one database."""

import asyncio
import multiprocessing
import os
from datetime import timedelta

import pytest

from bot.workers.leases import RENEW, TERM, Leases, is_dead, new_holder
from db.engine import Database
from tests.conftest import HandClock

ANNA, BORYS = "anna/1/a", "borys/1/b"  # two machines


async def test_only_one_holds_until_its_term_is_over(db: Database, clock: HandClock) -> None:
    anna, borys = Leases(db, ANNA), Leases(db, BORYS)

    assert await anna.hold("poller", clock.now())
    assert not await borys.hold("poller", clock.now())
    clock.pass_(seconds=TERM.total_seconds() - 1)
    assert not await borys.hold("poller", clock.now())
    clock.pass_(seconds=1)
    assert await borys.hold("poller", clock.now())
    assert not await anna.hold("poller", clock.now())


async def test_renewed_lease_is_never_over(db: Database, clock: HandClock) -> None:
    anna, borys = Leases(db, ANNA), Leases(db, BORYS)
    await anna.hold("clock", clock.now())

    for _ in range(20):
        clock.set(await anna.step(clock.now()))
        assert not await borys.hold("clock", clock.now())
        assert anna.holds("clock", clock.now())


async def test_holder_that_was_asleep_learns_what_it_lost(db: Database, clock: HandClock) -> None:
    anna, borys = Leases(db, ANNA), Leases(db, BORYS)
    await anna.take_seat(clock.now())
    await anna.hold("clock", clock.now())
    clock.pass_(seconds=TERM.total_seconds())
    assert await borys.take_seat(clock.now()) == 0
    await borys.hold("clock", clock.now())

    await anna.step(clock.now())

    assert not anna.holds("clock", clock.now())
    assert not await anna.hold("clock", clock.now())
    assert anna.seat == 1


async def test_of_many_that_ask_at_once_one_gets_it(db: Database, clock: HandClock) -> None:
    crowd = [Leases(db, f"host{number}/1/x") for number in range(8)]

    held = await asyncio.gather(*(leases.hold("poller", clock.now()) for leases in crowd))
    seats = await asyncio.gather(*(leases.take_seat(clock.now()) for leases in crowd))

    assert sum(held) == 1
    assert sorted(seats) == list(range(8))


async def test_lowest_free_seat_is_taken_and_kept(db: Database, clock: HandClock) -> None:
    anna, borys = Leases(db, ANNA), Leases(db, BORYS)

    assert [await anna.take_seat(clock.now()), await borys.take_seat(clock.now())] == [0, 1]
    assert await borys.take_seat(clock.now()) == 1
    await anna.release_all()
    assert await Leases(db, "vira/1/v").take_seat(clock.now()) == 0


async def test_process_that_died_on_this_machine_is_put_out_at_once(db: Database, clock: HandClock) -> None:
    child = multiprocessing.get_context("spawn").Process(target=os.getpid)
    child.start()
    child.join()
    me = new_holder()
    host, _, nonce = me.rsplit("/", 2)
    dead, mine = Leases(db, f"{host}/{child.pid}/{nonce}"), Leases(db, me)
    await dead.take_seat(clock.now())
    await dead.hold("clock", clock.now())

    assert await mine.hold("clock", clock.now())
    assert await mine.take_seat(clock.now()) == 0
    async with db.read() as tx:
        assert await mine.living(tx, clock.now()) == {me}


@pytest.mark.parametrize(
    ("other", "dead"),
    [
        ("{host}/{pid}/older", True),  # our number is ours
        ("{host}/{parent}/x", False),
        ("elsewhere/{pid}/x", False),  # nothing is known of another machine
    ],
)
def test_who_is_dead(other: str, dead: bool) -> None:
    me = new_holder()
    host, pid, _ = me.rsplit("/", 2)

    assert is_dead(other.format(host=host, pid=pid, parent=os.getppid()), me) is dead
    assert not is_dead(me, me)


async def test_clock_that_was_put_back_blocks_nobody(db: Database, clock: HandClock) -> None:
    ahead, borys = Leases(db, ANNA), Leases(db, BORYS)
    await ahead.take_seat(clock.now() + timedelta(hours=1))
    await ahead.hold("clock", clock.now() + timedelta(hours=1))

    assert await borys.hold("clock", clock.now())
    assert await borys.take_seat(clock.now()) == 0


async def test_who_lives_is_who_has_a_seat(db: Database, clock: HandClock) -> None:
    anna, borys = Leases(db, ANNA), Leases(db, BORYS)
    await anna.take_seat(clock.now())
    await borys.take_seat(clock.now())

    clock.pass_(seconds=RENEW.total_seconds())
    await borys.step(clock.now())
    async with db.read() as tx:
        assert await borys.living(tx, clock.now()) == {ANNA, BORYS}
    clock.pass_(seconds=TERM.total_seconds() - RENEW.total_seconds())
    async with db.read() as tx:
        assert await borys.living(tx, clock.now()) == {BORYS}
        assert await borys.gone(tx, [ANNA, BORYS, None], clock.now()) == {ANNA, None}


async def test_without_the_database_nothing_new_is_held(clock: HandClock) -> None:
    away = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nowhere")
    leases = Leases(away, ANNA)

    assert not await leases.hold("poller", clock.now())
    await away.close()
