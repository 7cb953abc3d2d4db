"""Looking behind the scenes, and making things go wrong."""

from typing import Any

from bot.sandbox.errors import PeopleError
from bot.sandbox.faults import KINDS, Fault
from bot.sandbox.world import JSON, World


def calls(world: World, method: str | None = None) -> list[JSON]:
    """What the bot called, in order; ``outcome`` is "ok", Telegram's refusal, or nothing while it lasts."""
    return [call for call in world.calls if method is None or call["method"].lower() == method.lower()]


def violations(world: World) -> list[JSON]:
    return world.violations


def pending(world: World) -> int:
    """Updates that are neither confirmed nor handed out."""
    return world.inbox.pending


def unconfirmed(world: World) -> int:
    """Updates that the bot has not confirmed, handed out or not."""
    return world.inbox.unconfirmed


def unanswered(world: World) -> list[JSON]:
    """Presses that the bot never answered, oldest first."""
    return [
        {
            "id": query.id,
            "by": query.person,
            "chat": query.chat_id,
            "message_id": query.message_id,
            "data": query.data,
            "fetched": query.id in world.inbox.query_fetched_at,
        }
        for query in world.queries.values()
        if query.answer is None
    ]


def fault(
    world: World,
    kind: str,
    method: str | None = None,
    times: int = 1,
    chat_id: int | str | None = None,
    **details: Any,
) -> None:
    if kind not in KINDS:
        raise PeopleError(f"there is no fault {kind!r}; there are {', '.join(KINDS)}")
    world.faults.waiting.append(Fault(kind, method, chat_id, times, details))


def clear_faults(world: World) -> None:
    world.faults.waiting.clear()


def flood(world: World, mode: str) -> None:
    if mode not in ("off", "record", "enforce"):
        raise PeopleError("flood control is off, record or enforce")
    world.flood.mode = mode


def repeat_updates(world: World, count: int) -> int:
    return world.inbox.repeat(count)


def drop_copies(world: World, on: bool, made: bool = True) -> None:
    """The update about an automatic copy is lost; with ``made=False`` there is no copy, hence no comments."""
    world.copies = ("silent" if made else "none") if on else "before"


def copies_after_answer(world: World, on: bool) -> None:
    world.copies = "after" if on else "before"


def set_privacy(world: World, on: bool) -> None:
    """As in BotFather: the bot must be added anew to the groups that it is in already."""
    world.privacy = on


def answer_window(world: World, seconds: float) -> None:
    world.answer_window = seconds


VERBS = (
    calls,
    violations,
    pending,
    unconfirmed,
    unanswered,
    fault,
    clear_faults,
    flood,
    repeat_updates,
    drop_copies,
    copies_after_answer,
    set_privacy,
    answer_window,
)
