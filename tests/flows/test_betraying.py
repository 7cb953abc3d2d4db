"""What in a text tells who wrote it is shown to the reader before anything is kept."""

from typing import Any

import pytest

from bot.domain.ids import OpinionId
from tests.flows.conftest import Chat
from tests.flows.test_opinions import ARTICLE, OTHER, said, write

PHONE = "+380 67 123 45 67"
TEXT = f"Я за <b>чисте</b> повітря & сонце 🌞🌞, дзвоніть {PHONE} 🌞"
TRIMMED = "Я за <b>чисте</b> повітря & сонце 🌞🌞, дзвоніть […] 🌞"
WARNING = (
    "⚠️ Я ще нічого не записав. У вашому тексті є те, з чого можна здогадатися, хто ви:\n\n"
    f"• телефон: {PHONE}\n\n"
    f"Без цього буде так:\n{TRIMMED}\n\n"
    "Як надіслати? Доки ви не оберете, тексту немає ніде, крім цього чату."
)


async def asked(chat: Chat, text: str = TEXT, language: str = "uk") -> int:
    """A reader whose text betrays them, and whom the bot has asked what to do."""
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", language)
    await chat.open_link(by=reader)
    await write(chat, text, by=reader)
    return reader


async def test_what_betrays_is_shown_and_nothing_is_kept_anywhere(chat: Chat) -> None:
    reader = await asked(chat)

    history = await chat.people.history(None, by=reader)
    assert (await chat.said_to(reader))[-1] == WARNING
    assert history[-1]["reply_to_message"]["text"] == TEXT
    assert await chat.keys(None, by=reader) == ["✂️ Надіслати без цього", "Надіслати як є", "Не надсилати"]
    assert await said(chat) == []
    stored = await chat.stored()
    assert b"123 45 67" not in stored
    assert "чисте".encode() not in stored


@pytest.mark.parametrize(("key", "kept"), [("✂️", TRIMMED), ("Надіслати як є", TEXT)])
async def test_reader_chooses_how_it_is_kept_and_goes_on_writing(chat: Chat, key: str, kept: str) -> None:
    reader = await asked(chat)

    await chat.press(key, by=reader)
    await write(chat, "І ще одне", by=reader)

    assert await said(chat) == sorted([("private", kept, False), ("private", "І ще одне", False)])
    assert (await chat.said_to(reader))[1].startswith("✅ Вашу думку про «Вугілля до 2030 року» записано.")


async def test_kept_back_is_not_kept_and_another_text_may_be_written(chat: Chat) -> None:
    reader = await asked(chat)

    await chat.press("Не надсилати", by=reader)
    assert (await chat.said_to(reader))[-1].startswith("Не надіслано, нічого не збережено.")
    await write(chat, "Загалом за", by=reader)

    assert await said(chat) == [("private", "Загалом за", False)]


async def test_two_taps_are_one_opinion(chat: Chat) -> None:
    reader = await asked(chat)
    message = (await chat.people.history(None, by=reader))[-1]["message_id"]
    discussion = await chat.newest()

    for data in (f"oi:{discussion.id}:0:0", f"oi:{discussion.id}:0:0", f"ot:{discussion.id}:0:0"):
        await chat.people.forge(None, message, data, by=reader)
    await chat.people.repeat_updates(10)
    await chat.settle()

    assert await said(chat) == [("private", TRIMMED, True)]
    assert (await chat.discussion(discussion.id)).opinions.private == 1


async def test_edit_that_betrays_leaves_the_opinion_until_the_reader_decides(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)
    number = await write(chat, "Загалом за", by=reader)

    await chat.people.edit(None, number, TEXT, by=reader)
    await chat.settle()

    assert (await chat.said_to(reader))[-1] == WARNING
    assert await said(chat) == [("private", "Загалом за", False)]
    await chat.press("✂️", by=reader)
    assert await said(chat) == [("private", TRIMMED, True)]
    before = len(await chat.said_to(reader))
    await chat.people.edit(None, number, f"{TEXT} ", by=reader)  # nothing new to decide
    await chat.settle()
    assert len(await chat.said_to(reader)) == before


async def test_replacement_that_betrays_takes_the_place_of_the_opinion_once_decided(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)
    await write(chat, "Загалом за", by=reader)

    await chat.press("✏️ Змінити", by=reader)
    await write(chat, TEXT, by=reader)
    assert await said(chat) == [("private", "Загалом за", False)]
    await chat.press("Надіслати як є", by=reader)

    assert await said(chat) == [("private", TEXT, True)]
    assert (await chat.said_to(reader))[-1] == "✅ Вашу думку змінено."


