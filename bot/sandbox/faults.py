"""Failures on demand, and the flood control that Telegram does not publish."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from math import ceil
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


class Faults:
    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def take(self, method: str, chat_id: Any) -> Fault | None:
        """The oldest fault that fits; it is used up after ``times`` calls."""
        for fault in self.waiting:
            if fault.fits(method, chat_id):
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        return None


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
