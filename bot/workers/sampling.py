"""Watching for brigades, where a channel wants it: arrivals by the minute, and a sample of voters looked up at Telegram.

All that names a person stays in the memory of this process, for moments: who voted until a look-up is done, and, as digests under a
key that nobody else has and no restart keeps, who was seen and who joined.  What is written are sums in whole steps.
"""

import hashlib
import secrets
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from telegram import ChatMember, ChatMemberUpdated

from bot.chat import Screen, Send
from bot.domain.ballot import VoteCast
from bot.domain.brigading import FirstVote, Sample, batch, whole_steps
from bot.domain.facts import MemberOf
from bot.domain.ids import BallotId, ChatId, DiscussionId, OptionId, UserId
from bot.domain.installation import Defaults
from bot.domain.refusals import Refusal, TelegramAway
from bot.services import brigading
from bot.services.ballot import Tap, Voted
from bot.telegram.facts import TelegramFacts
from bot.texts import Say
from bot.vault import Vault
from bot.views import brigading as views
from bot.workers.answers import store_answers
from db.engine import Database
from db.queries import brigading as queries
from db.queries.brigading import Watched

log = structlog.get_logger()

MINUTE = 60  # seconds
GONE = {ChatMember.LEFT, ChatMember.BANNED}
REFRESH = timedelta(seconds=5)  # so late does a setting change what is watched
AT_ONCE = 5  # look-ups a step: it is a question beside the bot's work
PAUSE = timedelta(seconds=1)
MOST_WAITING = 1000  # look-ups; older ones go
MOST_KNOWN = 200_000  # digests


