from tests.flows.conftest import Chat

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"


async def test_same_tap_again_keeps_the_vote(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")

    first = await chat.vote("👍", by=reader)
    second = await chat.vote("👍", by=reader)

    assert first == "Ваш голос: 👍 Погоджуюсь. Так думають 1 з 1 (100 %)."
    assert second == "Ваш голос лишається: 👍 Погоджуюсь. Так думають 1 з 1 (100 %)."
