from collections.abc import AsyncIterator

import pytest

from bot.telegram.request import AiohttpRequest
from tests.telegram.wire_server import Server, serving


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as server:
        yield server


@pytest.fixture
async def request_() -> AsyncIterator[AiohttpRequest]:
    async with AiohttpRequest() as request:
        yield request
