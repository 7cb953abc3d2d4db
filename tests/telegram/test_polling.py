"""Long polling: what is confirmed, and when."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest

from bot.sandbox import People, Server, newsroom, serve
from bot.telegram.api import Api
from bot.telegram.polling import Polling, TokenRejected
from bot.telegram.request import AiohttpRequest


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serve(newsroom()) as running:
        yield running


@pytest.fixture
async def people(server: Server) -> AsyncIterator[People]:
    async with People(server.url) as client:
        yield client


@pytest.fixture
async def api(server: Server) -> AsyncIterator[Api]:
    request = AiohttpRequest()
    await request.initialize()
    yield Api(request, server.url, server.world.token)
    await request.shutdown()


class Ears:
    """What was away, and what came back."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def begin(self, why: str) -> None:
        self.told.append(f"{why} away")

    def end(self, why: str) -> None:
        if self.told and self.told[-1] == f"{why} away":
            self.told.append(f"{why} back")


class Taker:
    """Stores batches, or fails to, as a test wishes."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.stored: list[int] = []

    async def take(self, batch: Sequence[msgspec.Raw]) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("no space left on device")
        self.stored += [msgspec.json.decode(raw)["update_id"] for raw in batch]


async def test_batch_that_was_not_stored_is_delivered_again(people: People, api: Api) -> None:
    taker = Taker(failures=1)
    polling = Polling(api, taker.take, ("message",), Ears())
    person = await people.user("Оля")
    await people.start(by=person)

    assert await polling.step(0) == 0
    assert await people.unconfirmed() == 1
    assert await polling.step(0) == 1
    assert await people.unconfirmed() == 1  # confirmed by the next call, after the commit
    await polling.step(0)

    assert await people.unconfirmed() == 0
    assert len(taker.stored) == 1


async def test_stopping_confirms_what_is_stored(people: People, api: Api) -> None:
    taker = Taker()
    polling = Polling(api, taker.take, ("message",), Ears())
    stop = asyncio.Event()
    running = asyncio.create_task(polling.run(stop))
    await people.start(by=await people.user("Оля"))
    while not taker.stored:
        await asyncio.sleep(0.01)

    stop.set()
    await asyncio.wait_for(running, 3)

    assert await people.unconfirmed() == 0


async def test_batch_in_hand_is_finished_before_stopping(people: People, api: Api) -> None:
    begun, stored = asyncio.Event(), asyncio.Event()

    async def slowly(_: Sequence[msgspec.Raw]) -> None:
        begun.set()
        await asyncio.sleep(0.3)
        stored.set()

    stop = asyncio.Event()
    running = asyncio.create_task(Polling(api, slowly, ("message",), Ears()).run(stop))
    await people.start(by=await people.user("Оля"))
    await begun.wait()

    stop.set()
    await asyncio.wait_for(running, 3)

    assert stored.is_set()
    assert await people.unconfirmed() == 0


async def test_second_instance_is_told(people: People, api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    older = asyncio.create_task(Polling(api, Taker().take, ("message",), Ears()).step(5))
    await asyncio.sleep(0.2)

    newer = asyncio.create_task(Polling(api, Taker().take, ("message",), Ears()).step(0))
    await asyncio.gather(older, newer)

    assert "another program polls with the same token" in capsys.readouterr().out


async def test_rejected_token_ends_the_polling(server: Server) -> None:
    request = AiohttpRequest()
    await request.initialize()
    polling = Polling(Api(request, server.url, "1000001:WRONG"), Taker().take, ("message",), Ears())

    with pytest.raises(TokenRejected):
        await polling.run(asyncio.Event())
    await request.shutdown()


@pytest.mark.parametrize("kind", ["5xx", "reset_before", "reset_after", "malformed"])
async def test_failed_call_is_repeated_and_loses_nothing(people: People, api: Api, kind: str) -> None:
    taker = Taker()
    polling = Polling(api, taker.take, ("message",), Ears())
    await people.start(by=await people.user("Оля"))
    await people.fault(kind, method="getUpdates")

    assert await polling.step(0) == 0
    assert await polling.step(0) == 1

    assert len(taker.stored) == 1
