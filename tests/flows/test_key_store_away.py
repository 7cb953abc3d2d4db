"""A key store that cannot be read is no update's fault: nothing is confirmed, and all goes on once it is back."""

import pytest

from bot.keystore import KeyStoreTrouble
from tests.flows.conftest import Chat


async def test_opinion_waits_for_a_key_store_that_is_away(chat: Chat) -> None:
    discussion = await chat.publish("Мости\n\nТекст.\n\nЩо скажете?")
    reader = await chat.people.user("Оля", "uk")
    await chat.people.start(by=reader)
    await chat.open_link(by=reader)
    store = chat.settings.secrets.store
    away = store.with_suffix(".away")
    await chat.people.say(None, "Моя думка", by=reader)
    batch = await chat.app.api.updates(None, 100, 0, ("message",))
    store.rename(away)

    with pytest.raises(KeyStoreTrouble, match="cannot use"):
        await chat.app.intake.take(batch)
    before = await chat.opinions(discussion.id)
    away.rename(store)
    await chat.app.intake.take(batch)

    assert before == []
    assert [opinion.text for opinion in await chat.opinions(discussion.id)] == ["Моя думка"]
