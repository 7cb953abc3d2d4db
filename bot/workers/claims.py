"""What workers of several processes share while they claim calls and store what came of them."""

from collections.abc import Collection
from datetime import datetime

from bot.domain.ids import ChatId, PostId
from bot.telegram.limits import ALL, Budget, chat_key, message_key
from bot.telegram.verdict import TryLater, Verdict
from db.engine import Database, Tx
from db.queries import pace as paces


async def mend(db: Database, keys: Collection[str], now: datetime) -> None:
    """A clock was put back: the budget that was written before must not stop us until it has caught up."""
    async with db.write() as tx:
        budget = Budget(await paces.lock(tx, ALL, keys), now.timestamp())
        await paces.store(tx, budget.changed)


async def store_outcome(
    tx: Tx,
    chat: ChatId,
    verdict: Verdict,
    now: datetime,
    *,
    holder: str,
    wait: float = 0.0,
    message: PostId | None = None,
    done: bool = True,
) -> None:
    """The call in this chat has ended: another one may go there, and what Telegram said about waiting holds for all
    processes.  ``message`` is the post that was drawn, and ``done`` whether this need not be repeated.
    """
    everybody = ALL if isinstance(verdict, TryLater) and verdict.whole_bot else None
    keys = [chat_key(chat)] if message is None else [chat_key(chat), message_key(message)]
    budget = Budget(await paces.lock(tx, everybody, keys), now.timestamp())
    budget.free(chat, holder)
    if isinstance(verdict, TryLater):
        budget.obey(chat_key(chat), verdict, wait)
    if message is not None and done:
        budget.drawn(message)
    elif message is not None:
        budget.failed(message, wait)
    await paces.store(tx, budget.changed)
