import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.ids import DiscussionId
from bot.services.likeness import COPIED, SHORT, Likeness

HERE, THERE = DiscussionId(1), DiscussionId(2)
CALL = "Вимагаємо негайно скасувати це рішення, бо воно шкодить усім мешканцям нашого міста і не має підстав!"
OTHER = "Не бачу причин для паніки: рішення дивне, але за рік його переглянуть, і всі про нього забудуть назавжди."
LONG = "".join(random.Random(5).choices("абвгдежзиклмнопрстуфхцчшщьюя      ", k=4000))


def test_nothing_is_like_the_first_text() -> None:
    assert Likeness().find(HERE, CALL, 1) is None


@pytest.mark.parametrize(
    "copy",
    [
        CALL,
        CALL.upper(),
        CALL.replace("а", "a").replace("о", "o"),  # Latin letters
        CALL.replace(" ", "  ").replace(",", " -") + "!!!",
        "\u200b".join(CALL),
        CALL.replace("і", "ії", 1),
    ],
)
def test_disguised_copy_is_nearly_the_same(copy: str) -> None:
    likeness = Likeness()
    likeness.add(HERE, CALL, 1)

    found = likeness.find(HERE, copy, 2)

    assert found is not None
    assert found >= 0.9


def test_copy_with_a_few_other_words_is_a_copy_and_another_opinion_is_none() -> None:
    likeness = Likeness()
    likeness.add(HERE, CALL, 1)

    edited = likeness.find(HERE, "Друзі! " + CALL.replace("негайно", "одразу"), 2)
    other = likeness.find(HERE, OTHER, 2)

    assert edited is not None
    assert other is not None
    assert COPIED <= edited < 1
    assert other < COPIED / 2


def test_update_that_comes_again_is_no_copy_of_itself() -> None:
    likeness = Likeness()
    likeness.add(HERE, CALL, 1)
    likeness.add(HERE, OTHER, 2)

    assert likeness.find(HERE, OTHER, 2) == likeness.find(HERE, OTHER, 2)
    assert (likeness.find(HERE, CALL, 1) or 0) < COPIED


def test_text_that_was_changed_leaves_nothing_of_the_old_one() -> None:
    likeness = Likeness()
    likeness.add(HERE, CALL, 1)
    likeness.add(HERE, OTHER, 1)

    assert (likeness.find(HERE, CALL, 2) or 0) < COPIED
    assert likeness.find(HERE, OTHER, 2) == 1


@pytest.mark.parametrize("short", ["так", "згоден", "Повністю згоден з автором!", "👍" * 100, "а" * 4000, ""])
def test_short_texts_are_never_copies(short: str) -> None:
    likeness = Likeness()
    likeness.add(HERE, CALL, 1)
    likeness.add(HERE, short, 2)

    assert likeness.find(HERE, short, 3) is None


def test_each_discussion_has_its_own_texts_and_forgets_them() -> None:
    likeness = Likeness()
    likeness.add(HERE, CALL, 1)
    likeness.add(THERE, CALL, 2)
    assert likeness.find(THERE, CALL, 3) == 1

    likeness.forget(THERE)

    assert likeness.find(THERE, CALL, 3) is None
    assert likeness.find(HERE, CALL, 3) == 1


def test_withdrawn_text_is_dropped() -> None:
    likeness = Likeness()
    likeness.add(HERE, CALL, 1)

    likeness.drop(HERE, 1)
    likeness.drop(THERE, 1)

    assert likeness.find(HERE, CALL, 2) is None


def test_only_the_last_texts_are_kept() -> None:
    likeness = Likeness(most=2)
    for key, text in enumerate([CALL, OTHER, LONG]):
        likeness.add(HERE, text, key)

    assert (likeness.find(HERE, CALL, 9) or 0) < COPIED
    assert likeness.find(HERE, OTHER, 9) == likeness.find(HERE, LONG, 9) == 1


@pytest.mark.parametrize(("share", "least", "most"), [(0.01, 0.9, 0.99), (0.05, 0.65, 0.9), (0.5, 0, 0.2)])
def test_long_texts_are_as_like_as_the_letters_that_were_kept(
    share: float, least: float, most: float
) -> None:
    chance = random.Random(7)
    likeness = Likeness()
    likeness.add(HERE, LONG, 1)
    edited = list(LONG)
    for place in chance.sample(range(len(LONG)), int(len(LONG) * share)):
        edited[place] = chance.choice("їєґ")

    found = likeness.find(HERE, "".join(edited), 2)

    assert found is not None
    assert least <= found <= most


@given(
    st.text(alphabet="абвгґд ", min_size=SHORT * 3, max_size=600), st.text(alphabet="абвгґд ", max_size=600)
)
@settings(deadline=None)
def test_likeness_is_a_share_the_same_both_ways(a: str, b: str) -> None:
    forth, back = Likeness(), Likeness()
    forth.add(HERE, a, 1)
    back.add(HERE, b, 1)

    found = forth.find(HERE, b, 2)

    assert found == back.find(HERE, a, 2)
    assert found is None or 0 <= found <= 1
