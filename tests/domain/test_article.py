"""What the title is, what asks, what is folded; formatted text cut, joined and changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.article import (
    LIMIT,
    Article,
    RichText,
    Span,
    Style,
    bold,
    can_link,
    join,
    plain_article,
    rich_article,
    spell_links,
    tidy,
)
from bot.domain.refusals import ArticleEmpty, ArticleTooLong

TEXTS = st.text(st.sampled_from("аб c\n\u00a0\t\r👍\u0301"), max_size=30)


@st.composite
def rich_texts(draw: st.DrawFn) -> RichText:
    text = draw(TEXTS)
    spans = []
    for _ in range(draw(st.integers(0, 4)) if text else 0):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        spans.append(Span(start, end, draw(st.sampled_from([Style.BOLD, Style.ITALIC, Style.PRE]))))
    return RichText(text, tuple(spans))


def looks(text: RichText) -> list[tuple[str, frozenset[Style]]]:
    """Each character with its styles."""
    return [
        (char, frozenset(span.style for span in text.spans if span.start <= at < span.end))
        for at, char in enumerate(text.text)
    ]


@pytest.mark.parametrize(
    ("text", "title", "body", "question"),
    [
        ("Title", "Title", "", None),
        ("Why?", "Why?", "", None),
        ("\n \n  Title \n\n\nOne.\n\n\n\nTwo.  \n", "Title", "One.\n\nTwo.", None),
        ("Title\nOne\nline\n\nTwo", "Title", "One\nline\n\nTwo", None),
        ("Title\n\nOne.\n\nваша думка про статтю:", "Title", "One.", "ваша думка про статтю:"),
        ("Title\n\nOne.\n\n\nWhat now?\n\n", "Title", "One.", "What now?"),
        ("Title\n\nWhat now?", "Title", "", "What now?"),
        ("Title\nWhat now?", "Title", "", "What now?"),
        ("Title\n\nOne\nWhat now?", "Title", "One\nWhat now?", None),
        ("Title\n\nWhat now?\n\nOne.", "Title", "What now?\n\nOne.", None),
        ("כותרת\n\nפסקה.\n\nما رأيك؟\u200f", "כותרת", "פסקה.", "ما رأيك؟\u200f"),
        ("\u200b\n\u2060\n  Title\n\nOne.", "Title", "One.", None),
    ],
)
def test_plain_article_parts_title_body_and_question(
    text: str, title: str, body: str, question: str | None
) -> None:
    assert plain_article(text) == Article(title, RichText(body), question)


@pytest.mark.parametrize(("length", "asks"), [(300, True), (301, False)])
def test_question_has_at_most_300_characters(length: int, asks: bool) -> None:
    line = "я" * (length - 1) + "?"

    article = plain_article(f"Title\n\nOne.\n\n{line}")

    assert article == Article(
        "Title", RichText("One.") if asks else RichText(f"One.\n\n{line}"), line if asks else None
    )


@pytest.mark.parametrize("text", ["", " \n\t\r\n\u00a0", "\u200b\u200d\n\ufeff\u200e", "\u0007"])
def test_article_with_nothing_to_see_is_refused(text: str) -> None:
    with pytest.raises(ArticleEmpty):
        plain_article(text)


def test_article_of_200000_characters_is_taken_and_a_longer_one_refused() -> None:
    assert len(plain_article("a" * LIMIT + "\n").title) == LIMIT

    with pytest.raises(ArticleTooLong) as refused:
        plain_article("a" * (LIMIT + 1))

    assert refused.value.details == {"length": 200_001, "limit": 200_000}


def test_article_keeps_formatting_of_a_message() -> None:
    text = "Title\n\n\n\nbold  \nlink\n\nquote?"
    spans = (
        Span(0, 5, Style.BOLD),
        Span(9, 13, Style.BOLD),
        Span(16, 20, Style.LINK, "https://e.org"),
        Span(22, 28, Style.QUOTE),
    )

    article = rich_article(RichText(text, spans))

    assert article.title == "Title"
    assert article.question is None
    assert article.body == RichText(
        "bold\nlink\n\nquote?",
        (Span(0, 4, Style.BOLD), Span(5, 9, Style.LINK, "https://e.org"), Span(11, 17, Style.QUOTE)),
    )


def test_article_writes_out_addresses_where_links_cannot_be() -> None:
    text = RichText(
        "Title\n\nbody\n\nask?",
        (
            Span(0, 5, Style.LINK, "https://t.org"),
            Span(7, 11, Style.LINK, "/rel"),
            Span(13, 16, Style.LINK, "https://q.org"),
        ),
    )

    assert rich_article(text) == Article(
        "Title (https://t.org)", RichText("body (/rel)"), "ask (https://q.org)?"
    )


def test_whole_article_is_title_in_bold_and_body() -> None:
    body = RichText("one", (Span(0, 3, Style.ITALIC),))

    assert Article("Title", body, "Why?").whole() == RichText(
        "Title\n\none", (Span(0, 5, Style.BOLD), Span(7, 10, Style.ITALIC))
    )
    assert Article("Title", RichText("")).whole() == bold("Title")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("a\r\nb\rc\u2028d\x0be", "a\nb\nc\nd\ne"),
        ("a\tb\x01c\x7fd\u202ee", "a b cde"),
        ("a \u00a0 \n  b\n \u00a0\n\n\nc", "a\n  b\n\nc"),
        ("10\u00a0000\u202fгрн", "10\u00a0000\u202fгрн"),
        ("👨\u200d👩\u200d👧 ок\u200c", "👨\u200d👩\u200d👧 ок\u200c"),
        ("A\u030a a\u0301 ж\u0333", "\u00c5 a\u0301 ж"),
        ("a\ud800b\udfffc", "a\ufffdb\ufffdc"),
        ("  a  b  ", "a  b"),
    ],
)
def test_tidy_does_what_telegram_does_and_keeps_what_is_seen(text: str, folded: str) -> None:
    assert tidy(RichText(text)).text == folded


@given(rich_texts())
def test_tidy_twice_is_tidy_once(text: RichText) -> None:
    assert tidy(tidy(text)) == tidy(text)


@given(rich_texts())
def test_tidy_leaves_the_formatting_of_every_visible_character(text: RichText) -> None:
    def seen(rich: RichText) -> list[tuple[str, frozenset[Style]]]:
        return [pair for pair in looks(rich) if not pair[0].isspace()]

    assert seen(tidy(text)) == seen(text)


@given(rich_texts(), st.data())
def test_slices_of_a_text_joined_look_as_it_did(text: RichText, data: st.DataObject) -> None:
    middle = data.draw(st.integers(0, len(text.text)))

    halves = text.slice(0, middle) + text.slice(middle, len(text.text))

    assert looks(halves) == looks(text)
    assert all(span.start < span.end for span in halves.spans)


@given(rich_texts())
def test_strip_takes_only_white_space_around_the_text(text: RichText) -> None:
    start = len(text.text) - len(text.text.lstrip())
    stripped = text.strip()

    assert stripped.text == text.text.strip()
    assert looks(stripped) == looks(text)[start : start + len(stripped.text)]


def test_edits_move_spans_and_stay_outside_of_their_edges() -> None:
    text = RichText("0123456789", (Span(2, 4, Style.BOLD), Span(3, 7, Style.ITALIC), Span(5, 6, Style.CODE)))

    edited = text.edited([(2, 2, "++"), (4, 4, "+"), (5, 8, "-")])

    assert edited == RichText("01++23+4-89", (Span(4, 6, Style.BOLD), Span(5, 8, Style.ITALIC)))


def test_span_that_begins_in_a_removed_place_begins_behind_it() -> None:
    text = RichText("ab  cd", (Span(3, 6, Style.BOLD), Span(0, 3, Style.ITALIC)))

    assert text.edited([(2, 4, "\n")]) == RichText(
        "ab\ncd", (Span(3, 5, Style.BOLD), Span(0, 2, Style.ITALIC))
    )


def test_join_puts_separators_between_and_moves_spans() -> None:
    joined = join((bold("a"), RichText(""), bold("bc")), "--")

    assert joined == RichText("a----bc", (Span(0, 1, Style.BOLD), Span(5, 7, Style.BOLD)))


def test_nothing_is_styled_in_an_empty_text() -> None:
    assert RichText("").styled(Style.BOLD) == RichText("")
    assert RichText("").is_empty


@pytest.mark.parametrize(
    ("url", "links"),
    [
        ("https://example.com/a?b=c#d", True),
        ("http://приклад.укр", True),
        ("HTTPS://EXAMPLE.COM", True),
        ("https://[2001:db8::1]/", True),
        ("mailto:a@example.com", True),
        ("tg://user?id=1", True),
        ("https://localhost/", False),
        ("https://a b.com", False),
        ("https://[1", False),
        ("https://", False),
        ("mailto:", False),
        ("ftp://example.com", False),
        ("javascript:alert(1)", False),
        ("/about", False),
        ("#part", False),
        ("", False),
    ],
)
def test_only_addresses_that_telegram_opens_are_links(url: str, links: bool) -> None:
    assert can_link(url) is links


def test_link_whose_text_is_its_address_is_not_written_twice() -> None:
    text = RichText(
        "/a b c@d x",
        (
            Span(0, 2, Style.LINK, "/a"),
            Span(5, 8, Style.LINK, "mailto:c@d"),
            Span(9, 10, Style.LINK, "ftp://x"),
        ),
    )

    assert spell_links(text, keep=lambda _: False) == RichText("/a b c@d x (ftp://x)")
