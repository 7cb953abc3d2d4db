"""How a crowd votes: who presses what, and when, from a seed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random

from bot.sandbox.people import People

FIRST_ID, LAST_ID = 1_000_000_000, 8_500_000_000  # where the ids of real people lie


@dataclass(frozen=True, slots=True)
class Turn:
    at: float  # seconds after the beginning
    voter: int
    label: str


def turnout(
    voters: Sequence[int],
    labels: Sequence[str],
    *,
    seconds: float,
    seed: int | str,
    weights: Sequence[float] | None = None,
    moving: float = 0.0,
) -> list[Turn]:
    """One vote of each voter at a random time, in order of time; ``weights`` say how the labels share them.

    ``moving`` is the share of voters who press another label later, if there is one.
    """
    rng = Random(seed)  # noqa: S311 - a crowd that can be called up again
    turns = []
    for voter in voters:
        at = rng.uniform(0, seconds)
        label = rng.choices(labels, weights)[0]
        turns.append(Turn(at, voter, label))
        if rng.random() < moving and len(set(labels)) > 1:
            other = rng.choice([each for each in labels if each != label])
            turns.append(Turn(rng.uniform(at, seconds), voter, other))
    return sorted(turns, key=lambda turn: turn.at)


async def arrive(
    people: People, count: int, *, seed: int | str, language_code: str | None = "uk"
) -> list[int]:
    """New people with ids, names and usernames that occur nowhere by chance."""
    rng = Random(seed)  # noqa: S311 - a crowd that can be called up again
    ids = rng.sample(range(FIRST_ID, LAST_ID), count)
    for number in ids:
        mark = f"{rng.getrandbits(40):010x}"
        await people.user(f"Читач-{mark}", language_code, f"reader_{mark}", user_id=number)
    return ids


async def turn_out(
    people: People,
    chat: int | None,
    message_id: int,
    turns: Sequence[Turn],
    wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> list[tuple[Turn, str]]:
    """Each turn with the tap that it became.  ``wait`` is for tests that move their clock by hand."""
    past, taps = 0.0, []
    for turn in turns:
        await wait(turn.at - past)
        past = turn.at
        taps.append((turn, await people.tap(chat, message_id, turn.label, by=turn.voter)))
    return taps


def last_votes(turns: Sequence[Turn]) -> dict[int, str]:
    """What each voter ends with."""
    return {turn.voter: turn.label for turn in turns}
