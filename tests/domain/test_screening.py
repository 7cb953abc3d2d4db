from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.screening import Limits, Roots, banned_word, has_link, is_flood, is_shouting

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROOTS = Roots(frozenset({"mpaзь", "ckyht"}), frozenset({"лox"}))


@pytest.mark.parametrize(
    "text",
    [
        "мразь",
        "Ви — МРАЗЬ!",
        "мразький",
        "м р а з ь",
        "м.р.а.з.ь",
        "мр*азь",
        "мpaзь",
        "мраааазь",
        "мра\u200bзь",
        "ло\u0301х",
    ],
)
def test_banned_word_is_found_however_it_is_disguised(text: str) -> None:
    assert banned_word(text, ROOTS)


@pytest.mark.parametrize("text", ["", "змразь", "прискунтор", "лохина", "мра зь", "Так, ні. І що?"])
def test_what_stands_inside_a_word_is_no_word(text: str) -> None:
    assert not banned_word(text, ROOTS)


def test_without_roots_no_word_is_banned() -> None:
    assert not banned_word("мразь", Roots())


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/a",
        "дивись HTTP://EXAMPLE.COM",
        "hxxp://example.com",
        "www.example.com",
        "заходьте на example.com.ua!",
        "bit.ly/3abc",
        "t.me/canal",
        "youtu.be/x",
        "сайт.укр",
        "example[.]com",
        "exam\u200bple.com",
        "ｅｘａｍｐｌｅ．ｃｏｍ",
        "example крапка com",
        "tg://join?invite=x",
        "(example.org)",
    ],
)
def test_link_is_found(text: str) -> None:
    assert has_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "Так.Ні.Може бути",
        "Кінець.Комедія",
        "The end.It was late.Now go.",
        "і/або, так/ні",
        "24.02.2022 о 5.00",
        "ivan@gmail.com",  # an address of a person: it betrays, it leads nowhere
        "ст. 190.1 ККУ",
        "U.S. policy, e.g. sanctions",
        "крапка",
        "",
    ],
)
def test_sentences_are_no_links(text: str) -> None:
    assert not has_link(text)


@pytest.mark.parametrize(
    ("text", "shouts"),
    [
        ("ЦЕ ВСЕ БРЕХНЯ І НЕПРАВДА!!!", True),
        ("ЦЕ ВСЕ БРЕХНЯ І НЕПРАВДА, кажу вам", True),
        ("Це все БРЕХНЯ і НЕПРАВДА, кажу вам ще раз", False),
        ("НАТО, ООН, ЄС", False),
        ("Це спокійний текст без крику і без великих літер", False),
        ("12345 67890 12345 67890", False),
        ("", False),
    ],
)
def test_mostly_capitals_are_shouting(text: str, shouts: bool) -> None:
    assert is_shouting(text) is shouts


def ago(*seconds: float) -> list[datetime]:
    return [NOW - timedelta(seconds=s) for s in seconds]


@pytest.mark.parametrize(
    ("earlier", "flood"),
    [
        ([], False),
        (ago(10, 20), False),
        (ago(10, 20, 59.9), True),
        (ago(10, 20, 60), False),
        (ago(100, 200, 300, 400), False),
        (ago(100, 200, 300, 400, 500), True),
        (ago(100, 200, 300, 400, 86_400), False),
        (ago(100, 200, 300, 400, 86_399), True),
    ],
)
def test_one_message_too_many_is_a_flood(earlier: list[datetime], flood: bool) -> None:
    assert is_flood(earlier, NOW, Limits(per_minute=3, per_day=5)) is flood


@given(st.lists(st.integers(0, 200_000)), st.integers(1, 10), st.integers(1, 50))
def test_fewer_messages_or_wider_limits_are_never_more_of_a_flood(
    seconds: list[int], minute: int, day: int
) -> None:
    times = ago(*seconds)

    if not is_flood(times, NOW, Limits(minute, day)):
        assert not is_flood(times[1:], NOW, Limits(minute, day))
        assert not is_flood(times, NOW, Limits(minute + 1, day + 1))
