"""An update that met a bug is kept, and applied once the bug is mended."""

import json
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, text

from bot.workers.intake import Intake
from db.models import AppliedUpdateRow, FailedUpdateRow
from tests.flows.conftest import Chat, chat

__all__ = ["chat"]  # the fixture


@pytest.fixture
async def person(chat: Chat) -> int:
    number = await chat.people.user("Оля", "uk")
    await chat.people.start(by=number)
    await chat.settle()
    return number


@pytest.fixture
def intake(chat: Chat) -> Intake:
    return chat.app.intake


def command(number: int, words: str, person: int, **more: Any) -> bytes:
    message = {
        "message_id": number,
        "date": 1,
        "chat": {"id": person, "type": "private", "first_name": "Оля"},
        "from": {"id": person, "is_bot": False, "first_name": "Оля", "language_code": "uk"},
        "text": words,
        "entities": [{"type": "bot_command", "offset": 0, "length": len(words)}],
    }
    return json.dumps({"update_id": number, "message": message | more}).encode()


async def kept(chat: Chat) -> list[int]:
    async with chat.app.db.read() as tx:
        return list((await tx.scalars(select(FailedUpdateRow.update_id))).all())


async def applied(chat: Chat, number: int) -> bool:
    async with chat.app.db.read() as tx:
        return await tx.get(AppliedUpdateRow, number) is not None


async def test_mended_update_is_applied_once_and_no_longer_kept(
    chat: Chat, intake: Intake, person: int
) -> None:
    """A table that is missing for a while stands for the bug."""
    update = command(700_001, "/list", chat.owner)
    await chat.people.start(by=chat.owner)
    await chat.settle()
    async with chat.app.db.write() as tx:
        await tx.execute(text("ALTER TABLE discussion RENAME TO gone"))
    await intake.take([msgspec.Raw(update)])
    assert await kept(chat) == [700_001]
    async with chat.app.db.write() as tx:
        await tx.execute(text("ALTER TABLE gone RENAME TO discussion"))
    await chat.settle()
    before = len(await chat.said_to(chat.owner))

    wrong = await intake.replay(700_001, update)
    await intake.take([msgspec.Raw(update)])  # Telegram brings it again: it is known
    await chat.settle()

    assert wrong is None
    assert len(await chat.said_to(chat.owner)) == before + 1
    assert (await kept(chat), await applied(chat, 700_001)) == ([], True)


async def test_update_that_fails_again_stays_and_its_error_is_returned(
    chat: Chat, intake: Intake, person: int
) -> None:
    update = command(700_002, "/help", person, entities=[17])
    await intake.take([msgspec.Raw(update)])

    wrong = await intake.replay(700_002, update)
    await chat.settle()

    assert wrong is not None
    assert "Error at " in wrong
    assert "Оля" not in wrong
    assert str(person) not in wrong
    assert (await kept(chat), await applied(chat, 700_002)) == ([700_002], True)


async def test_update_that_asks_telegram_is_replayed_too(chat: Chat, intake: Intake) -> None:
    await chat.people.start(by=chat.owner)
    await chat.settle()
    chat.clock.pass_(minutes=2)  # what Telegram said about rights is old
    asked = len(await chat.people.calls("getChatMember"))
    before = len(await chat.said_to(chat.owner))

    assert await intake.replay(700_003, command(700_003, "/list", chat.owner)) is None
    await chat.settle()

    assert len(await chat.people.calls("getChatMember")) > asked
    assert len(await chat.said_to(chat.owner)) == before + 1


async def test_replay_that_cannot_be_stored_changes_nothing(chat: Chat, intake: Intake, person: int) -> None:
    """Whatever interrupts it: the update stays kept until the transaction that applies it is through."""
    update = command(700_004, "/help", person, entities=[17])
    await intake.take([msgspec.Raw(update)])
    mended = command(700_004, "/help", person)
    async with chat.app.db.write() as tx:
        await tx.execute(text("ALTER TABLE outbox RENAME TO gone"))

    async def replay() -> str | None:
        try:
            return await intake.replay(700_004, mended)
        except Exception as error:  # noqa: BLE001 - which one depends on the database
            return type(error).__name__

    wrong = await replay()
    async with chat.app.db.write() as tx:
        await tx.execute(text("ALTER TABLE gone RENAME TO outbox"))
    await chat.settle()

    assert wrong is not None
    assert await kept(chat) == [700_004]
    assert await intake.replay(700_004, mended) is None
    assert await kept(chat) == []


@pytest.mark.parametrize("raw", [b"", b"nonsense", b"{}", b'{"update_id": "x"}'])
async def test_what_is_no_update_is_not_replayed(intake: Intake, raw: bytes) -> None:
    assert await intake.replay(700_005, raw) == "no update"
