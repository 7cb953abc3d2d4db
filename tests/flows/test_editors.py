"""What editors do from Telegram itself."""

import pytest

from bot.domain.discussion import State
from tests.flows.conftest import PROMISE, Chat

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"


async def tell(chat: Chat, text: str, *, by: int) -> str:
    """Write to the bot; returns its last words."""
    await chat.people.start(by=by)
    await chat.people.say(None, text, by=by)
    await chat.settle()
    return (await chat.said_to(by))[-1]


async def channel_texts(chat: Chat) -> list[str]:
    return await chat.texts(chat.channel, by=chat.owner)


async def test_preview_shows_the_article_as_it_will_look(chat: Chat) -> None:
    await chat.people.start(by=chat.owner)
    await chat.people.say(None, ARTICLE, by=chat.owner)
    await chat.settle()

    *_, preview, control = await chat.said_to(chat.owner)
    assert preview == "Вугілля до 2030 року\n\nМісто відмовляється від вугілля."
    assert control == (
        "Так це виглядатиме в каналі «Новини».\nПовідомлень: 2\n\nЗапитання: Що скажете?\n"
        "👍 Погоджуюсь\n👎 Не погоджуюсь\n🤷 Важко сказати"
    )
    assert await chat.keys(None, by=chat.owner) == ["📣 Опублікувати", "Скасувати"]
    assert await channel_texts(chat) == []


async def test_publishing_twice_posts_once(chat: Chat) -> None:
    await chat.people.start(by=chat.owner)
    await chat.people.say(None, ARTICLE, by=chat.owner)
    await chat.settle()
    control = (await chat.people.history(None, by=chat.owner))[-1]
    data = control["reply_markup"]["inline_keyboard"][0][0]["callback_data"]

    taps = [await chat.people.forge(None, control["message_id"], data, by=chat.owner) for _ in range(2)]
    await chat.settle()

    assert [(await chat.people.toast(tap) or {})["text"] for tap in taps] == [
        None,
        "Цієї чернетки вже немає: її опубліковано або скасовано.",
    ]
    assert await channel_texts(chat) == [
        "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.",
        f"Що скажете?\n\n{PROMISE}",
    ]


async def test_cancelled_draft_is_gone(chat: Chat) -> None:
    await tell(chat, ARTICLE, by=chat.owner)

    await chat.press("Скасувати", by=chat.owner)

    assert (await chat.said_to(chat.owner))[-1] == "Скасовано. Нічого не опубліковано."
    assert await channel_texts(chat) == []


async def test_with_several_channels_the_editor_chooses(chat: Chat) -> None:
    second = await chat.people.channel("Спорт", username="sport", owner=chat.owner)
    await chat.people.add_bot(second, by=chat.owner)
    await chat.settle()
    await tell(chat, ARTICLE, by=chat.owner)
    assert await chat.keys(None, by=chat.owner) == ["Новини", "Спорт", "Скасувати"]

    await chat.press("Спорт", by=chat.owner)
    await chat.press("📣", by=chat.owner)

    assert await channel_texts(chat) == []
    assert await chat.texts(second, by=chat.owner) == [
        f"Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?\n\n{PROMISE}"
    ]


async def test_post_command_takes_what_follows_or_is_replied_to(chat: Chat) -> None:
    assert (await tell(chat, "/post", by=chat.owner)).startswith("Надішліть мені статтю")

    await tell(chat, f"/post {ARTICLE}", by=chat.owner)

    assert (await chat.said_to(chat.owner))[-2] == "Вугілля до 2030 року\n\nМісто відмовляється від вугілля."


@pytest.mark.parametrize(
    ("name", "data", "answer"),
    [
        ("a.txt", b" \n\n ", "У цьому тексті нічого немає. Надішліть статтю, у якій є хоча б заголовок."),
        (
            "a.png",
            b"\x89PNG\r\n\x1a\n\0\0\0",
            "Це не текст. Надішліть статтю повідомленням або файлом .txt чи .md.",
        ),
        (
            "a.txt",
            "слово ".encode() * 40_000,
            "Стаття задовга: 239\u00a0999 знаків, а можна не більше 200\u00a0000.",
        ),
        ("a.txt", b"a" * (2 * 1024 * 1024 + 1), "Файл завеликий: можна не більше 2\u00a0048 КіБ."),
    ],
)
async def test_unreadable_file_is_refused_in_one_sentence(
    chat: Chat, name: str, data: bytes, answer: str
) -> None:
    await chat.people.start(by=chat.owner)

    await chat.people.send_file(None, name, data, by=chat.owner)
    await chat.settle()

    assert (await chat.said_to(chat.owner))[-1] == answer


async def test_picture_with_a_caption_is_refused_rather_than_posted_without_the_picture(chat: Chat) -> None:
    await chat.people.start(by=chat.owner)

    await chat.people.send_photo(None, caption="Заголовок\n\nТекст", by=chat.owner)
    await chat.settle()

    assert (await chat.said_to(chat.owner))[-1].startswith("Це не текст.")


