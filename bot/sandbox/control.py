"""Looking behind the scenes, and making things go wrong."""

from collections.abc import Sequence
from random import Random
from typing import Any

from bot.sandbox import facts, seeing
from bot.sandbox.errors import PeopleError
from bot.sandbox.faults import KINDS, OUTAGES, WITHOUT_WAITING, Chance, Fault
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


def faults_from(
    world: World,
    seed: int,
    probability: float,
    kinds: Sequence[str] = WITHOUT_WAITING,
    method: str | None = None,
    **details: Any,
) -> None:
    """From now on each call fails with this probability, in one of these ways; 0 ends it."""
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise PeopleError(f"there is no fault {', '.join(unknown) or 'in an empty list'}")
    world.faults.by_chance(chance(probability, seed), kinds, Fault("", method, details=details))


def clear_faults(world: World) -> None:
    """Those that wait, and those by chance; an outage goes on."""
    world.faults.clear()


def outage(world: World, kind: str = "reset", seconds: float | None = None) -> None:
    """No call gets through and no webhook is called, for so many real seconds or until ``end_outage``."""
    if kind not in OUTAGES:
        raise PeopleError(f"there is no outage {kind!r}; there are {', '.join(OUTAGES)}")
    world.outage.begin(kind, seconds)


def end_outage(world: World) -> None:
    world.outage.end()


def shuffle(world: World, seed: int | None, within: float = 0.05) -> None:
    """Each update for a webhook waits up to ``within`` seconds; those of one queue keep their order."""
    world.delivery.shuffled = None if seed is None else Random(seed)  # noqa: S311 - to be had again
    world.delivery.shuffled_within = within


def duplicate(world: World, probability: float, seed: int = 0) -> None:
    """So many updates are posted to a webhook twice at once, over two connections."""
    world.delivery.duplicated = chance(probability, seed)


def lose_answers(world: World, probability: float, seed: int = 0) -> None:
    """So many answers of a webhook are never seen: the connection is cut, the update comes again."""
    world.delivery.answers_lost = chance(probability, seed)


def retry_scale(world: World, scale: float) -> None:
    """Of the waits between tries to reach a webhook; 1 is Telegram's."""
    world.delivery.retry_scale = scale


def patience(world: World, seconds: float) -> None:
    """How long a webhook may take to answer."""
    world.delivery.patience = seconds


def chance(probability: float, seed: int) -> Chance:
    if not 0 <= probability <= 1:
        raise PeopleError("a probability is between 0 and 1")
    return Chance(probability, seed)


def raw_update(world: World, kind: str, body: Any) -> int:
    """An update of any kind and content, for what a library cannot parse; returns its update_id."""
    return world.inbox.add(kind, body)


def renumber(world: World, first_id: int) -> None:
    """The next update_id, as Telegram may choose after a quiet week."""
    if world.inbox.unconfirmed:
        raise PeopleError("updates are numbered anew only when none waits")
    world.inbox.renumber(first_id)


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
    facts.unanswered,
    facts.messages,
    facts.facts,
    facts.remains,
    seeing.seen_by,
    seeing.reached,
    seeing.everybody,
    fault,
    faults_from,
    clear_faults,
    outage,
    end_outage,
    shuffle,
    duplicate,
    lose_answers,
    retry_scale,
    patience,
    raw_update,
    renumber,
    flood,
    repeat_updates,
    drop_copies,
    copies_after_answer,
    set_privacy,
    answer_window,
)
