"""How much one author may say."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.ids import Pseudonym
from bot.domain.installation import Defaults

MINUTE = timedelta(minutes=1)
MOST_AUTHORS = 10_000


@dataclass(slots=True)
class Recent:
    """What authors said in the last minute, in memory alone: no such times are kept.  Of one process."""

    said: "OrderedDict[Pseudonym, dict[Pseudonym, datetime]]" = field(default_factory=OrderedDict)

    def take(self, author: Pseudonym, origin: Pseudonym, now: datetime, limit: int) -> bool:
        """Whether the message ``origin`` is within the limit.  Asked again about the same one, it is counted once."""
        mine = self.said.pop(author, {})
        mine = {message: at for message, at in mine.items() if timedelta(0) <= now - at < MINUTE}
        fits = origin in mine or len(mine) < limit
        if fits:
            mine.setdefault(origin, now)
        self.said[author] = mine
        while len(self.said) > MOST_AUTHORS:
            self.said.popitem(last=False)
        return fits


@dataclass(frozen=True, slots=True)
class Admission:
    """What is asked before something is kept, and what its card says of it.  ``language``: the reader's."""

    defaults: Defaults
    recent: Recent
    now: datetime
    language: str | None = None
