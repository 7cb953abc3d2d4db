"""A text in messages: nothing lost, nothing cut that should stay whole, within Telegram's limits."""

import random
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from uniseg.graphemecluster import (  # type: ignore[import-untyped]  # lacks only py.typed
    grapheme_cluster_boundaries,
)

from bot.domain.article import Article, RichText, Span, Style
from bot.views.article import entities, legal_spans
from bot.views.splitting import Part, is_boundary, split, utf16_length

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
PIECES = [
    *(
        "a",
        "Б",
        "שלום",
        "слово",
        "Кінець. ",
        "Що? ",
        "x,",
        "文。",
        "한",
        "क्ष",
        "\u1100\u1161",
        "\u0600",
        "e\u0301",
    ),
    *(FAMILY, "👍🏽", "🇺🇦", "🇺", "©\ufe0f", "\u200d", "\u0301", "\u0300\u0301", "\u200f", "\ud83d"),
    *(" ", "  ", "\n", "\n\n", "\n \n", "\r\n", "\u00a0", "\u2003", "\t", "\ufeff"),
]
STYLES = [Style.BOLD, Style.ITALIC, Style.UNDERLINE, Style.CODE, Style.QUOTE]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@st.composite
def rich_texts(draw: st.DrawFn) -> RichText:
    text = draw(TEXTS)
    spans = []
    for _ in range(draw(st.integers(0, 8)) if text else 0):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, min(len(text), start + 15)))
        spans.append(Span(start, end, draw(st.sampled_from(STYLES))))
    return RichText(text, tuple(spans))


def looks(text: RichText) -> list[tuple[str, frozenset[Style]]]:
    return [
        (char, frozenset(span.style for span in text.spans if span.start <= at < span.end))
        for at, char in enumerate(text.text)
    ]


def texts(parts: tuple[Part, ...]) -> list[str]:
    return [part.text.text for part in parts]


def together(parts: tuple[Part, ...]) -> str:
    return "".join(part.text.text + part.joint for part in parts)


def beginning(text: str) -> int:
    """Where the first part begins: white space before it is left out, unless a mark stands on it."""
    at = len(text) - len(text.lstrip())
    return at if is_boundary(text, at) else at - 1


@given(rich_texts(), st.integers(2, 60), st.integers(6, 12))
@example(RichText("a" + " " * 9 + "\u0301"), 4, 6)
@example(RichText(" \u0301" * 9), 5, 6)
@example(RichText("\u0600 " * 9), 5, 6)
@example(RichText("🇺🇦" * 9), 7, 6)
@example(RichText("e" + "\u0301" * 30 + "ж"), 7, 6)
def test_parts_together_are_the_text_span_by_span(text: RichText, limit: int, spans: int) -> None:
    parts = split(text, limit, spans)

    if text.text.strip():
        assert together(parts) == text.text[beginning(text.text) :]
    at = beginning(text.text)
    for part in parts:
        end = at + len(part.text.text)
        assert looks(part.text) == looks(text)[at:end]
        assert all(0 <= span.start < span.end <= end - at for span in part.text.spans)
        at = end + len(part.joint)
        assert not part.joint or part.joint.isspace()


@given(rich_texts(), st.integers(2, 60), st.integers(6, 12))
@example(RichText("a" + "\u00a0" * 9 + "b"), 2, 6)
@example(RichText("a" + " " * 9 + "\u0301"), 4, 6)
@example(RichText(" \u0301" * 9), 5, 6)
@example(RichText("\u0600 " * 9), 5, 6)
def test_every_part_fits_and_shows_no_white_space_at_its_edges(
    text: RichText, limit: int, spans: int
) -> None:
    for part in split(text, limit, spans):
        words = part.text.text
        assert 1 <= utf16_length(words) <= limit
        assert len(entities(part.text)) <= spans
        assert not words[0].isspace() or not is_boundary(words, 1)
        assert not words[-1].isspace() or not is_boundary(words, len(words) - 1)


