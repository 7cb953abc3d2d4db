from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.sandbox import People, Server, newsroom, serve
from tests.sandbox.talk import Api, Clock


@dataclass(frozen=True, slots=True)
class Room:
    """The ready world with the bot promoted in both chats, and a reader."""

    owner: int
    channel: int
    group: int
    reader: int


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(clock: Clock) -> AsyncIterator[Server]:
    async with serve(newsroom(), clock=clock) as server:
        yield server


@pytest.fixture
async def people(server: Server) -> AsyncIterator[People]:
    async with People(server.url) as people:
        yield people


@pytest.fixture
async def api(server: Server) -> AsyncIterator[Api]:
    async with Api(server) as api:
        yield api


@pytest.fixture
async def room(people: People, api: Api) -> Room:
    ids = await people.ids()
    await people.add_bot(ids["channel"], by=ids["owner"])
    await people.add_bot(ids["group"], by=ids["owner"])
    reader = await people.user("Оля", language_code="uk")
    await api.updates()
    return Room(ids["owner"], ids["channel"], ids["group"], reader)
