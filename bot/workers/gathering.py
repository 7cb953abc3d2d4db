"""Updates from many connections of a webhook, committed in groups: what arrived while the last commit ran.

There is no delay to wait for more, but what lies ready on the connections is read first: alone, an update is committed at
once; under load the groups grow by themselves.
"""

import asyncio
from collections.abc import Sequence

import msgspec
import structlog

from bot.domain.facts import Question
from bot.telegram.webhook import NotAnUpdate, NotStored, toast_body
from bot.workers.deafness import Deafness
from bot.workers.intake import Incoming, Intake, Round, read
from bot.workers.trouble import where

log = structlog.get_logger()

MOST = 500  # updates a commit; more would only make the first ones wait longer
AWAY_PAUSE = 0.5  # seconds in which a database that is away is not tried again


class Gathering:
    """Order: what waits goes in the order of arrival; an update that has to ask Telegram, and what stands behind it in
    the same chat or of the same person, waits apart until the answer is there, and then goes first.
    """

    def __init__(self, intake: Intake, deafness: Deafness) -> None:
        self._intake, self._deafness = intake, deafness
        self._waiting: list[
            tuple[Incoming, float]
        ] = []  # with the moment of arrival, seconds of the loop's clock
        self._asking: list[Incoming] = []  # apart: Telegram is being asked for these
        self._later: list[Incoming] = []  # apart, too: came after those, and will be asked for next
        # What ``_later`` needs to know; empty if it only stands behind.
        self._questions: dict[Question, None] = {}
        self._futures: dict[int, asyncio.Future[bytes | None]] = {}
        self._wake = asyncio.Event()
        self._finding: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def oldest(self) -> float:
        """Seconds for which the oldest update waits that is not in a commit yet."""
        return asyncio.get_running_loop().time() - self._waiting[0][1] if self._waiting else 0.0

    async def submit(self, raw: msgspec.Raw) -> bytes | None:
        """Return once the update is stored, with the answer to its tap.  Raises NotAnUpdate and NotStored.

        The same update over another connection waits for the first one's commit.
        """
        incoming = read(raw)
        if incoming is None:
            raise NotAnUpdate
        if self._closed:
            raise NotStored
        future = self._futures.get(incoming.number)
        if future is None:
            loop = asyncio.get_running_loop()
            future = self._futures[incoming.number] = loop.create_future()
            self._waiting.append((incoming, loop.time()))
            self._wake.set()
        return await future

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``; what is in a commit then is finished, what waits is refused."""
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self._wake.set())
        try:
            while not stop.is_set():
                await self._wake.wait()
                self._wake.clear()
                while not stop.is_set() and (self._answered or self._waiting):
                    await self._fill()
                    await self._next()
        finally:
            stopping.cancel()
            self._closed = True
            if self._finding is not None:
                self._finding.cancel()
            self._refuse(list(self._futures))

    async def _fill(self) -> None:
        """Read on for as long as each look at the connections brings more: that is no delay, and most of what a commit
        costs does not depend on how much is in it.
        """
        before = -1
        while before < len(self._waiting) < MOST:
            before = len(self._waiting)
            await asyncio.sleep(0)

    @property
    def _answered(self) -> bool:
        return self._finding is not None and self._finding.done()

    async def _next(self) -> None:
        """One commit.  Only between two of them does an update come back from apart, or go there: so none overtakes."""
        if self._finding is not None and self._finding.done():
            known = self._come_back(self._finding)
            self._later[:0] = await self._commit(known, ())
        else:
            group = [incoming for incoming, _ in self._waiting[:MOST]]
            del self._waiting[: len(group)]
            self._later += await self._commit(group, (*self._asking, *self._later))
        if self._finding is None and self._later:
            self._asking, self._later = self._later, []
            questions, self._questions = self._questions, {}
            self._finding = asyncio.create_task(self._intake.find_out(questions), name="facts")
            self._finding.add_done_callback(lambda _: self._wake.set())
        elif self._finding is None:
            self._intake.forget_files()

    def _come_back(self, finding: asyncio.Task[None]) -> list[Incoming]:
        """What can go on."""
        known, self._asking, self._finding = self._asking, [], None
        if not self._questions:
            known += self._later
            self._later = []
        if error := finding.exception():  # a bug; nothing is lost: Telegram brings again what is not answered
            log.error("updates.not_asked_for", error=type(error).__name__, where=where(error))
            self._refuse([incoming.number for incoming in known])
            return []
        return known

    async def _commit(self, group: list[Incoming], behind: Sequence[Incoming]) -> list[Incoming]:
        """Returns what has to wait apart."""
        queues = frozenset[int]().union(*(incoming.envelope.queues for incoming in behind))
        try:
            done = await self._intake.round(group, queues)
        except Exception as error:  # noqa: BLE001 - nothing is lost: Telegram brings again what is not answered
            self._deafness.begin("database")
            log.error(
                "updates.not_stored", error=type(error).__name__, where=where(error), updates=len(group)
            )
            self._refuse([incoming.number for incoming in group])
            await asyncio.sleep(AWAY_PAUSE)
            return []
        self._deafness.end("database")
        self._settle(group, done)
        self._questions |= done.questions
        return done.left

    def _settle(self, group: Sequence[Incoming], done: Round) -> None:
        left = {incoming.number for incoming in done.left}
        for number in {incoming.number for incoming in group} - left:
            future = self._futures.pop(number, None)
            if future is not None and not future.done():
                answered = done.answered.get(number)
                future.set_result(toast_body(answered[0], answered[1]) if answered else None)

    def _refuse(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            future = self._futures.pop(number, None)
            if future is not None and not future.done():
                future.set_exception(NotStored())
                future.exception()  # who asked may have hung up: nobody's loss
