"""Bytes to an article: encodings, what is no text at all, files by their name."""

import codecs
import zlib

import pytest

from bot.domain.article import Article, RichText, Span, Style, plain_article, rich_article
from bot.domain.refusals import ArticleBinary, ArticleEmpty, ArticleTooLong
from bot.services.reading import read_article

TEXT = (
    "Їжаки прийшли до Києва\r\n\r\nУряд ухвалив бюджет — «на рік».\r\nДругий рядок.\r\n\r\nЩо ви думаєте?\r\n"
)
ARTICLE = Article(
    "Їжаки прийшли до Києва", RichText("Уряд ухвалив бюджет — «на рік».\nДругий рядок."), "Що ви думаєте?"
)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("cp1251"),
        TEXT.replace("\r\n", "\n").encode("cp1251"),
        TEXT.replace("\r\n", "\r").encode(),
    ],
)
def test_article_is_read_in_every_usual_encoding(data: bytes) -> None:
    assert read_article(data, "article.txt") == ARTICLE


@pytest.mark.parametrize(
    "title", ["Привіт усім", "Їжак", "Це коротко", "ЗАГОЛОВОК", "Title with “Київ” and English"]
)
def test_short_windows_1251_is_recognised(title: str) -> None:
    assert read_article(title.encode("cp1251"), None) == Article(title, RichText(""))


def test_windows_1251_beyond_the_sample_is_read_to_its_end() -> None:
    body = "Слово за словом. " * 5_000 + "кінець"

    article = read_article(f"Назва\n\n{body}".encode("cp1251"), None)

    assert article == Article("Назва", RichText(body))


def test_western_european_file_is_not_taken_for_windows_1251() -> None:
    text = "Café à la crème, déjà vu. Où est-il né"

    assert read_article(text.encode("cp1252"), None) == Article(text, RichText(""))


@pytest.mark.parametrize("name", ["a.md", "A.MD", "b.markdown"])
def test_markdown_is_told_by_the_name(name: str) -> None:
    assert read_article(b"# Title\n\n*one*", name) == Article(
        "Title", RichText("one", (Span(0, 3, Style.ITALIC),))
    )


@pytest.mark.parametrize("name", [None, "a.txt", "md", "a.md.txt", "a"])
def test_other_names_are_plain_text(name: str | None) -> None:
    assert read_article(b"# Title\n\n*one*", name) == Article("# Title", RichText("*one*"))


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
@pytest.mark.parametrize(
    "data", [b"", b" \r\n\t", codecs.BOM_UTF8, codecs.BOM_UTF16_LE + " \n".encode("utf-16-le")]
)
def test_empty_file_is_refused(data: bytes, name: str) -> None:
    with pytest.raises(ArticleEmpty):
        read_article(data, name)


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
@pytest.mark.parametrize(
    "data",
    [
        PNG,
        b"PK\x03\x04\x14",
        b"%PDF-1.7\ntext enough to look like one",
        b"{\\rtf1\\ansi text}",
        b"one\x00two",
        codecs.BOM_UTF8 + b"ab\xff\xfe",
        codecs.BOM_UTF8 + b"one\x00two" + b" " * 1_000,
        codecs.BOM_UTF16_LE + b"\x41\x00\x42",
        codecs.BOM_UTF16_LE + "a\0b".encode("utf-16-le"),
        b"\x01\x02\x03\x04 text",
        zlib.compress(TEXT.encode() * 9).replace(b"\0", b""),
        bytes(range(128, 256)) * 8,
        ("Слово. " * 6_000).encode("cp1251") + b"\x98",
    ],
)
def test_binary_file_is_refused(data: bytes, name: str) -> None:
    with pytest.raises(ArticleBinary):
        read_article(data, name)


def test_stray_control_character_does_not_make_a_text_binary() -> None:
    assert read_article(b"Title\x0c\n\n" + b"word " * 100 + b"\x02end", None) == Article(
        "Title", RichText("word " * 100 + " end")
    )


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_file_of_more_than_200000_characters_is_refused(name: str) -> None:
    assert read_article(("ї" * 200_000 + "\n").encode(), name) == Article("ї" * 200_000, RichText(""))

    with pytest.raises(ArticleTooLong) as refused:
        read_article(("ї" * 200_001).encode(), name)

    assert refused.value.details == {"length": 200_001, "limit": 200_000}


def test_text_message_is_plain() -> None:
    assert plain_article("Title\n\n**one**\n\nWhy?") == Article("Title", RichText("**one**"), "Why?")


def test_message_keeps_its_formatting() -> None:
    spans = (Span(0, 5, Style.BOLD), Span(7, 10, Style.SPOILER))

    assert rich_article(RichText("Title\n\none", tuple(spans))) == Article(
        "Title", RichText("one", (Span(0, 3, Style.SPOILER),))
    )
