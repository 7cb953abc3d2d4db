"""What happens because time passes is done by one process, and holds up nobody."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from bot.domain.discussion import State
from bot.domain.ids import ChatId
from bot.domain.installation import Defaults
from bot.domain.retention import Retention
from bot.telegram.facts import TelegramFacts
from bot.vault import Vault
from bot.workers.clock import Clockwork
from db.engine import Database
from db.models import AppliedUpdateRow, BallotRow, UnreachableRow
from db.queries import old
from tests.conftest import HandClock
from tests.workers.sharing import Newsroom, Process, says, sharing

DAY = 86_400


@pytest.fixture
async def room(db: Database, vault: Vault, clock: HandClock) -> AsyncIterator[Newsroom]:
    async with sharing(db, vault, clock) as room:
        yield room


def clockwork(room: Newsroom, process: Process) -> Clockwork:
    defaults = Defaults()
    facts = TelegramFacts(room.api)
    return Clockwork(room.db, facts, room.vault, room.myself, defaults, Retention(), process.leases)


async def count(room: Newsroom, model: type) -> int:
    async with room.db.read() as tx:
        return await tx.scalar(select(func.count()).select_from(model)) or 0


async def test_one_process_closes_on_time_and_another_takes_over(room: Newsroom) -> None:
    anna, borys = await room.process("anna"), await room.process("borys")
    numbers = [await room.queue(f"Питання {n}?") for n in range(2)]
    await room.settle(anna)
    async with room.db.write() as tx:
        for number, minutes in zip(numbers, (5, 10), strict=True):
            await tx.execute(
                update(BallotRow)
                .where(BallotRow.discussion_id == number)
                .values(closes_at=room.clock.now() + timedelta(minutes=minutes))
            )
    first, second = clockwork(room, anna), clockwork(room, borys)

    following = await first.step(room.clock.now())
    assert following == room.clock.now() + timedelta(minutes=5)
    assert await second.step(room.clock.now()) is None
    room.clock.set(following)
    assert await second.step(room.clock.now()) is not None  # the first one's lease is over
    assert [await room.state(number) for number in numbers] == [State.CLOSED, State.OPEN]


async def test_clean_up_leaves_what_is_young_and_goes_in_steps(room: Newsroom) -> None:
    """Numbers do not tell the age: Telegram may begin anew with lower ones."""
    anna = await room.process("anna")
    today = int(room.clock.seconds()) // DAY
    rows = [{"update_id": n, "day": today - (9 if n % 3 else 0)} for n in range(1, 301)]
    async with room.db.write() as tx:
        await tx.execute(insert(AppliedUpdateRow), rows)
    steps = 0
    after: int | None = 0
    while after is not None:
        async with room.db.write() as tx:
            after = await old.forget_applied(tx, room.clock.now() - timedelta(hours=48), after, 50)
        steps += 1

    assert await count(room, AppliedUpdateRow) == 100
    assert steps == 7
    await clockwork(room, anna).step(room.clock.now())
    assert await count(room, AppliedUpdateRow) == 100


async def test_at_most_as_many_rows_go_at_once_as_was_said(room: Newsroom) -> None:
    today = int(room.clock.seconds()) // DAY
    rows = [{"chat": n.to_bytes(16), "day": today - (40 if n < 25 else 1)} for n in range(30)]
    async with room.db.write() as tx:
        await tx.execute(insert(UnreachableRow), rows)
    left = []
    more = True
    while more:
        async with room.db.write() as tx:
            more = await old.forget(tx, old.Kind.UNREACHABLE, room.clock.now() - timedelta(days=30), 10)
        left.append(await count(room, UnreachableRow))

    assert left == [20, 10, 5]


@pytest.mark.parametrize("kind", list(old.Kind))
async def test_every_kind_can_be_cleaned_up(room: Newsroom, kind: old.Kind) -> None:
    anna = await room.process("anna")
    await anna.leases.hold("clock", room.clock.now())
    room.clock.pass_(days=1)

    async with room.db.write() as tx:
        assert not await old.forget(tx, kind, room.clock.now(), 100)


@pytest.mark.parametrize("lives", [True, False], ids=["lives on", "starts again"])
@pytest.mark.parametrize("jump", [timedelta(minutes=1), timedelta(hours=2)], ids=["by a little", "by hours"])
async def test_clock_that_was_put_back_keeps_nobody_waiting(
    room: Newsroom, lives: bool, jump: timedelta
) -> None:
    """Otherwise all waits until it has caught up."""
    right, reader = room.clock.now(), await room.reader("Ганна")
    anna = await room.process("anna")
    room.clock.pass_(seconds=jump.total_seconds())
    await anna.leases.step(room.clock.now())
    number = await room.queue("Стаття", "Питання?")
    await room.leave(*says(reader, "Перше", "Друге"))

    room.clock.put_back(right)
    if not lives:
        anna = await room.process("borys")
    await anna.leases.step(room.clock.now())
    await room.settle(anna, seconds=30)

    assert await room.said(reader) == ["Перше", "Друге"]
    assert await room.state(number) == State.OPEN
    assert room.clock.now() - right < timedelta(seconds=30)


async def test_what_telegram_told_to_wait_for_waits_for_the_rest_of_it(room: Newsroom) -> None:
    right, reader = room.clock.now(), await room.reader("Ганна")
    anna = await room.process("anna")
    room.clock.pass_(hours=2)
    await anna.leases.step(room.clock.now())
    await room.people.fault("429", "sendMessage", retry_after=40)
    await room.leave(*says(reader, "Перше"))
    await anna.step(room.clock.now())
    await anna.idle()

    room.clock.put_back(right)
    await anna.leases.step(room.clock.now())
    await room.settle(anna)

    assert await room.said(reader) == ["Перше"]
    assert timedelta(seconds=40) <= room.clock.now() - right < timedelta(seconds=46)


async def test_post_in_doubt_is_asked_about_though_a_clock_was_put_back(room: Newsroom) -> None:
    right, owner = room.clock.now(), ChatId(room.owner)
    anna = await room.process("anna")
    await room.people.start(by=owner)
    room.clock.pass_(hours=2)
    await anna.leases.step(room.clock.now())
    await room.people.drop_copies(True)
    await room.people.fault("reset_after", "sendMessage", chat_id=room.chat)
    number = await room.queue("Питання?")
    await anna.step(room.clock.now())
    await anna.idle()

    room.clock.put_back(right)
    await anna.leases.step(room.clock.now())
    await room.settle(anna)

    assert await room.state(number) == State.UNCERTAIN
    assert room.clock.now() - right < timedelta(seconds=60)