@given(rich_texts(), st.integers(2, 60))
@example(RichText("🇺🇦" * 9), 7)
@example(RichText("\u0600 " * 9), 5)
@example(RichText("ab" + FAMILY * 5), 11)
@example(RichText("a" + " " * 9 + "\u0301"), 4)
def test_no_grapheme_is_cut_but_one_longer_than_a_message(text: RichText, limit: int) -> None:
    whole = text.text
    boundaries = set(grapheme_cluster_boundaries(whole))
    ordered = sorted(boundaries)
    at = beginning(whole)
    for part in split(text, limit):
        for cut in (at, at + len(part.text.text)):
            if cut not in boundaries:
                before = max(place for place in ordered if place < cut)
                after = min(place for place in ordered if place > cut)
                assert utf16_length(whole[before:after]) > limit
        at += len(part.text.text) + len(part.joint)


@given(TEXTS)
@example("\u0915\u094d\u200d\u0937\u094d\u0301\u0937")
@example("\U0001f468\u0301\u200d\U0001f469 \u200d\U0001f469")
@example("a🇺🇦🇺🇦🇺b🇺🇦🇦🇦🇿🇿")
@example("\u0915\u094da\u0915\u0937")
@example("\uac00\u11a8\u1160\u11a8\u1100\uac01\u11a8")
@example("\u0600\u0600a\u0600\n\u00ad\u0301")
def test_graphemes_are_those_of_uniseg(text: str) -> None:
    ours = [at for at in range(len(text) + 1) if is_boundary(text, at)]

    assert ours == (list(grapheme_cluster_boundaries(text)) or [0])


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("One two.\n\nThree four.", 18, ["One two.", "Three four."]),
        ("One.\n\nTwo.\n\nThree.", 12, ["One.\n\nTwo.", "Three."]),
        ("One. Two three. Four five.", 20, ["One. Two three.", "Four five."]),
        ("One two.\nThree four. Five.", 22, ["One two.\nThree four.", "Five."]),
        ("item one\nitem two\nitem three", 20, ["item one\nitem two", "item three"]),
        ("«Так? Ні!» Усе (тут). Далі", 22, ["«Так? Ні!» Усе (тут).", "Далі"]),
        ("one two three four", 10, ["one two", "three four"]),
        ("one two three four", 13, ["one two three", "four"]),
        ("у ст. 5 пише Т. Шевченко про волю", 25, ["у ст. 5 пише Т. Шевченко", "про волю"]),
        ("Він жив у м. Київ тут. Там", 24, ["Він жив у м. Київ тут.", "Там"]),
        ("Прийшов Т. Шевченко", 12, ["Прийшов Т.", "Шевченко"]),
        ("Пан проф. Іваненко сказав", 20, ["Пан проф. Іваненко", "сказав"]),
        ("ціна 3.14 чи 2.5? так", 18, ["ціна 3.14 чи 2.5?", "так"]),
        ("ціна, і т. д. тощо чи ні", 19, ["ціна, і т. д. тощо", "чи ні"]),
        ("слово слово. «так» було потім", 24, ["слово слово. «так» було", "потім"]),
        ("10\u00a0000 грн і 5", 6, ["10\u00a0000", "грн і", "5"]),
        ("漢字です。次の文。終わり", 10, ["漢字です。次の文。", "終わり"]),
        ("「はい。」次の文終わり", 8, ["「はい。」", "次の文終わり"]),
        ("https://example.org/path", 12, ["https://", "example.org/", "path"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("ab👍👍", 3, ["ab", "👍", "👍"]),
        ("a   \n\n   b", 4, ["a", "b"]),
        ("abc \u0301d", 4, ["abc", " \u0301d"]),
    ],
)
def test_text_is_cut_at_the_best_place(text: str, limit: int, expected: list[str]) -> None:
    assert texts(split(RichText(text), limit)) == expected


def test_title_stays_with_the_beginning_of_a_paragraph_too_long_for_one_message() -> None:
    long = "word " * 20

    parts = split(RichText(f"Title\n\n{long.strip()}"), 40)

    assert texts(parts)[0] == "Title\n\nword word word word word word"


def test_title_stands_alone_above_a_paragraph_that_just_fits() -> None:
    long = ("word " * 8).strip()

    assert texts(split(RichText(f"Title\n\n{long}"), 40)) == ["Title", long]


def test_joints_hold_the_white_space_between_parts() -> None:
    assert split(RichText("  one \n\n two  three \n"), 5) == (
        Part(RichText("one"), " \n\n "),
        Part(RichText("two"), "  "),
        Part(RichText("three"), " \n"),
    )


