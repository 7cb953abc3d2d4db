"""What goes wrong and when, drawn from a seed before anything happens, so that a failed run can say and repeat it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from bot.sandbox import People
from tests.chaos.processes import Bot
from tests.chaos.stores import Store

POLLS = "getUpdates"
CALLS = (
    ("sendMessage",) * 4
    + ("editMessageReplyMarkup",) * 4
    + ("editMessageText", "getChatMember", "answerCallbackQuery")
)
START = "getMe"  # without an answer to it the bot does not begin to work
FAULTS = ("429", "5xx", "reset_before", "reset_after", "hang_before", "hang_after", "malformed")


@dataclass(frozen=True)
class Severity:
    """How hard a run is hit.  Seconds throughout."""

    seconds: float  # that the chaos lasts at least
    kills: int
    outage: float
    away: float  # the database, at most
    long_wait: int  # the longest retry_after
    jump: float  # the furthest jump of the clock


@dataclass(frozen=True)
class Strike:
    at: float  # seconds since the beginning
    what: str
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((f"{self.at:.1f}s", self.what, *self.details))


@dataclass(frozen=True)
class Kill:
    """``after``: seconds since it began to work, or, for an ``early`` one, since it was started."""

    after: float
    early: bool
    victim: int  # which worker; -1 for the parent, where there is one

    def __str__(self) -> str:
        return f"{'early' if self.early else 'at work'}+{self.after:.2f}s #{self.victim}"


def plan_kills(rng: Random, severity: Severity) -> list[Kill]:
    """They fill about the time that there is, some short after one another, some with work in between."""
    share = severity.seconds / max(1, severity.kills)
    kills = []
    for number in range(severity.kills):
        early = number % 6 == 5
        after = rng.uniform(0.0, 0.6) if early else min(rng.expovariate(1 / (share * 0.6)), share * 2)
        kills.append(Kill(after, early, -1 if number % 5 == 4 else rng.randrange(8)))
    return kills


def plan_strikes(rng: Random, severity: Severity) -> list[Strike]:
    """Small ones all the time, and the great ones once each, not all at the same time."""
    span = severity.seconds
    strikes = [fault(rng, rng.uniform(0, span), severity) for _ in range(int(span * 1.5))]
    strikes += [
        Strike(rng.uniform(0.1, 1) * span, "repeat", (str(rng.choice((3, 20, 100))),))
        for _ in range(int(span / 6) + 1)
    ]
    # An article's answer is lost, and so is the update about its copy: only its editor can say what became of it.
    strikes.append(Strike(0.05 * span, "orphan"))
    outage = rng.uniform(0.15, 0.3) * span
    strikes.append(Strike(outage, "outage", (rng.choice(("reset", "502", "hang")), f"{severity.outage}")))
    for share, hard in ((0.5, False), (0.75, True)):
        away = rng.uniform(0.4, 1.0) * severity.away
        strikes.append(
            Strike(
                (share + rng.uniform(0, 0.1)) * span, "database", ("hard" if hard else "soft", f"{away:.1f}")
            )
        )
    if severity.jump:
        jump = rng.uniform(0.3, 1.0) * severity.jump
        forward = rng.uniform(0.3, 0.45) * span
        strikes += [Strike(forward, "clock", (f"{jump:.0f}",)), Strike(forward + 0.3 * span, "clock", ("0",))]
    return sorted(strikes, key=lambda strike: strike.at)


def fault(rng: Random, at: float, severity: Severity) -> Strike:
    kind = rng.choice(FAULTS)
    method = rng.choices((POLLS, START, rng.choice(CALLS)), (25, 5, 70))[0]
    if kind == "429":
        wait = severity.long_wait if rng.random() < 0.15 else rng.choice((1, 1, 2, 3))
        return Strike(at, kind, (method, str(wait if method in CALLS else 1)))
    if kind.startswith("hang"):
        return Strike(at, kind, (method, f"{rng.uniform(0.2, 2.5):.1f}"))
    return Strike(at, kind, (method, str(1 if method == START else rng.choice((1, 1, 2, 4)))))


@dataclass
class Fates:
    """Carries the plan out.  ``told``: what was done, for the message of a failure."""

    people: People
    bot: Bot
    store: Store
    channels: Sequence[int]
    told: list[str]

    async def strike_all(self, strikes: Sequence[Strike]) -> None:
        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as lasting:
            for strike in strikes:
                await asyncio.sleep(max(0.0, began + strike.at - asyncio.get_running_loop().time()))
                lasting.create_task(self.strike(strike))

    async def strike(self, strike: Strike) -> None:
        self.told.append(str(strike))
        match strike.what, strike.details:
            case "repeat", (count,):
                await self.people.repeat_updates(int(count))
            case "orphan", _:
                await self.orphan()
            case "outage", (kind, seconds):
                await self.people.outage(kind, seconds=float(seconds))
            case "database", (how, seconds):
                await self.store.fail(float(seconds), hard=how == "hard")
            case "clock", (seconds,):
                self.bot.skew.write_text(seconds, "ascii")
            case "429", (method, wait):
                await self.people.fault("429", method, retry_after=int(wait))
            case ("hang_before" | "hang_after") as kind, (method, seconds):
                await self.people.fault(kind, method, seconds=float(seconds))
            case kind, (method, times):
                await self.people.fault(kind, method, times=int(times))

    async def orphan(self) -> None:
        await self.people.drop_copies(True)
        await self.people.fault("reset_after", "sendMessage", chat_id=self.channels[0])
        await asyncio.sleep(5.0)
        await self.people.drop_copies(False)

    async def kill_all(self, kills: Sequence[Kill]) -> None:
        for kill in kills:
            if kill.early:
                await asyncio.sleep(kill.after)
            else:
                await self.bot.working()
                await asyncio.sleep(kill.after)
            await (self.bot.kill() if kill.victim < 0 else self.bot.kill_worker(kill.victim))
            self.told.append(f"kill {kill}")

    async def relent(self) -> None:
        """No more faults; what a bad clock has done stays done."""
        await self.people.end_outage()
        await self.people.clear_faults()
        await self.people.drop_copies(False)
        self.bot.skew.write_text("0", "ascii")
