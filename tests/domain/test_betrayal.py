from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.betrayal import (
    Betrayal,
    Kind,
    is_card,
    is_iban,
    is_pesel,
    is_ukrainian_tax_number,
    merged,
    without,
)


def test_what_overlaps_is_one_finding_of_the_kind_of_its_longest_part() -> None:
    found = [
        Betrayal(20, 25, Kind.NAME),
        Betrayal(3, 6, Kind.UNIT),
        Betrayal(0, 9, Kind.WORKPLACE),
        Betrayal(5, 12, Kind.CARD),
    ]

    assert merged(found) == (Betrayal(0, 12, Kind.WORKPLACE), Betrayal(20, 25, Kind.NAME))


def test_findings_that_touch_stay_two() -> None:
    found = (Betrayal(0, 3, Kind.NAME), Betrayal(3, 6, Kind.UNIT))

    assert merged(found) == found


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20))))
def test_merged_findings_cover_the_same_places_and_never_overlap(spans: list[tuple[int, int]]) -> None:
    found = [Betrayal(start, start + length, Kind.PHONE) for start, length in spans]

    whole = merged(found)

    def places(findings: list[Betrayal]) -> set[int]:
        return {place for one in findings for place in range(one.start, one.end)}

    assert places(list(whole)) == places(found)
    assert all(a.end <= b.start for a, b in pairwise(whole))


def test_each_finding_gives_way_to_the_placeholder() -> None:
    assert (
        without("Я Іван, мені 30", [Betrayal(13, 15, Kind.BIRTH), Betrayal(2, 6, Kind.NAME)])
        == "Я […], мені […]"
    )


@pytest.mark.parametrize(
    ("judge", "right"),
    [
        (is_card, "4111111111111111"),
        (is_card, "5555555555554444"),
        (is_card, "378282246310005"),
        (is_iban, "ua213223130000026007233566001"),
        (is_iban, "de89370400440532013000"),
        (is_iban, "gb29nwbk60161331926819"),
        (is_pesel, "44051401359"),
        (is_pesel, "02070803628"),
        (is_ukrainian_tax_number, "1759013776"),
    ],
)
def test_sum_knows_its_number_and_no_neighbour(judge, right: str) -> None:  # type: ignore[no-untyped-def] # a plain function
    changed = [
        right[:place] + str((int(right[place]) + 1) % 10) + right[place + 1 :]
        for place in range(5, len(right))
        if right[place].isdigit()
    ]

    assert judge(right)
    assert not any(judge(other) for other in changed)
