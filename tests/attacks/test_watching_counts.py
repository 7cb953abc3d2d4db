"""Somebody reads the shown numbers each second and knows who pressed in which: no single vote can be told."""

import itertools
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.domain.shown import Publication, advance, visible
from bot.sections import Privacy
from tests.attacks.watcher import ATTACKS, Claims, Moment, Screen, better_than_guessing, by_the_second, told
from tests.conftest import HandClock
from tests.flows.conftest import newsroom_with_bot

LABELS = ("👍 Погоджуюсь", "👎 Не погоджуюсь", "🤷 Важко сказати")
LEANINGS = ((0.5, 0.3, 0.2), (0.34, 0.33, 0.33), (0.8, 0.15, 0.05))


def crowd(seed: int, leaning: tuple[float, ...], voters: int = 150) -> list[int]:
    return Random(seed).choices(range(len(leaning)), leaning, k=voters)


def watch(choices: list[int], step: int, seed: int) -> list[Moment]:
    """One vote a second: the easiest case for the attacker."""
    random, state = Random(f"slack {seed}"), Publication((0, 0, 0), (0, 0, 0))
    counts, watched = [0, 0, 0], [Moment((), (None, None, None))]
    for voter, option in enumerate(choices):
        counts[option] += 1
        state = advance(state, (counts[0], counts[1], counts[2]), step, random.randrange(step))
        watched.append(Moment((voter,), visible(state.shown, step)))
    return watched


def all_claims(step: int, attack: Callable[[list[Moment]], Claims]) -> tuple[Claims, dict[int, int]]:
    """Over many ballots."""
    claims: Claims = {}
    truth: dict[int, int] = {}
    for leaning in LEANINGS:
        for seed in range(30):
            choices = crowd(seed, leaning)
            first = len(truth)
            truth |= {first + voter: option for voter, option in enumerate(choices)}
            found = attack(watch(choices, step, seed))
            claims |= {first + voter: option for voter, option in found.items()}
    return claims, truth


def test_no_vote_changes_the_screen_of_its_own_second_by_itself() -> None:
    claims, truth = all_claims(5, by_the_second)

    assert better_than_guessing(claims, truth) < 0.05
    assert len(claims) < len(truth) / 10


@pytest.mark.parametrize("attack", ATTACKS)
def test_whoever_knows_all_times_does_not_guess_better_than_by_the_result(
    attack: Callable[[list[Moment]], Claims],
) -> None:
    claims, truth = all_claims(5, attack)

    assert better_than_guessing(claims, truth) < 0.05


@pytest.mark.parametrize("attack", ATTACKS)
def test_weak_ballot_with_live_counts_tells_every_vote(attack: Callable[[list[Moment]], Claims]) -> None:
    claims, truth = all_claims(1, attack)

    assert told(claims, truth) == len(claims) == len(truth)


def screen_of(message: dict[str, Any]) -> Screen:
    """Numbers behind the options; of several in a label, the first."""
    labels = [key["text"] for row in message["reply_markup"]["inline_keyboard"] for key in row]
    found = []
    for label in labels[: len(LABELS)]:
        digits = "".join(c if c.isdigit() else " " for c in label.partition("·")[2]).split()
        found.append(int(digits[0]) if digits and "<" not in label else None)
    return tuple(found)


@pytest.mark.parametrize(("step", "minimum"), [(5, 10), (1, 1)], ids=["published", "weak: live"])
async def test_watching_the_real_ballot(
    database_url: str, tmp_path: Path, clock: HandClock, step: int, minimum: int
) -> None:
    """The keyboard and the notices, read after each vote through Telegram."""
    choices = crowd(3, LEANINGS[0], voters=36)
    privacy = Privacy(step=step, minimum=minimum)
    notices: list[str] = []
    async with newsroom_with_bot(database_url, tmp_path, clock, privacy=privacy) as chat:
        await chat.connect()
        await chat.publish("Мости\n\nТекст.\n\nЩо скажете?")
        watched = [Moment((), (None, None, None))]
        for voter, option in enumerate(choices):
            reader = await chat.people.user(f"Читач {voter}", "uk")
            notices.append(await chat.vote(LABELS[option], by=reader))
            await chat.settle()
            history = await chat.people.history(chat.channel, by=chat.owner)
            ballot = next(m for m in reversed(history) if "reply_markup" in m)
            watched.append(Moment((voter,), screen_of(ballot)))

    claims, truth = by_the_second(watched), dict(enumerate(choices))
    changes = sum(one.screen != other.screen for one, other in itertools.pairwise(watched))
    if step == 1:
        assert told(claims, truth) > len(truth) / 3
        assert len(set(notices)) > len(choices) / 2  # each tells the newest count
    else:
        assert told(claims, truth) <= 1
        assert changes <= len(choices) / step  # it moves, but in steps
        assert len(set(notices)) <= len(LABELS) * (changes + 1)
