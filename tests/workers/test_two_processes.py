"""Two processes take in updates on one database at once: each with counters of its own, and the sums are exact."""

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import msgspec
import pytest

from bot import app as application
from bot.app import App
from bot.domain.discussion import Discussion
from bot.domain.ids import ChatId, MessageId, UserId
from bot.domain.retention import Retention
from bot.services import reader
from bot.services.ballot import Tap, cast_votes
from bot.workers.intake import Incoming, Intake, Round, read
from db.dialect import Raced
from db.queries import ballot as ballots
from tests.flows.conftest import Chat, chat

__all__ = ["chat"]  # the fixture

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"
LABELS = ["👍 Погоджуюсь", "👎 Не погоджуюсь", "🤷 Важко сказати"]


class Presses:
    """Updates with numbers that nobody used."""

    def __init__(self, discussion: Discussion, channel: int) -> None:
        self.discussion, self.channel, self.number = discussion, channel, 600_000

    def press(self, option: int, by: int) -> Incoming:
        """``option`` -1 withdraws."""
        self.number += 1
        ballot = self.discussion.ballot
        data = f"w:{ballot.id}" if option < 0 else f"v:{ballot.id}:{ballot.options[option].id}"
        update: dict[str, Any] = {
            "update_id": self.number,
            "callback_query": {
                "id": str(self.number),
                "from": {"id": by, "is_bot": False, "first_name": "Оля", "language_code": "uk"},
                "chat_instance": "1",
                "data": data,
                "message": {
                    "message_id": self.discussion.messages[-1],
                    "date": 1,
                    "chat": {"id": self.channel, "type": "channel"},
                },
            },
        }
        incoming = read(msgspec.Raw(msgspec.json.encode(update)))
        assert incoming is not None
        assert incoming.pressed is not None
        return incoming


@pytest.fixture
async def other(chat: Chat) -> AsyncIterator[App]:
    async with application.open_app(chat.settings, chat.clock) as second:
        yield second


@pytest.fixture
def two(chat: Chat, other: App) -> tuple[Intake, Intake]:
    """As their seats would have it: shards 0 and 1."""
    return intake_of(chat.app, 0), intake_of(other, 1)


def intake_of(app: App, shard: int) -> Intake:
    defaults = app.settings.for_chats()
    return Intake(
        app.db,
        app.dispatcher,
        app.facts,
        app.vault,
        app.myself,
        defaults,
        app.toaster,
        app.clock,
        lambda: shard,
    )


@pytest.fixture
async def presses(chat: Chat) -> Presses:
    return Presses(await chat.publish(ARTICLE), chat.channel)


async def feed(intake: Intake, updates: list[Incoming], size: int) -> list[Round]:
    return [await intake.round(updates[place : place + size]) for place in range(0, len(updates), size)]


async def counted(chat: Chat, presses: Presses) -> tuple[list[int], list[int]]:
    """As the counters say, and one by one."""
    shown = await chat.votes(presses.discussion.id)
    async with chat.app.db.read() as tx:
        anew = await ballots.count_anew(tx, presses.discussion.ballot.id)
    return [shown[label] for label in LABELS], [anew.get(o.id, 0) for o in presses.discussion.ballot.options]


async def test_counts_are_exact(chat: Chat, two: tuple[Intake, Intake], presses: Presses) -> None:
    chance, last = Random(4), dict[int, int]()
    halves: tuple[list[Incoming], list[Incoming]] = ([], [])
    for _ in range(600):
        voter, option = chance.randrange(1000, 1120), chance.choice([0, 1, 2, -1])
        halves[voter % 2].append(presses.press(option, voter))
        last[voter] = option

    await asyncio.gather(*(feed(intake, half, 13) for intake, half in zip(two, halves, strict=True)))

    truth = [list(last.values()).count(option) for option in range(3)]
    assert await counted(chat, presses) == (truth, truth)
    assert [intake.counts.votes for intake in two] == [len(half) for half in halves]


async def test_same_voters_in_both_at_once_have_one_vote_each(
    chat: Chat, two: tuple[Intake, Intake], presses: Presses
) -> None:
    chance = Random(5)
    for turn in range(6):
        voters = range(1000 + 40 * turn, 1040 + 40 * turn)  # new ones: their first votes race
        halves = [
            [presses.press(chance.choice([0, 1, 2]), voter) for voter in chance.sample(voters, 40)]
            for _ in two
        ]
        await asyncio.gather(*(feed(intake, half, 20) for intake, half in zip(two, halves, strict=True)))

    shown, anew = await counted(chat, presses)
    assert shown == anew
    assert sum(shown) == 240


@pytest.mark.parametrize(("second", "votes"), [(1, [0, 1, 0]), (0, [1, 0, 0]), (-1, [0, 0, 0])])
async def test_first_vote_that_another_process_stored_meanwhile_is_seen(
    chat: Chat, two: tuple[Intake, Intake], presses: Presses, second: int, votes: list[int]
) -> None:
    ballot = presses.discussion.ballot
    first = Tap(
        ballot.id,
        ballot.options[0].id,
        UserId(1000),
        ChatId(chat.channel),
        MessageId(presses.discussion.messages[-1]),
    )
    later = presses.press(second, 1000)
    async with chat.app.db.write() as tx:
        await cast_votes(tx, chat.app.vault, [first], chat.clock.now(), 0)
        racing = asyncio.create_task(two[1].round([later]))
        await asyncio.wait({racing}, timeout=0.3)
    done = await racing

    said = done.answered[later.number][1].text
    if second >= 0:  # a withdrawal finds nothing, or waits: either is one after the other
        assert said.startswith("Голос змінено" if second else "Ваш голос лишається")
        assert await counted(chat, presses) == (votes, votes)
    else:
        shown, anew = await counted(chat, presses)
        assert shown == anew == (votes if said == "Ви забрали свій голос." else [1, 0, 0])


async def test_same_updates_in_both_at_once_are_applied_once(
    chat: Chat, two: tuple[Intake, Intake], presses: Presses
) -> None:
    updates = [presses.press(number % 3, 1000 + number) for number in range(120)]

    rounds = await asyncio.gather(feed(two[0], updates, 30), feed(two[1], updates[::-1], 25))

    assert await counted(chat, presses) == ([40, 40, 40], [40, 40, 40])
    assert sum(intake.counts.votes for intake in two) == 120
    assert sum(intake.counts.repeated for intake in two) == 120
    answered = [number for each in rounds for done in each for number in done.answered]
    assert sorted(answered) == [update.number for update in updates]


async def test_readers_who_are_forgotten_in_one_while_they_vote_in_the_other_leave_exact_counts(
    chat: Chat, other: App, two: tuple[Intake, Intake], presses: Presses
) -> None:
    chance = Random(6)
    updates = [presses.press(chance.choice([0, 1, 2, -1]), chance.randrange(1000, 1030)) for _ in range(400)]

    async def forget(voters: range) -> None:
        for voter in voters:
            while True:
                try:
                    async with other.db.write() as tx:
                        await reader.erase(tx, other.vault, UserId(voter), Retention(), 1)
                    break
                except Raced:  # as the intake does: once more
                    continue

    await asyncio.gather(feed(two[0], updates, 13), forget(range(1000, 1030)))
    shown, anew = await counted(chat, presses)
    assert shown == anew
    await feed(two[0], [presses.press(0, voter) for voter in range(1000, 1030)], 13)
    await forget(range(1000, 1020))

    assert await counted(chat, presses) == ([10, 0, 0], [10, 0, 0])
