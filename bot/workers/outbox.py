"""Messages out, to people in private and small errands: what handlers left, sent at the allowed rate.

Posts in channels have a worker of their own (``bot.workers.posts``), since those may never be sent twice.  An answer
whose own answer was lost is sent again: a person may read a confirmation twice, but never misses it.
"""

import random
from datetime import datetime, timedelta
from typing import assert_never

import structlog

from bot.telegram.api import Api, NoAnswer
from bot.telegram.limits import Budget
from bot.telegram.verdict import GiveUp, Reason, Sent, TryLater, Unknown, Verdict, judge
from bot.vault import Vault
from bot.workers.clock import Clock
from bot.workers.loop import Flights, insist, moment
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
    return min(LONGEST_WAIT, 2.0 ** min(attempts, 9)) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret depends on it


class Outbox:
    def __init__(self, db: Database, api: Api, vault: Vault, budget: Budget, clock: Clock) -> None:
        self._db, self._api, self._vault, self._budget, self._clock = db, api, vault, budget, clock
        self._flights = Flights("outbox", AT_ONCE)
        self.idle = self._flights.idle

    async def step(self, now: datetime) -> datetime | None:
        """Begin to send what may go now, one call a chat; returns when there is more to do.

        Calls end by themselves: ``idle`` waits for them.
        """
        under_way = self._flights.under_way()
        async with self._db.read() as tx:
            rows = await outbox.due(tx, now, LOOK_AHEAD)
            following = await outbox.next_due(tx, now)
        times = [] if following is None else [following]
        for row in rows:
            if row.chat in under_way or self._flights.full():
                continue  # whichever ends wakes this worker
            at = self._budget.private_at(row.chat)
            if at > now.timestamp():
                times.append(moment(at, now))
            else:
                self._budget.spend_private(row.chat, now.timestamp())
                self._flights.start(row.chat, self._send(row))
                times.append(now)
        return min(times, default=None)

    async def _send(self, row: Waiting) -> None:
        call = self._vault.open(row.call)
        try:
            verdict = judge(await self._api.call(call["method"], call["params"]))
        except NoAnswer as lost:
            verdict = judge(lost)
        if isinstance(verdict, GiveUp) and verdict.reason is Reason.TOKEN_REJECTED:
            # Says nothing about this row.  A server that is wrong for a moment must not lose what people wait for.
            verdict = TryLater(None, True, verdict.reason)
        await insist(lambda: self._store(row, verdict))

    async def _store(self, row: Waiting, verdict: Verdict) -> None:
        now = self._clock.now()
        async with self._db.write() as tx:
            match verdict:
                case Sent():
                    await outbox.remove(tx, [row.id])
                case GiveUp(reason):
                    await outbox.remove(tx, [row.id])
                    if reason in UNREACHABLE:
                        await outbox.remove_chat(tx, row.chat)
                    else:
                        log.warning("answer.refused", reason=reason)
                case TryLater(after):
                    wait = backoff(row.attempts) if after is None else after
                    self._budget.obey(row.chat, verdict, wait, now.timestamp())
                    await outbox.postpone(tx, row.id, now + timedelta(seconds=wait))
                case Unknown() if row.attempts + 1 >= MOST_ATTEMPTS:
                    await outbox.remove(tx, [row.id])
                    log.warning("answer.given_up", attempts=row.attempts + 1)
                case Unknown():
                    await outbox.postpone(tx, row.id, now + timedelta(seconds=backoff(row.attempts)))
                case _:
                    assert_never(verdict)
