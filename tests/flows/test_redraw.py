"""The shown counts: exact, fresh, and within Telegram's budget."""

from itertools import pairwise

import pytest

from bot import app as application
from bot.domain.ballot import percent
from tests.flows.conftest import Chat

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"
EDIT = "editMessageReplyMarkup"


async def edits(chat: Chat, method: str = EDIT) -> list[float]:
    """When the keyboards in the channel were drawn, in seconds."""
    return [
        call["time"] for call in await chat.people.calls(method) if call["params"]["chat_id"] == chat.channel
    ]


async def tick(chat: Chat, seconds: float = 0.5) -> None:
    """A little time passes, with the workers awake."""
    if await chat.people.pending():
        await chat.app.polling.step(0)
        await chat.app.toaster.flush()
    for worker in (chat.app.drawer, chat.app.poster):
        await worker.step(chat.clock.now())
        await worker.idle()
    chat.clock.pass_(seconds=seconds)


async def storm(chat: Chat, seconds: int, messages: list[int]) -> list[tuple[float, int, str]]:
    """A vote each half second under each message.  Returns (time, message, first key's label) as readers saw it."""
    seen: list[tuple[float, int, str]] = []
    people = [await chat.people.user(f"Читач {n}", "uk") for n in range(seconds * 2)]
    for place, reader in enumerate(people):
        for message in messages:
            await chat.people.tap(chat.channel, message, "👍" if place % 3 else "👎", by=reader)
        await tick(chat)
        by_id = {m["message_id"]: m for m in await chat.people.history(chat.channel, by=chat.owner)}
        for message in messages:
            label = by_id[message]["reply_markup"]["inline_keyboard"][0][0]["text"]
            seen.append((chat.clock.seconds(), message, label))
    return seen


def true_label(place: int) -> str:
    """The first key's label once the votes of this tick of the storm are counted: each third one is against."""
    voters = place + 1
    against = (voters + 2) // 3
    return f"👍 Погоджуюсь · {percent(voters - against, voters)} %"


def most_in_any_minute(times: list[float]) -> int:
    return max(sum(start <= time < start + 60 for time in times) for start in times)


