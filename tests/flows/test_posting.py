"""From an editor's article to messages in the channel."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.domain.discussion import Layout, State
from db.models import ChannelRow, DiscussionRow, PostRow
from db.queries import discussion as discussions
from tests.flows.conftest import PROMISE, Chat

SHORT = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"
LONG_PARAGRAPH = "Речення про місто, у якому думають по-різному. " * 30
LONG = "Довга стаття\n\n" + "\n\n".join(f"Абзац {n}. {LONG_PARAGRAPH.strip()}" for n in range(8))


async def posts(chat: Chat) -> list[dict[str, Any]]:
    return await chat.people.history(chat.channel, by=chat.owner)


async def send_file(chat: Chat, text: str, name: str = "article.txt") -> None:
    await chat.people.start(by=chat.owner)
    await chat.people.send_file(None, name, text.encode(), by=chat.owner)
    await chat.settle()


async def test_short_article_with_a_group_keeps_the_ballot_apart(chat: Chat) -> None:
    await chat.publish(SHORT)

    article, question = await posts(chat)

    assert article["text"] == "Вугілля до 2030 року\n\nМісто відмовляється від вугілля."
    assert article["entities"] == [{"type": "bold", "offset": 0, "length": 20}]
    assert "reply_markup" not in article
    assert question["text"] == f"Що скажете?\n\n{PROMISE}"
    assert question["reply_to_message"]["message_id"] == article["message_id"]
    labels = [key["text"] for row in question["reply_markup"]["inline_keyboard"] for key in row]
    assert labels == [
        "👍 Погоджуюсь",
        "👎 Не погоджуюсь",
        "🤷 Важко сказати",
        "↩️ Забрати голос",
        "✍️ Написати думку",
    ]


async def test_short_article_without_a_group_carries_its_ballot(chat: Chat) -> None:
    await chat.people.unlink(chat.channel)
    await chat.people.add_bot(chat.channel, by=chat.owner, rights={"can_post_messages": True})
    await chat.settle()
    chat.clock.pass_(minutes=2)  # what Telegram said about the channel is remembered for a minute
    await chat.people.add_bot(chat.channel, by=chat.owner)
    await chat.settle()

    await chat.publish(SHORT)

    (message,) = await posts(chat)
    assert (
        message["text"]
        == f"Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?\n\n{PROMISE}"
    )
    assert message["reply_markup"]["inline_keyboard"]


async def test_long_article_is_posted_whole_in_parts_that_reply_to_one_another(chat: Chat) -> None:
    await send_file(chat, LONG)
    await chat.press("📣", by=chat.owner)

    messages = await posts(chat)

    assert "\n\n".join(m["text"] for m in messages[:-1]) == LONG.strip()
    assert messages[-1]["text"] == f"Ваша думка про статтю:\n\n{PROMISE}"
    numbers = [m["message_id"] for m in messages]
    assert [m.get("reply_to_message", {}).get("message_id") for m in messages] == [None, *numbers[:-1]]
    discussion = await chat.newest()
    assert discussion.state is State.OPEN
    assert list(discussion.messages) == numbers


async def test_pasted_article_that_the_app_cut_in_two_becomes_one(chat: Chat) -> None:
    """Telegram's apps send a text of more than 4096 characters as several messages."""
    text = "Довга стаття\n\n" + "\n\n".join(f"Абзац {n}. {LONG_PARAGRAPH.strip()}" for n in range(4))
    cut = text.rindex("\n\n", 0, 4096)
    await chat.people.start(by=chat.owner)
    await chat.people.say(None, text[:cut], by=chat.owner)
    await chat.people.say(None, text[cut:].strip(), by=chat.owner)
    await chat.settle()

    await chat.press("📣", by=chat.owner)

    assert "\n\n".join(m["text"] for m in (await posts(chat))[:-1]) == text
    assert (
        len(await chat.said_to(chat.owner)) == 4
    )  # hello, the channel's state, one preview, one confirmation


async def test_markdown_file_keeps_its_formatting(chat: Chat) -> None:
    await send_file(
        chat, "# Заголовок\n\nТекст із **жирним** і [посиланням](https://example.org/a?b=1&c=2).\n", "a.md"
    )
    await chat.press("📣", by=chat.owner)

    article = (await posts(chat))[0]
    assert article["text"] == "Заголовок\n\nТекст із жирним і посиланням."
    assert article["entities"] == [
        {"type": "bold", "offset": 0, "length": 9},
        {"type": "bold", "offset": 20, "length": 6},
        {"type": "text_link", "offset": 29, "length": 10, "url": "https://example.org/a?b=1&c=2"},
    ]