def test_span_over_a_cut_goes_on_in_the_next_part() -> None:
    link = (Span(2, 11, Style.LINK, "https://e.org"), Span(8, 13, Style.BOLD))

    assert split(RichText("aa bbb ccc ddd", link), 6) == (
        Part(RichText("aa bbb", (Span(2, 6, Style.LINK, "https://e.org"),)), " "),
        Part(RichText("ccc", (Span(0, 3, Style.LINK, "https://e.org"), Span(1, 3, Style.BOLD))), " "),
        Part(RichText("ddd", (Span(0, 2, Style.BOLD),)), ""),
    )


def test_short_text_is_one_part_and_white_space_none() -> None:
    assert split(RichText("a" * 4096)) == (Part(RichText("a" * 4096), ""),)
    assert split(RichText(" \n\u00a0")) == ()
    assert split(RichText("")) == ()


def test_part_ends_before_the_entity_that_telegram_would_drop() -> None:
    text = "word " * 250
    spans = tuple(Span(at, at + 4, Style.BOLD) for at in range(0, len(text), 5))

    parts = split(RichText(text, spans))

    assert [len(entities(part.text)) for part in parts] == [100, 100, 50]
    assert together(parts) == text


def test_entities_are_counted_as_they_are_sent() -> None:
    text = "a b " * 60
    codes = [Span(at, at + 1, Style.CODE) for at in range(0, len(text), 4)]
    rich = RichText(text, (Span(0, len(text), Style.BOLD), *codes))
    assert len(legal_spans(rich.spans, len(text))) == 120

    parts = split(rich)

    assert [len(entities(part.text)) for part in parts] == [100, 20]


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("я" * 10_000, [4096, 4096, 1808]),
        ("👍" * 4_096, [4096, 4096]),
        (FAMILY * 1_000, [4096, 3904]),
        ("🇺🇦" * 2_000, [4096, 3904]),
        ("a" * 50_000, [4096] * 12 + [848]),
        ("e" + "\u0301" * 5_000, [4096, 905]),
        ("аб" + "e" + "\u0301" * 4_095, [2, 4096]),
    ],
)
def test_text_without_spaces_fills_messages(text: str, sizes: list[int]) -> None:
    parts = split(RichText(text))

    assert [utf16_length(part.text.text) for part in parts] == sizes
    assert together(parts) == text


def test_title_of_10000_characters_is_bold_in_every_part() -> None:
    parts = split(Article("т" * 10_000, RichText("body")).whole())

    assert [entities(part.text) for part in parts] == [
        [{"type": "bold", "offset": 0, "length": 4096}],
        [{"type": "bold", "offset": 0, "length": 4096}],
        [{"type": "bold", "offset": 0, "length": 1808}],
    ]
    assert parts[2].text.text.endswith("т\n\nbody")


def test_utf16_length_counts_units() -> None:
    assert utf16_length("aя👍" + FAMILY + "\ud83d") == 1 + 1 + 2 + 8 + 1


@pytest.mark.parametrize(
    "kind", ["paragraphs", "one paragraph", "no spaces", "flags", "marks", "spaces", "abbreviations"]
)
def test_longest_article_is_split_in_a_moment(kind: str) -> None:
    """About 0.1 to 0.5 s; asking uniseg about all of it takes from half a minute to hours."""
    chance = random.Random(1)
    words = ["слово", "Мова.", "«так»,", "ні", "Хто?", "наприклад", "2026"]
    text = {
        "paragraphs": lambda: "\n\n".join(" ".join(chance.choices(words, k=90)) for _ in range(370)),
        "one paragraph": lambda: " ".join(chance.choices(words, k=35_000)),
        "no spaces": lambda: "a" * 200_000,
        "flags": lambda: "🇺🇦" * 100_000,
        "marks": lambda: "e" + "\u0301" * 200_000,
        "spaces": lambda: "a" + " " * 200_000 + "b",
        "abbreviations": lambda: "ст. А. (, і) " * 15_000,
    }[kind]()[:200_000]

    began = time.process_time()
    parts = split(RichText(text))

    assert time.process_time() - began < 5
    assert together(parts) == text
