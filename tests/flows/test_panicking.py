"""Panic: what is destroyed, in which order, and that nothing but two taps, the operator or silence begins it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select

from bot import app as application
from bot.domain.audit import OPERATOR
from bot.domain.discussion import State
from bot.domain.ids import DiscussionId
from bot.domain.panic import Cause, Stage
from bot.sections import Panic as PanicSettings
from bot.sections import SettingsError
from bot.services import panic
from bot.vault import FIRST_KEY
from bot.workers.panic import destroy
from db.models import (
    AnswerRow,
    Base,
    CardRow,
    DiscussionRow,
    DraftRow,
    FailedUpdateRow,
    InvitationRow,
    OutboxRow,
    PostRow,
    PromptRow,
    RoomRow,
)
from db.queries import update as facts
from tests.conftest import HandClock
from tests.flows.conftest import Chat, newsroom_with_bot

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"
DESTROYED = (OutboxRow, FailedUpdateRow, DraftRow, AnswerRow, PromptRow, CardRow, InvitationRow, RoomRow)
STALE = "Нічого не сталося."


async def stage(chat: Chat) -> Stage | None:
    async with chat.app.db.read() as tx:
        known = await panic.alarm(tx)
    return None if known is None else known.stage


async def ask(chat: Chat) -> None:
    await chat.people.say(None, "/panic", by=chat.owner)
    await chat.settle()


async def press_both(chat: Chat) -> str:
    await chat.press("1 · Знищити все", by=chat.owner)
    toast = await chat.press("2 · Так, я впевнений", by=chat.owner)
    await chat.settle()
    return str((toast or {})["text"])


async def begin(chat: Chat) -> None:
    async with chat.app.db.write() as tx:
        await panic.begin(tx, chat.app.vault, OPERATOR, Cause.OPERATOR, chat.clock.now())


async def test_two_taps_destroy_close_and_stop(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader, late = await chat.people.user("Оля", "uk"), await chat.people.user("Пізня", "uk")
    await chat.vote("👍", by=reader)
    await chat.open_link(by=reader)
    await chat.people.say(None, "Моя таємна думка", by=reader)
    await chat.people.comment(chat.channel, discussion.messages[0], "Прилюдна думка", by=reader)
    await chat.people.say(None, "Чернетка\n\nНе опублікована.", by=chat.owner)
    await chat.settle()
    await ask(chat)

    told = await press_both(chat)

    assert told == "Ключі знищено. Усе завершується, бот зупиняється."
    assert await stage(chat) is Stage.FINISHED
    assert chat.app.panicker.over.is_set()
    assert [name for name, _ in chat.app.vault.living() if name != FIRST_KEY] == []
    shown = (await chat.people.history(chat.channel, by=reader))[-1]
    assert shown["text"] == "Що скажете?\n\n🔒 Голосування закрите."
    assert "reply_markup" not in shown
    assert [o.text for o in await chat.opinions(discussion.id)] == ["Прилюдна думка"]
    async with chat.app.db.read() as tx:
        left = {
            table.__tablename__: await tx.scalar(select(func.count()).select_from(table))
            for table in DESTROYED
        }
        keyless = await tx.scalar(select(DiscussionRow.keyless_at))
    assert set(left.values()) == {0}, left
    assert keyless is not None
    assert (await chat.discussion(discussion.id)).key is None  # no row of readers is left
    content = await chat.stored()
    assert "Моя таємна думка".encode() not in content
    assert "Не опублікована".encode() not in content
    assert late


async def test_votes_and_words_that_still_come_are_answered_and_nothing_of_them_is_kept(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.people.start(by=reader)
    await chat.settle()
    greeting = (await chat.people.history(None, by=reader))[-1]["message_id"]
    ballot = discussion.ballot
    await begin(chat)
    await chat.app.panicker.step(chat.clock.now())

    vote = await chat.people.forge(
        chat.channel, discussion.messages[-1], f"v:{ballot.id}:{ballot.options[0].id}", by=reader
    )
    other = await chat.people.forge(None, greeting, f"t:{discussion.id}", by=reader)
    await chat.people.say(None, "Пізня думка", by=reader)
    await chat.people.say(None, "/post Пізня стаття", by=chat.owner)
    await chat.settle()

    assert (await chat.people.toast(vote) or {})["text"].startswith("Голосування завершено")
    assert (await chat.people.toast(other) or {})["text"] == "Усе завершено, бот більше нічого не приймає."
    assert sum((await chat.votes(discussion.id)).values()) == 0
    assert await chat.opinions(discussion.id) == []
    async with chat.app.db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(DraftRow)) == 0


async def test_unsent_articles_are_gone_with_their_titles(chat: Chat) -> None:
    await chat.people.fault("429", method="sendMessage", chat_id=chat.channel, retry_after=7200)
    await chat.people.start(by=chat.owner)
    await chat.people.say(None, "Таємний заголовок\n\nТекст.\n\nТаємне питання?", by=chat.owner)
    await chat.settle()
    await chat.press("📣 Опублікувати", by=chat.owner)
    await chat.settle()

    await begin(chat)
    await chat.settle()

    assert await stage(chat) is Stage.FINISHED
    async with chat.app.db.read() as tx:
        assert list(await tx.scalars(select(PostRow.text))) == []
        assert list(await tx.scalars(select(DiscussionRow.title))) == []
    assert "Таємн".encode() not in await chat.stored()


@pytest.mark.parametrize("waits", [10.1, 60.0, 3600.0])
async def test_second_tap_that_comes_too_late_does_nothing(chat: Chat, waits: float) -> None:
    await chat.publish(ARTICLE)
    await ask(chat)
    await chat.press("1 · Знищити все", by=chat.owner)
    chat.clock.pass_(seconds=waits)

    toast = await chat.press("2 · Так, я впевнений", by=chat.owner)
    again = await chat.press("2 · Так, я впевнений", by=chat.owner)
    await chat.settle()

    assert [str((t or {})["text"]).startswith(STALE) for t in (toast, again)] == [True, True]
    assert await stage(chat) is None
    assert (await chat.newest()).state is State.OPEN


async def test_either_key_alone_or_twice_does_nothing(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    await ask(chat)

    await chat.press("2 · Так, я впевнений", by=chat.owner)
    await chat.press("1 · Знищити все", by=chat.owner)
    await chat.press("1 · Знищити все", by=chat.owner)
    chat.clock.pass_(seconds=11)
    await chat.settle()

    assert await stage(chat) is None


async def test_keys_of_an_older_question_do_nothing(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    await ask(chat)
    old = (await chat.people.history(None, by=chat.owner))[-1]
    keys = [row[0]["callback_data"] for row in old["reply_markup"]["inline_keyboard"]]
    await ask(chat)

    for data in keys:
        await chat.people.forge(None, old["message_id"], data, by=chat.owner)
        await chat.settle()

    assert await stage(chat) is None


async def test_who_owns_nothing_can_neither_ask_nor_press(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    await ask(chat)
    editor = await chat.people.user("Редакторка", "uk")
    await chat.people.start(by=editor)
    await chat.people.promote(chat.channel, editor, by=chat.owner, rights={"can_post_messages": True})
    await chat.people.say(None, "/panic", by=editor)
    await chat.people.say(None, "/checkin", by=editor)
    await chat.settle()

    told = (await chat.said_to(editor))[-2:]
    assert (
        told
        == ["Це може лише власник каналу або адміністратор, який має право призначати адміністраторів."] * 2
    )
    assert await stage(chat) is None


@pytest.mark.timeout(400)  # it is the setting up that takes long
async def test_hundred_discussions_in_as_many_channels_are_closed_within_thirty_seconds(chat: Chat) -> None:
    await hundred(chat, channels=100)
    began = chat.clock.now()

    await begin(chat)
    await chat.settle()

    assert await stage(chat) is Stage.FINISHED
    assert chat.clock.now() - began < timedelta(seconds=30)


async def hundred(chat: Chat, channels: int) -> None:
    places = [await chat.people.channel(f"Канал {number}", owner=chat.owner) for number in range(channels)]
    for place in places:
        await chat.people.add_bot(place, by=chat.owner)
    await chat.settle()
    for number in range(100):
        await chat.people.say(places[number % channels], f"/poll Питання {number}?", by=chat.owner)
    await chat.settle(timedelta(hours=1))
    async with chat.app.db.read() as tx:
        states = list(await tx.scalars(select(DiscussionRow.state)))
    assert states == [State.OPEN] * 100


@pytest.mark.timeout(400)  # it is the setting up that takes long
async def test_hundred_in_one_channel_refuse_at_once_and_are_all_edited_after_a_restart(chat: Chat) -> None:
    """Telegram takes 20 edits a minute in a channel: votes do not wait for them."""
    await hundred(chat, channels=1)
    await begin(chat)
    began = chat.clock.now()
    await chat.app.panicker.step(began)
    async with chat.app.db.read() as tx:
        assert set(await tx.scalars(select(DiscussionRow.state))) == {State.CLOSED}

    while not chat.app.panicker.over.is_set():
        await step(chat)
    assert timedelta(seconds=25) <= chat.clock.now() - began < timedelta(seconds=30)
    assert await stage(chat) is Stage.CLOSED

    async with application.open_app(chat.settings, chat.clock, panicking=True) as again:
        chat.app = again
        await again.panicker.start(chat.clock.now())
        while not again.panicker.over.is_set():
            await step(chat, 1.0)
    assert await stage(chat) is Stage.FINISHED
    assert chat.clock.now() - began < timedelta(minutes=7)


async def step(chat: Chat, seconds: float = 0.25) -> None:
    for worker in (chat.app.panicker, chat.app.forgetter, chat.app.drawer):
        await worker.step(chat.clock.now())
    await chat.app.drawer.idle()
    chat.clock.pass_(seconds=seconds)


async def test_everything_but_the_edits_works_while_telegram_is_away(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    await begin(chat)
    await chat.people.fault("hang_before", method="editMessageText", seconds=60, times=50)
    await chat.people.fault("reset_before", method="leaveChat", times=50)

    await chat.app.panicker.step(chat.clock.now())

    assert await stage(chat) is Stage.CLOSED
    assert (await chat.discussion(discussion.id)).state is State.CLOSED
    assert [name for name, _ in chat.app.vault.living() if name != FIRST_KEY] == []
    await chat.people.clear_faults()
    await chat.settle()
    assert await stage(chat) is Stage.FINISHED


async def test_a_finished_panic_lets_nothing_start_until_it_is_ended(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    await begin(chat)
    await chat.settle()

    for panicking in (True, False):
        with pytest.raises(SettingsError, match=r"a panic destroyed all keys at .* `dumka panic --end`"):
            async with application.open_app(chat.settings, chat.clock, panicking=panicking):
                pass
    async with chat.app.db.write() as tx:
        assert await panic.end(tx, chat.app.vault, chat.clock.now())
    async with application.open_app(chat.settings, chat.clock, panicking=True) as again:
        chat.app = again
        assert (await chat.publish(ARTICLE)).state is State.OPEN


async def test_interrupted_before_the_keys_are_gone_it_goes_on_before_telegram_is_asked(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    await begin(chat)
    unreachable = chat.settings.model_copy(
        update={"telegram": chat.settings.telegram.model_copy(update={"api_base_url": "http://127.0.0.1:9"})}
    )

    with pytest.raises(SettingsError, match="cannot be reached"):
        async with application.open_app(unreachable, chat.clock, panicking=True):
            pass

    assert await stage(chat) is Stage.CLOSED
    assert (await chat.discussion(discussion.id)).state is State.CLOSED
    chat.app.vault.refresh()
    assert [name for name, _ in chat.app.vault.living() if name != FIRST_KEY] == []


async def test_doing_it_twice_is_doing_it_once(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    await begin(chat)
    await begin(chat)

    for _ in range(2):
        await destroy(chat.app.db, chat.app.vault, chat.clock.now())
    await chat.settle()

    assert await stage(chat) is Stage.FINISHED
    async with chat.app.db.read() as tx:
        acts = list(await tx.scalars(select(Base.metadata.tables["audit"].c.act)))
    assert acts[-2:] == ["panicked", "panic-finished"]


async def test_discussion_that_was_opened_meanwhile_is_closed_too(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    await begin(chat)
    await chat.app.panicker.step(chat.clock.now())
    async with chat.app.db.write() as tx:  # by another process, which had not heard yet
        row = await tx.get_one(DiscussionRow, DiscussionId(1))
        row.state, row.key, row.keyless_at = State.OPEN, b"x" * 16, None  # type: ignore[assignment]

    await chat.settle()

    assert await stage(chat) is Stage.FINISHED
    assert (await chat.discussion(DiscussionId(1))).state is State.CLOSED


async def test_a_room_is_left_and_forgotten(chat: Chat) -> None:
    room = await chat.people.group("Кімната", owner=chat.owner)
    await chat.people.add_bot(room, by=chat.owner)
    await chat.settle()
    vault = chat.app.vault
    async with chat.app.db.write() as tx:
        tx.add(
            RoomRow(channel_id=1, chat=vault.room(room), address=vault.seal(room), kind="group")  # type: ignore[arg-type]
        )
    await begin(chat)

    await chat.settle()

    assert [call["params"]["chat_id"] for call in await chat.people.calls("leaveChat")] == [room]
    async with chat.app.db.read() as tx:
        assert list(await tx.scalars(select(RoomRow.id))) == []


# The dead man's switch


def test_a_time_too_short_for_two_reminders_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least 1h"):
        PanicSettings(deadman="59m")


@pytest.fixture
async def watched(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Chat]:
    async with newsroom_with_bot(database_url, tmp_path, clock, panic=PanicSettings(deadman="2h")) as world:
        await world.connect()
        await world.people.start(by=world.owner)
        await world.settle()
        yield world


async def silent(chat: Chat, **span: float) -> None:
    """The bot runs, and nobody says anything."""
    until = chat.clock.now() + timedelta(**span)
    while chat.clock.now() < until:
        chat.clock.pass_(seconds=30)
        await chat.app.panicker.step(chat.clock.now())
    await chat.settle(timedelta(seconds=5))


async def test_silence_of_all_owners_is_a_panic_after_two_reminders(watched: Chat) -> None:
    discussion = await watched.publish(ARTICLE)
    await silent(watched, minutes=61)
    first = await watched.said_to(watched.owner)
    await silent(watched, minutes=30)
    second = await watched.said_to(watched.owner)
    assert await stage(watched) is None
    await silent(watched, minutes=31)
    await watched.settle()

    assert first[-1].startswith("⏳ Давно нікого з власників не чути. Якщо протягом 1 години")
    assert len(second) == len(first) + 1
    assert await stage(watched) is Stage.FINISHED
    assert (await watched.discussion(discussion.id)).state is State.CLOSED


@pytest.mark.parametrize("act", ["/checkin", "/poll"])
async def test_a_check_in_or_any_act_of_an_owner_begins_the_time_anew(watched: Chat, act: str) -> None:
    await silent(watched, minutes=100)
    if act == "/poll":
        await watched.publish(ARTICLE)
    else:
        await watched.people.say(None, act, by=watched.owner)
        await watched.settle()
        assert (await watched.said_to(watched.owner))[-1].startswith("✅ Бачу вас. Якщо ніхто з власників")
    await silent(watched, minutes=100)

    assert await stage(watched) is None


async def test_a_clock_that_jumps_by_a_month_begins_nothing(watched: Chat) -> None:
    for _ in range(5):
        watched.clock.pass_(days=30)
        await watched.app.panicker.step(watched.clock.now())
    await watched.settle()

    assert await stage(watched) is None


async def test_turned_off_it_forgets_what_it_counted(watched: Chat) -> None:
    await silent(watched, minutes=100)
    async with application.open_app(
        watched.settings.model_copy(update={"panic": PanicSettings()}), watched.clock
    ) as without:
        await without.panicker.step(watched.clock.now() + timedelta(minutes=1))

    async with watched.app.db.read() as tx:
        assert await facts.fact(tx, "silence") is None
