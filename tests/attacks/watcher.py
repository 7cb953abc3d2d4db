"""A subscriber who reads the numbers each second and knows, from elsewhere, who pressed when; not what."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

Screen = tuple[int | None, ...]  # a number for each option, as far as one is shown


@dataclass(frozen=True, slots=True)
class Moment:
    """Who pressed in this second, and what the screen shows at its end."""

    pressed: tuple[int, ...]
    screen: Screen


Claims = dict[int, int]  # who chose which option, the attacker says


def rises(before: Screen, after: Screen) -> list[int]:
    return [at for at, (old, new) in enumerate(zip(before, after, strict=True)) if (new or 0) > (old or 0)]


def by_the_second(watched: Sequence[Moment]) -> Claims:
    """One press, one second, and one number that rose: that was it."""
    claims: Claims = {}
    for before, now in itertools.pairwise(watched):
        risen = rises(before.screen, now.screen)
        if len(now.pressed) == 1 and len(risen) == 1:
            claims[now.pressed[0]] = risen[0]
    return claims


def by_the_window(watched: Sequence[Moment]) -> Claims:
    """Between two changes of the screen only one number rose: all who pressed in between chose it."""
    claims: Claims = {}
    window: list[int] = []
    for before, now in itertools.pairwise(watched):
        window += now.pressed
        if now.screen != before.screen:
            risen = rises(before.screen, now.screen)
            if len(risen) == 1:
                claims |= dict.fromkeys(window, risen[0])
            window = []
    return claims


def by_exact_windows(watched: Sequence[Moment]) -> Claims:
    """As before, but only where as many pressed as the number rose by: then nobody else can be in it."""
    claims: Claims = {}
    window: list[int] = []
    for before, now in itertools.pairwise(watched):
        window += now.pressed
        if now.screen != before.screen:
            risen = rises(before.screen, now.screen)
            gained = sum((now.screen[at] or 0) - (before.screen[at] or 0) for at in risen)
            if len(risen) == 1 and gained == len(window):
                claims |= dict.fromkeys(window, risen[0])
            window = []
    return claims


ATTACKS = (by_the_second, by_the_window, by_exact_windows)


def told(claims: Claims, truth: dict[int, int]) -> int:
    """How many votes the attacker got right."""
    return sum(truth[voter] == option for voter, option in claims.items())


def better_than_guessing(claims: Claims, truth: dict[int, int]) -> float:
    """How much oftener the claims are right than naming each time what most people chose; 0 without claims."""
    if not claims:
        return 0.0
    counts = [sum(option == each for option in truth.values()) for each in set(truth.values())]
    return told(claims, truth) / len(claims) - max(counts) / len(truth)
