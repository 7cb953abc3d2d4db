"""Somebody in the staff room keeps every card that ever came, with all that Telegram says about it, and wants the authors; and
somebody from outside wants to read what comes there.
"""

import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from random import Random

import pytest

from bot.domain.room import Joining
from bot.sections import ModerationSettings
from tests.attacks.needles import Identity, search
from tests.attacks.scene import crowd_of
from tests.conftest import HandClock
from tests.flows.rooms import Room, newsroom_with_room

BATCHES, SIZE = 5, 6


async def arrive(room: Room) -> list[Identity]:
    """Readers whose numbers and names stand nowhere by chance."""
    crowd = []
    for name, username, number in crowd_of(23)[: BATCHES * SIZE]:
        await room.chat.people.user(name, "uk", username, user_id=number)
        crowd.append(Identity(number, name, username))
    return crowd


async def say(room: Room, reader: Identity, text: str) -> None:
    await room.chat.open_link(by=reader.number)
    await room.chat.people.say(None, text, by=reader.number)
    room.chat.clock.pass_(seconds=20)
    await room.chat.settle()


def agreement(orders: Sequence[Sequence[int]]) -> float:
    """Kendall's tau over all batches: 1 where cards come as opinions did, 0 where order tells nothing."""
    pairs = [(a < b) for order in orders for a, b in combinations(order, 2)]
    return 2 * sum(pairs) / len(pairs) - 1


async def test_every_card_and_everything_that_happens_to_it_names_nobody(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with newsroom_with_room(database_url, tmp_path, clock) as (room, _):
        crowd = await arrive(room)
        for number, reader in enumerate(crowd[:8]):
            await say(room, reader, f"Думка числом {number}")
        await room.pass_batch()
        cards = await room.cards()
        for card, key in zip(cards, ("Схвалити", "Відхилити", "💬", "✉️", "☐", "🔇"), strict=False):
            await room.press(key, card=card)
        await room.pass_batch()
        seen = json.dumps(
            [await room.chat.people.history(room.group, by=room.chat.owner), await room.ever()],
            ensure_ascii=False,
        ).encode()
        one = await room.chat.people.messages(room.group)

    assert len(cards) == 8
    assert search({"room": seen, "messages": json.dumps(one, ensure_ascii=False).encode()}, crowd) == []
    assert {"forward_origin", "via_bot", "reply_to_message"} & {
        key for card in cards for key in card
    } == set()


async def test_weak_card_that_mentions_its_author_is_found_out(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with newsroom_with_room(database_url, tmp_path, clock) as (room, _):
        reader = (await arrive(room))[0]
        card = f"Думка читача {reader.name} ({reader.number})"
        await room.chat.app.api.call("sendMessage", {"chat_id": room.group, "text": card})
        seen = json.dumps(await room.chat.people.history(room.group, by=room.chat.owner)).encode()

    assert {find.number for find in search({"room": seen}, [reader])} == {reader.number}


async def test_order_of_cards_tells_nothing_of_the_order_in_which_people_wrote(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    orders: list[list[int]] = []
    async with newsroom_with_room(database_url, tmp_path, clock) as (room, _):
        crowd = await arrive(room)
        for batch in range(BATCHES):
            before = len(await room.cards())
            for place in range(SIZE):
                await say(room, crowd[batch * SIZE + place], f"Думка {place}")
            await room.pass_batch()
            texts = [card["text"].splitlines()[-1] for card in (await room.cards())[before:]]
            orders.append([int(text.removeprefix("Думка ")) for text in texts])

    assert [sorted(order) for order in orders] == [list(range(SIZE))] * BATCHES
    assert abs(agreement(orders)) < 0.8  # by chance less than once in ten million runs


def test_weak_room_where_cards_come_as_they_were_written_is_found_out() -> None:
    shuffled = [Random(seed).sample(range(SIZE), SIZE) for seed in range(BATCHES)]

    assert agreement([list(range(SIZE))] * BATCHES) == 1
    assert abs(agreement(shuffled)) < 0.8


@pytest.mark.parametrize("joining", list(Joining))
async def test_whoever_slips_into_the_room_reads_nothing_before_and_nothing_after(
    database_url: str, tmp_path: Path, clock: HandClock, joining: Joining
) -> None:
    given = ModerationSettings(joining=joining)
    async with newsroom_with_room(database_url, tmp_path, clock, moderation=given) as (room, _):
        people = room.chat.people
        await room.say("Раніше")
        await room.pass_batch()
        spy = await people.user("Чужий", "uk")
        await people.join(room.group, spy, await people.invite(room.group, by=room.chat.owner))
        await room.chat.settle()
        await room.say("Пізніше")
        await room.pass_batch()
        await room.pass_batch()
        read = json.dumps(await people.reached(spy), ensure_ascii=False)

    assert "Раніше" not in read
    assert "Пізніше" not in read


async def test_weak_group_whose_history_is_open_gives_everything_to_whoever_slips_in(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    """What the look at the room before each card is for."""
    async with newsroom_with_room(database_url, tmp_path, clock) as (room, _):
        people = room.chat.people
        await room.change(visible_history=True)
        await room.chat.app.api.call("sendMessage", {"chat_id": room.group, "text": "Раніше"})
        spy = await people.user("Чужий", "uk")
        await people.join(room.group, spy, await people.invite(room.group, by=room.chat.owner))
        await room.say("Через бота не прийде")
        await room.pass_batch()
        read = [m.get("text", "") for m in await people.history(room.group, by=spy)]

    assert "Раніше" in read
    assert not any("Через бота" in text for text in read)
