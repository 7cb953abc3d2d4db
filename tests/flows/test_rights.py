"""A reader sees what is kept about them, and has it erased."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.domain.ids import ChatId
from bot.vault import FIRST_KEY
from db.models import (
    DiscussionRow,
    FailedUpdateRow,
    MuteRow,
    OpinionRow,
    OptionCountRow,
    OutboxRow,
    PromptRow,
    QuotaRow,
    ReportRow,
    UnreachableRow,
    VoteRow,
)
from db.queries import outbox as outboxes
from db.queries import update as updates
from tests.conftest import HandClock
from tests.flows.conftest import Chat, newsroom_with_bot
from tests.flows.test_opinions import ARTICLE, OTHER, said, write

FOOT = (
    "В обговорення, де ключ уже знищено, зазирнути не можна: ніхто не скаже, що там ваше. Тому там нічого не "
    "знайти й про вас.\nЯкщо ви ведете канал, записи про це тут не показано: це не дані читача.\n\n"
    "/forget — стерти все це"
)


async def ask(chat: Chat, command: str, *, by: int) -> list[str]:
    """What the bot answers to a command."""
    before = len(await chat.said_to(by))
    await chat.people.say(None, command, by=by)
    await chat.settle()
    return (await chat.said_to(by))[before:]


async def reader_of_two(chat: Chat) -> int:
    """Somebody who voted and wrote in one discussion and commented in another."""
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)
    await write(chat, "Я за <b>чисте</b> повітря & сонце", by=reader)
    await chat.vote("👍", by=reader)
    other = await chat.publish(OTHER)
    await chat.people.comment(chat.channel, other.messages[0], "І трамвай треба", by=reader)
    await chat.settle()
    return reader


async def count(chat: Chat, *models: type) -> list[int]:
    async with chat.app.db.read() as tx:
        return [await tx.scalar(select(func.count()).select_from(model)) or 0 for model in models]


async def forget(chat: Chat, *, by: int) -> str:
    await ask(chat, "/forget", by=by)
    await chat.press("🗑 Стерти", by=by)
    await chat.press("🗑 Так, стерти все", by=by)
    return (await chat.said_to(by))[-1]


async def test_mydata_shows_what_is_kept_and_until_when(chat: Chat) -> None:
    reader = await reader_of_two(chat)

    (answer,) = await ask(chat, "/mydata", by=reader)

    until = "Зберігається, доки обговорення триває, щонайдовше до 22 травня 2027, 15:00."
    opened = "Ви відкривали посилання, щоб написати думку."
    counted = "Лічильник ваших думок за день, щоб ніхто не засипав обговорення повідомленнями."
    assert answer == (
        "Що про вас збережено зараз\n\n"
        "Вугілля до 2030 року\nГолос: 👍 Погоджуюсь\n1 думка:\n• «Я за <b>чисте</b> повітря & сонце»\n"
        f"{opened}\n{counted}\n{until}\n\n"
        f"Трамвай на Лівий берег\n1 думка:\n• «І трамвай треба»\n{until}\n\n{FOOT}"
    )


async def test_mydata_tells_nothing_of_others_and_says_when_there_is_nothing(chat: Chat) -> None:
    await reader_of_two(chat)
    stranger = await chat.people.user("Мальорі", "uk")
    await chat.people.start(by=stranger)
    await chat.settle()

    (answer,) = await ask(chat, "/mydata", by=stranger)

    assert answer == f"Про вас зараз нічого не збережено.\n\n{FOOT}"


async def test_mydata_speaks_english(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Olya", "en")
    await chat.vote("👍", by=reader)
    await chat.people.start(by=reader)
    await chat.settle()

    (answer,) = await ask(chat, "/mydata", by=reader)

    assert answer.startswith(
        "What is kept about you now\n\nВугілля до 2030 року\nVote: 👍 Погоджуюсь\nKept while"
    )


async def test_mydata_with_much_to_show_is_told_in_several_messages(chat: Chat) -> None:
    reader = await chat.people.user("Оля", "uk")
    for _ in range(4):
        await chat.publish(ARTICLE)
        for number in range(6):
            chat.clock.pass_(seconds=20)  # nobody may say more than five times in a minute
            await chat.open_link(by=reader)
            await write(chat, f"{number} " + "довга <думка> " * 50, by=reader)
    async with chat.app.db.write() as tx:
        await tx.execute(update(DiscussionRow).values(title="<&>" * 66))

    answers = await ask(chat, "/mydata", by=reader)

    assert len(answers) == 4
    assert sum(answer.count("… і ще 1") for answer in answers) == 4
    assert answers[-1].endswith("/forget — стерти все це")


async def test_what_waits_and_what_failed_is_shown_and_erased(chat: Chat) -> None:
    reader, other = await reader_of_two(chat), await chat.people.user("Петро", "uk")
    vault, now = chat.app.vault, chat.clock.now()
    today = int(now.timestamp()) // 86_400
    vault.rotate(today, keep=2)
    async with chat.app.db.write() as tx:
        for number, person in ((900, reader), (901, other)):
            raw = f'{{"update_id":{number},"message":{{"from":{{"id":{person}}}}}}}'
            await updates.store_failed(tx, number, vault.seal_waiting(raw), "ValueError at x", now)
            call, later = vault.seal_waiting({"method": "x", "params": {}}), now + timedelta(minutes=5)
            await outboxes.put(tx, vault.chat(ChatId(person)), call, later, now=now, priority=outboxes.LATER)
    vault.rotate(today + 1, keep=2)  # what waited yesterday is found under yesterday's name

    (answer,) = await ask(chat, "/mydata", by=reader)
    assert "На відправлення вам чекає 1 повідомлення, зашифроване." in answer
    assert "1 ваше повідомлення, на якому бот помилився, зашифроване." in answer
    await forget(chat, by=reader)

    async with chat.app.db.read() as tx:
        assert [failed.update_id for failed in await updates.failed(tx)] == [901]
    assert await count(chat, OutboxRow, FailedUpdateRow) == [1, 1]


async def test_forget_asks_twice_and_then_all_of_it_is_gone(chat: Chat) -> None:
    reader, other = await reader_of_two(chat), await chat.people.user("Петро", "uk")
    await chat.vote("👍", by=other)
    first = (await chat.newest()).id
    await chat.people.start(by=other)
    await chat.settle()

    (question,) = await ask(chat, "/forget", by=reader)
    assert question.startswith("Стерти все про вас?\n• 1 голос, підсумок стане меншим\n• 2 думки\n")
    await chat.press("🗑 Стерти", by=reader)
    assert await count(chat, VoteRow, OpinionRow) == [2, 2]
    await chat.press("🗑 Так, стерти все", by=reader)

    assert (await chat.said_to(reader))[
        -1
    ] == "🗑 Стерто. Голосів: 1, думок: 2. Про вас тут більше нічого немає."
    assert await count(chat, VoteRow, OpinionRow, PromptRow, QuotaRow, ReportRow, UnreachableRow) == [
        1,
        0,
        0,
        0,
        0,
        0,
    ]
    async with chat.app.db.read() as tx:
        assert await tx.scalar(select(func.sum(OptionCountRow.votes))) == 1
    assert (await chat.discussion(first)).opinions.total == 0
    assert (await ask(chat, "/mydata", by=reader))[0].startswith("Про вас зараз нічого не збережено.")
    stored = await chat.stored()
    assert "чисте".encode() not in stored


async def test_counts_under_the_ballot_are_lowered(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.vote("👍", by=reader)
    await chat.people.start(by=reader)
    await chat.settle()
    assert (await chat.keys(chat.channel, by=reader))[0] == "👍 Погоджуюсь · 100 %"

    await forget(chat, by=reader)

    assert (await chat.keys(chat.channel, by=reader))[0] == "👍 Погоджуюсь"


async def test_kept_is_kept(chat: Chat) -> None:
    reader = await reader_of_two(chat)

    await ask(chat, "/forget", by=reader)
    await chat.press("🗑 Стерти", by=reader)
    await chat.press("Ні, залишити", by=reader)

    assert (await chat.said_to(reader))[-1] == "Гаразд, нічого не стерто."
    assert await count(chat, VoteRow, OpinionRow) == [1, 2]


async def test_forged_and_repeated_taps_erase_what_is_the_pressers_alone_and_once(chat: Chat) -> None:
    reader = await reader_of_two(chat)
    mallory = await chat.people.user("Мальорі", "uk")
    await chat.people.start(by=mallory)
    await chat.settle()
    theirs = (await chat.people.history(None, by=mallory))[-1]["message_id"]
    mine = (await chat.people.history(None, by=reader))[-1]["message_id"]

    await chat.people.forge(None, theirs, "fn", by=mallory)
    await chat.settle()
    assert await count(chat, VoteRow, OpinionRow) == [1, 2]
    for _ in range(2):
        await chat.people.forge(None, mine, "fn", by=reader)
    await chat.people.repeat_updates(10)
    await chat.settle()

    assert await count(chat, VoteRow, OpinionRow) == [0, 0]
    async with chat.app.db.read() as tx:
        assert await tx.scalar(select(func.sum(OptionCountRow.votes))) == 0
    in_channel = await chat.people.history(chat.channel, by=mallory)
    tap = await chat.people.forge(chat.channel, in_channel[-1]["message_id"], "fn", by=mallory)
    await chat.settle()
    assert (await chat.people.toast(tap) or {})["text"] == "Ця кнопка вже не діє."


async def test_mute_stays_and_is_told(chat: Chat) -> None:
    reader = await reader_of_two(chat)
    discussion = await chat.newest()
    readers = chat.app.vault.readers(discussion.key)
    assert readers is not None
    async with chat.app.db.write() as tx:
        tx.add(MuteRow(discussion_id=discussion.id, author=readers.author(discussion.id, reader)))
        tx.add(
            QuotaRow(discussion_id=discussion.id, author=readers.author(discussion.id, reader), day=1, said=1)
        )

    assert "Редакція заборонила вам писати" in (await ask(chat, "/mydata", by=reader))[0]
    answer = await forget(chat, by=reader)

    assert answer == (
        "🗑 Стерто. Голосів: 1, думок: 2. Лишилася тільки заборона писати там, де її наклала редакція."
    )
    assert await count(chat, MuteRow, QuotaRow) == [1, 0]
    assert (await ask(chat, "/forget", by=reader))[0].startswith(MUTED["uk"])


MUTED = {
    "uk": "Стирати нічого: про вас тут збережено тільки заборону писати там, де її наклала редакція. Вона лишається",
    "en": "There is nothing to erase: all that is kept about you here is the ban on writing where the editors gave you "
    "one. It stays",
}


@pytest.mark.parametrize("language", MUTED)
async def test_whoever_is_only_muted_is_told_that_this_stays(chat: Chat, language: str) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", language)
    await chat.people.start(by=reader)
    await chat.settle()
    before = (await ask(chat, "/forget", by=reader))[0]
    readers = chat.app.vault.readers(discussion.key)
    assert readers is not None
    async with chat.app.db.write() as tx:
        tx.add(MuteRow(discussion_id=discussion.id, author=readers.author(discussion.id, reader)))

    (answer,) = await ask(chat, "/forget", by=reader)

    assert answer.startswith(MUTED[language])
    assert not before.startswith(MUTED[language])
    assert await chat.keys(None, by=reader) == []
    assert await count(chat, MuteRow) == [1]


async def test_discussion_from_before_keys_of_their_own_is_found_and_erased(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    async with chat.app.db.write() as tx:
        await tx.execute(update(DiscussionRow).values(key=FIRST_KEY))
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)
    await write(chat, "Давнє", by=reader)
    await chat.vote("👎", by=reader)

    (answer,) = await ask(chat, "/mydata", by=reader)
    assert "Голос: 👎 Не погоджуюсь\n1 думка:\n• «Давнє»" in answer
    await forget(chat, by=reader)

    assert await count(chat, VoteRow, OpinionRow, PromptRow) == [0, 0, 0]


async def test_destroyed_key_means_that_nothing_is_found(chat: Chat) -> None:
    reader = await reader_of_two(chat)
    async with chat.app.db.read() as tx:
        keys = [key for key in await tx.scalars(select(DiscussionRow.key)) if key is not None]
    await ask(chat, "/forget", by=reader)
    await chat.press("🗑 Стерти", by=reader)
    chat.app.vault.destroy(keys)

    await chat.press("🗑 Так, стерти все", by=reader)

    assert (await chat.said_to(reader))[-1] == (
        "Стирати нічого: про вас тут нічого не збережено. В обговорення, де ключ уже знищено, зазирнути не можна: "
        "ніхто не скаже, що там ваше, тож ніхто не знайде й вас."
    )
    assert await count(chat, OpinionRow) == [2]  # whose they are, nobody knows


async def test_editor_is_a_reader_too_and_stays_an_editor(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    await chat.vote("👍", by=chat.owner)

    assert "Голос: 👍 Погоджуюсь" in (await ask(chat, "/mydata", by=chat.owner))[0]
    await forget(chat, by=chat.owner)

    assert await count(chat, VoteRow) == [0]
    await chat.publish(OTHER)
    assert (await chat.newest()).title == "Трамвай на Лівий берег"


async def test_forgetting_in_a_storm_leaves_exact_counts(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with newsroom_with_bot(database_url, tmp_path, clock) as chat:
        await chat.connect()
        discussion = await chat.publish(ARTICLE)
        crowd = [await chat.people.user(f"Читач {number}", "uk") for number in range(12)]
        for person in crowd:
            await chat.people.start(by=person)
        await chat.settle()
        hello = {person: (await chat.people.history(None, by=person))[-1]["message_id"] for person in crowd}
        ballot = (await chat.people.history(chat.channel, by=chat.owner))[-1]["message_id"]

        async def live(number: int, person: int) -> None:
            for turn in range(3):
                await chat.people.tap(chat.channel, ballot, ("👍", "👎")[(number + turn) % 2], by=person)
                if number % 2:
                    await chat.people.forge(None, hello[person], "fn", by=person)

        await asyncio.gather(*(live(number, person) for number, person in enumerate(crowd)))
        await chat.settle()

        assert await count(chat, VoteRow) == [6]
        assert sum((await chat.votes(discussion.id)).values()) == 6


@pytest.mark.parametrize(("language", "first"), [("uk", "Що зберігається"), ("en", "What is kept")])
async def test_privacy_is_told_to_everybody(chat: Chat, language: str, first: str) -> None:
    reader = await chat.people.user("Оля", language)
    await chat.people.start(by=reader)
    await chat.settle()

    (answer,) = await ask(chat, "/privacy", by=reader)

    assert answer.startswith(first)
    assert "/mydata" in answer
    assert "/forget" in answer


async def test_comment_that_is_forgotten_is_no_longer_an_opinion(chat: Chat) -> None:
    reader = await reader_of_two(chat)
    assert len(await said(chat)) == 1

    await forget(chat, by=reader)

    assert await said(chat) == []
