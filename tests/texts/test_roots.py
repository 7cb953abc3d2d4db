from pathlib import Path

import pytest

from bot.domain.screening import Roots, banned_word
from bot.texts import languages
from bot.texts.roots import BIGGEST, RootsError, load_roots, parse_roots

CLEAN = (
    "Скунторп Scunthorpe сукня сукупність Херсон хутро страхуй підстрахуйте застрахувати гімн гімназія тварина тварини покинути "
    "виродження лохина лайнер курваль худий хуліган мандарин Мандела команда ебоніт небо потреба колебание требовать оскорблять "
    "ребенок ребята жидкость жидкий ожидать Нігерія нигерийский ібупрофен Іберія дебати дебет собака суккулент сучасний "
    "сутки сук уродженець природа народ урожай Pakistan class assess passage cockpit cocktail grass shitake analysis document title "
    "spice retardant Essex pornographic Nigeria skunk swank підорлик"
)


def test_lists_of_three_languages_are_packaged_and_languages_of_texts_stay() -> None:
    roots = load_roots(None)

    assert languages() == ("en", "uk")
    assert banned_word("Ти ідіот", roots)
    assert banned_word("ну и к.р.е.т.и.н", roots)
    assert banned_word("you aѕѕhole", roots)  # Cyrillic ѕ


@pytest.mark.parametrize("word", CLEAN.split(" "))
def test_harmless_words_meet_no_root(word: str) -> None:
    assert not banned_word(word, load_roots(None))


@pytest.mark.parametrize("language", ["uk", "en", "ru"])
def test_own_list_of_a_language_takes_the_place_of_ours(tmp_path: Path, language: str) -> None:
    (tmp_path / f"{language}.txt").write_text("# own\nбузин # a plant\n\nгра$\n", "utf-8")
    said = {"uk": "довбень", "en": "scumbag", "ru": "ублюдок"}

    roots = load_roots(tmp_path)

    assert banned_word("бузиновий", roots)
    assert banned_word("гра", roots)
    assert not banned_word("граблі", roots)
    assert {of: banned_word(word, roots) for of, word in said.items()} == {of: of != language for of in said}


def test_own_list_may_add_a_language(tmp_path: Path) -> None:
    (tmp_path / "pl.txt").write_bytes("\ufeffgłupek\r\n".encode())

    assert banned_word("Głupek!", load_roots(tmp_path))
    assert banned_word("ідіот", load_roots(tmp_path))


def test_roots_are_folded_when_they_are_read() -> None:
    assert parse_roots("uk.txt", "МРАЗЗЗЬ\nЛох$\n".encode()) == Roots(
        frozenset({"mpaзь"}), frozenset({"лox"})
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe\x00", "uk.txt: a list of words is a text in UTF-8"),
        ("добре\nдва слова\n".encode(), "uk.txt, line 2: a root is one word"),
        ("аа\n".encode(), "uk.txt, line 1: a root is one word"),
        (b"$\n", "uk.txt, line 1: a root is one word"),
        (b"a" * (BIGGEST + 1), f"uk.txt: a list of words has at most {BIGGEST} bytes"),
    ],
)
def test_bad_list_is_named_in_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "uk.txt").write_bytes(content)

    with pytest.raises(RootsError) as refused:
        load_roots(tmp_path)

    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_folder_that_is_missing_or_empty_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RootsError, match="cannot be read"):
        load_roots(tmp_path / "none")
    with pytest.raises(RootsError, match="there is no list of words"):
        load_roots(tmp_path)
