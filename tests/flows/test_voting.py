"""Readers press the keys under an article."""

import pytest
from sqlalchemy import delete, select

from bot.domain.discussion import State
from db.models import BallotRow, DiscussionRow, VoteRow
from tests.flows.conftest import Chat

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"
LABELS = ["👍 Погоджуюсь", "👎 Не погоджуюсь", "🤷 Важко сказати"]


async def test_same_tap_again_keeps_the_vote(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")

    first = await chat.vote("👍", by=reader)
    second = await chat.vote("👍", by=reader)

    assert first == "Ваш голос: 👍 Погоджуюсь. Так думає 1 з 1 (100 %)."
    assert second == "Ваш голос лишається: 👍 Погоджуюсь. Так думає 1 з 1 (100 %)."


async def test_tap_on_another_option_moves_the_vote(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    olya, petro = await chat.people.user("Оля", "uk"), await chat.people.user("Петро", "uk")
    await chat.vote("👍", by=olya)
    await chat.vote("👍", by=petro)

    toast = await chat.vote("👎", by=petro)

    assert toast == "Голос змінено: 👎 Не погоджуюсь. Так думає 1 з 2 (50 %)."
    assert await chat.votes(discussion.id) == dict(zip(LABELS, (1, 1, 0), strict=True))


async def test_withdrawing_takes_the_vote_back_once(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.vote("👍", by=reader)

    toasts = [await chat.vote("↩️", by=reader), await chat.vote("↩️", by=reader)]

    assert toasts == ["Ви забрали свій голос.", "Вашого голосу тут немає, тож забирати нічого."]
    assert await chat.votes(discussion.id) == dict.fromkeys(LABELS, 0)
    async with chat.app.db.read() as tx:
        assert (await tx.scalars(select(VoteRow))).all() == []


@pytest.mark.parametrize(
    ("code", "toast"),
    [
        ("en-GB", "Your vote: 👍 Погоджуюсь. 1 of 1 thinks so (100%)."),
        ("pl", "Ваш голос: 👍 Погоджуюсь. Так думає 1 з 1 (100 %)."),
        (None, "Ваш голос: 👍 Погоджуюсь. Так думає 1 з 1 (100 %)."),
    ],
)
async def test_toast_speaks_the_readers_language(chat: Chat, code: str | None, toast: str) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Reader", code)

    assert await chat.vote("👍", by=reader) == toast


async def test_vote_after_closing_changes_nothing(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    ballot = (await chat.people.history(chat.channel, by=reader))[-1]
    key = ballot["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    await chat.people.say(None, "/close", by=chat.owner)
    await chat.settle()
    await chat.press("Так, завершити", by=chat.owner)

    tap = await chat.people.forge(chat.channel, ballot["message_id"], key, by=reader)
    await chat.settle()

    toast = await chat.people.toast(tap)
    assert toast is not None
    assert toast["text"] == "Голосування завершено, голоси більше не приймаються."
    assert await chat.votes(discussion.id) == dict.fromkeys(LABELS, 0)


async def test_vote_after_the_appointed_end_is_refused_before_the_clock_worker_looks(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    async with chat.app.db.write() as tx:
        (await tx.get_one(BallotRow, discussion.ballot.id)).closes_at = chat.clock.now()
    reader = await chat.people.user("Оля", "uk")

    assert await chat.vote("👍", by=reader) == "Голосування завершено, голоси більше не приймаються."
    assert (await chat.discussion(discussion.id)).state is State.CLOSED


FORGED = [
    "v:{ballot}:999",  # no such option
    "v:999:{option}",  # no such ballot
    "v:{ballot}",
    "v:{ballot}:{option}:1",
    "v:{ballot}:-1",
    "v:{ballot}:0x1",
    "v:{ballot}:1e3",
    "v: {ballot}:{option}",
    "v:0{ballot}:{option}",
    "v:٣:{option}",
    "v:99999999999999999999999:{option}",
    "zz:1",
    "::::",
    "\x00\x01\x02",
    "<b>v</b>",
    "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv",
    "w:999",
    "w:",
    "ow:1",
    "oe:1",
    "oc:1",
    "dp:1:1",
    "dc:1:1",
    "dx:1",
    "t:1",
    "cc:1",
    "pa:1",
    "pt:1",
]


@pytest.mark.parametrize("data", FORGED)
async def test_forged_key_gets_a_polite_toast_and_changes_nothing(chat: Chat, data: str) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Мальорі", "uk")
    ballot = (await chat.people.history(chat.channel, by=reader))[-1]
    filled = data.format(ballot=discussion.ballot.id, option=discussion.ballot.options[0].id)

    tap = await chat.people.forge(chat.channel, ballot["message_id"], filled, by=reader)
    await chat.settle()

    toast = await chat.people.toast(tap)
    assert toast is not None
    assert toast["text"] in {
        "Ця кнопка вже не діє.",
        "Цієї думки вже немає.",
        "Такого обговорення немає.",
        "Цієї чернетки вже немає: її опубліковано або скасовано.",
        "Я не знаю каналу, у якому ви можете публікувати. Додайте мене адміністратором до каналу з правом публікувати повідомлення.",
        "Не бачу вашого повідомлення. Надішліть його, будь ласка, ще раз.",
    }
    assert await chat.votes(discussion.id) == dict.fromkeys(LABELS, 0)
    assert (await chat.discussion(discussion.id)).state is State.OPEN


async def test_key_of_another_channels_ballot_is_refused(chat: Chat) -> None:
    """A modified client presses it under a message of a chat where that ballot does not stand."""
    discussion = await chat.publish(ARTICLE)
    people = chat.people
    stranger = await people.user("Мальорі", "uk")
    elsewhere = await people.channel("Інший канал", owner=stranger)
    await people.add_bot(elsewhere, by=stranger)
    await people.say(elsewhere, "/poll Чуже питання?", by=stranger)
    await chat.settle()
    under = (await people.history(elsewhere, by=stranger))[-1]["message_id"]

    option = discussion.ballot.options[0].id
    tap = await people.forge(elsewhere, under, f"v:{discussion.ballot.id}:{option}", by=stranger)
    await chat.settle()

    assert (await people.toast(tap) or {})["text"] == "Ця кнопка вже не діє."
    assert await chat.votes(discussion.id) == dict.fromkeys(LABELS, 0)


async def test_key_of_a_deleted_ballot_is_refused(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    async with chat.app.db.write() as tx:
        await tx.execute(delete(DiscussionRow).where(DiscussionRow.id == discussion.id))

    assert await chat.vote("👍", by=reader) == "Ця кнопка вже не діє."


async def test_repeated_updates_change_nothing(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    for label in ("👍", "👎", "↩️", "🤷"):
        await chat.vote(label, by=reader)

    await chat.people.repeat_updates(3)
    await chat.settle()

    assert await chat.votes(discussion.id) == dict(zip(LABELS, (0, 0, 1), strict=True))


async def test_taps_of_many_people_in_one_batch_are_counted_in_their_order(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    people = [await chat.people.user(f"Читач {n}", "uk") for n in range(30)]
    message = (await chat.people.history(chat.channel, by=people[0]))[-1]["message_id"]
    for place, reader in enumerate(people):
        taps = ["👍", "👎", "👎"] if place % 3 else ["🤷", "↩️", "👍"]
        for label in taps:
            await chat.people.tap(chat.channel, message, label, by=reader)

    await chat.settle()

    assert await chat.votes(discussion.id) == dict(zip(LABELS, (10, 20, 0), strict=True))


async def test_no_number_of_a_voter_and_no_exact_time_is_stored(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk", username="olya_secret")
    await chat.vote("👍", by=reader)
    await chat.open_link(by=reader)
    await chat.people.say(None, "Приватна думка", by=reader)
    await chat.settle()

    stored = await chat.stored()
    for form in (
        str(reader).encode(),
        reader.to_bytes(8, "big"),
        reader.to_bytes(8, "little"),
        reader.to_bytes(5, "big").lstrip(b"\0"),
        b"olya_secret",
        "Оля".encode(),
    ):
        assert form not in stored, form
    assert chat.channel.to_bytes(6, "big", signed=True) in stored  # the search does find numbers
    assert VoteRow.__table__.columns.keys() == ["ballot_id", "voter", "option_id"]