@pytest.mark.parametrize("title", ["x" * 10_000, "😀" * 4096, "<b>&amp;</b> <script>", "\u200fمرحبا بالعالم"])
async def test_hostile_titles_arrive_as_they_are(chat: Chat, title: str) -> None:
    await send_file(chat, f"{title}\n\nТіло статті.")
    await chat.press("📣", by=chat.owner)

    discussion = await chat.newest()
    assert discussion.state is State.OPEN
    assert "".join(m["text"] for m in (await posts(chat))[:-1]).replace("\n", "") == f"{title}Тіло статті."
    await chat.people.say(None, "/tally", by=chat.owner)
    await chat.settle()
    assert (await chat.said_to(chat.owner))[-1].startswith(title[:50])


@pytest.mark.parametrize(("layout", "messages"), [(Layout.TOGETHER, 1), (Layout.APART, 2), (Layout.AUTO, 2)])
async def test_layout_of_the_channel_decides(chat: Chat, layout: Layout, messages: int) -> None:
    async with chat.app.db.write() as tx:
        await tx.execute(update(ChannelRow).values(layout=layout))

    await chat.publish(SHORT)

    assert len(await posts(chat)) == messages


async def test_flood_refusal_waits_as_long_as_told(chat: Chat) -> None:
    await chat.people.fault("429", method="sendMessage", chat_id=chat.channel, retry_after=37)
    before = chat.clock.now()

    await chat.publish(SHORT)

    assert (await chat.newest()).state is State.OPEN
    assert (chat.clock.now() - before).total_seconds() >= 37
    assert len(await posts(chat)) == 2


async def test_lost_answer_is_taken_from_the_copy_and_nothing_is_posted_twice(chat: Chat) -> None:
    await chat.people.fault("reset_after", method="sendMessage", chat_id=chat.channel, times=2)

    discussion = await chat.publish(SHORT)

    assert [m["text"] for m in await posts(chat)] == [
        "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.",
        f"Що скажете?\n\n{PROMISE}",
    ]
    assert discussion.state is State.OPEN
    assert list(discussion.messages) == [m["message_id"] for m in await posts(chat)]


async def test_request_that_never_arrived_is_repeated(chat: Chat) -> None:
    await chat.people.fault("5xx", method="sendMessage", chat_id=chat.channel, status=500)

    discussion = await chat.publish(SHORT)

    assert discussion.state is State.OPEN
    assert len(await posts(chat)) == 2


async def uncertain(chat: Chat) -> None:
    """The second message's answer and its copy are both lost."""
    await chat.people.drop_copies(on=True)
    await chat.people.fault("reset_after", method="sendMessage", chat_id=chat.channel)
    await chat.publish(SHORT)


async def test_without_proof_the_editor_is_asked(chat: Chat) -> None:
    await uncertain(chat)

    assert (await chat.newest()).state is State.UNCERTAIN
    assert len(await posts(chat)) == 1
    assert (await chat.said_to(chat.owner))[-1].startswith("Я не знаю, чи з’явилося в каналі «Новини»")
    assert await chat.keys(None, by=chat.owner) == ["Воно там є", "Його немає, опублікувати"]


async def test_editor_says_that_it_is_there(chat: Chat) -> None:
    await uncertain(chat)

    await chat.press("Воно там є", by=chat.owner)
    await chat.settle()

    assert (await chat.newest()).state is State.OPEN
    assert len(await posts(chat)) == 2


async def test_editor_says_that_it_is_not_there(chat: Chat) -> None:
    await uncertain(chat)
    (arrived,) = await posts(chat)
    await chat.people.delete(chat.channel, arrived["message_id"], by=chat.owner)

    await chat.press("Його немає", by=chat.owner)
    await chat.settle()

    assert (await chat.newest()).state is State.OPEN
    assert [m["text"] for m in await posts(chat)] == [
        "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.",
        f"Що скажете?\n\n{PROMISE}",
    ]


async def test_editor_forwards_the_post_that_is_there(chat: Chat) -> None:
    await uncertain(chat)
    (arrived,) = await posts(chat)

    await chat.people.forward(chat.channel, arrived["message_id"], by=chat.owner)
    await chat.settle()

    discussion = await chat.newest()
    assert discussion.state is State.OPEN
    assert list(discussion.messages) == [m["message_id"] for m in await posts(chat)]
    assert len(discussion.messages) == 2
    assert (await chat.said_to(chat.owner))[-1] == "Дякую. Вважаю його опублікованим."


