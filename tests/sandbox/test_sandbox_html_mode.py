"""The HTML parse mode: what it makes of tags, and TDLib's sentences with their byte offsets."""

import html
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.errors import ApiError
from bot.sandbox.html_mode import parse_html, utf16_length

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("просто", "просто", []),
        ("<b>Так</b>", "Так", [{"type": "bold", "offset": 0, "length": 3}]),
        ("<STRONG>a</strong>", "a", [{"type": "bold", "offset": 0, "length": 1}]),
        ("😀<i>a</>", "😀a", [{"type": "italic", "offset": 2, "length": 1}]),
        ("<em>a</em><u>b</u>", "ab", ["italic", "underline"]),
        ("<ins>a</ins><s>b</s>", "ab", ["underline", "strikethrough"]),
        ("<strike>a</strike><del>b</del>", "ab", ["strikethrough", "strikethrough"]),
        ('<tg-spoiler>a</tg-spoiler><span class="tg-spoiler">b</span>', "ab", ["spoiler", "spoiler"]),
        ("<code>a</code><pre>b</pre>", "ab", ["code", "pre"]),
        (
            '<pre><code class="language-py">x</code></pre>',
            "x",
            [{"type": "pre", "offset": 0, "length": 1, "language": "py"}],
        ),
        (
            '<code class="language-py"><pre>x</pre></code>',
            "x",
            [{"type": "pre", "offset": 0, "length": 1, "language": "py"}],
        ),
        ('<code class="language-py">x</code>', "x", ["code"]),
        ("<blockquote>a</blockquote>", "a", ["blockquote"]),
        ("<blockquote expandable>a</blockquote>", "a", ["expandable_blockquote"]),
        (
            '<a href="https://example.com?a=1&amp;b=2">x</a>',
            "x",
            [{"type": "text_link", "offset": 0, "length": 1, "url": "https://example.com/?a=1&b=2"}],
        ),
        ("<a href=example.com>x</a>", "x", ["text_link"]),
        ("<a>x</a>", "x", []),
        ('<a href="javascript:alert(1)">x</a>', "x", []),
        (
            '<a href="tg://user?id=7">x</a>',
            "x",
            [{"type": "text_mention", "offset": 0, "length": 1, "user_id": 7}],
        ),
        (
            '<tg-emoji emoji-id="12">👍</tg-emoji>',
            "👍",
            [{"type": "custom_emoji", "offset": 0, "length": 2, "custom_emoji_id": "12"}],
        ),
        (
            '<tg-time unix="1780000000" format="wDT">soon</tg-time>',
            "soon",
            [
                {
                    "type": "date_time",
                    "offset": 0,
                    "length": 4,
                    "unix_time": 1780000000,
                    "date_time_format": "wDT",
                }
            ],
        ),
        ("<b></b>", "", []),
        ('<b data-x="1" hidden >a</b >', "a", ["bold"]),
        ("&lt;b&gt; &amp; &quot;&#33;&#x21;", '<b> & "!!', []),
        ("&nbsp;&apos;&lt", "&nbsp;&apos;<", []),
        ("a & b > c; AT&T; &#0; &#99999999;", "a & b > c; AT&T; &#0; &#99999999;", []),
    ],
)
def test_html_becomes_text_and_entities(source: str, text: str, entities: list[object]) -> None:
    parsed, found = parse_html(source)

    expected = [each if isinstance(each, dict) else {"type": each} for each in entities]
    shown = [
        entity if len(want) > 1 else {"type": entity["type"]}
        for entity, want in zip(found, expected, strict=True)
    ]
    assert (parsed, shown) == (text, expected)


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("Я <br>", 'Unsupported start tag "br" at byte offset 3'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("😀<", "Unclosed start tag at byte offset 4"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("</b>", "Unexpected end tag at byte offset 0"),
        ("<b>я</b", "Unclosed end tag at byte offset 5"),
        ("<b>я</i>", 'Unmatched end tag at byte offset 5, expected "</b>", found "</i>"'),
        ("<b><i>x</i>", 'Can\'t find end tag corresponding to start tag "b"'),
        ('<b ="x">a</b>', 'Empty attribute name in the tag "b" at byte offset 0'),
        ("<a href=a/b>x</a>", "Unexpected end of name token at byte offset 8"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<tg-emoji emoji-id="x">a</tg-emoji>', "Invalid custom emoji identifier specified"),
        (
            "&#xD800;",
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units",
        ),
    ],
)
def test_bad_html_is_refused_in_tdlibs_words(source: str, refusal: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_html(source)

    assert caught.value.description == f"Bad Request: can't parse entities: {refusal}"


@settings(deadline=None)
@given(TEXTS)
def test_escaped_text_comes_back_unchanged(text: str) -> None:
    assert parse_html(html.escape(text)) == (text, [])


@settings(deadline=None)
@given(TEXTS, TEXTS.filter(bool), TEXTS)
def test_entity_spans_what_the_tag_held(before: str, inside: str, after: str) -> None:
    text, [entity] = parse_html(f"{html.escape(before)}<b>{html.escape(inside)}</b>{html.escape(after)}")

    units = text.encode("utf-16-le")
    begin, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
    assert units[begin:end].decode("utf-16-le") == inside


@settings(deadline=None)
@given(st.text("<>/ab i=\"'&;#lt-h", max_size=40))
def test_any_text_is_parsed_or_refused(source: str) -> None:
    with suppress(ApiError):
        parse_html(source)


@settings(deadline=None)
@given(TEXTS)
def test_utf16_length_agrees_with_the_codec(text: str) -> None:
    assert utf16_length(text) == len(text.encode("utf-16-le")) // 2
