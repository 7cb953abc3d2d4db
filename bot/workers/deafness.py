"""How long the bot heard nothing: Telegram forgets a tap after 150 seconds, and nothing brings it back."""

from datetime import UTC, datetime, timedelta

import structlog

from bot.workers.clock import Clock
from db.engine import Database
from db.queries import update as facts

log = structlog.get_logger()

TAPS_KEPT = timedelta(
    seconds=150
)  # how long Telegram keeps a callback query (tdlib/telegram-bot-api, Client.cpp)
UPDATES_KEPT = timedelta(hours=24)
NOTE_EVERY = timedelta(seconds=20)
HEARD = "heard"


class Deafness:
    """Told in the operator's log whenever it was so long that taps are lost; begins and ends are told in any case."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._since: dict[str, datetime] = {}
        self._noted: datetime | None = None

    def begin(self, why: str) -> None:
        """``why``: what is away, "telegram" or "database"."""
        if why not in self._since:
            self._since[why] = self._clock.now()
            log.error(
                "away", what=why, hint="nothing is lost: updates stay with Telegram until they are stored"
            )

    def end(self, why: str) -> None:
        since = self._since.pop(why, None)
        if since is not None:
            tell("back", self._clock.now() - since, what=why)

    @property
    def causes(self) -> tuple[str, ...]:
        """What is away now."""
        return tuple(self._since)

    async def start(self, now: datetime) -> None:
        """How long no process of this installation ran."""
        async with self._db.read() as tx:
            heard = await facts.fact(tx, HEARD)
        if heard is not None:
            silence = now - datetime.fromtimestamp(int(heard), UTC)
            if silence > TAPS_KEPT:
                tell("was_down", silence, what="bot")

    async def step(self, now: datetime) -> datetime | None:
        """Note that we hear, for the next start."""
        if self._since:
            return now + NOTE_EVERY
        if self._noted is None or now - self._noted >= NOTE_EVERY or now < self._noted:
            async with self._db.write() as tx:
                await facts.store_fact(tx, HEARD, str(int(now.timestamp())))
            self._noted = now
        return self._noted + NOTE_EVERY


def tell(event: str, silence: timedelta, what: str) -> None:
    """``silence``: for how long nothing was heard."""
    seconds = round(silence.total_seconds())
    if silence > UPDATES_KEPT:
        log.error(
            event,
            what=what,
            deaf_seconds=seconds,
            hint="Telegram kept messages of the last 24 hours, and taps of the last 150 s",
        )
    elif silence > TAPS_KEPT:
        log.error(
            event,
            what=what,
            deaf_seconds=seconds,
            hint="taps older than 150 s are lost at Telegram; messages are not",
        )
    else:
        log.warning(event, what=what, deaf_seconds=seconds, hint="nothing was lost")