async def test_question_about_an_uncertain_post_that_settled_itself(chat: Chat) -> None:
    await uncertain(chat)
    (arrived,) = await posts(chat)
    await chat.people.forward(chat.channel, arrived["message_id"], by=chat.owner)
    await chat.settle()

    toast = await chat.press("Його немає", by=chat.owner)

    assert toast == {"text": "Це вже з’ясувалося само собою. Дякую.", "show_alert": True, "url": None}
    assert len(await posts(chat)) == 2


async def test_tap_proves_that_the_ballot_arrived(chat: Chat) -> None:
    await chat.people.drop_copies(on=True)
    discussion = await chat.publish(SHORT)
    await chat.people.clear_faults()
    async with chat.app.db.write() as tx:  # as after a crash between the call and its commit
        await tx.execute(update(PostRow).where(PostRow.position == 1).values(state="uncertain", message=None))
        await tx.execute(update(DiscussionRow).values(state="uncertain"))
    reader = await chat.people.user("Оля", "uk")

    await chat.vote("👍", by=reader)

    assert (await chat.discussion(discussion.id)).state is State.OPEN
    assert (await chat.discussion(discussion.id)).messages == discussion.messages


async def test_post_whose_outcome_could_not_be_stored_is_found_again(chat: Chat) -> None:
    discussion = await chat.publish(SHORT)
    async with chat.app.db.write() as tx:  # claimed, called, and the disk was full
        await tx.execute(
            update(PostRow)
            .where(PostRow.position == 1)
            .values(state="sending", message=None, not_before=chat.clock.now() + timedelta(minutes=1))
        )
        await tx.execute(update(DiscussionRow).values(state="queued"))

    chat.clock.pass_(minutes=2)
    await chat.settle()

    assert (await chat.discussion(discussion.id)).state is State.UNCERTAIN
    assert len(await posts(chat)) == 2
    await chat.press("Воно там є", by=chat.owner)
    assert (await chat.discussion(discussion.id)).state is State.OPEN


@pytest.mark.parametrize("copies_late", [False, True])
async def test_copy_may_come_before_or_after_the_answer(chat: Chat, copies_late: bool) -> None:
    await chat.people.copies_after_answer(copies_late)

    discussion = await chat.publish(SHORT)

    assert discussion.state is State.OPEN
    reader = await chat.people.user("Оля", "uk")
    await chat.people.comment(chat.channel, discussion.messages[0], "Під статтею", by=reader)
    await chat.people.comment(chat.channel, discussion.messages[1], "Під питанням", by=reader)
    await chat.settle()
    assert [o.text for o in await chat.opinions(discussion.id)] == ["Під питанням", "Під статтею"]


async def test_missing_right_is_told_once_and_the_post_goes_out_when_it_is_given(chat: Chat) -> None:
    await chat.people.start(by=chat.owner)
    await chat.people.add_bot(chat.channel, by=chat.owner, rights={"can_edit_messages": True})
    await chat.settle()

    await chat.publish(SHORT)
    chat.clock.pass_(minutes=5)
    await chat.settle()

    told = [t for t in await chat.said_to(chat.owner) if t.startswith("⚠️")]
    assert told == [
        "⚠️ «Вугілля до 2030 року» не опубліковано: у каналі «Новини» я не маю права публікувати повідомлення. "
        "Дайте мені його, і я опублікую."
    ]
    assert (await chat.newest()).state is State.QUEUED
    assert (await chat.newest()).trouble == "no-right"

    await chat.people.add_bot(chat.channel, by=chat.owner)
    await chat.settle()

    assert (await chat.newest()).state is State.OPEN
    assert (await chat.newest()).trouble is None


async def test_kicked_bot_keeps_the_post_and_tells_the_editor(chat: Chat) -> None:
    await chat.people.start(by=chat.owner)
    await chat.people.say(None, SHORT, by=chat.owner)
    await chat.settle()
    await chat.people.fault("429", method="sendMessage", chat_id=chat.channel, retry_after=200)
    await chat.press("📣", by=chat.owner)
    await chat.people.remove_bot(chat.channel, by=chat.owner)
    chat.clock.pass_(minutes=5)
    await chat.settle()

    async with chat.app.db.read() as tx:
        (discussion,) = await discussions.newest(tx, None, 1)
    assert discussion.state is State.QUEUED
    assert any("мене немає в каналі «Новини»" in text for text in await chat.said_to(chat.owner))