async def test_text_out_of_the_blue_is_looked_through_once_it_is_known_what_it_is_about(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    await chat.publish(OTHER)
    reader = await chat.people.user("Оля", "uk")
    await chat.people.start(by=reader)
    await write(chat, TEXT, by=reader)

    await chat.press("Трамвай", by=reader)

    assert (await chat.said_to(reader))[-1] == WARNING
    assert await said(chat) == []
    await chat.press("✂️", by=reader)
    assert await said(chat) == [("private", TRIMMED, False)]


async def test_message_that_is_gone_has_to_be_sent_again(chat: Chat) -> None:
    reader = await asked(chat)
    mine = [m for m in await chat.people.history(None, by=reader) if m.get("text") == TEXT]
    await chat.people.delete(None, mine[0]["message_id"], by=reader)

    toast = await chat.press("Надіслати як є", by=reader)

    assert toast is not None
    assert toast["text"] == "Не бачу вашого повідомлення. Надішліть його, будь ласка, ще раз."
    assert await said(chat) == []


async def test_where_nothing_else_was_said_there_is_nothing_to_trim(chat: Chat) -> None:
    reader = await asked(chat, PHONE)

    assert await chat.keys(None, by=reader) == ["Надіслати як є", "Не надсилати"]
    message = (await chat.people.history(None, by=reader))[-1]["message_id"]
    tap = await chat.people.forge(None, message, f"ot:{(await chat.newest()).id}:0:0", by=reader)
    await chat.settle()
    assert (await chat.people.toast(tap) or {})["text"].startswith("У повідомленні немає тексту")
    assert await said(chat) == []


async def test_four_thousand_characters_of_phone_numbers_are_asked_about(chat: Chat) -> None:
    numbers = [f"+38067{number:07d}" for number in range(1_000_000, 1_000_260)]
    reader = await asked(chat, "Дзвоніть: " + ", ".join(numbers))

    warning = (await chat.said_to(reader))[-1]
    assert warning.count("• телефон: +38067") == 12
    assert "… і ще 248 місць" in warning
    await chat.press("✂️", by=reader)
    ((_, kept, _),) = await said(chat)
    assert "38067" not in kept


async def test_warning_speaks_the_readers_language(chat: Chat) -> None:
    reader = await asked(chat, f"Call me <i>&amp;</i> {PHONE}", "en")

    assert (await chat.said_to(reader))[-1] == (
        "⚠️ I have kept nothing yet. Something in your text may tell who you are:\n\n"
        f"• phone number: {PHONE}\n\n"
        "Without that, it reads:\nCall me <i>&amp;</i> […]\n\n"
        "How shall I take it? Until you choose, the text is nowhere but in this chat."
    )
    assert await chat.keys(None, by=reader) == ["✂️ Send without these", "Send as it is", "Do not send"]


async def test_key_destroyed_in_between_keeps_nothing(chat: Chat) -> None:
    reader = await asked(chat)
    key = (await chat.newest()).key
    assert key is not None
    chat.app.vault.destroy([key])

    toast = await chat.press("Надіслати як є", by=reader)

    assert toast is not None
    assert toast["text"].startswith("Обговорення завершене, і його ключ знищено")
    assert await said(chat) == []


async def test_closed_in_between_takes_nothing(chat: Chat) -> None:
    reader = await asked(chat)
    await chat.people.say(None, "/close", by=chat.owner)
    await chat.settle()
    await chat.press("Так, завершити", by=chat.owner)

    toast = await chat.press("Надіслати як є", by=reader)

    assert toast is not None
    assert await said(chat) == []


async def test_forged_keys_reach_nothing_of_others(chat: Chat) -> None:
    mallory = await asked(chat)
    discussion = await chat.newest()
    hidden = await chat.people.channel("Закритий канал", owner=chat.owner)
    await chat.people.add_bot(hidden, by=chat.owner)
    await chat.people.say(hidden, "/poll Таємне питання?", by=chat.owner)
    await chat.settle()
    secret = await chat.newest()
    olya = await chat.people.user("Оля", "uk")
    await chat.open_link(by=olya)
    await write(chat, "Моє", by=olya)
    (opinion,) = await chat.opinions(discussion.id)
    message = (await chat.people.history(None, by=mallory))[-1]["message_id"]

    async def forge(data: str) -> Any:
        tap = await chat.people.forge(None, message, data, by=mallory)
        await chat.settle()
        return (await chat.people.toast(tap) or {})["text"]

    assert await forge(f"oi:{secret.id}:0:0") == "Такого обговорення немає."
    assert await forge("oi:999:0:0") == "Такого обговорення немає."
    assert await forge(f"oi:{discussion.id}:0:7") == "Ця кнопка вже не діє."
    assert await forge(f"ol:{secret.id}:1") == "Ця кнопка вже не діє."
    assert (
        await forge(f"oi:{discussion.id}:{opinion.id}:0") is None
    )  # their own text, as an opinion of its own
    kept = {o.id: o.text for o in await chat.opinions(discussion.id)}
    assert kept.pop(OpinionId(opinion.id)) == "Моє"
    assert list(kept.values()) == [TEXT]


async def test_comments_are_public_already_and_not_asked_about(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")

    await chat.people.comment(chat.channel, discussion.messages[0], TEXT, by=reader)
    await chat.settle()

    assert await said(chat) == [("comment", TEXT, False)]
