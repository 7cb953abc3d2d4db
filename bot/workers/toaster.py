"""Toasts: sent right after the commit, in a window of seconds.  The only thing that may be lost."""

import asyncio
from collections import deque

import structlog

from bot.chat import Toast
from bot.telegram.api import Api, NoAnswer
from bot.telegram.verdict import GiveUp, Reason, judge

log = structlog.get_logger()

AT_ONCE = 64  # answering a tap is not rate limited (tdlib/telegram-bot-api#648)
MOST = 20_000  # waiting toasts; older ones have missed their window anyway
TIMEOUT = 10.0  # seconds; after that the reader's client has given up, too


class Toaster:
    def __init__(self, api: Api) -> None:
        self._api = api
        self._waiting: deque[tuple[str, Toast]] = deque(maxlen=MOST)
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, query: str, toast: Toast) -> None:
        """``query`` is the id of the tap's callback query."""
        self._waiting.append((query, toast))
        if len(self._tasks) < AT_ONCE:
            task = asyncio.create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def flush(self) -> None:
        """Wait until all are out."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def stop(self) -> None:
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()

    async def _work(self) -> None:
        while self._waiting:
            query, toast = self._waiting.popleft()
            params: dict[str, object] = {"callback_query_id": query}
            if toast.text:
                params |= {"text": toast.text, "show_alert": toast.alert}
            try:
                verdict = judge(await self._api.call("answerCallbackQuery", params, timeout=TIMEOUT))
            except NoAnswer:
                log.info("toast.lost")
                continue
            if isinstance(verdict, GiveUp) and verdict.reason is not Reason.QUERY_TOO_OLD:
                log.warning("toast.refused", reason=verdict.reason)
