"""The doors are being broken down while discussions are open and messages wait.  After the panic everything on the disk is taken."""

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.domain.audit import OPERATOR
from bot.domain.ids import BallotId, DiscussionId, UserId
from bot.domain.panic import Cause
from bot.keystore import KeyStore, Kind
from bot.services import panic
from bot.vault import ReaderKey, Vault, WrongKey
from db.models import AnswerRow, FailedUpdateRow, OpinionRow, OutboxRow
from tests.attacks.needles import search_bytes
from tests.flows.conftest import Chat

FIRST = 2**46  # Telegram's numbers have up to 52 bits
READERS = 12
SEALED = (OutboxRow.call, FailedUpdateRow.raw, OpinionRow.address, AnswerRow.text)


async def busy(chat: Chat) -> tuple[DiscussionId, BallotId]:
    """Votes, opinions, and answers that cannot go out."""
    discussion = await chat.publish("Мости\n\nТекст.\n\nЩо скажете?")
    for place in range(READERS):
        reader = await chat.people.user(f"Читач {place}", "uk", user_id=FIRST + place)
        await chat.vote("👍" if place % 2 else "👎", by=reader)
        await chat.open_link(by=reader)
        await chat.people.say(None, f"Таємна думка числом {place}", by=reader)
        await chat.settle()
    await chat.people.fault("429", "sendMessage", times=500, retry_after=3000)
    for place in range(READERS):
        await chat.people.say(None, "/help", by=FIRST + place)
    await chat.settle()
    return discussion.id, discussion.ballot.id


def everybody_under(key: bytes, discussion: DiscussionId, ballot: BallotId) -> dict[str, bytes]:
    readers, found = ReaderKey(key), dict[str, bytes]()
    for place in range(READERS):
        person = UserId(FIRST + place)
        found[f"vote {place}"] = readers.voter(ballot, person)
        found[f"opinion {place}"] = readers.author(discussion, person)
        found[f"prompt {place}"] = readers.person(person)
    return found


def stolen_keys(chat: Chat) -> tuple[bytes, list[bytes]]:
    master = bytes.fromhex(chat.settings.secrets.key_file.read_text())
    _, records, _ = KeyStore(chat.settings.secrets.store, master).read()
    return master, [master, *(record.key for record in records if record.kind is not Kind.ANCHOR)]


async def boxes(chat: Chat) -> list[bytes]:
    async with chat.app.db.read() as tx:
        return [box for column in SEALED for box in await tx.scalars(select(column)) if box is not None]


def opened(chat: Chat, sealed: list[bytes], keys: list[bytes]) -> int:
    """With every key that is left, used in every way in which keys are used."""
    master = keys[0]
    count = 0
    for box in sealed:
        ways = [Vault(master, KeyStore(chat.settings.secrets.store, master)).open_waiting, Vault(master).open]
        ways += [ReaderKey(key).open for key in keys]
        for way in ways:
            try:
                way(box)
            except (WrongKey, ValueError):
                continue
            count += 1
            break
    return count


@pytest.mark.parametrize("panicked", [True, False], ids=["after the panic", "weak: without it"])
async def test_everything_is_taken(chat: Chat, panicked: bool, tmp_path: Path) -> None:
    discussion, ballot = await busy(chat)
    waiting = await boxes(chat)
    if panicked:
        async with chat.app.db.write() as tx:
            await panic.begin(tx, chat.app.vault, OPERATOR, Cause.OPERATOR, chat.clock.now())
        await chat.people.clear_faults()
        await chat.settle()

    _, keys = stolen_keys(chat)
    readable = opened(chat, waiting, keys)  # what was copied from the database before, too
    content = {"database": await chat.stored()}
    linked = {
        what for key in keys for _, what in search_bytes(content, everybody_under(key, discussion, ballot))
    }
    said = search_bytes(content, {str(n): f"Таємна думка числом {n}".encode() for n in range(READERS)})

    assert len(waiting) >= 2 * READERS
    if panicked:
        assert (readable, linked, said) == (0, set(), [])
    else:
        assert (readable, len(linked), len(said)) == (len(waiting), 3 * READERS, READERS)
