"""Channels become known, need things, move their groups, and go."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.ids import ChatId, MessageId
from db.queries import channel as channels
from tests.conftest import HandClock
from tests.flows.conftest import Chat, newsroom_with_bot


@pytest.fixture
async def fresh(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Chat]:
    """Nobody has added the bot yet; the owner has written to it."""
    async with newsroom_with_bot(database_url, tmp_path, clock) as world:
        await world.people.start(by=world.owner)
        await world.settle()
        yield world


async def last(chat: Chat) -> str:
    return (await chat.said_to(chat.owner))[-1]


async def test_complete_setup_is_confirmed(fresh: Chat) -> None:
    await fresh.connect()

    assert (
        await last(fresh)
        == "✅ Канал «Новини» під’єднано. Надішліть мені статтю або напишіть у каналі /poll."
    )


async def test_what_is_missing_is_told_with_how_to_mend_it(fresh: Chat) -> None:
    await fresh.people.add_bot(fresh.channel, by=fresh.owner, rights={"can_edit_messages": True})
    await fresh.settle()

    assert await last(fresh) == (
        "Канал «Новини» під’єднано, але дечого бракує:\n\n"
        "• Дайте мені в каналі право публікувати повідомлення: без нього я нічого не зможу.\n"
        "• Дайте мені в каналі право видаляти повідомлення, щоб команда /poll зникала після виконання.\n"
        "• Додайте мене до групи обговорень, щоб я бачив коментарі."
    )


async def test_channel_without_a_group_is_told_what_it_misses(fresh: Chat) -> None:
    await fresh.people.unlink(fresh.channel)
    await fresh.people.add_bot(fresh.channel, by=fresh.owner)
    await fresh.settle()

    assert "• У каналу немає групи обговорень." in await last(fresh)


async def test_bot_that_cannot_read_the_group_says_so_until_it_can(fresh: Chat) -> None:
    await fresh.people.set_privacy(on=True)
    await fresh.people.add_bot(fresh.group, by=fresh.owner, admin=False)
    await fresh.people.add_bot(fresh.channel, by=fresh.owner)
    await fresh.settle()
    assert "• Зробіть мене адміністратором групи обговорень" in await last(fresh)

    fresh.clock.pass_(minutes=2)
    await fresh.people.add_bot(fresh.group, by=fresh.owner)
    await fresh.settle()

    assert (await last(fresh)).startswith("✅ Канал «Новини» під’єднано.")


async def test_admin_who_never_wrote_to_the_bot_learns_the_state_from_start(chat: Chat) -> None:
    assert await chat.said_to(chat.owner) == []

    await chat.people.start(by=chat.owner)
    await chat.settle()

    assert (await last(chat)).startswith("✅ Канал «Новини» під’єднано.")


async def test_removed_bot_disconnects_the_channel(fresh: Chat) -> None:
    await fresh.connect()

    await fresh.people.remove_bot(fresh.channel, by=fresh.owner)
    await fresh.settle()

    assert await last(fresh) == "Канал «Новини» від’єднано. Зібрані голоси й думки збережено."
    async with fresh.app.db.read() as tx:
        assert await channels.all_active(tx) == []


async def test_group_linked_later_is_found_by_its_first_copy(fresh: Chat) -> None:
    await fresh.people.unlink(fresh.channel)
    await fresh.people.add_bot(fresh.channel, by=fresh.owner)
    await fresh.people.add_bot(fresh.group, by=fresh.owner)
    await fresh.settle()
    fresh.clock.pass_(minutes=2)
    await fresh.people.link(fresh.channel, fresh.group)

    post = await fresh.people.say(fresh.channel, "Пост", by=fresh.owner)
    await fresh.settle()

    async with fresh.app.db.read() as tx:
        (channel,) = await channels.all_active(tx)
        assert (channel.group, channel.group_seen) == (fresh.group, True)
        assert await channels.posts_of_thread(tx, ChatId(fresh.group), MessageId(1001)) == [
            (fresh.channel, post["message_id"])
        ]


async def test_channel_is_read_anew_every_day(chat: Chat) -> None:
    await chat.people.change_chat(chat.channel, by=chat.owner, title="Новини міста")

    chat.clock.pass_(hours=25)
    await chat.settle()
    chat.clock.pass_(hours=2)
    await chat.settle()

    async with chat.app.db.read() as tx:
        (channel,) = await channels.all_active(tx)
    assert channel.title == "Новини міста"


async def test_unanswered_question_to_telegram_is_told_and_nothing_is_done(chat: Chat) -> None:
    await chat.people.start(by=chat.owner)
    await chat.settle()
    chat.clock.pass_(minutes=2)
    await chat.people.fault("5xx", method="getChatMember", times=5, status=502)

    await chat.people.say(None, "/tally", by=chat.owner)
    await chat.settle()

    assert await last(chat) == "Telegram зараз не відповідає, тому нічого не зроблено. Спробуйте за хвилину."


@pytest.mark.parametrize("title", ["<b>Новини</b> & «Ко»", "A" * 128, "\u2067новини", "💥" * 64])
async def test_hostile_channel_title_is_shown_as_it_is(fresh: Chat, title: str) -> None:
    await fresh.people.change_chat(fresh.channel, by=fresh.owner, title=title)
    await fresh.connect()
    assert title in await last(fresh)

    await fresh.publish("Заголовок <i>\n\nТекст & <code>")

    assert f"«{title}»" in await last(fresh)
    assert (await fresh.texts(fresh.channel, by=fresh.owner))[0] == "Заголовок <i>\n\nТекст & <code>"


async def test_reader_with_a_hostile_name_is_nobody_to_the_editor(fresh: Chat) -> None:
    await fresh.connect()
    discussion = await fresh.publish("Заголовок\n\nТекст.")
    reader = await fresh.people.user("<b>Мальорі</b> \x07 {$title}", "uk")
    await fresh.vote("👍", by=reader)
    await fresh.people.comment(fresh.channel, discussion.messages[0], "{ $title } <b>&", by=reader)
    await fresh.people.say(None, "/tally", by=fresh.owner)
    await fresh.settle()

    assert [o.text for o in await fresh.opinions(discussion.id)] == ["{ $title } <b>&"]
    assert not any("Мальорі" in text for text in await fresh.said_to(fresh.owner))
