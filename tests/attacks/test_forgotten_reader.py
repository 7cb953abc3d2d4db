"""A reader had everything erased while discussions go on.  The thief has the database, the key store, the master key, and knows
whom to look for.
"""

import asyncio

import pytest

from bot.domain.ids import UserId
from bot.vault import ReaderKey
from tests.attacks.loot import files_of
from tests.attacks.needles import Identity, search, search_bytes
from tests.flows.conftest import Chat

READER = Identity(2**46 + 12_345, "Зоряна Нестерпна", "reader_c0ffee")
WORDS = "Начальство знало про тріщини"


async def live(chat: Chat) -> None:
    """Somebody who votes in two discussions and writes in both ways, among others."""
    for article in ("Мости\n\nТекст.\n\nЩо скажете?", "Школа\n\nТекст.\n\nА ви?"):
        discussion = await chat.publish(article)
        other = await chat.people.user("Іван", "uk")
        for person in (READER.number, other):
            await chat.vote("👍", by=person)
            await chat.open_link(by=person)
            await chat.people.say(None, WORDS if person == READER.number else "Інше", by=person)
            await chat.people.comment(chat.channel, discussion.messages[-1], "І коментар", by=person)
            await chat.settle()


async def names(chat: Chat) -> dict[str, bytes]:
    """What the reader is called wherever a key lives."""
    found: dict[str, bytes] = {}
    for number in (1, 2):
        discussion = await chat.discussion(number)  # type: ignore[arg-type]  # our first two
        key = chat.app.vault.readers(discussion.key)
        assert isinstance(key, ReaderKey)
        person = UserId(READER.number)
        found[f"vote in {number}"] = key.voter(discussion.ballot.id, person)
        found[f"author in {number}"] = key.author(discussion.id, person)
        found[f"prompt in {number}"] = key.person(person)
    found["words"] = WORDS.encode()
    return found


async def tables(chat: Chat) -> dict[str, bytes]:
    """On SQLite the whole file with its log; on a server what its tables hold."""
    path = chat.settings.database.path
    if path is not None:
        return await asyncio.to_thread(files_of, path.parent, path.name)
    return {"tables": await chat.stored()}


@pytest.mark.parametrize("asked", [True, False], ids=["after /forget", "weak: without it"])
async def test_forgotten_reader_is_nowhere(chat: Chat, asked: bool) -> None:
    await chat.people.user(READER.name, "uk", READER.username, user_id=READER.number)
    await live(chat)
    if asked:
        await chat.people.say(None, "/forget", by=READER.number)
        await chat.settle()
        await chat.press("🗑 Стерти", by=READER.number)
        await chat.press("🗑 Так, стерти все", by=READER.number)
        await chat.settle()

    needles = await names(chat)
    loot = await tables(chat)

    found = {what for _, what in search_bytes(loot, needles)}
    assert search(loot, [READER]) == []
    assert found == (set() if asked else set(needles))
    votes = {number: await chat.votes(number) for number in (1, 2)}  # type: ignore[arg-type]
    assert [sum(counts.values()) for counts in votes.values()] == ([1, 1] if asked else [2, 2])
