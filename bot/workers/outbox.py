"""Messages out, to people in private and small errands: what handlers left, sent at the allowed rate.

Posts in channels have a worker of their own (``bot.workers.posts``), since those may never be sent twice.  An answer
whose own answer was lost is sent again: a person may read a confirmation twice, but never misses it.
"""

import random
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar, assert_never

import structlog

from bot.chat import Delete, Passing
from bot.domain.ids import ChatId, MessageId
from bot.domain.pace import LONGEST_CLAIM, LONGEST_WAIT
from bot.services import exchange
from bot.telegram.api import Api, NoAnswer
from bot.telegram.limits import ALL, Budget, private_key
from bot.telegram.verdict import GiveUp, Reason, Sent, TryLater, Unknown, Verdict, judge
from bot.vault import Vault, WrongKey
from bot.workers.answers import passing_of, store_answers
from bot.workers.claims import mend
from bot.workers.clock import Clock
from bot.workers.leases import Leases
from bot.workers.loop import Flights, insist, moment
from db.engine import Database, Tx
from db.queries import outbox
from db.queries import pace as paces
from db.queries.outbox import Due, Waiting

log = structlog.get_logger()

AT_ONCE = 30
LOOK_AHEAD = 60  # rows read at a time: what may go in three seconds
MOST_ATTEMPTS = 8
LONGEST_CALL = timedelta(seconds=LONGEST_CLAIM)
LONG_QUEUE = 0.2  # seconds between two looks at more than that: in this time all of the burst comes back
UNREACHABLE = {
    Reason.BLOCKED,
    Reason.DEACTIVATED,
    Reason.NEVER_STARTED,
    Reason.RECIPIENT_IS_BOT,
    Reason.CHAT_NOT_FOUND,
}
D = TypeVar("D", bound=Due)


def backoff(attempts: int) -> float:
    """Seconds before the next attempt: 1, 2, 4... with jitter, so that what failed together is not repeated together."""
    return min(LONGEST_WAIT, 2.0 ** min(attempts, 9)) * random.uniform(0.8, 1.0)  # noqa: S311 - no secret depends on it


