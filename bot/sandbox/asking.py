"""How a script or a test speaks to the sandbox, from whatever process."""

import asyncio
import io
import json
from collections import defaultdict
from types import TracebackType
from typing import Any, Self

import aiohttp

from bot.sandbox.errors import PeopleError

JSON = dict[str, Any]
LARGE = 1 << 19


class Asking:
    """Each verb is one request; one person's acts arrive in the order of the calls."""

    def __init__(self, base_url: str, session: aiohttp.ClientSession | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self._session = session
        self._owns_session = session is None
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __aenter__(self) -> Self:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0)  # hundreds of people wait for their toasts at once
            timeout = aiohttp.ClientTimeout(total=None)
            self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._owns_session and self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, path: str, **body: Any) -> Any:
        if self._session is None:
            raise RuntimeError("use it as: async with People(url) as people")
        data = json.dumps(body).encode()
        async with self._session.post(
            f"{self.base_url}/{path}",
            data=data if len(data) < LARGE else io.BytesIO(data),  # aiohttp wants large bodies as a stream
            headers={"Content-Type": "application/json"},
        ) as response:
            answer = await response.json()
        if "error" in answer:
            raise PeopleError(answer["error"])
        return answer["result"]

    async def _act(self, verb: str, *, by: int, **body: Any) -> Any:
        async with self._turns[by]:
            return await self._post(f"people/{verb}", by=by, **body)
