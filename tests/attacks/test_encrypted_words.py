"""A thief reads the texts of opinions.  With ``encrypt_opinions`` there are none to read without the key store."""

from pathlib import Path

import pytest

from bot.sections import Privacy
from tests.attacks.needles import forms_of_word, search_bytes
from tests.conftest import HandClock
from tests.flows.conftest import newsroom_with_bot

WORDS = ("Міст тримається на чесному слові", "У сусідньому під'їзді думають так само")


@pytest.mark.parametrize("encrypted", [True, False], ids=["encrypted", "weak: readable"])
async def test_words_of_readers_in_a_stolen_database(
    database_url: str, tmp_path: Path, clock: HandClock, encrypted: bool
) -> None:
    privacy = Privacy(step=1, minimum=1, encrypt_opinions=encrypted)
    async with newsroom_with_bot(database_url, tmp_path, clock, privacy=privacy) as chat:
        await chat.connect()
        discussion = await chat.publish("Мости\n\nТекст.\n\nЩо скажете?")
        reader = await chat.people.user("Оля", "uk")
        await chat.open_link(by=reader)
        await chat.people.say(None, WORDS[0], by=reader)
        await chat.people.comment(chat.channel, discussion.messages[-1], WORDS[1], by=reader)
        await chat.settle()
        read = {opinion.text for opinion in await chat.opinions(discussion.id)}
        stolen = {"database": await chat.stored()}

    needles = {f"{word[:4]}, {form}": n for word in WORDS for form, n in forms_of_word(word)}
    assert read == set(WORDS)  # whoever has the keys reads them
    assert (search_bytes(stolen, needles) == []) is encrypted
