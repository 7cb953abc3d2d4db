"""Long polling that confirms nothing before it is stored: the offset follows what ``take`` has committed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec
import structlog

from bot.telegram.api import Api, NoAnswer, NotOk
from bot.telegram.verdict import GiveUp, Reason, TryLater, judge

log = structlog.get_logger()

LIMIT = 100  # updates a call, the most that Telegram gives
WAIT = 25  # seconds that Telegram may wait for the first update (it caps at 50)
LONGEST_PAUSE = 30.0  # seconds between attempts
LONGEST_STORE_PAUSE = 5.0  # seconds between attempts to store what is in hand
CONFIRM_TIMEOUT = 2.0  # seconds; a confirmation that is lost costs a repeated, then ignored update

Take = Callable[[Sequence[msgspec.Raw]], Awaitable[None]]


class Deafness(Protocol):
    """Is told when we begin and cease to hear nothing: ``bot.workers.deafness``."""

    def begin(self, why: str, /) -> None: ...
    def end(self, why: str, /) -> None: ...


class TokenRejected(Exception):
    """Telegram does not (or no longer) know the token: nothing can work."""


class _Number(msgspec.Struct):
    update_id: int


class Polling:
    """Telegram counts a call as the confirmation of all updates below its offset, so the next call waits for the commit
    of the last batch; only what comes after the commit (toasts, posts, redraws) runs beside it.
    """

    def __init__(self, api: Api, take: Take, allowed: Sequence[str], deafness: Deafness) -> None:
        self._api, self._take, self._allowed, self._deafness = api, take, allowed, deafness
        self._offset: int | None = None
        self._in_hand: list[msgspec.Raw] = []  # fetched and not stored: Telegram is not asked for more
        self._pause = 0.0
        self._taking = False

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``; raises TokenRejected.  A batch in hand is finished first."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                asking = asyncio.create_task(self.step(WAIT))
                await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not asking.done() and not self._taking:
                    asking.cancel()  # still waiting for Telegram: nothing is lost
                await asyncio.gather(asking, return_exceptions=True)
                if not asking.cancelled() and (error := asking.exception()):
                    raise error
                if self._pause and not stop.is_set():
                    await asyncio.wait({stopping}, timeout=self._pause)
        finally:
            stopping.cancel()
            await self._confirm()

    async def step(self, wait: int) -> int:
        """One getUpdates and what came of it; returns how many updates were stored."""
        batch = self._in_hand
        if not batch:
            try:
                batch = await self._api.updates(self._offset, LIMIT, wait, self._allowed)
            except (NoAnswer, NotOk) as error:
                self._back_off(error)
                return 0
            self._deafness.end("telegram")
            self._pause = 0.0
        if batch:
            self._in_hand, self._taking = batch, True
            try:
                await self._take(batch)
            except Exception as error:  # noqa: BLE001 - stored or not confirmed, whatever the reason
                self._pause = min(LONGEST_STORE_PAUSE, self._pause * 2 or 0.5)
                self._deafness.begin("database")
                log.error("batch.not_stored", error=type(error).__name__, updates=len(batch))
                return 0
            finally:
                self._taking = False
            self._deafness.end("database")
            self._pause = 0.0
            self._in_hand = []
            self._offset = max(map(number, batch)) + 1
        return len(batch)

    def _back_off(self, error: NoAnswer | NotOk) -> None:
        self._pause = min(LONGEST_PAUSE, self._pause * 2 or 1.0)
        if isinstance(error, NoAnswer):
            self._deafness.begin("telegram")
            log.warning("telegram.unreachable", retry_in=self._pause)
            return
        if error.reply.code >= 500:
            self._deafness.begin("telegram")
        match judge(error.reply):
            case GiveUp(Reason.TOKEN_REJECTED):
                raise TokenRejected() from None
            case GiveUp(Reason.WEBHOOK_ACTIVE):
                log.error(
                    "telegram.webhook_set", hint="this token has a webhook; another installation uses it"
                )
            case TryLater(_, _, Reason.CONFLICT):
                log.error(
                    "telegram.second_instance",
                    hint="another program polls with the same token: stop one of them",
                )
            case TryLater(after, _, reason):
                self._pause = max(self._pause, after or 0.0)
                log.warning("telegram.refused", reason=reason, retry_in=self._pause)
            case _:
                log.warning("telegram.refused", code=error.reply.code, retry_in=self._pause)

    async def _confirm(self) -> None:
        """Tell Telegram what is stored, so that the next start does not get it again."""
        if self._offset is None:
            return
        try:
            params = {"offset": self._offset, "limit": 1, "timeout": 0}
            await self._api.call("getUpdates", params, timeout=CONFIRM_TIMEOUT)
        except NoAnswer:
            log.info("telegram.not_confirmed")


def number(raw: msgspec.Raw) -> int:
    """The update's id; -1 for what has none, which moves no offset."""
    try:
        return msgspec.json.decode(raw, type=_Number).update_id
    except msgspec.MsgspecError:
        return -1