async def test_storm_of_votes_keeps_the_budget_and_never_shows_old_counts_for_long(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    message = discussion.messages[-1]
    chat.clock.pass_(minutes=2)
    begin = chat.clock.seconds()

    seen = await storm(chat, 100, [message])

    times = [time for time in await edits(chat) if time >= begin]
    gaps = [later - sooner for sooner, later in pairwise(times)]
    assert most_in_any_minute(times) <= 17
    assert min(gaps) >= 1.0
    for now, _, label in seen:
        recent = {true_label(place) for place, (then, _, _) in enumerate(seen) if now - 5 <= then <= now}
        assert label in recent, f"{label} after {now - begin} s"


async def test_counts_are_exact_soon_after_the_last_vote(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    chat.clock.pass_(minutes=2)
    await storm(chat, 20, [discussion.messages[-1]])
    last = chat.clock.now()

    await chat.settle()

    assert (chat.clock.now() - last).total_seconds() <= 10
    assert await chat.votes(discussion.id) == {
        "👍 Погоджуюсь": 26,
        "👎 Не погоджуюсь": 14,
        "🤷 Важко сказати": 0,
    }
    assert (await chat.keys(chat.channel, by=chat.owner))[:3] == [
        "👍 Погоджуюсь · 65 %",
        "👎 Не погоджуюсь · 35 %",
        "🤷 Важко сказати · 0 %",
    ]


async def test_ballots_of_one_channel_share_its_budget_and_leave_room_for_posts(chat: Chat) -> None:
    for number in range(3):
        await chat.people.say(chat.channel, f"/poll Питання {number}?", by=chat.owner)
        await chat.settle()
    ballots = [m["message_id"] for m in await chat.people.history(chat.channel, by=chat.owner)]
    chat.clock.pass_(minutes=2)
    begin = chat.clock.seconds()

    await storm(chat, 40, ballots)
    asked = chat.clock.seconds()
    await chat.people.say(chat.channel, "/poll Ще одне?", by=chat.owner)
    for _ in range(20):
        await tick(chat)

    posted = [
        c["time"] for c in await chat.people.calls("sendMessage") if c["params"]["chat_id"] == chat.channel
    ]
    assert posted[-1] - asked <= 5
    assert most_in_any_minute(sorted([*await edits(chat), *posted])) <= 20
    drawn = {c["params"]["message_id"] for c in await chat.people.calls(EDIT) if c["time"] >= begin}
    assert drawn == set(ballots)


async def test_nothing_is_drawn_when_nothing_changes(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.vote("👍", by=reader)
    before = len(await edits(chat))

    await chat.vote("👍", by=reader)
    await chat.vote("👎", by=await chat.people.user("Петро", "uk"))
    await chat.press("↩️", by=await chat.people.user("Хтось", "uk"), chat=chat.channel)

    assert len(await edits(chat)) == before + 1


async def test_counts_that_look_the_same_are_not_drawn_again(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    await chat.vote("👍", by=await chat.people.user("Оля", "uk"))
    before = len(await edits(chat))

    await chat.vote("👍", by=await chat.people.user("Петро", "uk"))

    assert len(await edits(chat)) == before
    assert (await chat.keys(chat.channel, by=chat.owner))[0] == "👍 Погоджуюсь · 100 %"


async def test_restart_ends_with_one_exact_edit(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    message = discussion.messages[-1]
    for number in range(8):
        reader = await chat.people.user(f"Читач {number}", "uk")
        await chat.people.tap(chat.channel, message, "👎", by=reader)
    await chat.app.polling.step(0)  # stored, and the process dies before anything is drawn
    await chat.app.toaster.flush()
    assert await edits(chat) == []

    async with application.open_app(chat.settings, chat.clock) as reborn:
        chat.app = reborn
        await chat.settle()

    assert len(await edits(chat)) == 1
    assert (await chat.keys(chat.channel, by=chat.owner))[:2] == [
        "👍 Погоджуюсь · 0 %",
        "👎 Не погоджуюсь · 100 %",
    ]


async def test_redraw_is_only_the_keyboard(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    await chat.vote("👍", by=await chat.people.user("Оля", "uk"))

    (call,) = await chat.people.calls(EDIT)
    assert set(call["params"]) == {"chat_id", "message_id", "reply_markup"}
    assert await chat.people.calls("editMessageText") == [
        call for call in await chat.people.calls("editMessageText") if call["params"]["chat_id"] == chat.owner
    ]


async def test_flood_refusal_of_an_edit_is_obeyed(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    await chat.people.fault("429", method=EDIT, retry_after=40)
    refused = chat.clock.seconds()

    await chat.vote("👍", by=await chat.people.user("Оля", "uk"))

    first, second = await edits(chat)
    assert first >= refused
    assert second - first >= 40
    assert (await chat.keys(chat.channel, by=chat.owner))[0] == "👍 Погоджуюсь · 100 %"


@pytest.mark.parametrize("fault", ["reset_before", "reset_after", "5xx"])
async def test_edit_that_failed_is_repeated_until_it_shows(chat: Chat, fault: str) -> None:
    await chat.publish(ARTICLE)
    await chat.people.fault(fault, method=EDIT, times=2)

    await chat.vote("👍", by=await chat.people.user("Оля", "uk"))
    await chat.settle()

    assert (await chat.keys(chat.channel, by=chat.owner))[0] == "👍 Погоджуюсь · 100 %"


async def test_deleted_ballot_message_is_not_drawn_for_ever(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    message = discussion.messages[-1]
    await chat.people.tap(chat.channel, message, "👍", by=await chat.people.user("Оля", "uk"))
    await chat.people.delete(chat.channel, message, by=chat.owner)

    await chat.settle()
    chat.clock.pass_(hours=1)
    await chat.settle()

    assert len(await edits(chat)) == 1
