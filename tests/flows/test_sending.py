"""Messages, posts and redraws side by side: nobody waits for another chat, nobody starves, nothing is lost."""

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import text

from bot.domain.discussion import State
from bot.services import discussion as services
from db.engine import Database
from db.queries import discussion as discussions
from tests.flows.conftest import Chat
from tests.flows.test_redraw import ARTICLE, EDIT, edits, most_in_any_minute, tick

PARAGRAPH = "Речення про місто. " * 190  # about one message


async def take_in(chat: Chat) -> None:
    """What waits is stored; no worker sends anything yet."""
    while await chat.people.pending():
        await chat.app.polling.step(0)
        await chat.app.toaster.flush()


async def order_article(chat: Chat, paragraphs: int) -> None:
    """The editor presses «publish»; no part is out yet."""
    await chat.people.start(by=chat.owner)
    text = "Стаття\n\n" + "\n\n".join(PARAGRAPH for _ in range(paragraphs))
    await chat.people.send_file(None, "a.txt", text.encode(), by=chat.owner)
    await chat.settle()
    preview = (await chat.people.history(None, by=chat.owner))[-1]
    data = preview["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    await chat.people.forge(None, preview["message_id"], data, by=chat.owner)
    await take_in(chat)


async def tap_each_tick(chat: Chat, messages: list[int], ticks: int) -> None:
    """Forty readers go over to the other side one by one and back: what looks the same is not drawn, so the shares
    have to move all the time.
    """
    readers = [await chat.people.user(f"Читач {n}", "uk") for n in range(40)]
    for turn in range(ticks):
        for message in messages:
            label = ("👍", "👎")[turn // len(readers) % 2] if turn else "🤷"
            await chat.people.tap(chat.channel, message, label, by=readers[turn % len(readers)])
        await tick(chat)


async def channel_calls(chat: Chat) -> list[float]:
    calls = [*await chat.people.calls("sendMessage"), *await chat.people.calls(EDIT)]
    return sorted(call["time"] for call in calls if call["params"]["chat_id"] == chat.channel)


async def ballots(chat: Chat, number: int) -> list[int]:
    for place in range(number):
        await chat.people.say(chat.channel, f"/poll Питання {place}?", by=chat.owner)
        await chat.settle()
    return [m["message_id"] for m in await chat.people.history(chat.channel, by=chat.owner)]


async def close(chat: Chat) -> None:
    async with chat.app.db.write() as tx:
        discussion = (await discussions.newest(tx, None, 1))[0]
        await services.close(tx, discussion, chat.clock.now())


async def test_outbox_sleeps_while_the_first_message_to_somebody_is_postponed(chat: Chat) -> None:
    reader = await chat.people.user("Оля", "uk")
    await chat.people.start(by=reader)
    await chat.people.say(None, "/help", by=reader)
    await chat.people.fault("429", method="sendMessage", chat_id=reader, retry_after=120)
    await take_in(chat)
    for _ in range(4):
        await chat.app.outbox.step(chat.clock.now())
        await chat.app.outbox.idle()

    following = await chat.app.outbox.step(chat.clock.now())

    assert following is not None
    assert following > chat.clock.now() + timedelta(seconds=100)


async def test_rejected_token_loses_no_confirmation(chat: Chat) -> None:
    reader = await chat.people.user("Оля", "uk")
    fault: dict[str, Any] = {"status": 401, "description": "Unauthorized"}
    await chat.people.fault("5xx", method="sendMessage", chat_id=reader, **fault)
    await chat.people.start(by=reader)

    await chat.settle()

    assert await chat.said_to(reader)


async def test_after_an_outage_one_unlucky_message_freezes_nobody(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    chat.clock.pass_(minutes=5)
    reader = await chat.people.user("Оля", "uk")
    await chat.people.fault("5xx", method="sendMessage", chat_id=reader, status=503, times=8)
    await chat.people.start(by=reader)
    await take_in(chat)
    for _ in range(30):
        chat.clock.set(await chat.app.outbox.step(chat.clock.now()) or chat.clock.now())
        await chat.app.outbox.idle()
    voted = chat.clock.seconds()
    await chat.people.tap(
        chat.channel, discussion.messages[-1], "👍", by=await chat.people.user("Петро", "uk")
    )

    await chat.settle(timedelta(minutes=30))

    assert (await edits(chat))[-1] - voted <= 6


async def test_ballot_that_is_closed_before_its_turn_is_not_posted(chat: Chat) -> None:
    await chat.people.say(chat.channel, "/poll Ви за?", by=chat.owner)
    await take_in(chat)
    other = Database(chat.settings.database.address)
    async with other.write() as tx:
        await tx.execute(text("UPDATE discussion SET state = 'closed'"))
        posting = asyncio.create_task(chat.app.poster.step(chat.clock.now()))
        await asyncio.sleep(0.5)
    await other.close()
    await posting
    await chat.app.poster.idle()

    assert await chat.texts(chat.channel, by=chat.owner) in ([], ["/poll Ви за?"])
    assert (await chat.newest()).state is State.CLOSED


@pytest.mark.parametrize("paragraphs", [2, 8])
async def test_votes_right_after_an_article_are_shown_within_five_seconds(
    chat: Chat, paragraphs: int
) -> None:
    """Also when the article has spent the whole burst: then one call goes each 3.75 s, the most that 20 a minute give."""
    await order_article(chat, paragraphs)
    while (await chat.newest()).state is not State.OPEN:
        await tick(chat)
    begin = chat.clock.seconds()

    await tap_each_tick(chat, [(await chat.newest()).messages[-1]], 40)

    times = [begin, *(time for time in await edits(chat) if time >= begin), chat.clock.seconds()]
    assert max(later - sooner for sooner, later in pairwise(times)) <= 5
    assert most_in_any_minute(await channel_calls(chat)) <= 20


async def test_votes_while_a_long_article_goes_out_are_drawn(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    chat.clock.pass_(minutes=2)
    await order_article(chat, 12)
    begin = chat.clock.seconds()

    await tap_each_tick(chat, [discussion.messages[-1]], 180)

    times = [begin, *(time for time in await edits(chat) if time >= begin), chat.clock.seconds()]
    assert max(later - sooner for sooner, later in pairwise(times)) <= 8.5
    assert (await chat.newest()).state is State.OPEN  # neither does the article starve
    assert most_in_any_minute(await channel_calls(chat)) <= 20


async def test_ballots_of_one_channel_are_drawn_in_turn(chat: Chat) -> None:
    messages = await ballots(chat, 3)
    for place in range(6):  # the first has many more versions than the last
        reader = await chat.people.user(f"Рання {place}", "uk")
        await chat.people.tap(chat.channel, messages[0], "👍", by=reader)
        await chat.settle()
    chat.clock.pass_(minutes=2)
    begin = chat.clock.seconds()

    await tap_each_tick(chat, messages, 120)

    drawn = Counter(c["params"]["message_id"] for c in await chat.people.calls(EDIT) if c["time"] >= begin)
    assert set(drawn) == set(messages)
    assert max(drawn.values()) - min(drawn.values()) <= 2


async def test_slow_edit_in_one_channel_delays_no_other(chat: Chat) -> None:
    second = await chat.people.channel("Спорт", username="sport", owner=chat.owner)
    await chat.people.add_bot(second, by=chat.owner)
    await chat.settle()
    reader = await chat.people.user("Оля", "uk")
    for channel in (chat.channel, second):
        await chat.people.say(channel, "/poll Ви за?", by=chat.owner)
        await chat.settle()
    await chat.people.fault("hang_after", method=EDIT, chat_id=chat.channel, seconds=3)
    for channel in (chat.channel, second):
        message = (await chat.people.history(channel, by=chat.owner))[-1]["message_id"]
        await chat.people.tap(channel, message, "👍", by=reader)
    await take_in(chat)
    chat.clock.pass_(minutes=1)

    async with asyncio.timeout(2):
        await chat.app.drawer.step(chat.clock.now())
        while "100" not in (await chat.keys(second, by=chat.owner))[0]:
            await asyncio.sleep(0.05)

    await chat.settle()


async def test_closed_ballot_whose_text_is_refused_loses_at_least_its_keys(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    fault: dict[str, Any] = {"status": 400, "description": "Bad Request: message can't be edited"}
    await chat.people.fault("5xx", method="editMessageText", chat_id=chat.channel, **fault)

    await close(chat)
    await chat.settle()

    assert await chat.keys(chat.channel, by=chat.owner) == []


async def test_removed_bot_edits_nothing_until_it_is_back(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.people.tap(chat.channel, discussion.messages[-1], "👍", by=reader)
    await take_in(chat)
    await chat.people.remove_bot(chat.channel, by=chat.owner)

    await chat.settle(timedelta(hours=3))

    assert len(await edits(chat)) <= 1
    await chat.people.add_bot(chat.channel, by=chat.owner)
    await chat.settle()
    assert (await chat.keys(chat.channel, by=chat.owner))[0] == "👍 Погоджуюсь · 100 %"