class Sampler:
    rest = 1.0  # seconds

    def __init__(
        self,
        db: Database,
        facts: TelegramFacts,
        vault: Vault,
        defaults: Defaults,
        rate: float,
        chance: Callable[[], float] | None = None,
    ) -> None:
        """``facts``: of this worker alone.  ``rate``: the part of the voters that is looked up; ``chance``: 0 to 1."""
        self._db, self._facts, self._vault, self._defaults = db, facts, vault, defaults
        self._rate, self._chance = rate, chance or secrets.SystemRandom().random
        self._key = secrets.token_bytes(32)
        self._watched: dict[BallotId, Watched] = {}
        self._refreshed: datetime | None = None
        self._judged = 0  # the minute
        self._arrived: defaultdict[DiscussionId, Counter[int]] = defaultdict(Counter)
        self._waiting: deque[FirstVote] = deque(maxlen=MOST_WAITING)
        self._sampled: defaultdict[BallotId, Counter[tuple[OptionId, bool]]] = defaultdict(Counter)
        self._seen: dict[bytes, None] = {}
        self._joined: dict[bytes, datetime] = {}

    def first_votes(self, taps: Sequence[Tap], outcomes: Sequence[Voted | Refusal]) -> list[FirstVote]:
        """Of a batch, on ballots that are watched.  Nothing is remembered yet: it may be undone."""
        if not self._watched:
            return []
        return [
            FirstVote(tap.ballot, outcome.change.option.id, tap.user)
            for tap, outcome in zip(taps, outcomes, strict=True)
            if tap.ballot in self._watched
            and isinstance(outcome, Voted)
            and isinstance(outcome.change, VoteCast)
        ]

    def voted(self, votes: Sequence[FirstVote], now: datetime) -> None:
        """Stored votes of people who held none.  An account that takes its vote back and casts it again is seen once."""
        minute = int(now.timestamp()) // MINUTE
        for vote in votes:
            place = self._watched.get(vote.ballot)
            digest = self._digest(b"vote", vote.ballot, vote.user)
            if place is None or digest in self._seen:
                continue
            self._seen[digest] = None
            self._arrived[place.discussion][minute] += 1
            if self._chance() < self._rate:
                self._waiting.append(vote)
        while len(self._seen) > MOST_KNOWN:
            del self._seen[next(iter(self._seen))]

    def membership(self, change: ChatMemberUpdated, now: datetime) -> None:
        """Who becomes a member of a channel now was a stranger to the ballots that are open."""
        chat, user = ChatId(change.chat.id), UserId(change.new_chat_member.user.id)
        came = change.old_chat_member.status in GONE and change.new_chat_member.status not in GONE
        if came and any(place.channel == chat for place in self._watched.values()):
            self._joined[self._digest(b"join", chat, user)] = now
            while len(self._joined) > MOST_KNOWN:
                del self._joined[next(iter(self._joined))]

    async def step(self, now: datetime) -> datetime | None:
        """Returns when there is more to look up or to write."""
        if self._refreshed is None or not timedelta(0) <= now - self._refreshed < REFRESH:
            self._refreshed = now
            await self._refresh()
        if not self._watched:
            return None
        minute = int(now.timestamp()) // MINUTE
        await self._write_arrivals(minute)
        await self._look_up(now)
        await self._write_samples()
        if minute != self._judged:
            self._judged = minute
            for place in self._watched.values():
                await self._judge(place, now)
        return now + PAUSE if self._waiting else None

    async def _refresh(self) -> None:
        async with self._db.read() as tx:
            found = await queries.watched(tx, self._defaults.watch)
        self._watched = {place.ballot: place for place in found}
        discussions = {place.discussion for place in found}
        for gone in self._arrived.keys() - discussions:
            del self._arrived[gone]
        for ended in self._sampled.keys() - self._watched.keys():
            del self._sampled[ended]
        if not found:
            self._seen.clear()
            self._joined.clear()
            self._waiting.clear()

    async def _write_arrivals(self, minute: int) -> None:
        """Of minutes that are over.  What is left of a step is forgotten."""
        for place in self._watched.values():
            over = {m: votes for m, votes in self._arrived[place.discussion].items() if m < minute}
            for m in over:
                del self._arrived[place.discussion][m]
            written = {m: whole for m, votes in over.items() if (whole := whole_steps(votes, place.step))}
            if written:
                async with self._db.write() as tx:
                    await queries.add_arrivals(tx, place.discussion, written)

    async def _look_up(self, now: datetime) -> None:
        votes = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
        wanted = [(vote, place) for vote in votes if (place := self._watched.get(vote.ballot)) is not None]
        if not wanted:
            return
        self._facts.now = now.timestamp()
        await self._facts.find_out([MemberOf(place.channel, vote.user) for vote, place in wanted])
        for vote, place in wanted:
            try:
                member = self._facts.member(place.channel, vote.user).is_present
            except TelegramAway:
                continue
            since = self._joined.get(self._digest(b"join", place.channel, vote.user))
            before = member and (since is None or since < place.opened_at)
            self._sampled[vote.ballot][vote.option, before] += 1

    async def _write_samples(self) -> None:
        for ballot, counted in list(self._sampled.items()):
            place = self._watched.get(ballot)
            if place is None or counted.total() < batch(place.step):
                continue
            del self._sampled[ballot]
            sums = {o: Sample(counted[o, True], counted[o, False]) for o in {option for option, _ in counted}}
            async with self._db.write() as tx:
                await queries.add_samples(tx, ballot, sums)

    async def _judge(self, place: Watched, now: datetime) -> None:
        async with self._db.read() as tx:
            if not await brigading.fresh_signs(tx, place.discussion, now):
                return
        async with self._db.write() as tx:
            found = await brigading.look(tx, place.discussion, now)
            if found is None:
                return
            discussion, fresh = found
            owner = discussion.channel.owner
            if owner is not None:
                text = views.notice(Say(discussion.channel.language), discussion, fresh)
                await store_answers(
                    tx, self._vault, [Send(ChatId(self._vault.open(owner)), Screen(text))], now
                )
        log.info("brigading.signs", discussion=place.discussion, signs=[str(sign) for sign in fresh])

    def _digest(self, purpose: bytes, *numbers: int) -> bytes:
        text = purpose + b":" + b":".join(b"%d" % number for number in numbers)
        return hashlib.blake2b(text, key=self._key, digest_size=8).digest()
