"""Markdown as it arrives in Telegram: the text, and each span with the words it covers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.article import Article, RichText, Style, shows
from bot.domain.refusals import ArticleEmpty
from bot.services.markdown import markdown_article

Covered = tuple[str, str, str]


def covered(text: RichText) -> list[Covered]:
    """Style, words, detail of each span, in order."""
    spans = sorted(text.spans, key=lambda span: (span.start, -span.end, span.style))
    return [(span.style.name, text.text[span.start : span.end], span.detail) for span in spans]


def body(source: str) -> RichText:
    article = markdown_article(f"# T\n\n{source}")
    assert article.title == "T"
    assert article.question is None
    return article.body


@pytest.mark.parametrize(
    ("source", "text", "spans"),
    [
        ("*a* **b** ***c***", "a b c", ["ITALIC a", "BOLD b", "ITALIC c", "BOLD c"]),
        ("**a *b* c**", "a b c", ["BOLD a b c", "ITALIC b"]),
        ("~~a~~ `b *c*`", "a b *c*", ["STRIKE a", "CODE b *c*"]),
        ("snake_case_name 2*3*4", "snake_case_name 234", ["ITALIC 3"]),
        ("one\ntwo\\\nthree  \nfour", "one two\nthree\nfour", []),
        ("## Head *x*\n\ntext", "Head x\n\ntext", ["BOLD Head x", "ITALIC x"]),
        ("Head\n----", "Head", ["BOLD Head"]),
        ("> a\n> b\n>\n> c", "a b\n\nc", ["QUOTE a b\n\nc"]),
        ("> a\n> > b\\\n> > c", "a\n\n> b\n> c", ["QUOTE a\n\n> b\n> c"]),
        ("```py x\na\n\n\n  b\n```", "a\n\n\n  b", ["PRE a\n\n\n  b py"]),
        ("```\n  a\n b\n```", "  a\n b", ["PRE   a\n b"]),
        ("```\n \n```\n\na", "a", []),
        ("|a|\n|-|\n|1|", "a\n1", ["BOLD a"]),
        ("a|b\n-|-\n|1", "a | b\n1 |", ["BOLD a | b"]),
        ("    a\n      b", "a\n  b", ["PRE a\n  b"]),
        ("a\n\n***\n\nb", "a\n\n———\n\nb", []),
        ("- a\n- b\n  - c\n    - d\n      - e", "• a\n• b\n   ◦ c\n      ▪ d\n         • e", []),
        ("7. a\n8. b\n   1) c", "7. a\n8. b\n   1. c", []),
        ("- [ ] a\n- [x] b\n- [X] *c*\n- [y] d", "☐ a\n☑ b\n☑ c\n• [y] d", ["ITALIC c"]),
        ("1. [x] a", "1. ☑ a", []),
        ("- a\n\n  b\n- c", "• a\n\n   b\n\n• c", []),
        ("-\n- a", "•\n• a", []),
        ("- - a", "•\n   ◦ a", []),
        ("- ```\n  a\n    b\n  ```\n- > c", "•\na\n  b\n•\nc", ["PRE a\n  b", "QUOTE c"]),
        ("> - a\n> - b", "• a\n• b", ["QUOTE • a\n• b"]),
        ("| a | *b* |\n|---|---|\n| 1 | |\n| | |", "a | b\n1 |", ["BOLD a | b", "ITALIC b"]),
        ("a|b\n-|-\n1|2|*3*|4|\n|5|6|", "a | b\n1 | 2 | 3 | 4\n5 | 6", ["BOLD a | b", "ITALIC 3"]),
        ("a &amp; &copy; \\* &#x263A;", "a & © * ☺", []),
        (
            "a[^1] b[^x]\n\n[^1]: word\n[^x]: https://e.org",
            "a[^1] b[^x]\n\n[^1]: word\n[^x]: https://e.org",
            [],
        ),
    ],
)
def test_markdown_becomes_formatting_or_readable_text(source: str, text: str, spans: list[str]) -> None:
    article_body = body(source)

    assert article_body.text == text
    assert sorted(" ".join(words).strip() for words in covered(article_body)) == sorted(spans)


@pytest.mark.parametrize(
    ("source", "text", "spans"),
    [
        ("[a *b*](https://e.org 'x')", "a b", [("LINK", "a b", "https://e.org"), ("ITALIC", "b", "")]),
        ("[a][r]\n\n[r]: http://e.org/я", "a", [("LINK", "a", "http://e.org/%D1%8F")]),
        ("<https://e.org>", "https://e.org", [("LINK", "https://e.org", "https://e.org")]),
        ("<a@e.org>", "a@e.org", [("LINK", "a@e.org", "mailto:a@e.org")]),
        ("[a](/про-нас) b", "a (/про-нас) b", []),
        ("[a](javascript:x)", "a (javascript:x)", []),
        ("[](https://e.org)", "https://e.org", [("LINK", "https://e.org", "https://e.org")]),
        ("![a *b*](https://e.org/p.png)", "🖼 a b", [("LINK", "🖼 a b", "https://e.org/p.png")]),
        ("![](p.png)", "🖼 (p.png)", []),
        ("![a](data:image/png;base64,AAAA)", "🖼 a", []),
        (
            "[![a](https://e.org/p.png)](https://e.org)",
            "🖼 a (https://e.org/p.png)",
            [("LINK", "🖼 a (https://e.org/p.png)", "https://e.org")],
        ),
    ],
)
def test_links_and_pictures_keep_their_address(source: str, text: str, spans: list[Covered]) -> None:
    article_body = body(source)

    assert (article_body.text, covered(article_body)) == (text, spans)


@pytest.mark.parametrize(
    ("source", "text", "spans"),
    [
        ("a<br>b<br/>c", "a\nb\nc", []),
        (
            "<b>a *b*</b> <u>c</u>",
            "a b c",
            [("BOLD", "a b", ""), ("ITALIC", "b", ""), ("UNDERLINE", "c", "")],
        ),
        ("<i>never closed", "never closed", [("ITALIC", "never closed", "")]),
        ("a </b> <unknown x='1'>b</unknown>", "a  b", []),
        ('a <a href="https://e.org">b</a>', "a b", [("LINK", "b", "https://e.org")]),
        ('a <img src="https://e.org/p" alt="b">', "a 🖼 b", [("LINK", "🖼 b", "https://e.org/p")]),
        ("<tg-spoiler>a</tg-spoiler>", "a", [("SPOILER", "a", "")]),
        ("<b></b>a", "a", []),
        ("<img alt='b'> <img> <a-b src='x'>c</a-b>", "🖼 b  c", []),
        ("<div><template><p>x<img src='y'></p>y</template>z</div>", "z", []),
        ("<div>a<p>b</div>", "a\n\nb", []),
        ("<div><pre>a   b</pre>c   d</div>", "a   b\n\nc d", [("PRE", "a   b", "")]),
        ("<p><input type=text>a", "a", []),
        ("a <!-- hidden --> b", "a  b", []),
        ("<!-- hidden\n\nstill -->\n\na", "a", []),
        ("a\n\n<!-- never\n\nclosed", "a\n\n<!-- never closed", []),
        (
            "<div>\n<h2>Head &amp;\n more</h2><p>a</p>b\n</div>",
            "Head & more\n\na\n\nb",
            [("BOLD", "Head & more", "")],
        ),
        ("<ul><li>a<li>b</ul><hr>c", "• a\n• b\n\n———\n\nc", []),
        ("<table><tr><th>a<th>b</tr><tr><td>1<td>2</tr></table>", "a | b\n\n1 | 2", []),
        ("<style>p {}</style>\n\na", "a", []),
        ("<pre>\na\n  b</pre>", "a\n  b", [("PRE", "a\n  b", "")]),
        ("<p><input type=checkbox checked>a<br><input type=checkbox>b", "☑ a\n☐ b", []),
        ("<iframe src='https://e.org/v'></iframe>", "🖼", [("LINK", "🖼", "https://e.org/v")]),
    ],
)
def test_html_becomes_formatting_or_its_words(source: str, text: str, spans: list[Covered]) -> None:
    article_body = body(source)

    assert (article_body.text, covered(article_body)) == (text, spans)


@pytest.mark.parametrize(
    ("source", "title", "text", "question"),
    [
        ("# *T* `x`", "T x", "", None),
        ("# Why?", "Why?", "", None),
        ("Why?", "Why?", "", None),
        ("intro\n\n## T\n\nafter\n\n# U", "T", "intro\n\nafter\n\nU", None),
        ("# \n\n# T", "T", "", None),
        ("one *two\nthree* four\nfive\n\nsix", "one two", "three four five\n\nsix", None),
        ("- a\n- b", "• a", "• b", None),
        ("> # quoted\n\nb", "quoted", "b", None),
        ("# T [x](https://e.org)", "T x (https://e.org)", "", None),
        ("# T\n\na\n\nWhat *now*?", "T", "a", "What now?"),
        ("# T\n\na\n\n## What now:", "T", "a", "What now:"),
        ("# T\n\na\n\n- now?", "T", "a\n\n• now?", None),
        ("# T\n\na\n\n> now?", "T", "a\n\nnow?", None),
        ("T\n\na\n\nnow?", "T", "a", "now?"),
        ("T\nnow?", "T", "", "now?"),
        ("T\n\n- now?", "T", "• now?", None),
        ("---\ntitle: 'Front'\ntags:\n- a\n---\ntext", "Front", "text", None),
        ("---\ntitle: Front\n---\n\n# T\n\ntext", "T", "text", None),
        ("---\nlayout: post\n...\none\n\ntwo", "one", "two", None),
        ("---\n# T\n---\n\na", "T", "———\n\n———\n\na", None),
        ("<!-- a -->\n\none\n\ntwo", "one", "two", None),
        ("\ufeff# T\r\n\r\na\rb", "T", "a b", None),
        ("# A\\\nb", "A\\", "b", None),
        ("A  \nb\n===\n\nc", "A b", "c", None),
    ],
)
def test_title_and_question_of_markdown(source: str, title: str, text: str, question: str | None) -> None:
    article = markdown_article(source)

    assert (article.title, article.body.text, article.question) == (title, text, question)


@pytest.mark.parametrize("source", ["", "\n \n", "<!-- only this -->", "[a]: https://e.org", "# \n\n##"])
def test_markdown_with_nothing_to_see_is_refused(source: str) -> None:
    with pytest.raises(ArticleEmpty):
        markdown_article(source)


def test_blocks_too_deep_for_the_parser_are_read_as_plain_text() -> None:
    source = "> " * 70 + "deep\n\nend"

    assert markdown_article(source) == Article(("> " * 70) + "deep", RichText("end"))


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
WORDS = ("one", "два", "שלוש", FAMILY, "e\u0301")
SIGNS = ["*", "**", "_", "`5`", "~~5~~", "|", "[", "](/x)", "![", "<b>", "</b>", "<br>", "<li>", "\\", "[^1]"]
SPACED = [
    "\n```\n",
    "> ",
    "- ",
    "1. ",
    "# ",
    "[^1]: ",
    "\n",
    "\n\n",
    " ",
    "  \n",
    "    ",
    "|-|-|\n",
    "---\n",
    "\u00a0",
    "\r\n",
]


@given(st.lists(st.sampled_from([*WORDS, *SIGNS, *SPACED]), max_size=40))
def test_no_word_of_markdown_is_lost(pieces: list[str]) -> None:
    words = [piece for piece in pieces if piece in WORDS]
    source = "".join(f" {piece} " if piece in words else piece for piece in pieces)
    if not words:
        return

    article = markdown_article(source)

    shown = "\n".join([article.title, article.body.text, article.question or ""])
    assert {word: shown.count(word) for word in words} == {word: words.count(word) for word in words}
    assert shows(article.title)
    assert "\n" not in article.title
    assert all(0 <= span.start < span.end <= len(article.body.text) for span in article.body.spans)
    assert all(span.style in Style for span in article.body.spans)
