"""Readers say what they think: privately to the bot, and as comments."""

import pytest

from bot.domain.opinion import Source
from tests.flows.conftest import Chat

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"
OTHER = "Трамвай на Лівий берег\n\nМіст добудують.\n\nЩо думаєте?"


async def write(chat: Chat, text: str, *, by: int) -> int:
    message = await chat.people.say(None, text, by=by)
    await chat.settle()
    return int(message["message_id"])


async def said(chat: Chat) -> list[tuple[str, str, bool]]:
    discussion = await chat.newest()
    return sorted((o.source.value, o.text, o.edited) for o in await chat.opinions(discussion.id))


async def test_link_greets_with_the_article_and_the_next_message_is_the_opinion(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")

    await chat.open_link(by=reader)
    await write(chat, "Я за <b>чисте</b> повітря & сонце 🌞", by=reader)

    greeting, confirmation = await chat.said_to(reader)
    assert greeting == (
        "Вугілля до 2030 року\n\nЩо скажете?\n\nНапишіть свою думку наступним повідомленням. "
        "Редакція побачить лише текст, без імені й номера. Що зберігається: /privacy"
    )
    assert confirmation.startswith("✅ Вашу думку про «Вугілля до 2030 року» записано.")
    assert await said(chat) == [("private", "Я за <b>чисте</b> повітря & сонце 🌞", False)]
    assert (await chat.discussion(discussion.id)).opinions.private == 1


async def test_several_messages_are_several_opinions(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)

    await write(chat, "Перше", by=reader)
    await write(chat, "Друге", by=reader)

    assert await said(chat) == [("private", "Друге", False), ("private", "Перше", False)]


async def test_editing_the_message_edits_the_opinion(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)
    number = await write(chat, "Загалом проти", by=reader)

    await chat.people.edit(None, number, "Загалом за", by=reader)
    await chat.settle()

    assert await said(chat) == [("private", "Загалом за", True)]
    assert (await chat.said_to(reader))[-1] == "✏️ Виправлену думку записано."


async def test_button_changes_the_opinion(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)
    await write(chat, "Загалом проти", by=reader)

    await chat.press("✏️ Змінити", by=reader)
    number = await write(chat, "Передумала", by=reader)
    await chat.people.edit(None, number, "Передумала остаточно", by=reader)
    await chat.settle()

    assert await said(chat) == [("private", "Передумала остаточно", True)]


async def test_withdrawn_means_gone_from_the_database(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)
    await write(chat, "Зникне безслідно", by=reader)
    words, in_files = "Зникне безслідно".encode(), chat.settings.database.path is not None
    assert not in_files or words in chat.files()

    await chat.press("🗑 Видалити", by=reader)

    assert not in_files or words not in chat.files()  # while the bot runs
    assert await said(chat) == []
    assert (await chat.discussion(discussion.id)).opinions.private == 0
    assert (await chat.said_to(reader))[-1] == "🗑 Вашу думку видалено."
    stored = await chat.stored()
    assert words not in stored


async def test_somebody_elses_opinion_cannot_be_withdrawn(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    olya, mallory = await chat.people.user("Оля", "uk"), await chat.people.user("Мальорі", "uk")
    await chat.open_link(by=olya)
    await write(chat, "Моє", by=olya)
    (opinion,) = await chat.opinions((await chat.newest()).id)
    await chat.people.start(by=mallory)
    await chat.settle()
    message = (await chat.people.history(None, by=mallory))[-1]["message_id"]

    for data in (f"ow:{opinion.id}", f"oe:{opinion.id}"):
        tap = await chat.people.forge(None, message, data, by=mallory)
        await chat.settle()
        assert (await chat.people.toast(tap) or {})["text"] == "Цієї думки вже немає."

    assert await said(chat) == [("private", "Моє", False)]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (
            "а" * 4001,
            "Думка задовга: не більше 4\u00a0000 знаків. Скоротіть її, будь ласка, і надішліть ще раз.",
        ),
        ("\u200b\u2060", "У повідомленні немає тексту. Напишіть свою думку словами, будь ласка."),
    ],
)
async def test_opinion_that_cannot_be_kept_is_refused_and_may_be_sent_again(
    chat: Chat, text: str, answer: str
) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)

    await write(chat, text, by=reader)
    await write(chat, "Коротко: за", by=reader)

    assert (await chat.said_to(reader))[1] == answer
    assert await said(chat) == [("private", "Коротко: за", False)]


async def test_caption_is_an_opinion_and_a_sticker_is_not(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)

    await chat.people.send_sticker(by=reader)
    await chat.people.send_photo(None, caption="Підпис під фото", by=reader)
    await chat.settle()

    assert (await chat.said_to(reader))[
        1
    ] == "Я вмію зберігати лише текст. Напишіть свою думку словами, будь ласка."
    assert await said(chat) == [("private", "Підпис під фото", False)]


