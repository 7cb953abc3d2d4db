import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.folding import LOOK_ALIKES, as_read, fold, read

TRICKY = st.text(alphabet="аaАAоo0бb6з3 пnиu\u0301\u200b.-'*_хxХX\nıßİﬁ½№Ωςᵃ１٣ї", max_size=40)


@pytest.mark.parametrize(
    ("disguised", "plain"),
    [
        ("Мразь", "мразь"),
        ("МРАЗЬ", "мразь"),
        ("мpaзь", "мразь"),  # Latin p and a
        ("μрαзь", "мразь"),  # Greek mu and alpha
        ("мраааазззь!!!", "мразь"),
        ("мра\u200bзь", "мразь"),
        ("мра\u0336зь\u0336", "мразь"),
        ("мр*азь", "мразь"),
        ("мр4аз ь", "мр4аз ь"),
        ("м р а з ь", "мразь"),
        ("м.р.а.з.ь", "мразь"),
        ("і м.р.а.з.ь", "і мразь"),
        ("м р а 3 ь", "м р а 3 ь"),
        ("мра3ь", "мразь"),
        ("ідi0т", "ідіот"),
        ("ｉｄｉｏｔ", "idiot"),
        ("кретuн", "кретин"),  # Latin u
        ("м’ята", "м'ята"),
        ("Е\u0301й", "ей"),
        ("так,ні", "так ні"),
        ("слово \n\t слово", "слово слово"),
        ("№5", "no5"),
    ],
)
def test_disguise_folds_to_the_plain_word(disguised: str, plain: str) -> None:
    assert fold(disguised) == fold(plain)


def test_numbers_stay_numbers() -> None:
    assert fold("2014: 30 000 осіб, 100%") == fold("2014 30 000 осіб 100")
    assert fold("2014") == "2014"


def test_different_words_stay_different() -> None:
    words = ["так", "ні", "кіт", "кит", "мир", "мій", "дім", "дим", "рік", "рок", "пара", "гора"]

    assert len({fold(word) for word in words}) == len(words)


@given(st.one_of(st.text(max_size=100), TRICKY))
@settings(max_examples=1000)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.characters())
def test_what_a_character_is_read_as_is_read_as_itself(character: str) -> None:
    seen = as_read(character)

    assert "".join(map(as_read, seen)) == seen


def test_look_alikes_lead_to_letters_that_are_read_as_themselves() -> None:
    assert all(
        as_read(chr(letter)) == chr(letter) for letter in LOOK_ALIKES.values() if isinstance(letter, int)
    )


def test_reading_knows_where_each_letter_came_from() -> None:
    reading = read("А\u0301 \n\t№\u200b５")

    assert (reading.text, reading.places) == ("a\nno5", (0, 2, 5, 5, 7))
    assert reading.span(0, 1) == (0, 2)  # with its accent
    assert reading.original(2, 5) == "№\u200b５"


@given(st.text(max_size=100))
def test_every_span_lies_within_the_source(text: str) -> None:
    reading = read(text)

    assert len(reading.text) == len(reading.places)
    for start in range(len(reading.text)):
        first, last = reading.span(start, start + 1)
        assert 0 <= first < last <= len(text)
