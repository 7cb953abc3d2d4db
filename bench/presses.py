"""The readers of one ballot: each presses once.  When a press was due, and when it was answered."""

import json
import math
import time
from array import array
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

FIRST_UPDATE = 500_000_000
FIRST_QUERY = 4_000_000_000_000_000_000  # ids of callback queries have 19 digits
SPREAD = 2_654_435_761  # Knuth's multiplicative hash: neighbours in time are no neighbours among the readers
READERS = 2**32


@dataclass(frozen=True, slots=True)
class Report:
    """Seconds; ``in_body`` are the answers that came in a webhook's response, ``calls`` the requests by method."""

    pressed: int
    answered: int
    seconds: float
    p50: float
    p99: float
    slowest: float
    in_body: int
    calls: dict[str, int]
    first_answer: float  # of the monotonic clock, which all processes share

    def as_json(self) -> str:
        return json.dumps(asdict(self))


class Presses:
    """Presses are numbered from 0; ``released`` of them have happened."""

    def __init__(self, message: dict[str, Any]) -> None:
        self.released = 0
        self.due = array("d")
        self.answered = array("d")
        self.open = 0
        rows = message["reply_markup"]["inline_keyboard"]
        keys = [key["callback_data"] for row in rows for key in row if "callback_data" in key]
        self.keys = [key for key in keys if key.startswith("v:")]
        self._templates = [_template(message, key) for key in self.keys]

    def schedule(self, due: Sequence[float]) -> range:
        first = len(self.due)
        self.due.extend(due)
        self.answered.extend([math.inf] * len(due))
        self.open += len(due)
        return range(first, len(self.due))

    def release_until(self, now: float) -> bool:
        """Whether anybody has pressed since."""
        before = self.released
        while self.released < len(self.due) and self.due[self.released] <= now:
            self.released += 1
        return self.released > before

    def update(self, place: int) -> bytes:
        """The update as Telegram writes it, with the whole message that the button stands under."""
        template = self._templates[place % len(self._templates)]
        reader = 1_000_000_000 + place * SPREAD % READERS
        return template % (FIRST_UPDATE + place, FIRST_QUERY + place, reader, reader)

    def answer(self, place: int) -> None:
        if 0 <= place < len(self.answered) and self.answered[place] == math.inf:
            self.answered[place] = time.monotonic()
            self.open -= 1

    def report(self, places: range, in_body: int, calls: dict[str, int]) -> Report:
        """Of presses that are released; those without an answer count as never answered, not as fast."""
        waits = sorted(self.answered[place] - self.due[place] for place in places)
        times = [at for place in places if (at := self.answered[place]) != math.inf]
        return Report(
            pressed=len(places),
            answered=len(times),
            seconds=max(times, default=math.nan) - self.due[places.start],
            p50=waits[len(waits) // 2],
            p99=waits[min(len(waits) - 1, math.ceil(len(waits) * 0.99) - 1)],
            slowest=waits[-1],
            in_body=in_body,
            calls=calls,
            first_answer=min(times, default=math.inf),
        )


def _template(message: dict[str, Any], key: str) -> bytes:
    sender = {
        "id": "<reader>",
        "is_bot": False,
        "first_name": "Олена",
        "last_name": "Коваленко",
        "username": "reader_<reader>",
        "language_code": "uk",
    }
    query = {"id": "<query>", "from": sender, "message": message, "chat_instance": "-7311", "data": key}
    update = json.dumps({"update_id": "<update>", "callback_query": query}, separators=(",", ":"))
    update = update.replace("%", "%%").replace('"<update>"', "%d").replace("<query>", "%d")
    return update.replace('"<reader>"', "%d").replace("<reader>", "%d").encode()
