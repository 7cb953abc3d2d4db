"""Failures on demand, and the flood control that Telegram does not publish."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from random import Random
from typing import Any

from bot.sandbox.errors import ApiError

KINDS = (
    "429",
    "5xx",
    "reset_before",
    "reset_after",
    "hang_before",
    "hang_after",
    "malformed",
)
WITHOUT_WAITING = tuple(kind for kind in KINDS if not kind.startswith("hang"))
OUTAGES = ("reset", "hang", "502")
PER_MINUTE = 20
PER_SECOND_OVERALL = 30
BURST = 5


@dataclass(slots=True)
class Fault:
    """What goes wrong, for which calls, how often.  ``details`` are retry_after, status or seconds."""

    kind: str
    method: str | None = None
    chat_id: int | str | None = None
    times: int = 1
    details: dict[str, Any] = field(default_factory=dict)

    def fits(self, method: str, chat_id: Any) -> bool:
        """Without a method it hits every call but the long poll: that would swallow it before the bot acts."""
        if self.method is None and method == "getUpdates":
            return False
        named = self.method in (None, "*") or str(self.method).lower() == method.lower()
        return named and (self.chat_id is None or str(self.chat_id) == str(chat_id))


class Chance:
    """Strikes with a probability; the same seed strikes the same ones of a row."""

    def __init__(self, probability: float = 0.0, seed: int = 0) -> None:
        self.probability = probability
        self.random = Random(seed)  # noqa: S311 - faults can be had again from the seed, secrets they are not

    def strikes(self) -> bool:
        return self.probability > 0 and self.random.random() < self.probability


class Faults:
    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self.chance = Chance()
        self.kinds: Sequence[str] = ()
        self.pattern = Fault("")  # of random faults: which calls, and the details

    def take(self, method: str, chat_id: Any) -> Fault | None:
        """The oldest fault that fits; it is used up after ``times`` calls.  Else one by chance."""
        for fault in self.waiting:
            if fault.fits(method, chat_id):
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        if self.kinds and self.pattern.fits(method, chat_id) and self.chance.strikes():
            return Fault(self.chance.random.choice(self.kinds), details=self.pattern.details)
        return None

    def by_chance(self, chance: Chance, kinds: Sequence[str], pattern: Fault) -> None:
        self.chance, self.kinds, self.pattern = chance, kinds, pattern

    def clear(self) -> None:
        self.waiting.clear()
        self.kinds = ()


class Outage:
    """The whole Bot API is away, the people's side stays.  Its seconds are real ones, as all waiting is."""

    def __init__(self) -> None:
        self.kind = ""  # one of OUTAGES while it lasts
        self.began = asyncio.Event()
        self.over = asyncio.Event()
        self.over.set()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, kind: str, seconds: float | None) -> None:
        self.end()
        self.kind = kind
        self.over.clear()
        self.began.set()
        if seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self.end)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.kind = ""
        self.began.clear()
        self.over.set()


@dataclass(slots=True)
class Delivery:
    """How updates travel to a webhook, and what goes wrong on the way."""

    retry_scale: float = 1.0  # of the waits between tries, Retry-After included
    patience: float = 60.0  # seconds that an answer may take (the official server's limit)
    shuffled: Random | None = None
    shuffled_within: float = 0.0  # seconds by which an update may be held back
    duplicated: Chance = field(default_factory=Chance)
    answers_lost: Chance = field(default_factory=Chance)


class Flood:
    """Sends and edits share one quota in each chat; answers to presses are free."""

    def __init__(self) -> None:
        self.mode = "record"
        self.chats: defaultdict[int, deque[float]] = defaultdict(deque)
        self.overall: deque[float] = deque()

    def check(self, chat_id: int, crowded: bool, now: float) -> tuple[str, int] | None:
        """What this call breaks, in words, and the seconds to wait; it counts unless it will be refused."""
        if self.mode == "off":
            return None
        chat = self.chats[chat_id]
        while chat and chat[0] <= now - 60:
            chat.popleft()
        while self.overall and self.overall[0] <= now - 1:
            self.overall.popleft()
        last_second = sum(moment > now - 1 for moment in chat)
        broken, free_at = "", now
        if crowded and len(chat) >= PER_MINUTE:
            broken = f"flood: more than {PER_MINUTE} sends and edits a minute in one chat"
            free_at = chat[-PER_MINUTE] + 60
        elif last_second >= BURST:
            broken = f"flood: more than {BURST} sends and edits a second in one chat"
            free_at = chat[-BURST] + 1
        elif len(self.overall) >= PER_SECOND_OVERALL:
            broken = f"flood: more than {PER_SECOND_OVERALL} sends and edits a second in all"
            free_at = self.overall[-PER_SECOND_OVERALL] + 1
        if not broken or self.mode == "record":
            chat.append(now)
            self.overall.append(now)
        return (broken, max(1, ceil(free_at - now))) if broken else None


def too_many(seconds: int) -> ApiError:
    return ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
