"""An article out of a file."""

import codecs
from pathlib import PurePath

from charset_normalizer import from_bytes

from bot.domain.article import Article, plain_article
from bot.domain.refusals import ArticleBinary
from bot.services.markdown import markdown_article

MARKDOWN = frozenset({".md", ".markdown"})
# Without a BOM, and when it is not UTF-8.  Detection among all encodings of Python takes a short Ukrainian text for Chinese.
LEGACY = ("cp1251", "koi8_u", "cp866", "cp1252", "cp1250")
SAMPLE = 32_768  # bytes shown to the detection
SIGNATURES = (b"%PDF-", b"{\\rtf", b"PK\x03\x04")  # other files of an office or a camera hold zero bytes
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
CONTROLS = frozenset(map(chr, range(32))) - frozenset("\t\n\v\f\r\x1a\x1b")  # not in a text, save a stray one


def read_article(data: bytes, name: str | None) -> Article:
    """A file.  ``name`` tells Markdown from plain text.  Raises ArticleEmpty, ArticleBinary, ArticleTooLong."""
    text = decode(data)
    return markdown_article(text) if is_markdown(name) else plain_article(text)


def is_markdown(name: str | None) -> bool:
    return name is not None and PurePath(name).suffix.lower() in MARKDOWN


def decode(data: bytes) -> str:
    """UTF-8, UTF-16 if a BOM says so, else what the letters look like.  Raises ArticleBinary."""
    encoding = next((encoding for bom, encoding in BOMS if data.startswith(bom)), "")
    if not encoding and (data.startswith(SIGNATURES) or 0 in data):
        raise ArticleBinary()
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding:
            raise ArticleBinary() from error
        text = _decoded_as_detected(data)
    controls = sum(text.count(char) for char in CONTROLS)
    if "\0" in text or controls * 100 > len(text):
        raise ArticleBinary()
    return text.removeprefix("\ufeff")


def _decoded_as_detected(data: bytes) -> str:
    """Windows-1251 wherever it is as good a guess as the best.  Raises ArticleBinary."""
    matches = list(from_bytes(data[:SAMPLE], cp_isolation=list(LEGACY)))
    if not matches:
        raise ArticleBinary()
    best = matches[0].chaos
    encoding = min((match.encoding for match in matches if match.chaos <= best), key=LEGACY.index)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ArticleBinary() from error