async def test_windows_1251_and_utf_16_files_are_read(chat: Chat) -> None:
    text = "Заголовок статті\n\nЦе звичайний український текст, який хтось зберіг у старому редакторі.\n"
    await chat.people.start(by=chat.owner)
    for data in (text.encode("cp1251"), text.encode("utf-16"), text.encode("utf-8-sig")):
        await chat.people.send_file(None, "a.txt", data, by=chat.owner)
        await chat.settle()
        assert (await chat.said_to(chat.owner))[-2] == text.strip()


async def test_tally_list_and_close_work_on_the_editors_discussions(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.vote("👍", by=reader)
    await chat.open_link(by=reader)
    await chat.people.say(None, "Думка", by=reader)
    await chat.settle()

    assert await tell(chat, "/tally", by=chat.owner) == (
        "Вугілля до 2030 року\nЩо скажете?\n\n"
        "👍 Погоджуюсь — 100 % (1)\n👎 Не погоджуюсь — 0 % (0)\n🤷 Важко сказати — 0 % (0)\n\n"
        "1 голос · 1 думка (коментарів: 0, приватних: 1)\n№ 1, триває"
    )
    assert await tell(chat, "/list", by=chat.owner) == "Обговорення, від найновішого:"
    assert await chat.keys(None, by=chat.owner) == ["№ 1 · триває · Вугілля до 2030 року"]
    assert await tell(chat, "/tally 77", by=chat.owner) == "Такого обговорення немає."
    assert await tell(chat, "/tally щось", by=chat.owner) == "Такого обговорення немає."
    assert await tell(chat, "/close 1", by=chat.owner) == (
        "Завершити обговорення «Вугілля до 2030 року»? Голоси й думки більше не прийматимуться."
    )
    await chat.press("Так, завершити", by=chat.owner)

    assert (await chat.newest()).state is State.CLOSED
    assert (await channel_texts(chat))[-1] == (
        "Що скажете?\n\n👍 Погоджуюсь — 100 % (1)\n👎 Не погоджуюсь — 0 % (0)\n🤷 Важко сказати — 0 % (0)\n\n"
        "1 голос · 1 думка\n🔒 Голосування завершено. Хто як голосував, стерто: цього не дізнається вже ніхто."
    )
    assert "reply_markup" not in (await chat.people.history(chat.channel, by=reader))[-1]


async def test_stranger_gets_nothing_of_it(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    stranger = await chat.people.user("Мальорі", "uk")
    no_channel = "Я не знаю каналу, у якому ви можете публікувати. Додайте мене адміністратором до каналу з правом публікувати повідомлення."

    for command in ("/tally", "/tally 1", "/list", "/close 1", "/post щось"):
        assert await tell(chat, command, by=stranger) == no_channel
    message = (await chat.people.history(None, by=stranger))[-1]["message_id"]
    for data in ("t:1", "c:1", "cc:1"):
        tap = await chat.people.forge(None, message, data, by=stranger)
        await chat.settle()
        assert (await chat.people.toast(tap) or {})["text"] == "Такого обговорення немає."

    assert (await chat.newest()).state is State.OPEN


async def test_right_that_was_taken_away_is_felt_within_a_minute(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    editor = await chat.people.user("Редакторка", "uk")
    await chat.people.promote(chat.channel, editor, by=chat.owner, rights={"can_post_messages": True})
    await chat.settle()
    assert (await tell(chat, "/tally", by=editor)).startswith("Вугілля до 2030 року")

    await chat.people.promote(chat.channel, editor, by=chat.owner, rights={"can_edit_messages": True})
    chat.clock.pass_(seconds=61)

    assert (await tell(chat, "/tally", by=editor)).startswith("Я не знаю каналу")


async def test_admin_of_another_channel_cannot_reach_this_one(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    rival = await chat.people.user("Суперник", "uk")
    other = await chat.people.channel("Інший", owner=rival)
    await chat.people.add_bot(other, by=rival)
    await chat.settle()

    assert await tell(chat, "/tally 1", by=rival) == "Такого обговорення немає."
    assert await tell(chat, "/tally", by=rival) == "Такого обговорення немає."
    assert await tell(chat, "/close 1", by=rival) == "Такого обговорення немає."


async def test_poll_alone_in_the_channel_puts_the_ballot_there_and_goes(chat: Chat) -> None:
    await chat.people.say(chat.channel, "/poll", by=chat.owner)
    await chat.settle()

    (ballot,) = await chat.people.history(chat.channel, by=chat.owner)
    assert ballot["text"] == f"Ваша думка про статтю:\n\n{PROMISE}"
    assert (await chat.keys(chat.channel, by=chat.owner))[:3] == [
        "👍 Погоджуюсь",
        "👎 Не погоджуюсь",
        "🤷 Важко сказати",
    ]


async def test_poll_with_lines_replies_to_an_earlier_post_and_collects_its_comments(chat: Chat) -> None:
    post = await chat.people.say(chat.channel, "Стара новина\nЩе рядок", by=chat.owner)
    await chat.settle()

    await chat.people.say(
        chat.channel, "/poll Ви за?\nТак\n\nНі\nЩе думаю", by=chat.owner, reply_to=post["message_id"]
    )
    await chat.settle()
    reader = await chat.people.user("Оля", "uk")
    await chat.people.comment(chat.channel, post["message_id"], "Коментар до старої новини", by=reader)
    await chat.settle()

    ballot = (await chat.people.history(chat.channel, by=chat.owner))[-1]
    assert ballot["text"] == f"Ви за?\n\n{PROMISE}"
    assert ballot["reply_to_message"]["message_id"] == post["message_id"]
    assert (await chat.keys(chat.channel, by=chat.owner))[:3] == ["Так", "Ні", "Ще думаю"]
    discussion = await chat.newest()
    assert discussion.title == "Стара новина"
    assert [o.text for o in await chat.opinions(discussion.id)] == ["Коментар до старої новини"]


async def test_wrong_poll_is_told_to_the_owner_in_private_and_nothing_is_posted(chat: Chat) -> None:
    await chat.people.start(by=chat.owner)
    await chat.people.say(chat.channel, "/poll Ви за?\nТак", by=chat.owner)
    await chat.settle()

    assert await channel_texts(chat) == ["/poll Ви за?\nТак"]
    warning = "⚠️ Команду /poll у каналі «Новини» не виконано. Варіантів має бути від 2 до 12."
    # Not always the last: the channel's update may overtake that of /start.
    assert warning in await chat.said_to(chat.owner)


async def test_close_as_a_reply_in_the_channel_closes(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)

    await chat.people.say(chat.channel, "/close", by=chat.owner, reply_to=discussion.messages[0])
    await chat.settle()

    assert (await chat.newest()).state is State.CLOSED
    assert len(await channel_texts(chat)) == 2


async def test_anonymous_admin_polls_in_the_group(chat: Chat) -> None:
    question = await chat.people.say(chat.group, "Про що поговоримо?", by=chat.owner, as_="anonymous")

    await chat.people.say(
        chat.group, "/poll Про погоду?", by=chat.owner, as_="anonymous", reply_to=question["message_id"]
    )
    await chat.settle()

    messages = await chat.people.history(chat.group, by=chat.owner)
    assert [m["text"] for m in messages] == ["Про що поговоримо?", f"Про погоду?\n\n{PROMISE}"]
    reader = await chat.people.user("Оля", "uk")
    await chat.people.join(chat.group, reader)
    toast = await chat.press("👍", by=reader, chat=chat.group)
    assert toast is not None
    assert toast["text"].startswith("Ваш голос: 👍 Погоджуюсь.")
    await chat.people.say(chat.group, "Так, про погоду", by=reader, reply_to=messages[1]["message_id"])
    await chat.settle()
    discussion = await chat.newest()
    assert discussion.chat == chat.group
    assert [o.text for o in await chat.opinions(discussion.id)] == ["Так, про погоду"]

    await chat.people.say(
        chat.group, "/close", by=chat.owner, as_="anonymous", reply_to=messages[1]["message_id"]
    )
    await chat.settle()
    assert (await chat.newest()).state is State.CLOSED


async def test_group_member_is_refused_in_private_only(chat: Chat) -> None:
    member = await chat.people.user("Учасник", "uk")
    await chat.people.start(by=member)
    await chat.people.join(chat.group, member)

    await chat.people.say(chat.group, "/poll Чи можна?", by=member)
    await chat.settle()

    assert await chat.texts(chat.group, by=chat.owner) == ["/poll Чи можна?"]
    assert (await chat.said_to(member))[-1] == (
        "Це може лише власник або адміністратор, який має право публікувати в каналі."
    )


async def test_member_who_never_wrote_to_the_bot_causes_no_trouble(chat: Chat) -> None:
    member = await chat.people.user("Учасник", "uk")
    await chat.people.join(chat.group, member)

    await chat.people.say(chat.group, "/close", by=member)
    await chat.settle()

    assert await chat.texts(chat.group, by=chat.owner) == ["/close"]


async def test_start_and_help_speak_the_persons_language(chat: Chat) -> None:
    reader = await chat.people.user("Olha", "en")

    assert (await tell(chat, "/help", by=reader)).startswith("Readers\nPress a button under the article")
    assert (await chat.said_to(reader))[0].startswith("Hello! I am Dumka")
    assert await tell(chat, "/nonsense", by=reader) == "I do not know this command. What I can do: /help"
