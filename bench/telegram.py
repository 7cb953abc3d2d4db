"""The crowd's process, as its parent sees it."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bench.presses import Report
from bench.processes import Usage, usage

LINE = 2**20  # bytes; a posted message with its keyboard


class Telegram:
    def __init__(self, process: Process, port: int) -> None:
        self._process = process
        self._turn = asyncio.Lock()
        self.url = f"http://127.0.0.1:{port}"

    @property
    def usage(self) -> Usage:
        return usage(self._process.pid)

    async def votes(self, count: int, rate: float | None = None, patience: float = 30.0) -> Report:
        """``rate`` a second, or all at once; ``patience`` is in seconds after the last press."""
        return Report(**await self._order(do="votes", count=count, rate=rate, patience=patience))

    async def deliver(self, host: str, port: int, path: str, secret: str) -> None:
        await self._order(do="deliver", host=host, port=port, path=path, secret=secret)

    async def rest(self) -> None:
        await self._order(do="rest")

    async def pressed(self) -> int:
        return int(await self._order(do="pressed"))

    async def edits(self, since: float, until: float) -> int:
        return int(await self._order(do="edits", since=since, until=until))

    async def posted(self) -> dict[str, Any]:
        message: dict[str, Any] = await self._order(do="posted")
        return message

    async def _order(self, **order: object) -> Any:
        async with self._turn:
            assert self._process.stdin is not None  # noqa: S101 - both were asked for
            assert self._process.stdout is not None  # noqa: S101
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            return json.loads(await self._process.stdout.readline())


@asynccontextmanager
async def telegram(message: dict[str, Any] | None = None) -> AsyncIterator[Telegram]:
    """``message`` is the ballot that is in the channel already."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.crowd", stdin=PIPE, stdout=PIPE, limit=LINE
    )
    try:
        assert process.stdin is not None  # noqa: S101
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(json.dumps(message).encode() + b"\n")
        yield Telegram(process, int(await process.stdout.readline()))
    finally:
        process.terminate()
        await process.wait()