class Outbox:
    rest = 0.05  # seconds between two looks at least

    def __init__(self, db: Database, api: Api, vault: Vault, leases: Leases, clock: Clock) -> None:
        self._db, self._api, self._vault, self._leases, self._clock = db, api, vault, leases, clock
        self._flights = Flights("outbox", AT_ONCE)
        self.idle = self._flights.idle

    async def step(self, now: datetime) -> datetime | None:
        """Begin to send what may go now, one call a chat; returns when there is more to do.

        Calls end by themselves: ``idle`` waits for them.
        """
        under_way, room = self._flights.under_way(), self._flights.room()
        if not room:
            return None  # whichever ends wakes this worker
        async with self._db.read() as tx:
            living = await self._leases.living(tx, now)
            rows = [r for r in await outbox.due(tx, now, living, LOOK_AHEAD) if r.chat not in under_way]
            following = await outbox.next_due(tx, now)
            keys = [private_key(row.chat) for row in rows]
            budget = Budget(await paces.load(tx, [ALL, *keys]) if rows else {}, now.timestamp())
        if budget.changed:
            await mend(self._db, [ALL, *keys], now)
            return now
        wanted, times = spend(budget, rows, room)
        if wanted:
            for row in await self._claim(wanted, now, living):
                self._flights.start(row.chat, self._send(row))
            times.append(budget.now)  # there may be more, or another process was faster
        if len(rows) == LOOK_AHEAD:
            times = [max(at, budget.now + LONG_QUEUE) for at in times]
        if following is not None:
            times.append(following.timestamp())
        return moment(min(times), now) if times else None

    async def _claim(self, wanted: Sequence[Due], now: datetime, living: Collection[str]) -> list[Waiting]:
        """What Telegram allows is spent in the transaction that claims the calls, before they go."""
        async with self._db.write() as tx:
            states = await paces.lock(tx, ALL, [private_key(row.chat) for row in wanted])
            rows = await outbox.lock(tx, [row.id for row in wanted], now, living)
            budget = Budget(states, now.timestamp())
            mine, _ = spend(budget, rows, len(rows))
            if mine:
                await outbox.claim(tx, [row.id for row in mine], self._leases.holder, now + LONGEST_CALL)
                await paces.store(tx, budget.changed)
        return mine

    async def _send(self, row: Waiting) -> None:
        try:
            call = self._vault.open_waiting(row.call)
        except (
            WrongKey
        ):  # it waited for longer than its key lives, or nothing that waited shall be sent any more
            await insist(lambda: self._store(row, GiveUp(Reason.KEY_GONE)))
            return
        try:
            verdict = judge(await self._api.call(call["method"], call["params"]))
        except NoAnswer as lost:
            verdict = judge(lost)
        if isinstance(verdict, GiveUp) and verdict.reason is Reason.TOKEN_REJECTED:
            # Says nothing about this row.  A server that is wrong for a moment must not lose what people wait for.
            verdict = TryLater(None, True, verdict.reason)
        await insist(lambda: self._store(row, verdict, call))

    async def _store(self, row: Waiting, verdict: Verdict, call: dict[str, Any] | None = None) -> None:
        now, me = self._clock.now(), self._leases.holder
        async with self._db.write() as tx:
            match verdict:
                case Sent(result):
                    await outbox.remove(tx, [row.id])
                    if call is not None and (passing := passing_of(call)) and isinstance(result, dict):
                        message = MessageId(result["message_id"])
                        await self._pass(tx, passing, ChatId(call["params"]["chat_id"]), message, now)
                case GiveUp(reason):
                    await outbox.remove(tx, [row.id])
                    if reason in UNREACHABLE:
                        await outbox.mark_unreachable(tx, row.chat, now)
                    else:
                        log.warning("answer.refused", reason=reason)
                case TryLater(after):
                    wait = backoff(row.attempts) if after is None else after
                    await self._obey(tx, row, verdict, wait, now)
                    await outbox.postpone(tx, row.id, me, now + timedelta(seconds=min(wait, LONGEST_WAIT)))
                case Unknown() if row.attempts + 1 >= MOST_ATTEMPTS:
                    await outbox.remove(tx, [row.id])
                    log.warning("answer.given_up", attempts=row.attempts + 1)
                case Unknown():
                    await outbox.postpone(tx, row.id, me, now + timedelta(seconds=backoff(row.attempts)))
                case _:
                    assert_never(verdict)

    async def _pass(self, tx: Tx, passing: Passing, chat: ChatId, message: MessageId, now: datetime) -> None:
        """It goes with the conversation that it belongs to; at once, where that has ended and leaves no trace."""
        readers = self._vault.readers(passing.key)
        goes_on = readers is not None and await exchange.note(tx, readers, passing.person, message)
        if passing.traceless and not goes_on:
            await store_answers(tx, self._vault, [Delete(chat, message, passing.linger)], now)

    async def _obey(self, tx: Tx, row: Waiting, refusal: TryLater, wait: float, now: datetime) -> None:
        key = private_key(row.chat)
        states = await paces.lock(tx, ALL if refusal.whole_bot else None, [key])
        budget = Budget(states, now.timestamp())
        budget.obey(key, refusal, wait)
        await paces.store(tx, budget.changed)


def spend(budget: Budget, rows: Sequence[D], room: int) -> tuple[list[D], list[float]]:
    """Those that may go now, at most ``room``, and when the others may."""
    going: list[D] = []
    times: list[float] = []
    for row in rows:
        at = budget.private_at(row.chat)
        if at > budget.now:
            times.append(at)
        elif len(going) < room:
            budget.spend_private(row.chat)
            going.append(row)
    return going, times
