"""The updates that wait for the bot, and the one long poll that may fetch them.  A webhook's courier listens here."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bot.sandbox.errors import ApiError

DAY = 24 * 3600.0
# A press that nobody fetched is lost soon: the reader's app has long given up.
LIFETIMES = {"callback_query": 150.0}
KINDS = frozenset(
    [
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "purchased_paid_media",
        "guest_message",
        "managed_bot",
    ]
)
DEFAULT = KINDS - {"chat_member", "message_reaction", "message_reaction_count"}
LONGEST_POLL = 50
# An offset further ahead than this is taken for one of an older numbering: nothing is confirmed (TDLib's TQueue).
OFFSET_AHEAD = 10
KEPT_FOR_REPEATS = 1000
OTHER_POLLER = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)


@dataclass(slots=True, eq=False)
class Update:
    id: int
    kind: str
    body: Any
    expires: float
    handed_out: bool = False

    def json(self) -> dict[str, Any]:
        return {"update_id": self.id, self.kind: self.body}


class Inbox:
    """A queue with Telegram's promises: in order, at least once, until confirmed or too old."""

    def __init__(self, clock: Callable[[], float], first_id: int = 7001) -> None:
        self.clock = clock
        self.allowed = DEFAULT
        self.waiting: OrderedDict[int, Update] = (
            OrderedDict()
        )  # by update_id; a webhook confirms anywhere in it
        self.confirmed: deque[Update] = deque(maxlen=KEPT_FOR_REPEATS)
        self.repeats: list[Update] = []
        self.repeated: list[Update] = []  # handed out again, and not yet followed by another poll
        self.query_fetched_at: dict[str, float] = {}
        self.listener: Callable[[Update], None] | None = None  # hears of each update while a webhook is set
        self._next_id = first_id
        self._next_expiry = float("inf")  # nothing in ``waiting`` expires before
        self._poll: asyncio.Future[None] | None = None
        self._last_poll: tuple[int, float, int] = (-1, 0.0, 0)

    def wants(self, kind: str) -> bool:
        return kind in self.allowed

    def allow(self, kinds: Iterable[Any]) -> None:
        """Unknown names are ignored, an empty list means the default; only later updates are affected."""
        self.allowed = KINDS.intersection(kind for kind in kinds if isinstance(kind, str)) or DEFAULT

    def put(self, kind: str, body: dict[str, Any]) -> None:
        if self.wants(kind):
            self.add(kind, body)

    def add(self, kind: str, body: Any) -> int:
        """Whether the bot asked for this kind or not."""
        update = Update(self._next_id, kind, body, self.clock() + LIFETIMES.get(kind, DAY))
        self.waiting[update.id] = update
        self._next_id += 1
        self._next_expiry = min(self._next_expiry, update.expires)
        self._tell(update)
        return update.id

    def repeat(self, count: int) -> int:
        """The last confirmed updates once more, as after a confirmation that Telegram lost."""
        again = list(self.confirmed)[-count:] if count > 0 else []
        self.repeats += again
        for update in again:
            self._tell(update)
        return len(again)

    def renumber(self, first_id: int) -> None:
        """What Telegram may do after a week without updates."""
        self._next_id = first_id

    def drop_all(self) -> None:
        self.waiting.clear()

    def holds(self, update: Update) -> bool:
        """Whether it still has to reach the bot: not confirmed, not dropped, not too old."""
        self._drop_old()
        return self.waiting.get(update.id) is update or update in self.repeats

    def hand_out(self, update: Update) -> None:
        update.handed_out = True
        if update.kind == "callback_query" and isinstance(update.body, dict):
            self.query_fetched_at.setdefault(str(update.body.get("id")), self.clock())

    def confirm(self, update: Update) -> None:
        """A webhook took this one."""
        if self.waiting.get(update.id) is update:
            del self.waiting[update.id]
            self.confirmed.append(update)
        elif update in self.repeats:
            self.repeats.remove(update)

    def drop(self, update: Update) -> None:
        self.waiting.pop(update.id, None)

    @property
    def polled(self) -> bool:
        """Whether a long poll is waiting right now."""
        return self._poll is not None and not self._poll.done()

    @property
    def pending(self) -> int:
        """Not confirmed and not handed out yet."""
        self._drop_old()
        return len(self.repeats) + sum(not update.handed_out for update in self.waiting.values())

    @property
    def unconfirmed(self) -> int:
        self._drop_old()
        return len(self.repeats) + len(self.repeated) + len(self.waiting)

    async def poll(self, offset: int, limit: int, timeout: int) -> list[Update]:
        """One getUpdates.  It ends the call that is still waiting, as Telegram does."""
        self.interrupt(OTHER_POLLER)
        self._confirm(offset)
        self.repeated = []
        limit = limit if 1 <= limit <= 100 else 100
        loop = asyncio.get_running_loop()
        deadline = loop.time() + min(max(timeout, 0), LONGEST_POLL)
        while True:
            batch = self._take(limit)
            left = deadline - loop.time()
            if batch or left <= 0:
                return batch
            self._poll = loop.create_future()
            try:
                async with asyncio.timeout(left):
                    await self._poll
            except TimeoutError:
                return self._take(limit)
            finally:
                if self._poll is not None and self._poll.done():
                    self._poll = None

    def interrupt(self, description: str) -> None:
        if self._poll is not None and self.polled:
            self._poll.set_exception(ApiError(409, description))
        self._poll = None

    def hammered(self, offset: int, timeout: int) -> bool:
        """Telegram slows down who asks again and again from the same offset; twice can be a restart."""
        last_offset, since, count = self._last_poll
        now = self.clock()
        again = offset == last_offset and timeout < 3 and now - since < 3
        count = count + 1 if again else 0
        self._last_poll = (offset, now, count)
        return count >= 2

    def _tell(self, update: Update) -> None:
        if self.listener is not None:
            self.listener(update)
        if self._poll is not None and self.polled:
            self._poll.set_result(None)

    def _confirm(self, offset: int) -> None:
        if offset > self._next_id + OFFSET_AHEAD:
            return
        while self.waiting:
            if len(self.waiting) <= -offset if offset < 0 else next(iter(self.waiting)) >= offset:
                return
            self.confirmed.append(self.waiting.popitem(last=False)[1])

    def _drop_old(self) -> None:
        now = self.clock()
        if now < self._next_expiry:
            return
        for update in [each for each in self.waiting.values() if each.expires <= now]:
            del self.waiting[update.id]
        self._next_expiry = min((each.expires for each in self.waiting.values()), default=float("inf"))

    def _take(self, limit: int) -> list[Update]:
        self._drop_old()
        self.repeated = self.repeats[:limit]
        batch = list(self.repeated)
        del self.repeats[:limit]
        batch += islice(self.waiting.values(), limit - len(batch))
        for update in batch:
            self.hand_out(update)
        return batch
