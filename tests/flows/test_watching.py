"""What readers and editors see of a ballot whose numbers move in steps: nobody's vote can be watched."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from bot import app as application
from bot.domain.ballot import Results
from bot.sections import Privacy
from tests.conftest import HandClock
from tests.flows.conftest import Chat, newsroom_with_bot

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"
YES, NO, DUNNO = LABELS = ["👍 Погоджуюсь", "👎 Не погоджуюсь", "🤷 Важко сказати"]
STEP = 5
NUMBER = re.compile(r"\d")
COUNTED = re.compile(r"(\d+) дум\w+ \(коментарів: (\d+), приватних: ([^)]+)\)")


@asynccontextmanager
async def stepping(
    database_url: str, folder: Path, clock: HandClock, results: Results = Results.LIVE
) -> AsyncIterator[Chat]:
    privacy = Privacy(step=STEP, minimum=10, results=results)
    async with newsroom_with_bot(database_url, folder, clock, privacy=privacy) as chat:
        await chat.connect()
        await chat.publish(ARTICLE)
        yield chat


@pytest.fixture
async def chat(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Chat]:
    async with stepping(database_url, tmp_path, clock) as world:
        yield world


async def crowd(chat: Chat, size: int) -> list[int]:
    return [await chat.people.user(f"Читач {number}", "uk") for number in range(size)]


async def keyboard(chat: Chat) -> list[str]:
    return (await chat.keys(chat.channel, by=chat.owner))[:3]


async def tally(chat: Chat) -> str:
    await chat.people.say(None, "/tally", by=chat.owner)
    await chat.settle()
    return (await chat.said_to(chat.owner))[-1]


async def test_no_number_is_shown_before_enough_have_voted(chat: Chat) -> None:
    toasts = [await chat.vote("👍", by=reader) for reader in await crowd(chat, 9)]

    assert set(toasts) == {"Ваш голос: 👍 Погоджуюсь. Числа з’являться, коли проголосує щонайменше 10 людей."}
    assert await keyboard(chat) == LABELS
    told = await tally(chat)
    assert "\n\n👍 Погоджуюсь\n👎 Не погоджуюсь\n🤷 Важко сказати\n\n0 думок (" in told
    assert told.endswith("Числа з’являться, коли проголосує щонайменше 10 людей.")


async def test_small_numbers_are_hidden_and_nothing_can_be_subtracted(chat: Chat) -> None:
    readers = await crowd(chat, 30)
    for reader in readers[:27]:
        await chat.vote("👍", by=reader)
    for reader in readers[27:]:
        await chat.vote("👎", by=reader)

    shown, toast = await keyboard(chat), await chat.vote("👎", by=readers[-1])

    assert shown[1:] == ["👎 Не погоджуюсь · <5", "🤷 Важко сказати · <5"]
    agree = int(shown[0].removeprefix("👍 Погоджуюсь · "))
    assert 10 <= agree <= 25
    assert (
        toast
        == f"Ваш голос лишається: {NO}. За останнім підрахунком, так думає менше 5 з {agree} або більше."
    )
    told = await tally(chat)
    assert f"👍 Погоджуюсь — {agree}\n👎 Не погоджуюсь — <5\n🤷 Важко сказати — <5\n\n" in told
    assert f"щонайменше {agree} голос" in told
    assert told.endswith(
        "Числа змінюються кроками: щонайменше 5 голосів за раз. Наприкінці вони будуть точні."
    )


async def test_shares_are_shown_once_all_numbers_are_large(chat: Chat) -> None:
    readers = await crowd(chat, 60)
    for place, reader in enumerate(readers):
        await chat.people.tap(chat.channel, await ballot(chat), LABELS[place % 3], by=reader)
        await chat.settle()

    shown = await keyboard(chat)

    assert [re.sub(r"\d+ %", "N %", label) for label in shown] == [f"{label} · N %" for label in LABELS]


async def ballot(chat: Chat) -> int:
    return (await chat.newest()).messages[-1]


async def watched(chat: Chat, act: Callable[[int], Awaitable[None]], times: int) -> list[list[str]]:
    """What a subscriber sees who looks each second, while somebody acts each second."""
    seen = [await keyboard(chat)]
    for number in range(times):
        await act(number)
        await chat.settle()
        chat.clock.pass_(seconds=1)
        seen.append(await keyboard(chat))
    return seen


def numbers(shown: list[str]) -> list[int]:
    """Hidden cells are 0 to 4; 0 here."""
    return [int(found[1]) if (found := re.search(r" · (\d+)$", label)) else 0 for label in shown]


async def test_subscriber_who_watches_each_second_never_sees_a_single_vote(chat: Chat) -> None:
    """Everybody votes alone in their second; the watcher knows who was there, and moves a vote of their own at will."""
    watcher, *readers = await crowd(chat, 45)
    message = await ballot(chat)
    toasts: list[str] = []

    async def one(number: int) -> None:
        await chat.people.tap(chat.channel, message, "👍", by=readers[number])
        await chat.settle()
        toasts.append(await chat.vote(LABELS[number % 2], by=watcher))

    seen = await watched(chat, one, len(readers))

    changes = [(at, before, after) for at, (before, after) in enumerate(pairwise(seen)) if before != after]
    assert 2 <= len(changes) <= len(readers) // STEP
    for at, before, after in changes:
        moves = [abs(b - a) for a, b in zip(numbers(before), numbers(after), strict=True)]
        assert all(move == 0 or move >= STEP for move in moves)
        # What appears is a count of a moment five voters ago at least: of the watcher and of those before.
        assert max(numbers(after)) <= at + 2 - (STEP - 1)
    # The notices tell nothing but what stands on the keys.
    for toast, stood in zip(toasts, pairwise(seen), strict=True):
        told = re.findall(r"\d+", toast.partition(". ")[2])
        assert told[-1] in {str(max(numbers(shown)) or 10) for shown in stood}, toast


async def test_votes_taken_back_show_as_little(chat: Chat) -> None:
    readers = await crowd(chat, 30)
    message = await ballot(chat)
    for reader in readers:
        await chat.people.tap(chat.channel, message, "👍", by=reader)
        await chat.settle()
    first = await keyboard(chat)

    async def back(number: int) -> None:
        await chat.people.tap(chat.channel, message, "↩️", by=readers[number])

    seen = await watched(chat, back, len(readers))

    assert seen[STEP - 2] == first
    assert numbers(seen[-1])[0] < 3 * STEP < numbers(first)[0] + STEP  # nobody is left, and that shows late
    for before, after in pairwise(seen):
        (move, *_) = (b - a for a, b in zip(numbers(before), numbers(after), strict=True))
        assert move == 0 or abs(move) >= STEP


async def test_no_vote_costs_a_redraw_and_the_end_is_exact(chat: Chat) -> None:
    message = await ballot(chat)
    for place, reader in enumerate(await crowd(chat, 40)):
        await chat.people.tap(chat.channel, message, LABELS[place % 4 == 0], by=reader)
        await chat.settle()
    edits = len(await chat.people.calls("editMessageReplyMarkup"))
    assert 1 <= edits <= 40 // STEP

    await chat.people.say(None, "/close", by=chat.owner)
    await chat.settle()
    await chat.press("Так, завершити", by=chat.owner)

    text = (await chat.people.history(chat.channel, by=chat.owner))[-1]["text"]
    assert text.endswith(
        "👍 Погоджуюсь — 75 % (30)\n👎 Не погоджуюсь — 25 % (10)\n🤷 Важко сказати — 0 % (0)\n\n"
        "40 голосів · 0 думок\n🔒 Голосування завершено. Хто як голосував, стерто: цього не дізнається вже ніхто."
    )
    assert "40 голосів" in await tally(chat)


async def test_restart_publishes_neither_more_nor_less(chat: Chat) -> None:
    message = await ballot(chat)
    readers = await crowd(chat, 40)
    for reader in readers[:20]:
        await chat.people.tap(chat.channel, message, "👍", by=reader)
        await chat.settle()
    before = await keyboard(chat)

    async with application.open_app(chat.settings, chat.clock) as reborn:
        chat.app = reborn
        await chat.settle()
        assert await keyboard(chat) == before
        for reader in readers[20:]:
            await chat.people.tap(chat.channel, message, "👍", by=reader)
            await chat.settle()
        after = await keyboard(chat)

    assert numbers(after)[0] - numbers(before)[0] >= STEP
    assert numbers(after)[0] <= 40 - STEP


async def test_numbers_after_ones_own_vote_are_on_no_key_and_for_no_other_press(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with stepping(database_url, tmp_path, clock, Results.AFTER_VOTE) as chat:
        readers = await crowd(chat, 40)
        toasts = [await chat.vote("👍", by=reader) for reader in readers]
        curious = await chat.people.user("Хтось", "uk")

        back, nothing = await chat.vote("↩️", by=readers[0]), await chat.vote("↩️", by=curious)

        assert await keyboard(chat) == LABELS
        assert await chat.people.calls("editMessageReplyMarkup") == []
        assert (back, nothing) == ("Ви забрали свій голос.", "Вашого голосу тут немає, тож забирати нічого.")
        assert re.search(r"За останнім підрахунком, так думають \d+ з \d+ або більше\.$", toasts[-1])
        assert re.search(r"👍 Погоджуюсь — \d+\n", await tally(chat))


async def test_numbers_after_the_end_are_nowhere_before_it(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with stepping(database_url, tmp_path, clock, Results.AFTER_CLOSE) as chat:
        readers = await crowd(chat, 40)
        toasts = {await chat.vote("👍", by=reader) for reader in readers}
        told = await tally(chat)

        assert await keyboard(chat) == LABELS
        assert toasts == {"Ваш голос: 👍 Погоджуюсь. Результати буде видно, коли голосування завершиться."}
        assert NUMBER.findall(told.split("Що скажете?")[1].split("думок")[0]) == ["0"]
        assert told.endswith("Результати буде видно, коли голосування завершиться.")

        await chat.press("🔒 Завершити", by=chat.owner)
        await chat.press("Так, завершити", by=chat.owner)

        text = (await chat.people.history(chat.channel, by=chat.owner))[-1]["text"]
        assert "👍 Погоджуюсь — 100 % (40)" in text


async def test_private_opinions_cannot_be_watched_as_they_arrive(chat: Chat) -> None:
    seen = []
    for number, reader in enumerate(await crowd(chat, STEP + 1)):
        await chat.open_link(by=reader)
        await chat.people.say(None, f"Думка {number}", by=reader)
        await chat.settle()
        seen.append(COUNTED.findall(await tally(chat)))
    await chat.people.comment(
        chat.channel, await ballot(chat), "Бачать усі", by=await chat.people.user("Петро", "uk")
    )
    await chat.settle()
    seen.append(COUNTED.findall(await tally(chat)))

    await chat.press("🔒 Завершити", by=chat.owner)
    await chat.press("Так, завершити", by=chat.owner)
    seen.append(COUNTED.findall(await tally(chat)))

    nothing, five = ("0", "0", "0 або більше"), ("5", "0", "5 або більше")
    assert seen == [[nothing]] * 4 + [[five]] * 2 + [[("6", "1", "5 або більше")], [("7", "1", "6")]]