async def test_text_out_of_the_blue_is_asked_about_and_kept_once_chosen(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    await chat.publish(OTHER)
    reader = await chat.people.user("Оля", "uk")
    await chat.people.start(by=reader)
    await write(chat, "Про що це?", by=reader)
    assert (await chat.said_to(reader))[-1] == "Про яку статтю ця думка? Оберіть, і я її запишу."

    await chat.press("Трамвай", by=reader)

    assert await said(chat) == [("private", "Про що це?", False)]
    number = next(
        m["message_id"] for m in await chat.people.history(None, by=reader) if m.get("text") == "Про що це?"
    )
    await chat.people.edit(None, number, "Про трамвай", by=reader)
    await chat.settle()
    assert await said(chat) == [("private", "Про трамвай", True)]


async def test_with_several_open_the_second_text_is_asked_about(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)
    await chat.publish(OTHER)
    await chat.open_link(by=reader)

    await write(chat, "Про трамвай", by=reader)
    await write(chat, "А це про що?", by=reader)

    assert await said(chat) == [("private", "Про трамвай", False)]
    assert (await chat.said_to(reader))[-1] == "Про яку статтю ця думка? Оберіть, і я її запишу."


async def test_without_an_open_discussion_the_bot_says_so(chat: Chat) -> None:
    reader = await chat.people.user("Оля", "uk")
    await chat.people.start(by=reader)

    await write(chat, "Агов", by=reader)

    assert (await chat.said_to(reader))[-1].startswith("Зараз немає відкритого обговорення")


async def test_closed_discussion_takes_no_more_opinions(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader, late = await chat.people.user("Оля", "uk"), await chat.people.user("Петро", "uk")
    await chat.open_link(by=reader)
    link = (await chat.newest()).token
    await chat.people.say(None, "/close", by=chat.owner)
    await chat.settle()
    await chat.press("Так, завершити", by=chat.owner)

    await write(chat, "Запізно", by=reader)
    await chat.people.start(by=late, payload=link)
    await chat.settle()

    assert await said(chat) == []
    assert (await chat.said_to(late))[-1] == (
        "Обговорення «Вугілля до 2030 року» завершено, думки більше не приймаються."
    )


@pytest.mark.parametrize("payload", ["x", "d1", "1", "A" * 64, "-_-"])
async def test_guessed_link_opens_nothing(chat: Chat, payload: str) -> None:
    await chat.publish(ARTICLE)
    stranger = await chat.people.user("Мальорі", "en")

    await chat.people.start(by=stranger, payload=payload)
    await chat.settle()

    assert await chat.said_to(stranger) == ["There is no such discussion."]


async def test_private_channels_discussions_are_not_offered_to_strangers(chat: Chat) -> None:
    hidden = await chat.people.channel("Закритий канал", owner=chat.owner)
    await chat.people.add_bot(hidden, by=chat.owner)
    await chat.people.say(hidden, "/poll Таємне питання?", by=chat.owner)
    await chat.settle()
    stranger = await chat.people.user("Мальорі", "uk")
    await chat.people.start(by=stranger)

    await write(chat, "Що тут є?", by=stranger)

    assert (await chat.said_to(stranger))[-1].startswith("Зараз немає відкритого обговорення")


async def test_comments_under_article_and_question_and_replies_to_them_are_opinions(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    article, question = discussion.messages
    olya, petro = await chat.people.user("Оля", "uk"), await chat.people.user("Петро", "uk")

    first = await chat.people.comment(chat.channel, article, "Під статтею", by=olya)
    await chat.people.comment(chat.channel, question, "Під питанням", by=petro)
    await chat.people.comment(chat.channel, article, "Відповідь", by=petro, reply_to=first["message_id"])
    await chat.people.say(chat.group, "Просто балачка", by=olya)
    await chat.settle()

    assert [o.text for o in await chat.opinions(discussion.id)] == [
        "Відповідь",
        "Під питанням",
        "Під статтею",
    ]
    assert (await chat.discussion(discussion.id)).opinions.comments == 3
    assert {o.source for o in await chat.opinions(discussion.id)} == {Source.COMMENT}


async def test_edited_comment_edits_the_opinion(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    comment = await chat.people.comment(chat.channel, discussion.messages[0], "Проти", by=reader)
    await chat.settle()

    await chat.people.edit(chat.group, comment["message_id"], "За", by=reader)
    await chat.settle()

    assert await said(chat) == [("comment", "За", True)]


async def test_anonymous_admin_and_channel_senders_comment_too(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    blogger = await chat.people.user("Блогерка", "uk")
    blog = await chat.people.channel("Блог", owner=blogger)
    copies = await chat.people.history(chat.group, by=chat.owner)
    thread = copies[0]["message_id"]

    await chat.people.say(
        chat.group, "Від групи", by=chat.owner, reply_to=thread, thread=thread, as_="anonymous"
    )
    await chat.people.say(
        chat.group, "Від блогу", by=blogger, reply_to=thread, thread=thread, as_="channel", as_channel=blog
    )
    await chat.settle()

    assert [o.text for o in await chat.opinions(discussion.id)] == ["Від блогу", "Від групи"]


async def test_comment_whose_copy_was_never_seen_is_mapped_by_what_it_replies_to(chat: Chat) -> None:
    await chat.people.drop_copies(on=True)
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")

    first = await chat.people.comment(chat.channel, discussion.messages[0], "Перший", by=reader)
    await chat.settle()
    await chat.people.comment(
        chat.channel, discussion.messages[0], "Другий", by=reader, reply_to=first["message_id"]
    )
    await chat.settle()

    assert [o.text for o in await chat.opinions(discussion.id)] == ["Другий", "Перший"]


async def test_comment_tells_which_message_a_post_is_that_only_the_editor_vouched_for(chat: Chat) -> None:
    await chat.people.drop_copies(on=True)
    await chat.people.fault("reset_after", method="sendMessage", chat_id=chat.channel)
    await chat.publish(ARTICLE)
    await chat.press("Воно там є", by=chat.owner)
    await chat.settle()
    discussion = await chat.newest()
    article, _ = [m["message_id"] for m in await chat.people.history(chat.channel, by=chat.owner)][-2:]
    assert len(discussion.messages) == 1
    reader = await chat.people.user("Оля", "uk")

    first = await chat.people.comment(chat.channel, article, "Перший", by=reader)
    await chat.people.comment(chat.channel, article, "Другий", by=reader, reply_to=first["message_id"])
    await chat.settle()

    assert [o.text for o in await chat.opinions(discussion.id)] == ["Другий", "Перший"]
    assert (await chat.newest()).messages == (article, *discussion.messages)


async def test_commands_and_the_bots_own_messages_are_no_opinions(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")

    await chat.people.comment(chat.channel, discussion.messages[0], "/start", by=reader)
    await chat.people.comment(chat.channel, discussion.messages[0], "/poll", by=reader)
    await chat.settle()

    assert await said(chat) == []


async def test_repeated_comments_and_private_messages_are_stored_once(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.people.comment(chat.channel, discussion.messages[0], "Раз", by=reader)
    await chat.open_link(by=reader)
    await write(chat, "Два", by=reader)

    await chat.people.repeat_updates(10)
    await chat.settle()

    assert await said(chat) == [("comment", "Раз", False), ("private", "Два", False)]
    assert len(await chat.said_to(reader)) == 2


async def test_album_comments_belong_to_the_post_that_was_polled(chat: Chat) -> None:
    album = [
        await chat.people.send_photo(chat.channel, caption=caption, media_group="a1", by=chat.owner)
        for caption in ("Альбом", None, None)
    ]
    await chat.settle()
    await chat.people.say(chat.channel, "/poll Гарно?", by=chat.owner, reply_to=album[1]["message_id"])
    await chat.settle()
    reader = await chat.people.user("Оля", "uk")

    await chat.people.comment(chat.channel, album[0]["message_id"], "Дуже", by=reader)
    await chat.settle()

    assert await said(chat) == [("comment", "Дуже", False)]


FORGOTTEN = {
    "uk": "Обговорення завершене, і його ключ знищено: тепер ніхто не скаже, що тут ваше, — ні ми, ні той, хто забере "
    "наші комп'ютери. Тому тут нічого не знайти, і тому ніхто не знайде вас.",
    "en": "This discussion is over, and its key is destroyed: nobody can tell any more what is yours, not even whoever "
    "takes our computers. So nothing can be found here, and nobody can find you.",
}


@pytest.mark.parametrize(
    ("language", "label"),
    [("uk", "✏️ Змінити"), ("uk", "🗑 Видалити"), ("en", "✏️ Change"), ("en", "🗑 Delete")],
)
async def test_keys_under_an_opinion_say_why_nothing_is_found_once_its_discussion_is_over(
    chat: Chat, language: str, label: str
) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", language)
    await chat.open_link(by=reader)
    await write(chat, "Лишається", by=reader)
    before = await chat.said_to(reader)
    await chat.people.say(None, "/close", by=chat.owner)
    await chat.settle()
    await chat.press("Так, завершити", by=chat.owner)
    await chat.settle()

    toast = await chat.press(label, by=reader)

    assert (await chat.discussion(discussion.id)).key is None  # destroyed, and what hung on it erased
    assert (toast or {})["text"] == FORGOTTEN[language]
    assert (toast or {})["show_alert"]
    assert await chat.said_to(reader) == before
    assert await said(chat) == [("private", "Лишається", False)]
