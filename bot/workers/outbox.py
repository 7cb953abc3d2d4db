"""Messages out, to people in private and small errands: what handlers left, sent at the allowed rate.

Posts in channels have a worker of their own (``bot.workers.posts``), since those may never be sent twice.  An answer
whose own answer was lost is sent again: a person may read a confirmation twice, but never misses it.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

import structlog

from bot.telegram.api import Api, NoAnswer
from bot.telegram.limits import Budget
from bot.telegram.verdict import GiveUp, Reason, Sent, TryLater, Unknown, Verdict, judge
from bot.vault import Vault
from bot.workers.clock import Clock
from db.engine import Database
from db.queries import outbox
from db.queries.outbox import Waiting

log = structlog.get_logger()

AT_ONCE = 30
LOOK_AHEAD = 200  # rows read at a time
MOST_ATTEMPTS = 8
LONGEST_WAIT = 300.0  # seconds between two attempts
UNREACHABLE = {
    Reason.BLOCKED,
    Reason.DEACTIVATED,
    Reason.NEVER_STARTED,
    Reason.RECIPIENT_IS_BOT,
    Reason.CHAT_NOT_FOUND,
}


def backoff(attempts: int) -> float:
    """Seconds before the next attempt: 1, 2, 4... with jitter, so that what failed together is not repeated together."""
    return min(LONGEST_WAIT, 2.0**attempts) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret depends on it


@dataclass(frozen=True, slots=True)
class _Done:
    row: Waiting
    verdict: Verdict


class Outbox:
    def __init__(self, db: Database, api: Api, vault: Vault, budget: Budget, clock: Clock) -> None:
        self._db, self._api, self._vault, self._budget, self._clock = db, api, vault, budget, clock

    async def step(self, now: datetime) -> datetime | None:
        """Send what may go now; returns when there is more to do."""
        async with self._db.read() as tx:
            rows = await outbox.due(tx, now, LOOK_AHEAD)
            following = await outbox.next_due(tx)
        if not rows:
            return following
        ready: list[Waiting] = []
        waits: list[float] = []
        for row in rows:
            at = self._budget.private_at(row.chat)
            if at > now.timestamp():
                waits.append(at)
            elif len(ready) < AT_ONCE:
                self._budget.spend_private(row.chat, now.timestamp())
                ready.append(row)
        if not ready:
            return datetime.fromtimestamp(min(waits), now.tzinfo)
        await self._store(await asyncio.gather(*(self._send(row) for row in ready)))
        return now

    async def _send(self, row: Waiting) -> _Done:
        call = self._vault.open(row.call)
        try:
            return _Done(row, judge(await self._api.call(call["method"], call["params"])))
        except NoAnswer as lost:
            return _Done(row, judge(lost))

    async def _store(self, done: Sequence[_Done]) -> None:
        now = self._clock.now()
        async with self._db.write() as tx:
            ended: list[int] = []
            for each in done:
                row = each.row
                match each.verdict:
                    case Sent():
                        ended.append(row.id)
                    case GiveUp(reason):
                        ended.append(row.id)
                        if reason in UNREACHABLE:
                            await outbox.remove_chat(tx, row.chat)
                        else:
                            log.warning("answer.refused", reason=reason)
                    case TryLater(after, whole_bot, reason):
                        wait = backoff(row.attempts) if after is None else after
                        self._hold(row, reason, whole_bot, now.timestamp() + wait)
                        await outbox.postpone(tx, row.id, now + timedelta(seconds=wait))
                    case Unknown():
                        if row.attempts + 1 >= MOST_ATTEMPTS:
                            ended.append(row.id)
                            log.warning("answer.given_up", attempts=row.attempts + 1)
                        else:
                            await outbox.postpone(tx, row.id, now + timedelta(seconds=backoff(row.attempts)))
                    case _:
                        assert_never(each.verdict)
            if ended:
                await outbox.remove(tx, ended)

    def _hold(self, row: Waiting, reason: Reason, whole_bot: bool, until: float) -> None:
        if whole_bot:
            self._budget.hold_all(until)
        elif reason is Reason.FLOOD:
            self._budget.hold(row.chat, until)
