"""What must not happen: strangers with a say, posts taken for one another, one person's wait holding up all others."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.domain.discussion import State
from bot.domain.ids import MessageId
from bot.services import posting
from db.models import BallotRow, DiscussionRow, PostRow
from db.queries import discussion as discussions
from db.queries import post as posts
from tests.flows.conftest import PROMISE, Chat

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"


async def rival_room(chat: Chat) -> tuple[int, int, int]:
    """Somebody's own channel with its group, the bot in both.  Returns (person, channel, group)."""
    rival = await chat.people.user("Мальорі", "uk")
    channel = await chat.people.channel("Чужий", owner=rival)
    group = await chat.people.group("Чужа розмова", owner=rival)
    await chat.people.link(channel, group)
    await chat.people.add_bot(group, by=rival)
    await chat.people.add_bot(channel, by=rival)
    await chat.settle()
    return rival, channel, group


async def test_repost_of_our_post_gives_no_say_and_no_opinions(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    rival, channel, group = await rival_room(chat)
    repost = await chat.people.forward(chat.channel, discussion.messages[0], by=rival, chat=channel)
    await chat.settle()
    copy = (await chat.people.history(group, by=rival))[-1]["message_id"]

    await chat.people.comment(channel, repost["message_id"], "Чужа думка", by=rival)
    await chat.people.say(group, "/close", by=rival, reply_to=copy)
    await chat.settle()

    assert (await chat.discussion(discussion.id)).state is State.OPEN
    assert await chat.opinions(discussion.id) == []


async def test_forged_choice_neither_names_nor_feeds_a_private_channels_discussion(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    hidden = await chat.people.channel("Закритий", owner=chat.owner)
    await chat.people.add_bot(hidden, by=chat.owner)
    await chat.people.say(hidden, "/poll Таємне питання?", by=chat.owner)
    await chat.settle()
    secret = await chat.newest()
    stranger = await chat.people.user("Мальорі", "uk")
    await chat.people.start(by=stranger)
    await chat.people.say(None, "вкид", by=stranger)
    await chat.settle()
    asked = (await chat.people.history(None, by=stranger))[-1]["message_id"]

    tap = await chat.people.forge(None, asked, f"oc:{secret.id}", by=stranger)
    await chat.settle()

    assert (await chat.people.toast(tap) or {})["text"] == "Такого обговорення немає."
    assert await chat.opinions(secret.id) == []
    assert not any("Таємне" in text for text in await chat.said_to(stranger))


async def doubt(chat: Chat, state: State) -> None:
    """The newest discussion's last message: nobody knows whether it arrived."""
    discussion = await chat.newest()
    async with chat.app.db.write() as tx:
        await tx.execute(
            update(PostRow)
            .where(PostRow.discussion_id == discussion.id, PostRow.position == len(discussion.messages) - 1)
            .values(state="uncertain", message=None, not_before=chat.clock.now() + timedelta(seconds=39))
        )
        await tx.execute(update(DiscussionRow).where(DiscussionRow.id == discussion.id).values(state=state))


async def test_copy_of_the_next_ballot_with_the_same_words_is_not_taken_for_the_doubtful_one(
    chat: Chat,
) -> None:
    doubtful = await chat.publish(ARTICLE)
    await doubt(chat, State.QUEUED)
    await chat.people.delete(chat.channel, doubtful.messages[-1], by=chat.owner)  # it never arrived

    twin = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.vote("👍", by=reader)

    assert (await chat.discussion(twin.id)).state is State.OPEN
    assert (await chat.votes(twin.id))["👍 Погоджуюсь"] == 1
    assert (await chat.discussion(doubtful.id)).messages == doubtful.messages[:1]
    assert (await chat.discussion(doubtful.id)).state is not State.OPEN


async def test_between_two_doubtful_posts_of_the_same_words_nothing_is_guessed(chat: Chat) -> None:
    for _ in range(2):
        await chat.publish(ARTICLE)
        await doubt(chat, State.QUEUED)

    async with chat.app.db.write() as tx:
        taken = await posting.recognise(
            tx, (await chat.newest()).chat, MessageId(999), f"Що скажете?\n\n{PROMISE}", chat.clock.now()
        )

    assert not taken


async def test_telegrams_own_answer_outranks_a_guess(chat: Chat) -> None:
    first = await chat.publish(ARTICLE)
    second = await chat.publish(ARTICLE)
    number = second.messages[-1]
    async with (
        chat.app.db.write() as tx
    ):  # a copy was taken for the first one's ballot, before the second's answer
        await tx.execute(
            update(PostRow)
            .where(PostRow.discussion_id == second.id, PostRow.position == 1)
            .values(state="sending", message=None)
        )
        await tx.execute(
            update(PostRow)
            .where(PostRow.discussion_id == first.id, PostRow.position == 1)
            .values(message=number)
        )
        post = await posts.of_ballot(tx, second.ballot.id)
        assert post is not None
        await posting.confirm(tx, post, number, chat.clock.now())

    assert (await chat.discussion(second.id)).messages == second.messages
    assert (await chat.discussion(first.id)).messages == first.messages[:1]
    assert (await chat.discussion(first.id)).state is State.QUEUED


async def test_pressing_a_ballots_button_under_another_post_proves_nothing(chat: Chat) -> None:
    known = await chat.publish(ARTICLE)
    doubtful = await chat.publish("Інше\n\nТекст.\n\nА це?")
    await doubt(chat, State.QUEUED)
    reader = await chat.people.user("Мальорі", "uk")
    option = doubtful.ballot.options[0].id

    await chat.people.forge(chat.channel, known.messages[-1], f"v:{doubtful.ballot.id}:{option}", by=reader)
    await chat.settle(timedelta(seconds=1))

    assert (await chat.discussion(doubtful.id)).messages == doubtful.messages[:1]
    assert (await chat.discussion(known.id)).messages == known.messages


async def test_closed_discussion_is_not_posted_again(chat: Chat) -> None:
    await chat.people.drop_copies(on=True)
    await chat.people.fault("reset_after", method="sendMessage", chat_id=chat.channel)
    await chat.publish(ARTICLE)
    assert (await chat.newest()).state is State.UNCERTAIN
    async with chat.app.db.write() as tx:
        await discussions.close(tx, (await chat.newest()).id, chat.clock.now())

    toast = await chat.press("Його немає", by=chat.owner)
    await chat.settle()

    assert toast is not None
    assert toast["text"].startswith("Обговорення «Вугілля до 2030 року» завершено")
    assert (await chat.newest()).state is State.CLOSED
    assert len(await chat.people.history(chat.channel, by=chat.owner)) == 1


async def test_late_tap_teaches_the_number_so_that_the_keys_can_go(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    async with chat.app.db.write() as tx:  # "it is there", said the editor, and closed it
        await tx.execute(update(PostRow).where(PostRow.position == 1).values(message=None))
        await discussions.close(tx, discussion.id, chat.clock.now())

    await chat.vote("👍", by=await chat.people.user("Оля", "uk"))
    await chat.settle()

    assert await chat.keys(chat.channel, by=chat.owner) == []


async def test_votes_do_not_wait_for_telegrams_answer_about_somebodys_rights(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    member, reader = await chat.people.user("Учасник", "uk"), await chat.people.user("Оля", "uk")
    await chat.people.join(chat.group, member)
    await chat.people.fault("hang_before", method="getChatMember", seconds=3.0, times=9)
    await chat.people.say(chat.group, "/poll Чи можна?", by=member)
    await chat.people.tap(chat.channel, discussion.messages[-1], "👍", by=reader)

    taking = asyncio.create_task(chat.app.polling.step(0))
    await asyncio.sleep(0.7)

    assert not taking.done()
    assert (await chat.votes(discussion.id))["👍 Погоджуюсь"] == 1
    await taking
    await chat.people.clear_faults()
    await chat.settle()


async def test_silence_of_telegram_is_asked_about_once(chat: Chat) -> None:
    member = await chat.people.user("Учасник", "uk")
    await chat.people.start(by=member)
    await chat.people.join(chat.group, member)
    await chat.people.fault("hang_before", method="getChatMember", seconds=60, times=50)
    before = len(await chat.people.calls("getChatMember"))
    await chat.people.say(chat.group, "/poll Чи можна?", by=member)

    await chat.app.polling.step(0)
    await chat.people.clear_faults()
    await chat.settle()

    assert len(await chat.people.calls("getChatMember")) == before + 1
    assert (await chat.said_to(member))[-1].startswith("Telegram зараз не відповідає")


@pytest.mark.parametrize("command", ["/poll Ви за?\nТак", "/close"])
async def test_anonymous_admins_mistake_is_told_to_the_owner(chat: Chat, command: str) -> None:
    await chat.people.start(by=chat.owner)
    await chat.people.say(chat.group, command, by=chat.owner, as_="anonymous")
    await chat.settle()

    warning = f"⚠️ Команду {command.split(maxsplit=1)[0]} у"
    assert any(told.startswith(warning) for told in await chat.said_to(chat.owner))


async def test_opinion_of_a_closed_discussion_stays_as_it_was_said(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)
    said = await chat.people.say(None, "Тоді", by=reader)
    comment = await chat.people.comment(chat.channel, discussion.messages[0], "Тоді ж", by=reader)
    await chat.settle()
    async with chat.app.db.write() as tx:
        await discussions.close(tx, discussion.id, chat.clock.now())

    await chat.people.edit(None, said["message_id"], "Згодом", by=reader)
    await chat.people.edit(chat.group, comment["message_id"], "Згодом", by=reader)
    await chat.settle()

    assert [o.text for o in await chat.opinions(discussion.id)] == ["Тоді", "Тоді ж"]
    assert (await chat.said_to(reader))[-1].startswith("Обговорення «Вугілля до 2030 року» завершено")


async def test_ballots_time_runs_from_its_posting(chat: Chat) -> None:
    await chat.people.fault("429", method="sendMessage", chat_id=chat.channel, retry_after=7200)
    await chat.publish(ARTICLE)
    queued = await chat.newest()
    async with chat.app.db.write() as tx:
        end = chat.clock.now() + timedelta(hours=1)
        await tx.execute(update(BallotRow).where(BallotRow.id == queued.ballot.id).values(closes_at=end))

    chat.clock.pass_(hours=2, minutes=1)
    await chat.settle()

    posted = await chat.newest()
    assert posted.state is State.OPEN
    assert posted.ballot.closes_at is not None
    assert timedelta(minutes=55) < posted.ballot.closes_at - chat.clock.now() < timedelta(minutes=65)
    chat.clock.pass_(hours=1, minutes=5)
    await chat.settle()
    assert (await chat.newest()).state is State.CLOSED


async def test_invisible_comment_is_no_opinion_and_nobody_is_told_off(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.people.start(by=reader)
    before = len(await chat.said_to(reader))

    await chat.people.comment(chat.channel, discussion.messages[0], "\u2060\u200d", by=reader)
    await chat.settle()

    assert await chat.opinions(discussion.id) == []
    assert len(await chat.said_to(reader)) == before + 1  # the greeting alone
