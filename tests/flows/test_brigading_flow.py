"""Votes brought from outside: found by sums alone, told to the owner once, shown beside the raw counts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import select

from bot.domain.discussion import Discussion
from bot.sections import Brigading, Privacy
from db.models import ArrivalRow, OpinionRow, SampleRow
from db.queries import discussion as discussions
from tests.conftest import HandClock
from tests.flows.conftest import Chat, newsroom_with_bot

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"
LIVE = Privacy(step=1, minimum=1)


@asynccontextmanager
async def watching(
    database_url: str, folder: Path, clock: HandClock, privacy: Privacy = LIVE, watch: bool = True
) -> AsyncIterator[Chat]:
    brigading = Brigading(watch=watch, sample=1.0)
    async with newsroom_with_bot(database_url, folder, clock, privacy=privacy, brigading=brigading) as chat:
        await chat.connect()
        yield chat


async def members(chat: Chat, size: int) -> list[int]:
    people = await strangers(chat, size)
    for person in people:
        await chat.people.join(chat.channel, person)
    return people


async def strangers(chat: Chat, size: int) -> list[int]:
    return [await chat.people.user(f"Читач {number}", "uk") for number in range(size)]


async def opened(chat: Chat) -> Discussion:
    discussion = await chat.publish(ARTICLE)
    chat.clock.pass_(seconds=10)
    await chat.settle()
    return discussion


async def vote(chat: Chat, label: str, people: list[int]) -> None:
    message = (await chat.newest()).messages[-1]
    for person in people:
        await chat.people.tap(chat.channel, message, label, by=person)
    await chat.settle()


async def minutes(chat: Chat, number: int = 1) -> None:
    for _ in range(number):
        chat.clock.pass_(minutes=1)
        await chat.settle()


async def samples(chat: Chat) -> list[tuple[int, int]]:
    async with chat.app.db.read() as tx:
        rows = await tx.scalars(select(SampleRow).order_by(SampleRow.option_id))
        return [(row.members, row.strangers) for row in rows]


async def arrivals(chat: Chat) -> list[int]:
    async with chat.app.db.read() as tx:
        return list(await tx.scalars(select(ArrivalRow.votes).order_by(ArrivalRow.minute)))


async def tally(chat: Chat) -> str:
    await chat.people.say(None, "/tally", by=chat.owner)
    await chat.settle()
    return (await chat.said_to(chat.owner))[-1]


async def notices(chat: Chat) -> list[str]:
    return [text for text in await chat.said_to(chat.owner) if text.startswith("⚠️")]


async def test_strangers_raise_one_notice_and_counts_stand_side_by_side(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with watching(database_url, tmp_path, clock) as chat:
        ours = await members(chat, 10)
        await opened(chat)
        await vote(chat, "👍", ours)
        await vote(chat, "👎", await strangers(chat, 25))

        await minutes(chat, 3)

        assert await samples(chat) == [(10, 0), (0, 25)]
        assert await notices(chat) == [
            "⚠️ «Вугілля до 2030 року»: є ознаки, що голоси приводять ззовні (багато тих, кого раніше в каналі не було). "
            "Числа з поправкою, за опублікованим правилом, покаже /tally 1."
        ]
        beside = (
            "Є ознаки, що голоси приводили ззовні: багато тих, кого раніше в каналі не було.\n"
            "З них за вибіркою учасники каналу:\n👍 Погоджуюсь — близько 10\n👎 Не погоджуюсь — близько 0\n"
            "🤷 Важко сказати — близько 0"
        )
        told = await tally(chat)
        assert "👎 Не погоджуюсь — 71 % (25)" in told
        assert beside in told
        await chat.press("🔒 Завершити", by=chat.owner)
        await chat.press("Так, завершити", by=chat.owner)
        final = (await chat.people.history(chat.channel, by=chat.owner))[-1]["text"]
        assert f"👎 Не погоджуюсь — 71 % (25)\n🤷 Важко сказати — 0 % (0)\n\n{beside}\n\n35 голосів" in final
        assert await samples(chat) == []  # gone; the result stays
        assert beside in await tally(chat)


async def test_who_joined_after_the_call_counts_as_a_stranger(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with watching(database_url, tmp_path, clock) as chat:
        before = await members(chat, 5)
        await opened(chat)
        after = await members(chat, 5)
        await chat.settle()

        await vote(chat, "👍", [*before, *after])
        await minutes(chat)

        assert await samples(chat) == [(5, 5)]
        assert await notices(chat) == []


async def test_burst_is_told_and_only_whole_steps_are_written(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with watching(database_url, tmp_path, clock, Privacy(step=7, minimum=7)) as chat:
        ours = await members(chat, 40)
        await opened(chat)
        await vote(chat, "👍", ours[:6])  # less than a step
        await minutes(chat, 11)
        await vote(chat, "👍", ours[6:30])
        for label in ("↩️", "👍", "↩️", "👎"):  # nobody comes twice
            await vote(chat, label, ours[6:30])

        await minutes(chat, 2)

        assert await arrivals(chat) == [21]
        (notice,) = await notices(chat)
        assert "(дуже багато голосів за одну хвилину)" in notice


async def test_copied_opinions_are_told(database_url: str, tmp_path: Path, clock: HandClock) -> None:
    async with watching(database_url, tmp_path, clock) as chat:
        discussion = await opened(chat)
        async with chat.app.db.write() as tx:
            for number in range(12):
                flags = ["copied"] if number < 10 else []
                tx.add(
                    OpinionRow(
                        id=number, discussion_id=discussion.id, source="comment", text="Так", flags=flags
                    )
                )

        await minutes(chat, 2)

        (notice,) = await notices(chat)
        assert "(багато майже однакових думок)" in notice
        assert "Вибірка замала, щоб сказати, скільки з них учасники каналу." in await tally(chat)


async def test_adjusted_counts_of_an_open_ballot_show_no_more_than_the_raw_ones(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with watching(database_url, tmp_path, clock, Privacy(step=5, minimum=10)) as chat:
        ours = await members(chat, 8)
        await opened(chat)
        for person in [*await strangers(chat, 40), *ours]:
            await vote(chat, "👎", [person])
        await vote(chat, "👍", await strangers(chat, 4))
        await minutes(chat, 3)

        told = await tally(chat)

        assert "👍 Погоджуюсь — <5\n" in told
        assert "👎 Не погоджуюсь — близько " in told
        assert "👍 Погоджуюсь — близько" not in told


async def test_sums_go_with_the_readers_key_also_where_nothing_was_concluded(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with watching(database_url, tmp_path, clock) as chat:
        ours = await members(chat, 25)
        discussion = await opened(chat)
        await vote(chat, "👍", ours)
        await minutes(chat, 2)
        assert (await samples(chat), await arrivals(chat)) == ([(25, 0)], [25])
        async with chat.app.db.write() as tx:
            await discussions.close(tx, discussion.id, chat.clock.now())
        await chat.settle()

        chat.clock.pass_(hours=2)
        await chat.settle()

        assert (await samples(chat), await arrivals(chat)) == ([], [])


async def test_channel_that_does_not_watch_asks_and_stores_nothing(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with watching(database_url, tmp_path, clock, watch=False) as chat:
        await opened(chat)
        people = await strangers(chat, 40)
        asked = len(await chat.people.calls("getChatMember"))

        await vote(chat, "👍", people)
        await minutes(chat, 3)

        assert (await samples(chat), await arrivals(chat)) == ([], [])
        assert len(await chat.people.calls("getChatMember")) == asked
        assert await notices(chat) == []
