"""Opinions are looked at before anybody is shown them: banned words, links, shouting, repeats, copies, floods.

What was said earlier is remembered in the memory of this process alone, as sketches and digests.
"""

import hashlib
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.folding import fold
from bot.domain.ids import DiscussionId, OpinionId, Pseudonym
from bot.domain.opinion import Opinion
from bot.domain.screening import Flag, Limits, Roots, banned_word, has_link, is_flood, is_shouting
from bot.services import moderation
from bot.services.likeness import COPIED, Likeness
from bot.vault import Vault, WrongKey
from bot.workers.leases import Leases
from db.engine import Database, Tx
from db.queries import opinion as opinions

LEASE = "screening"
AT_ONCE = 10  # opinions of a transaction: votes get in between
COMPARED = 4000  # characters of a text: comments may have eight times as many, and each costs time
MOST_DISCUSSIONS = 200  # whose texts are remembered
MOST_AUTHORS = 10_000
MOST_SAID = 100  # messages of one author
REMEMBERED = 500  # texts of a discussion that are read again after a start


@dataclass(slots=True)
class Said:
    """By one author in one discussion."""

    times: "deque[datetime]" = field(default_factory=lambda: deque(maxlen=MOST_SAID))
    texts: dict[OpinionId, bytes] = field(default_factory=dict)  # digests


class Screener:
    rest = 0.25  # seconds between two looks at least

    def __init__(self, db: Database, vault: Vault, leases: Leases, roots: Roots, limits: Limits) -> None:
        self._db, self._vault, self._leases = db, vault, leases
        self._roots, self._limits = roots, limits
        self._likeness = Likeness()
        self._met: OrderedDict[DiscussionId, None] = OrderedDict()
        self._said: OrderedDict[tuple[DiscussionId, Pseudonym], Said] = OrderedDict()

    async def step(self, now: datetime) -> datetime | None:
        """Screen some of what has come in; returns when there is more."""
        if not await self._leases.hold(LEASE, now):
            return None
        async with self._db.read() as tx:
            new = await opinions.unscreened(tx, AT_ONCE)
        if not new:
            return None
        async with self._db.write() as tx:
            for number in new:
                await self._screen(tx, number, now)
        return now

    async def _screen(self, tx: Tx, number: OpinionId, now: datetime) -> None:
        try:
            found = await opinions.find(tx, number, self._vault.open_text, lock=True)
        except WrongKey:  # nobody can read it any more
            await opinions.store_flags(tx, number, [])
            return
        if found is None:
            return
        opinion, author = found
        if opinion.discussion not in self._met:
            await self._meet(tx, opinion.discussion)
        flags = self._flags(opinion, author, now)
        await opinions.store_flags(tx, number, flags)
        if flags:
            await moderation.flagged(tx, number, opinion.discussion, tuple(flags), now)

    async def _meet(self, tx: Tx, discussion: DiscussionId) -> None:
        """What was said before this process began."""
        self._met[discussion] = None
        if len(self._met) > MOST_DISCUSSIONS:
            oldest, _ = self._met.popitem(last=False)
            self._likeness.forget(oldest)
        for earlier in await opinions.some_of(tx, discussion, self._vault.open_text, REMEMBERED):
            self._likeness.add(discussion, earlier.text[:COMPARED], earlier.id)

    def _flags(self, opinion: Opinion, author: Pseudonym | None, now: datetime) -> list[Flag]:
        text = opinion.text
        found = {
            Flag.WORD: banned_word(text, self._roots),
            Flag.LINK: has_link(text),
            Flag.SHOUTING: is_shouting(text),
        }
        if author is not None:
            said = self._of_author(opinion.discussion, author)
            digest = hashlib.sha256(fold(text).encode()).digest()
            # Called a copy like those of others: a flag must not tell that two texts are one author's.
            found[Flag.COPIED] = any(
                other == digest for number, other in said.texts.items() if number != opinion.id
            )
            found[Flag.FLOOD] = is_flood(said.times, now, self._limits)
            if opinion.id not in said.texts:  # an edit is no new message
                said.times.append(now)
            said.texts[opinion.id] = digest
            while len(said.texts) > MOST_SAID:
                del said.texts[next(iter(said.texts))]
        beginning = text[:COMPARED]
        if not found.get(Flag.COPIED):
            likeness = self._likeness.find(opinion.discussion, beginning, opinion.id)
            found[Flag.COPIED] = likeness is not None and likeness >= COPIED
        self._likeness.add(opinion.discussion, beginning, opinion.id)
        return [flag for flag, is_so in found.items() if is_so]

    def _of_author(self, discussion: DiscussionId, author: Pseudonym) -> Said:
        key = (discussion, author)
        said = self._said.setdefault(key, Said())
        self._said.move_to_end(key)
        while len(self._said) > MOST_AUTHORS:
            self._said.popitem(last=False)
        return said
