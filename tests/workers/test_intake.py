"""Nothing is confirmed before it is stored, and one bad update stops nobody."""

import json
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from bot.workers.intake import Intake
from db.engine import Database
from db.models import AppliedUpdateRow, FailedUpdateRow, VoteRow
from tests.flows.conftest import Chat, chat

__all__ = ["chat"]  # the fixture

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"


def raw(update: dict[str, Any]) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(update).encode())


def private(number: int, words: object, person: int = 555) -> dict[str, Any]:
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": 1_795_435_200,
            "chat": {"id": person, "type": "private", "first_name": "Оля"},
            "from": {"id": person, "is_bot": False, "first_name": "Оля", "language_code": "uk"},
            "text": words,
        },
    }


async def count(world: Chat, model: Any) -> int:
    async with world.app.db.read() as tx:
        return await tx.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def intake(chat: Chat) -> Intake:
    return chat.app.intake


async def test_same_update_twice_in_one_batch_and_in_two_is_applied_once(chat: Chat, intake: Intake) -> None:
    await chat.people.start(by=chat.owner)
    await chat.settle()
    person = await chat.people.user("Оля", "uk")
    await chat.people.start(by=person)
    await chat.settle()
    update = raw(
        {
            **private(90_000, "/help", person),
            "message": {
                **private(90_000, "/help", person)["message"],
                "entities": [{"type": "bot_command", "offset": 0, "length": 5}],
            },
        }
    )
    before = len(await chat.said_to(person))

    await intake.take([update, update])
    await intake.take([update])
    await chat.settle()

    assert len(await chat.said_to(person)) == before + 1


@pytest.mark.parametrize(
    "broken",
    [
        b'{"update_id": 90001, "message": {"message_id": "x"}}',
        b'{"update_id": 90001, "message": 17}',
        b'{"update_id": 90001, "callback_query": {"id": 5}}',
        b'{"update_id": 90001, "callback_query": {"id": "5", "from": {"id": 1}, "data": ["v"]}}',
        b'{"update_id": 90001, "poll": {}}',
        b'{"update_id": 90001}',
        b'{"update_id": 90001, "brand_new_kind": {"deep": [1, 2]}}',
        b'{"no_id": true}',
        b"[]",
        b"17",
    ],
)
async def test_update_that_cannot_be_parsed_is_set_aside_and_the_next_one_applies(
    chat: Chat, intake: Intake, broken: bytes
) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    tap = {
        "update_id": 90_002,
        "callback_query": {
            "id": "77",
            "from": {"id": reader, "is_bot": False, "first_name": "Оля"},
            "chat_instance": "1",
            "data": f"v:{discussion.ballot.id}:{discussion.ballot.options[0].id}",
            "message": {
                "message_id": discussion.messages[-1],
                "date": 1,
                "chat": {"id": chat.channel, "type": "channel"},
            },
        },
    }

    await intake.take([msgspec.Raw(broken), raw(tap)])
    await chat.app.toaster.flush()

    assert (await chat.votes(discussion.id))["👍 Погоджуюсь"] == 1


async def test_poison_update_is_kept_sealed_and_told_with_its_number(
    chat: Chat, intake: Intake, capsys: pytest.CaptureFixture[str]
) -> None:
    person = await chat.people.user("Оля", "uk")
    await chat.people.start(by=person)
    await chat.settle()
    poison = private(90_003, "Слова читача", person)
    poison["message"]["entities"] = [{"type": "bold", "offset": "нуль", "length": 1}, 17]

    await intake.take([raw(poison)])
    await chat.settle()

    async with chat.app.db.read() as tx:
        (row,) = (await tx.scalars(select(FailedUpdateRow))).all()
    assert row.update_id == 90_003
    assert "Слова".encode() not in row.raw
    assert json.loads(chat.app.vault.open_waiting(row.raw)) == poison
    printed = "".join(capsys.readouterr())
    assert "90003" in printed
    assert "Слова" not in printed
    assert str(person) not in printed


async def test_locked_database_confirms_nothing_and_the_batch_applies_later(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.people.tap(chat.channel, discussion.messages[-1], "👍", by=reader)
    applied = await count(chat, AppliedUpdateRow)
    other = Database(chat.settings.database.address)
    async with other.write() as tx:  # on SQLite this alone holds the lock
        if chat.settings.database.path is None:
            await tx.execute(text("LOCK TABLE applied_update"))
        await chat.app.polling.step(0)
    await other.close()

    assert await count(chat, VoteRow) == 0
    assert await count(chat, AppliedUpdateRow) == applied
    await chat.app.polling.step(0)
    await chat.app.toaster.flush()
    assert await count(chat, VoteRow) == 1


async def test_batch_is_stored_whole_or_not_at_all(chat: Chat, intake: Intake) -> None:
    """A process that dies before the commit leaves nothing behind, whatever it had applied by then."""
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.people.tap(chat.channel, discussion.messages[-1], "👍", by=reader)
    await chat.people.start(by=reader)
    async with chat.app.db.write() as tx:
        await tx.execute(
            text("ALTER TABLE outbox RENAME TO gone")
        )  # the second update's answer cannot be stored

    with pytest.raises(DBAPIError):
        await intake.take(await chat.app.api.updates(None, 100, 0, ()))

    assert await count(chat, VoteRow) == 0
    async with chat.app.db.write() as tx:
        await tx.execute(text("ALTER TABLE gone RENAME TO outbox"))
    await chat.app.polling.step(0)
    await chat.app.toaster.flush()
    assert await count(chat, VoteRow) == 1


async def test_question_to_telegram_is_asked_outside_of_the_transaction(chat: Chat) -> None:
    """While Telegram takes its time over an editor's rights, another program can write."""
    await chat.people.start(by=chat.owner)
    await chat.settle()
    chat.clock.pass_(minutes=2)
    await chat.people.fault("hang_before", method="getChatMember", seconds=1.0)
    await chat.people.say(None, "/list", by=chat.owner)

    import asyncio  # noqa: PLC0415

    taking = asyncio.create_task(chat.app.polling.step(0))
    await asyncio.sleep(0.5)
    assert not taking.done()
    async with chat.app.db.write() as tx:
        await tx.execute(text("CREATE TABLE written_meanwhile (id INTEGER)"))
    await taking
    await chat.settle()

    assert (await chat.said_to(chat.owner))[-1].startswith("Telegram зараз не відповідає")
