"""getUpdates: what waits, for how long, for whom."""

import asyncio
import contextlib

from bot.sandbox import People
from bot.sandbox.inbox import OTHER_POLLER
from tests.sandbox.conftest import Room
from tests.sandbox.talk import Api, Clock, keyboard, until

DAY = 24 * 3600


async def texts(api: Api, **params: object) -> list[str]:
    return [each["message"]["text"] for each in await api.ok("getUpdates", **params)]


async def test_updates_stay_until_an_offset_confirms_them(api: Api, people: People, room: Room) -> None:
    for text in "абв":
        await people.say(None, text, by=room.reader)

    first, again = await api.ok("getUpdates"), await api.ok("getUpdates", limit=2)
    offset = first[1]["update_id"]

    assert [each["update_id"] for each in first] == [offset - 1, offset, offset + 1]
    assert again == first[:2]
    assert await texts(api, offset=offset) == ["б", "в"]
    assert await texts(api) == ["б", "в"]
    assert await people.unconfirmed() == 2


async def test_limit_outside_1_to_100_means_100(api: Api, people: People, room: Room) -> None:
    for _ in range(101):
        await people.say(None, "а", by=room.reader)

    assert len(await api.ok("getUpdates", limit=0)) == 100
    assert len(await api.ok("getUpdates", limit=1000)) == 100
    assert len(await api.ok("getUpdates", limit=1)) == 1


async def test_negative_offset_keeps_the_last_and_forgets_the_rest(
    api: Api, people: People, room: Room
) -> None:
    for text in "абв":
        await people.say(None, text, by=room.reader)

    assert await texts(api, offset=-1) == ["в"]
    assert await texts(api) == ["в"]


async def test_long_poll_answers_as_soon_as_something_happens(api: Api, people: People, room: Room) -> None:
    poll = asyncio.create_task(texts(api, offset=api.offset, timeout=30))
    await until(lambda: api.server.world.inbox.polled)

    await people.say(None, "а", by=room.reader)

    async with asyncio.timeout(5):
        assert await poll == ["а"]


async def test_long_poll_ends_empty_after_its_timeout(api: Api, room: Room) -> None:
    assert await texts(api, offset=api.offset, timeout=1) == []


async def test_older_of_two_polls_is_told_about_the_conflict(api: Api, people: People, room: Room) -> None:
    older = asyncio.create_task(api.call("getUpdates", offset=api.offset, timeout=30))
    await until(lambda: api.server.world.inbox.polled)
    newer = asyncio.create_task(texts(api, offset=api.offset, timeout=30))

    assert await older == {"ok": False, "error_code": 409, "description": OTHER_POLLER}
    await people.say(None, "а", by=room.reader)
    assert await newer == ["а"]


async def test_poller_that_hung_up_swallows_nothing(api: Api, people: People, room: Room) -> None:
    poll = asyncio.create_task(api.call("getUpdates", offset=api.offset, timeout=30))
    await until(lambda: api.server.world.inbox.polled)
    poll.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await poll
    await until(lambda: not api.server.world.inbox.polled)
    await people.say(None, "а", by=room.reader)

    assert await people.pending() == 1
    assert await texts(api, offset=api.offset) == ["а"]
    assert (await people.calls("getUpdates"))[-2]["outcome"] == "the bot hung up"


async def test_updates_expire_after_a_day_and_presses_after_150_s(
    api: Api, people: People, room: Room, clock: Clock
) -> None:
    post = await api.send(room.channel, reply_markup=keyboard("Так"))
    await api.updates()
    await people.tap(room.channel, post["message_id"], "Так", by=room.reader)
    await people.say(None, "а", by=room.reader)

    counts = [await people.unconfirmed()]
    for seconds in (149, 1, DAY - 151, 1):
        clock.advance(seconds)
        counts.append(await people.unconfirmed())

    assert counts == [2, 2, 1, 1, 0]


async def test_allowed_updates_stay_until_they_are_named_again(api: Api, people: People, room: Room) -> None:
    async def kinds(allowed: list[str] | None) -> list[str]:
        params = {} if allowed is None else {"allowed_updates": allowed}
        await api.ok("getUpdates", offset=api.offset, **params)
        await people.join(room.group, room.reader)
        await people.leave(room.group, room.reader)
        await people.say(None, "а", by=room.reader)
        return [next(iter(each)) for each in await api.updates(allowed=None)]

    member = ["chat_member", "chat_member"]
    assert await kinds(["chat_member", "nonsense"]) == member
    assert await kinds(None) == member
    assert await kinds([]) == ["message"]
    assert await kinds(None) == ["message"]
    assert await kinds(["message", "chat_member"]) == [*member, "message"]


async def test_pending_counts_what_was_not_handed_out(api: Api, people: People, room: Room) -> None:
    await people.say(None, "а", by=room.reader)
    await people.say(None, "б", by=room.reader)

    before = await people.pending(), await people.unconfirmed(), await people.settled(0)
    await api.ok("getUpdates", offset=api.offset, limit=1)
    between = await people.pending(), await people.unconfirmed()
    await api.updates()
    after = await people.pending(), await people.unconfirmed(), await people.settled(0)

    assert (before, between, after) == ((2, 2, False), (1, 2), (0, 0, True))


async def test_confirmed_updates_can_come_again(api: Api, people: People, room: Room) -> None:
    for text in "абв":
        await people.say(None, text, by=room.reader)
    first = await api.ok("getUpdates", offset=api.offset)
    await api.updates()

    assert await people.repeat_updates(2) == 2

    assert await api.ok("getUpdates", offset=api.offset) == first[1:]
    assert await api.ok("getUpdates", offset=api.offset) == []


async def test_asking_again_and_again_is_recorded(api: Api, people: People, room: Room, clock: Clock) -> None:
    for _ in range(3):
        await api.ok("getUpdates", offset=api.offset)
        clock.advance(3)
    assert await people.violations() == []

    for _ in range(3):
        await api.ok("getUpdates", offset=api.offset)
    assert len(await people.violations()) == 1


async def test_webhook_ends_and_forbids_polling(api: Api, people: People, room: Room) -> None:
    poll = asyncio.create_task(api.error("getUpdates", offset=api.offset, timeout=30))
    await until(lambda: api.server.world.inbox.polled)

    await api.ok("setWebhook", url="https://example.com/hook", secret_token="s", allowed_updates=["message"])

    assert await poll == "Conflict: terminated by setWebhook request"
    assert await api.error("getUpdates") == (
        "Conflict: can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first"
    )
    assert await api.ok("getWebhookInfo") == {
        "url": "https://example.com/hook",
        "max_connections": 40,
        "has_custom_certificate": False,
        "pending_update_count": 0,
        "allowed_updates": ["message"],
    }
    await people.say(None, "б", by=room.reader)
    await api.ok("deleteWebhook", drop_pending_updates=True)
    assert (await api.ok("getWebhookInfo"))["url"] == ""
    assert await api.updates() == []


async def test_bad_webhook_is_refused(api: Api) -> None:
    async def refusal(**params: str) -> str:
        return (await api.error("setWebhook", **params)).removeprefix("Bad Request: ")

    assert await refusal(url="http://a.com") == "bad webhook: An HTTPS URL must be provided for webhook"
    assert await refusal(url="https://a.com", secret_token="x" * 257) == "secret token is too long"
    assert (
        await refusal(url="https://a.com", secret_token="я") == "secret token contains unallowed characters"
    )
