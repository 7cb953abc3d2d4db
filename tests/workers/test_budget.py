"""Telegram's limits hold over all processes and their restarts together: the budget lives in the database."""

import asyncio
from collections import defaultdict

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.ids import ChatId, PostId, Pseudonym
from bot.domain.pace import CHAT, OVERALL, PRIVATE
from bot.telegram.limits import ALL, Budget, chat_key, message_key, private_key
from db.engine import Database
from db.queries import pace as paces
from tests.workers.sharing import most_within

FRESH = iter(range(1_000_000))
BEGIN = 1_000_000_000.0


async def call(db: Database, kind: str, place: int, now: float) -> str | None:
    """As a worker claims one call.  Returns the chat where it may go."""
    chat, post, reader = ChatId(-place), PostId(place * 10), Pseudonym(place.to_bytes(16))
    keys = {"private": [private_key(reader)], "post": [chat_key(chat)]}
    async with db.write() as tx:
        states = await paces.lock(tx, ALL, keys.get(kind, [chat_key(chat), message_key(post)]))
        budget = Budget(states, now)
        match kind:
            case "private" if budget.private_at(reader) <= now:
                budget.spend_private(reader)
            case "post" if budget.post_at(chat, now) <= now:
                budget.spend_post(chat)
            case "redraw" if budget.redraw_at(chat, post, now) <= now:
                budget.spend_redraw(chat, post)
            case _:
                return None
        await paces.store(tx, budget.changed)
    return f"{'private' if kind == 'private' else 'chat'} {place}"


moments = st.tuples(
    st.floats(0, 1.5),
    st.lists(
        st.tuples(st.sampled_from(["private", "post", "redraw"]), st.integers(1, 3)), min_size=2, max_size=8
    ),
)


# Each example begins an hour later, when every budget is whole again.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(st.lists(moments, max_size=25))
async def test_no_limit_is_broken_by_processes_that_claim_at_once(
    db: Database, turns: list[tuple[float, list[tuple[str, int]]]]
) -> None:
    now = BEGIN + 3600.0 * next(FRESH)
    sent: dict[str, list[float]] = defaultdict(list)
    for wait, wishes in turns:
        now += wait
        for chat in await asyncio.gather(*(call(db, kind, place, now) for kind, place in wishes)):
            if chat is not None:
                sent[chat].append(now)

    for chat, times in sent.items():
        if chat.startswith("chat"):
            assert most_within(times, 60.0) <= 20
            assert most_within(times, 1.0) <= 1
        else:
            assert most_within(times, 1.0) <= PRIVATE.burst + 1
            assert most_within(times, 60.0) <= PRIVATE.burst + 60
    everything = sorted(time for times in sent.values() for time in times)
    assert most_within(everything, 1.0) <= OVERALL.burst + 1 / OVERALL.interval <= 30


async def test_what_is_allowed_is_used_up(db: Database) -> None:
    """The limits above are not kept by sending nothing."""
    posts = [await call(db, "post", 1, BEGIN + second) for second in range(30)]
    answers = [await call(db, "private", 1, BEGIN + 30 + second) for second in range(20)]

    assert len([chat for chat in posts if chat]) >= CHAT.burst + 30 // CHAT.interval - 1
    assert None not in answers
