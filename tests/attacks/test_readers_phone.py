"""Somebody holds a reader's unlocked phone and looks into the chat with the bot."""

import json

import pytest

from tests.attacks.needles import forms_of_word, search_bytes
from tests.flows.conftest import Chat

ARTICLE = "Мости\n\nТекст.\n\nЩо скажете?"
WORDS = "Начальство знало про тріщини"


async def phone(chat: Chat, reader: int) -> dict[str, bytes]:
    """All that is left of the private chat, on the reader's side and on the bot's."""
    left = await chat.people.remains(reader)
    return {side: json.dumps(messages, ensure_ascii=False).encode() for side, messages in left.items()}


@pytest.mark.parametrize("traceless", [True, False], ids=["without a trace", "weak: the plain way"])
async def test_opinion_in_the_chat(chat: Chat, traceless: bool) -> None:
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)
    if traceless:
        await chat.press("🕶 Без сліду", by=reader)
    await chat.people.say(None, WORDS, by=reader)
    await chat.settle()

    found = search_bytes(await phone(chat, reader), dict(forms_of_word(WORDS)))
    history = await chat.people.history(None, by=reader)

    assert [opinion.text for opinion in await chat.opinions(discussion.id)] == [WORDS]
    assert (found == [], history == []) == (traceless, traceless)


async def test_vote_leaves_no_message(chat: Chat) -> None:
    """The notice is gone after seconds, and what the keyboard shows is the same for everybody."""
    await chat.publish(ARTICLE)
    voter, other = await chat.people.user("Оля", "uk"), await chat.people.user("Іван", "uk")

    await chat.vote("👎", by=voter)
    await chat.settle()

    assert await chat.people.history(None, by=voter) == []
    assert await chat.people.history(chat.channel, by=voter) == await chat.people.history(
        chat.channel, by=other
    )
