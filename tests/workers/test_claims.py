"""Several processes send from one database: everything goes out once, in its order, and within one budget."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.chat import Delete, Edit, Screen, Send
from bot.domain.discussion import PostState, State
from bot.domain.ids import ChatId, MessageId
from bot.vault import Vault
from bot.workers.leases import TERM
from bot.workers.outbox import LONGEST_CALL
from db.engine import Database
from db.models import OutboxRow, PostRow
from db.queries import outbox
from tests.conftest import HandClock
from tests.workers.sharing import Newsroom, most_within, says, sharing


@pytest.fixture
async def room(db: Database, vault: Vault, clock: HandClock) -> AsyncIterator[Newsroom]:
    async with sharing(db, vault, clock) as room:
        yield room


async def waiting(room: Newsroom) -> int:
    async with room.db.read() as tx:
        return await tx.scalar(select(func.count()).select_from(OutboxRow)) or 0


async def test_two_processes_send_each_answer_once_and_in_order(room: Newsroom) -> None:
    anna, borys = await room.process("anna"), await room.process("borys")
    readers = [await room.reader(f"Читач {n}") for n in range(8)]
    for part in ("раз", "два", "три"):
        for reader in readers:
            await room.leave(*says(reader, part))

    while await waiting(room):
        await asyncio.gather(anna.outbox.step(room.clock.now()), borys.outbox.step(room.clock.now()))
        await anna.idle()
        await borys.idle()
        room.clock.pass_(seconds=0.1)

    assert [await room.said(reader) for reader in readers] == [["раз", "два", "три"]] * len(readers)
    assert most_within(await room.times(), 1.0) <= 30
    assert most_within(await room.times(readers[0]), 60.0) <= 3


async def test_answer_that_two_processes_see_at_once_is_sent_by_one(room: Newsroom) -> None:
    anna, borys = await room.process("anna"), await room.process("borys")
    reader = await room.reader("Оля")
    await room.leave(*says(reader, "Дякую"))

    await asyncio.gather(anna.outbox.step(room.clock.now()), borys.outbox.step(room.clock.now()))
    await anna.idle()
    await borys.idle()

    assert await room.said(reader) == ["Дякую"]


async def test_claim_of_a_process_that_died_comes_back_when_its_seat_is_over(room: Newsroom) -> None:
    dead, anna = await room.process("dead"), await room.process("anna")
    reader = await room.reader("Оля")
    await room.leave(*says(reader, "Дякую"))
    await claim_all(room, dead.leases.holder)

    await room.settle(anna, seconds=1)
    assert await room.said(reader) == []
    room.clock.pass_(seconds=TERM.total_seconds())
    await anna.leases.step(room.clock.now())
    await room.settle(anna, seconds=1)

    assert await room.said(reader) == ["Дякую"]


async def test_claim_of_a_living_process_holds_until_its_call_must_be_over(room: Newsroom) -> None:
    stuck, anna = await room.process("stuck"), await room.process("anna")
    reader = await room.reader("Оля")
    await room.leave(*says(reader, "Дякую"))
    await claim_all(room, stuck.leases.holder)

    for second in range(0, 70, 10):
        await stuck.leases.step(room.clock.now())
        await anna.leases.step(room.clock.now())
        await room.settle(anna, seconds=0)
        assert bool(await room.said(reader)) is (second >= 60)
        room.clock.pass_(seconds=10)


async def claim_all(room: Newsroom, holder: str) -> None:
    """As a process leaves it that stops between claiming and sending."""
    async with room.db.write() as tx:
        rows = list(await tx.scalars(select(OutboxRow.id)))
        await outbox.claim(tx, rows, holder, room.clock.now() + LONGEST_CALL)


async def test_two_processes_post_each_part_once_one_call_at_a_time(room: Newsroom) -> None:
    anna, borys = await room.process("anna"), await room.process("borys")
    numbers = [await room.queue(f"Стаття {n}", f"Питання {n}?") for n in range(3)]

    while not all([await room.state(number) is State.OPEN for number in numbers]):
        await asyncio.gather(anna.poster.step(room.clock.now()), borys.poster.step(room.clock.now()))
        await anna.idle()
        await borys.idle()
        room.clock.pass_(seconds=1)

    assert sorted(await room.posted()) == sorted(
        text for n in range(3) for text in (f"Стаття {n}", f"Питання {n}?")
    )
    times = await room.times(room.chat)
    assert most_within(times, 60.0) <= 20
    assert most_within(times, 1.0) == 1


async def test_chat_where_another_process_is_calling_is_left_alone(room: Newsroom) -> None:
    anna, borys = await room.process("anna"), await room.process("borys")
    await room.queue("Перше?")
    await room.queue("Друге?")
    await room.people.fault("hang_after", method="sendMessage", chat_id=room.chat, seconds=1)
    await anna.poster.step(room.clock.now())
    room.clock.pass_(seconds=5)

    await borys.poster.step(room.clock.now())
    await borys.idle()
    assert len(await states(room)) - (await states(room)).count(PostState.WAITING) == 1
    await anna.idle()
    await room.settle(borys)

    assert await room.posted() == ["Перше?", "Друге?"]


async def sending_by(room: Newsroom, holder: str) -> None:
    async with room.db.write() as tx:
        await tx.execute(
            update(PostRow).values(
                state=PostState.SENDING, claimed_by=holder, not_before=room.clock.now() + LONGEST_CALL
            )
        )


async def states(room: Newsroom) -> list[str]:
    async with room.db.read() as tx:
        return list(await tx.scalars(select(PostRow.state).order_by(PostRow.id)))


async def test_start_leaves_the_posts_of_living_processes_alone(room: Newsroom) -> None:
    other, anna = await room.process("other"), await room.process("anna")
    await room.queue("Питання?")
    await sending_by(room, other.leases.holder)

    await anna.poster.start(room.clock.now())
    await room.settle(anna, seconds=1)
    assert await states(room) == [PostState.SENDING]

    await other.leases.release_all()
    await anna.poster.start(room.clock.now())
    assert await states(room) == [PostState.UNCERTAIN]
    assert await room.posted() == []


async def test_slow_process_that_lost_its_post_puts_nothing_back_into_the_queue(room: Newsroom) -> None:
    """It was taken for dead, the editor said «not there», another process is sending the post again."""
    slow, anna = await room.process("slow"), await room.process("anna")
    await room.queue("Питання?")
    await room.people.fault("429", method="sendMessage", chat_id=room.chat, retry_after=1)
    await slow.poster.step(room.clock.now())
    await sending_by(room, anna.leases.holder)

    await slow.idle()

    assert await states(room) == [PostState.SENDING]


async def test_retry_after_holds_for_all_processes_and_for_that_chat_alone(room: Newsroom) -> None:
    anna, borys = await room.process("anna"), await room.process("borys")
    olya, petro = await room.reader("Оля"), await room.reader("Петро")
    await room.people.fault("429", method="sendMessage", chat_id=olya, retry_after=30)
    await room.leave(*says(olya, "один"))
    await room.settle(anna, seconds=0)
    refused = room.clock.seconds()

    await room.leave(*says(olya, "два"), *says(petro, "три"))
    await room.settle(borys, seconds=0)
    assert (await room.said(olya), await room.said(petro)) == ([], ["три"])
    await room.settle(await room.process("vira"))

    assert await room.said(olya) == ["один", "два"]
    assert (await room.times(olya))[1] - refused >= 30


async def test_server_that_is_down_holds_all_processes_for_a_moment(room: Newsroom) -> None:
    anna, borys = await room.process("anna"), await room.process("borys")
    olya, petro = await room.reader("Оля"), await room.reader("Петро")
    await room.people.fault("5xx", method="sendMessage", chat_id=olya, status=503)
    await room.leave(*says(olya, "один"))
    await room.settle(anna, seconds=0)

    await room.leave(*says(petro, "два"))
    await room.settle(borys, seconds=0)
    assert await room.said(petro) == []
    await room.settle(borys)

    assert (await room.said(olya), await room.said(petro)) == (["один"], ["два"])


async def test_newer_edit_takes_the_place_of_one_that_waits(room: Newsroom) -> None:
    anna = await room.process("anna")
    reader = await room.reader("Оля")
    await room.leave(*says(reader, "старе"))
    await room.settle(anna)
    message = MessageId((await room.people.history(None, by=reader))[-1]["message_id"])

    await room.leave(Edit(reader, message, Screen("перше")), *says(reader, "ще"))
    await room.leave(Edit(reader, message, Screen("друге")))
    assert await waiting(room) == 2
    await room.settle(anna)

    assert await room.said(reader) == ["друге", "ще"]
    assert len(await room.people.calls("editMessageText")) == 1


async def test_edit_that_is_under_way_is_followed_by_the_newer_one(room: Newsroom) -> None:
    anna, busy = await room.process("anna"), await room.process("busy")
    reader = await room.reader("Оля")
    await room.leave(*says(reader, "старе"))
    await room.settle(anna)
    message = MessageId((await room.people.history(None, by=reader))[-1]["message_id"])
    await room.leave(Edit(reader, message, Screen("перше")))
    await claim_all(room, busy.leases.holder)

    await room.leave(Edit(reader, message, Screen("друге")))
    await busy.leases.release_all()
    await room.settle(anna)

    assert await room.said(reader) == ["друге"]
    texts = [c["params"]["text"] for c in await room.people.calls("editMessageText")]
    assert texts == ["перше", "друге"]


async def test_removal_of_a_message_makes_its_edit_needless(room: Newsroom) -> None:
    anna = await room.process("anna")
    reader = await room.reader("Оля")
    await room.leave(*says(reader, "старе"))
    await room.settle(anna)
    message = MessageId((await room.people.history(None, by=reader))[-1]["message_id"])

    await room.leave(Edit(reader, message, Screen("нове")), Delete(reader, message))
    await room.settle(anna)

    assert await room.people.calls("editMessageText") == []
    assert await room.said(reader) == []


async def test_nobody_writes_to_who_blocked_the_bot_until_they_are_back(room: Newsroom) -> None:
    anna = await room.process("anna")
    reader = await room.reader("Оля")
    await room.people.block(by=reader)
    await room.leave(*says(reader, "один", "два"))
    await room.settle(anna)
    await room.leave(*says(reader, "три"))
    assert (await waiting(room), len(await room.people.calls("sendMessage"))) == (0, 1)

    await room.people.unblock(by=reader)
    async with room.db.write() as tx:
        await outbox.reachable_again(tx, room.vault.chat(reader))
    await room.leave(*says(reader, "чотири"))
    await room.settle(anna)

    assert await room.said(reader) == ["чотири"]


async def test_what_nobody_waits_for_goes_last_but_overtakes_nothing_in_its_chat(room: Newsroom) -> None:
    anna = await room.process("anna")
    first = await room.reader("Оля")
    await room.leave(Send(first, Screen("один"), delay=1.0), *says(first, "два"))
    readers = [await room.reader(f"Читач {n}") for n in range(8)]
    room.clock.pass_(seconds=5)
    for reader in readers:
        await room.leave(*says(reader, "відповідь"))

    await room.settle(anna)

    order = [call["params"]["text"] for call in await room.people.calls("sendMessage")]
    assert order == ["відповідь"] * 8 + ["один", "два"]


async def test_private_answers_go_before_posts_and_these_before_redraws(room: Newsroom) -> None:
    """When all three wait for what Telegram allows in all."""
    anna = await room.process("anna")
    for n in range(20):
        await room.leave(*says(await room.reader(f"Читач {n}"), "відповідь"))
    room.clock.pass_(seconds=1)
    await anna.outbox.step(room.clock.now())
    await room.queue("Питання?")

    for _ in range(10):
        for worker in (anna.drawer, anna.poster, anna.outbox):  # however they come
            await worker.step(room.clock.now())
        await anna.idle()
        room.clock.pass_(seconds=0.05)
    assert await room.posted() == []
    await room.settle(anna)

    assert await room.posted() == ["Питання?"]
    assert await waiting(room) == 0


async def test_clock_that_was_put_back_silences_nobody(room: Newsroom) -> None:
    anna, number = await room.process("anna"), await room.queue("Стаття", "Питання?")
    room.clock.pass_(hours=1)
    await room.settle(anna)
    assert await room.state(number) is State.OPEN
    room.clock.pass_(hours=-2)

    reader = await room.reader("Оля")
    await room.leave(*says(reader, "Дякую"))
    again = await room.queue("Ще одне?")
    began = room.clock.seconds()
    await room.settle(anna, seconds=30)

    assert await room.said(reader) == ["Дякую"]
    assert await room.state(again) is State.OPEN
    assert room.clock.seconds() - began <= 60


async def test_answer_is_kept_apart_from_who_it_is_for(room: Newsroom) -> None:
    """Neither the queue nor the budget names a reader."""
    anna = await room.process("anna")
    reader = await room.reader("Оля")
    await room.leave(*says(reader, "один"))
    await room.settle(anna, seconds=0)
    await room.leave(*says(reader, "два"))

    async with room.db.read() as tx:
        connection = await tx.connection()
        stored = [
            str(row)
            for table in ("outbox", "pace", "unreachable")
            for row in await connection.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608 - our own names
        ]

    assert len(stored) >= 3
    assert not [row for row in stored if str(reader) in row]


async def test_delayed_answer_waits_for_its_time(room: Newsroom) -> None:
    anna = await room.process("anna")
    reader = await room.reader("Оля")
    await room.leave(Send(ChatId(reader), Screen("пізніше"), delay=5.0))
    queued = room.clock.now()

    assert await anna.outbox.step(queued) >= queued + timedelta(seconds=5)  # type: ignore[operator]
    await room.settle(anna)

    assert await room.said(reader) == ["пізніше"]
