"""Editors who read, administrators who may not post, and what each of them is told."""

import pytest

from bot.domain.discussion import State
from bot.texts import Say
from db.queries import channel as channels
from tests.flows.conftest import PROMISE, Chat

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"
PREVIEW = "Так це виглядатиме"


async def tell(chat: Chat, text: str, *, by: int) -> str:
    await chat.people.say(None, text, by=by)
    await chat.settle()
    return (await chat.said_to(by))[-1]


@pytest.mark.parametrize(
    ("votes", "words"), [(1, "Так думає 1 з 40"), (2, "Так думають 2 з 40"), (21, "Так думає 21 з 40")]
)
def test_toast_counts_people_as_the_language_does(votes: int, words: str) -> None:
    text = Say("uk").plain("numbers-now", votes=votes, voters=40, percent=50)

    assert text == f"{words} (50 %)."


def test_trouble_names_the_place_where_the_discussion_stands() -> None:
    said = [
        Say("uk").plain("trouble-no-right", place=place, title="Т", channel="Новини")
        for place in ("channel", "group")
    ]

    assert "у каналі «Новини» я не маю права публікувати повідомлення." in said[0]
    assert "у групі обговорень каналу «Новини» я не маю права писати." in said[1]


async def test_what_follows_an_editors_opinion_is_an_article(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    await chat.open_link(by=chat.owner)
    await tell(chat, "Пробую, як воно читачам", by=chat.owner)

    assert (await tell(chat, "Нова стаття\n\nТекст.", by=chat.owner)).startswith(PREVIEW)
    assert [o.text for o in await chat.opinions(discussion.id)] == ["Пробую, як воно читачам"]


async def test_file_of_an_editor_is_an_article_even_when_an_opinion_is_awaited(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    await chat.open_link(by=chat.owner)

    await chat.people.send_file(None, "a.txt", "Ще стаття\n\nТіло".encode(), by=chat.owner)
    await chat.settle()

    assert (await chat.said_to(chat.owner))[-1].startswith(PREVIEW)


async def test_administrator_who_may_not_post_is_a_reader(chat: Chat) -> None:
    proofreader = await chat.people.user("Коректорка", "uk")
    await chat.people.promote(chat.channel, proofreader, by=chat.owner, rights={"can_edit_messages": True})
    discussion = await chat.publish(ARTICLE)

    await chat.people.start(by=proofreader)
    await chat.settle()
    (greeting,) = await chat.said_to(proofreader)
    assert greeting.startswith("Вітаю!")
    assert await tell(chat, "Моя думка", by=proofreader) == "Про яку статтю ця думка? Оберіть, і я її запишу."
    await chat.press("Вугілля", by=proofreader)
    assert [o.text for o in await chat.opinions(discussion.id)] == ["Моя думка"]


async def test_channel_that_cannot_be_seen_does_not_drop_the_greeting(chat: Chat) -> None:
    await chat.people.fault("5xx", method="getChat", status=403, times=3)
    chat.clock.pass_(minutes=5)

    await chat.people.start(by=chat.owner)
    await chat.settle()

    greeting, state = await chat.said_to(chat.owner)
    assert greeting.startswith("Вітаю!")
    assert state.startswith("Каналу «Новини» я зараз не бачу.")


async def test_start_of_an_editor_of_many_channels_reports_ten_in_one_message(chat: Chat) -> None:
    for number in range(12):
        more = await chat.people.channel(f"Канал {number}", owner=chat.owner)
        await chat.people.add_bot(more, by=chat.owner)
    await chat.settle()
    chat.clock.pass_(minutes=5)
    before = len(await chat.people.calls("getChat"))
    await chat.people.start(by=chat.owner)
    await chat.settle()

    assert len(await chat.people.calls("getChat")) == before + 10
    greeting, states = await chat.said_to(chat.owner)
    assert greeting.startswith("Вітаю!")
    assert states.count("під’єднано") == 10


async def test_articles_sent_apart_are_not_merged_by_a_bot_that_was_away(chat: Chat) -> None:
    await chat.people.start(by=chat.owner)
    await chat.settle()
    await chat.people.say(None, "Перша стаття\n\n" + "Речення про місто. " * 150, by=chat.owner)
    chat.clock.pass_(minutes=10)
    await chat.people.say(None, "Друга стаття\n\nЗовсім інша.", by=chat.owner)
    await chat.settle()

    said = await chat.said_to(chat.owner)
    assert len([text for text in said if text.startswith(PREVIEW)]) == 2
    assert "Друга стаття\n\nЗовсім інша." in said


@pytest.mark.parametrize("post", ["/pollution: новий звіт про повітря", "/poll Ви за?\nТак"])
async def test_post_that_stays_keeps_its_copy_and_comments(chat: Chat, post: str) -> None:
    await chat.people.say(chat.channel, post, by=chat.owner)
    await chat.settle()

    assert await chat.texts(chat.channel, by=chat.owner) == [post]
    assert await chat.texts(chat.group, by=chat.owner) == [post]


async def test_command_that_is_carried_out_goes_with_its_copy(chat: Chat) -> None:
    await chat.people.say(chat.channel, "/poll Ви за?\nТак\nНі", by=chat.owner)
    await chat.settle()

    assert await chat.texts(chat.channel, by=chat.owner) == [f"Ви за?\n\n{PROMISE}"]
    assert await chat.texts(chat.group, by=chat.owner) == [f"Ви за?\n\n{PROMISE}"]


async def test_troubles_are_told_to_who_connected_last_and_to_nobody_who_left(chat: Chat) -> None:
    trainee = await chat.people.user("Стажер", "uk")
    await chat.people.start(by=trainee)
    await chat.people.start(by=chat.owner)
    paper = await chat.people.channel("Газета", username="gaz", owner=chat.owner)
    await chat.people.promote(
        paper, trainee, by=chat.owner, rights={"can_post_messages": True, "can_promote_members": True}
    )
    await chat.people.add_bot(paper, by=trainee)
    await chat.settle()
    async with chat.app.db.read() as tx:
        connected = await channels.by_name(tx, "gaz")
    assert connected is not None
    assert connected.owner is not None
    assert chat.app.vault.open(connected.owner) == trainee

    await chat.people.demote(paper, trainee, by=chat.owner)
    await chat.settle()
    chat.clock.pass_(minutes=2)
    await chat.people.start(by=chat.owner)
    await chat.settle()
    await chat.people.say(paper, "/poll Таємне?\nТак", by=chat.owner)
    await chat.settle()

    assert not any("не виконано" in text for text in await chat.said_to(trainee))
    assert (await chat.said_to(chat.owner))[-1] == (
        "⚠️ Команду /poll у каналі «Газета» не виконано. Варіантів має бути від 2 до 12."
    )


async def test_tally_leads_to_a_decision_that_nobody_was_asked_for(chat: Chat) -> None:
    await chat.people.drop_copies(on=True)
    await chat.people.fault("reset_after", method="sendMessage", chat_id=chat.channel)
    await chat.people.say(chat.channel, "/poll Ви за?", by=chat.owner)
    await chat.settle()
    assert (await chat.newest()).state is State.UNCERTAIN
    await chat.people.start(by=chat.owner)
    await chat.settle()

    assert "<i>" not in await tell(chat, "/tally", by=chat.owner)
    assert (await chat.keys(None, by=chat.owner))[:2] == ["Воно там є", "Його немає, опублікувати"]
    await tell(chat, "/list", by=chat.owner)
    await chat.press("№ 1", by=chat.owner)
    await chat.press("Воно там є", by=chat.owner)

    assert (await chat.newest()).state is State.OPEN


async def test_album_is_one_opinion_and_one_answer(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)
    for caption in ("Думка з фото", None, None):
        await chat.people.send_photo(None, caption=caption, media_group="z", by=reader)
    await chat.settle()

    _, answer = await chat.said_to(reader)
    assert answer.startswith("✅ Вашу думку про")
    assert [o.text for o in await chat.opinions(discussion.id)] == ["Думка з фото"]
