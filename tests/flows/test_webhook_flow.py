"""The bot is reached by webhook, and people notice nothing of it: the tests of polling once more, and some of its own."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.routes import ALLOWED_UPDATES
from db.models import FailedUpdateRow, VoteRow
from tests.conftest import HandClock
from tests.flows.hooked import Hooked, newsroom_by_webhook
from tests.flows.test_editors import (
    test_cancelled_draft_is_gone,
    test_preview_shows_the_article_as_it_will_look,
    test_publishing_twice_posts_once,
    test_tally_list_and_close_work_on_the_editors_discussions,
    test_windows_1251_and_utf_16_files_are_read,
)
from tests.flows.test_opinions import (
    test_button_changes_the_opinion,
    test_comments_under_article_and_question_and_replies_to_them_are_opinions,
    test_edited_comment_edits_the_opinion,
    test_link_greets_with_the_article_and_the_next_message_is_the_opinion,
    test_repeated_comments_and_private_messages_are_stored_once,
    test_withdrawn_means_gone_from_the_database,
)
from tests.flows.test_voting import (
    test_key_of_another_channels_ballot_is_refused,
    test_repeated_updates_change_nothing,
    test_same_tap_again_keeps_the_vote,
    test_tap_on_another_option_moves_the_vote,
    test_taps_of_many_people_in_one_batch_are_counted_in_their_order,
    test_vote_after_closing_changes_nothing,
    test_withdrawing_takes_the_vote_back_once,
)

__all__ = [  # run here with the fixture below
    "test_button_changes_the_opinion",
    "test_cancelled_draft_is_gone",
    "test_comments_under_article_and_question_and_replies_to_them_are_opinions",
    "test_edited_comment_edits_the_opinion",
    "test_key_of_another_channels_ballot_is_refused",
    "test_link_greets_with_the_article_and_the_next_message_is_the_opinion",
    "test_preview_shows_the_article_as_it_will_look",
    "test_publishing_twice_posts_once",
    "test_repeated_comments_and_private_messages_are_stored_once",
    "test_repeated_updates_change_nothing",
    "test_same_tap_again_keeps_the_vote",
    "test_tally_list_and_close_work_on_the_editors_discussions",
    "test_tap_on_another_option_moves_the_vote",
    "test_taps_of_many_people_in_one_batch_are_counted_in_their_order",
    "test_vote_after_closing_changes_nothing",
    "test_windows_1251_and_utf_16_files_are_read",
    "test_withdrawing_takes_the_vote_back_once",
    "test_withdrawn_means_gone_from_the_database",
]

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"
LABELS = ["👍 Погоджуюсь", "👎 Не погоджуюсь", "🤷 Важко сказати"]


@pytest.fixture
async def chat(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Hooked]:
    async with newsroom_by_webhook(database_url, tmp_path, clock) as world:
        await world.connect()
        yield world


async def test_every_toast_travels_in_the_body_of_an_answer(chat: Hooked) -> None:
    """Of votes, of refusals and of keys in private chats; none costs a call of its own."""
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    message = (await chat.people.history(chat.channel, by=reader))[-1]["message_id"]

    said = await chat.vote("👍", by=reader)
    await chat.people.toast(await chat.people.forge(chat.channel, message, "v:9:9", by=reader))
    await chat.settle()

    assert said == "Ваш голос: 👍 Погоджуюсь. Так думає 1 з 1 (100 %)."
    calls = await chat.people.calls("answerCallbackQuery")
    assert len(calls) == 3  # the editor's key, the vote, the forged key
    assert all(call["in_webhook_answer"] and call["outcome"] == "ok" for call in calls)
    assert chat.app.api.counts["answerCallbackQuery", "ok"] == 0


async def test_telegram_is_told_where_to_come_and_what_for(chat: Hooked) -> None:
    (call,) = await chat.people.calls("setWebhook")

    assert call["params"] == {
        "url": chat.settings.webhook.url,
        "secret_token": chat.secret,
        "max_connections": 100,
        "allowed_updates": list(ALLOWED_UPDATES),
        "drop_pending_updates": False,
    }
    assert await chat.people.calls("getUpdates") == []


@pytest.mark.parametrize("fault", ["duplicates", "lost answers", "both, in disorder"])
async def test_repeated_and_reordered_deliveries_count_once(chat: Hooked, fault: str) -> None:
    discussion = await chat.publish(ARTICLE)
    people = [await chat.people.user(f"Читач {n}", "uk") for n in range(40)]
    message = (await chat.people.history(chat.channel, by=people[0]))[-1]["message_id"]
    if fault != "lost answers":
        await chat.people.duplicate(0.7, seed=3)
    if fault != "duplicates":
        await chat.people.lose_answers(0.4, seed=4)
        chat.toasts_lost = True
    if fault.startswith("both"):
        await chat.people.shuffle(5)

    for label in ("👍", "👎", "🤷"):  # a person's presses keep their order, whatever happens
        await asyncio.gather(*(chat.people.tap(chat.channel, message, label, by=p) for p in people))
    await chat.settle()
    await chat.people.lose_answers(0.0)
    await chat.people.duplicate(0.0)

    assert await chat.votes(discussion.id) == dict(zip(LABELS, (0, 0, 40), strict=True))
    async with chat.app.db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(VoteRow)) == 40
    assert chat.app.intake.counts.votes == 120
    assert (chat.app.intake.counts.repeated > 0) is (fault != "duplicates")  # those share one commit


async def test_update_that_cannot_be_parsed_is_taken_and_the_next_ones_apply(chat: Hooked) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")

    broken = [await chat.people.raw_update("message", {"message_id": "x"}) for _ in range(3)]
    toast = await chat.vote("👍", by=reader)

    assert toast.startswith("Ваш голос")
    assert (await chat.votes(discussion.id))["👍 Погоджуюсь"] == 1
    async with chat.app.db.read() as tx:
        kept = await tx.scalars(select(FailedUpdateRow.update_id).order_by(FailedUpdateRow.update_id))
    assert kept.all() == broken


async def test_telegrams_outage_loses_no_press(chat: Hooked) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    message = (await chat.people.history(chat.channel, by=reader))[-1]["message_id"]
    await chat.people.outage("reset", seconds=0.5)

    tap = await chat.people.tap(chat.channel, message, "👍", by=reader)
    toast = await chat.people.toast(tap)
    await chat.settle()

    assert toast is not None
    assert (await chat.votes(discussion.id))["👍 Погоджуюсь"] == 1
