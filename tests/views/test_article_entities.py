"""Formatting to Telegram's entities and back."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.article import RichText, Span, Style
from bot.views.article import entities, from_entities

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
KINDS = [
    (Style.BOLD, ""),
    (Style.ITALIC, ""),
    (Style.SPOILER, ""),
    (Style.CODE, ""),
    (Style.PRE, "py"),
    (Style.QUOTE, ""),
    (Style.QUOTE, "expandable"),
    (Style.LINK, "https://a.org"),
    (Style.LINK, "https://b.org"),
]


@st.composite
def rich_texts(draw: st.DrawFn) -> RichText:
    text = draw(st.text(st.sampled_from(["a", "я", "👍", "\u200d", "\u0301", " ", "\n", "🇺"]), max_size=20))
    spans = []
    for _ in range(draw(st.integers(0, 7)) if text else 0):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        spans.append(Span(start, end, *draw(st.sampled_from(KINDS))))
    return RichText(text, tuple(spans))


def looks(text: RichText) -> list[tuple[str, frozenset[tuple[Style, str]]]]:
    return [
        (char, frozenset((span.style, span.detail) for span in text.spans if span.start <= at < span.end))
        for at, char in enumerate(text.text)
    ]


def sent(text: RichText) -> RichText:
    """As Telegram would show it."""
    return from_entities(text.text, entities(text))


def test_entities_count_utf16_units() -> None:
    text = RichText(f"{FAMILY} жир", (Span(6, 9, Style.BOLD), Span(0, 5, Style.STRIKE)))

    assert entities(text) == [
        {"type": "strikethrough", "offset": 0, "length": 8},
        {"type": "bold", "offset": 9, "length": 3},
    ]


def test_entities_carry_address_language_and_kind_of_quotation() -> None:
    text = RichText(
        "abcde",
        (
            Span(0, 1, Style.LINK, "https://e.org"),
            Span(1, 2, Style.PRE, "py"),
            Span(2, 3, Style.PRE),
            Span(3, 4, Style.QUOTE, "expandable"),
            Span(4, 5, Style.QUOTE),
        ),
    )

    assert entities(text) == [
        {"type": "text_link", "offset": 0, "length": 1, "url": "https://e.org"},
        {"type": "pre", "offset": 1, "length": 1, "language": "py"},
        {"type": "pre", "offset": 2, "length": 1},
        {"type": "expandable_blockquote", "offset": 3, "length": 1},
        {"type": "blockquote", "offset": 4, "length": 1},
    ]


def test_crossing_spans_are_cut_so_that_they_nest() -> None:
    text = RichText("abcdef", (Span(0, 4, Style.BOLD), Span(2, 6, Style.ITALIC)))

    assert [(e["type"], e["offset"], e["length"]) for e in entities(text)] == [
        ("bold", 0, 4),
        ("italic", 2, 2),
        ("italic", 4, 2),
    ]


def test_nested_and_touching_spans_stay_whole() -> None:
    text = RichText(
        "abcdef",
        (
            Span(1, 3, Style.BOLD),
            Span(0, 6, Style.ITALIC),
            Span(3, 5, Style.BOLD),
            Span(2, 3, Style.LINK, "https://e.org"),
        ),
    )

    assert [(e["type"], e["offset"], e["length"]) for e in entities(text)] == [
        ("italic", 0, 6),
        ("bold", 1, 4),
        ("text_link", 2, 1),
    ]


def test_quotation_is_never_cut_and_holds_no_other() -> None:
    text = RichText(
        "abcdef", (Span(0, 3, Style.BOLD), Span(1, 6, Style.QUOTE), Span(2, 4, Style.QUOTE, "expandable"))
    )

    assert [(e["type"], e["offset"], e["length"]) for e in entities(text)] == [
        ("bold", 0, 1),
        ("blockquote", 1, 5),
        ("bold", 1, 2),
    ]


def test_code_holds_nothing_and_stands_in_nothing_but_a_quotation() -> None:
    text = RichText("abcd", (Span(0, 4, Style.QUOTE), Span(0, 4, Style.BOLD), Span(1, 3, Style.CODE)))

    assert [(e["type"], e["offset"], e["length"]) for e in entities(text)] == [
        ("blockquote", 0, 4),
        ("bold", 0, 1),
        ("code", 1, 2),
        ("bold", 3, 1),
    ]


def test_link_wins_over_code_in_it_and_preformatted_text_over_a_link() -> None:
    link = Span(0, 4, Style.LINK, "https://e.org")

    assert sent(RichText("abcd", (Span(1, 3, Style.CODE), link))) == RichText("abcd", (link,))
    assert sent(RichText("abcd", (link, Span(0, 4, Style.PRE)))) == RichText("abcd", (Span(0, 4, Style.PRE),))


def test_spans_outside_of_the_text_are_clipped() -> None:
    text = RichText("ab", (Span(-3, 1, Style.BOLD), Span(1, 9, Style.ITALIC), Span(5, 7, Style.CODE)))

    assert sent(text) == RichText("ab", (Span(0, 1, Style.BOLD), Span(1, 2, Style.ITALIC)))
    assert entities(RichText("", (Span(0, 1, Style.BOLD),))) == []


def test_entities_of_a_message_become_spans() -> None:
    text = "👍 @name Ann #tag"

    rich = from_entities(
        text,
        [
            {"type": "bold", "offset": 0, "length": 2},
            {"type": "mention", "offset": 3, "length": 5},
            {"type": "text_mention", "offset": 9, "length": 3, "user": {"id": 7, "first_name": "Ann"}},
            {"type": "hashtag", "offset": 13, "length": 4},
            {"type": "italic", "offset": 13, "length": 400},
        ],
    )

    assert rich == RichText(
        text,
        (
            Span(0, 1, Style.BOLD),
            Span(8, 11, Style.LINK, "tg://user?id=7"),
            Span(12, 16, Style.ITALIC),
        ),
    )


def test_entity_that_reaches_beyond_the_text_ends_with_it() -> None:
    assert from_entities("жир", [{"type": "bold", "offset": 1, "length": 9}]) == RichText(
        "жир", (Span(1, 3, Style.BOLD),)
    )


def test_entities_that_make_no_sense_are_left_out() -> None:
    assert from_entities(
        "👍a",
        [
            {"type": "bold"},
            {"type": "bold", "offset": "0", "length": 1},
            {"type": "bold", "offset": 3, "length": 4},
            {"type": "bold", "offset": 0, "length": 0},
            {"type": "text_link", "offset": 0, "length": 2},
            {"type": "text_mention", "offset": 0, "length": 2},
            {"type": "italic", "offset": -5, "length": 7},
        ],
    ) == RichText("👍a", (Span(0, 1, Style.ITALIC),))


@given(rich_texts())
def test_entities_are_sorted_and_nest_as_telegram_wants(text: RichText) -> None:
    spans = sent(text).spans

    assert list(spans) == sorted(spans, key=lambda s: (s.start, -s.end))
    for one in spans:
        for other in spans:
            apart = one.end <= other.start or other.end <= one.start
            inside = (other.start <= one.start and one.end <= other.end) or (
                one.start <= other.start and other.end <= one.end
            )
            assert apart or inside
            if one is not other and not apart:
                assert one.style is not other.style
                outer, inner = (one, other) if spans.index(one) < spans.index(other) else (other, one)
                assert inner.style is not Style.QUOTE
                if {one.style, other.style} & {Style.CODE, Style.PRE}:
                    assert outer.style is Style.QUOTE


@given(rich_texts())
def test_what_was_sent_comes_back_and_is_sent_the_same(text: RichText) -> None:
    assert entities(sent(text)) == entities(text)
    assert sent(sent(text)) == sent(text)


@given(rich_texts())
def test_formatting_is_that_of_the_spans_but_for_what_telegram_forbids(text: RichText) -> None:
    for (_, got), (_, given_) in zip(looks(sent(text)), looks(text), strict=True):
        styles = {style for style, _ in given_}
        expected = set(styles)
        if Style.PRE in styles:
            expected &= {Style.PRE, Style.QUOTE}
        elif Style.LINK in styles:
            expected -= {Style.CODE}
        elif Style.CODE in styles:
            expected &= {Style.CODE, Style.QUOTE}
        assert {style for style, _ in got} == expected
        assert got <= given_


@given(rich_texts(), st.data())
def test_part_of_a_text_looks_as_in_the_whole(text: RichText, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text.text)))
    end = data.draw(st.integers(start, len(text.text)))

    part = text.slice(start, end)

    assert looks(sent(part)) == looks(sent(text))[start:end]
    assert len(entities(part)) <= len(sent(text).slice(start, end).spans)
