import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.betrayal import PLACEHOLDER, Betrayal, Kind
from bot.services.betrayals import find_betrayals, trimmed
from tests.services.betrayal_corpus import BETRAYING, HARMLESS

PIECES = st.sampled_from(
    [said for _, said, _ in BETRAYING]
    + list(HARMLESS)
    + [
        "я працюю в ",
        "мене звати ",
        "вул. ",
        ", кв. ",
        "0",
        "97",
        "+",
        "@",
        ".",
        " ",
        "\n",
        "№",
        "в/ч ",
        "1234",
        "Іван",
        "школі ",
        "\u0301",
    ]
    + [PLACEHOLDER, "[", "…]", "\u200b", "(", "-", "тел. ", "паспорт ", "12", "UA", "t.me/"]
)
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(PIECES, max_size=12).map("".join),
    st.lists(PIECES, max_size=12).map(" ".join),
)


@pytest.mark.parametrize(("kind", "said", "left"), BETRAYING)
def test_what_betrays_is_found_and_the_sentence_stays(kind: str, said: str, left: str) -> None:
    found = find_betrayals(said)

    assert ([str(one.kind) for one in found], trimmed(said, found)) == ([kind], left)


@pytest.mark.parametrize("said", HARMLESS)
def test_what_betrays_nobody_is_left_alone(said: str) -> None:
    assert find_betrayals(said) == ()


def test_offsets_are_code_points_of_the_text_as_it_was_written() -> None:
    said = "🙂 е\u0301 Тел. ０\u200b97 123\u00a045 67!"

    assert find_betrayals(said) == (Betrayal(10, 24, Kind.PHONE),)
    assert said[10:24] == "０\u200b97 123\u00a045 67"


def test_several_findings_are_in_order_and_each_is_trimmed() -> None:
    said = "Мене звати Оксана. Я працюю в школі №15, пишіть @oksana_k або 097 123 45 67."

    found = find_betrayals(said)

    assert [one.kind for one in found] == [Kind.NAME, Kind.WORKPLACE, Kind.USERNAME, Kind.PHONE]
    assert trimmed(said, found) == "Мене звати […]. Я працюю в […], пишіть […] або […]."


def test_sentences_that_tell_nothing_tell_nothing_together() -> None:
    assert find_betrayals("\n".join(HARMLESS)) == ()


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_nothing_is_found_in_what_was_trimmed(text: str) -> None:
    assert find_betrayals(trimmed(text, find_betrayals(text))) == ()


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_findings_are_sorted_apart_and_within_the_text(text: str) -> None:
    found = find_betrayals(text)

    edges = [edge for one in found for edge in (one.start, one.end)]
    assert edges == sorted(edges)
    assert all(one.start < one.end <= len(text) for one in found)
