from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.sandbox import People, Server, newsroom, serve
from tests.sandbox.hook import Hook
from tests.sandbox.talk import Api, Clock, keyboard


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


@pytest.fixture
async def hook(api: Api, people: People, room: Room) -> AsyncIterator[Hook]:
    """Set, with the shortest of waits between tries."""
    await people.retry_scale(0.001)
    async with Hook() as hook:
        await api.ok("setWebhook", url=hook.url, secret_token="Secret_1", max_connections=10)
        yield hook
        await api.ok("deleteWebhook")


async def post_with_button(api: Api, room: Room) -> int:
    """In the group: no update tells of it, as one would of a channel post's automatic copy."""
    sent = await api.send(room.group, reply_markup=keyboard("Так", "Ні"))
    return int(sent["message_id"])
