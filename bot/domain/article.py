"""An article: a title, a body with formatting, perhaps a question to the readers.  Offsets count code points."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from bot.domain.refusals import ArticleEmpty, ArticleTooLong

LIMIT = 200_000  # characters of an article, after its white space is folded
QUESTION_LIMIT = 300  # characters; also what a native poll takes
QUESTION_ENDS = (":", "?", "：", "？", "؟")  # the last three are the fullwidth and the Arabic marks

Edit = tuple[int, int, str]  # what stands between the two offsets is replaced


class Style(StrEnum):
    """What Telegram can do to text; the values are its names."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKE = "strikethrough"
    SPOILER = "spoiler"
    CODE = "code"
    PRE = "pre"
    QUOTE = "blockquote"
    LINK = "text_link"


@dataclass(frozen=True, slots=True)
class Span:
    """``detail``: the address of a LINK, the language of a PRE, "expandable" or nothing of a QUOTE."""

    start: int
    end: int
    style: Style
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RichText:
    """Text with spans of formatting, which may touch, nest or cross; the views make them legal for Telegram."""

    text: str
    spans: tuple[Span, ...] = ()

    def __add__(self, other: "RichText") -> "RichText":
        return join((self, other))

    @property
    def is_empty(self) -> bool:
        return not self.text

    def slice(self, start: int, end: int) -> "RichText":
        """Both offsets within the text, not negative.  Spans are clipped, and gone when nothing of them is left."""
        return RichText(self.text[start:end], clip(self.spans, start, end))

    def strip(self) -> "RichText":
        end = len(self.text.rstrip())
        return self.slice(min(end, len(self.text) - len(self.text.lstrip())), end)

    def styled(self, style: Style, detail: str = "") -> "RichText":
        """The whole text in one more style."""
        if self.is_empty:
            return self
        return RichText(self.text, (Span(0, len(self.text), style, detail), *self.spans))

    def edited(self, edits: Iterable[Edit]) -> "RichText":
        """``edits`` in order and apart.  What is put in at the edge of a span stays outside of it."""
        pieces: list[str] = []
        starts, ends, shifts = [], [], [0]  # shifts[i]: how far the text moves after i edits
        done = 0
        for start, end, new in edits:
            pieces += (self.text[done:start], new)
            starts.append(start)
            ends.append(end)
            shifts.append(shifts[-1] + len(new) - (end - start))
            done = end
        if not starts:
            return self

        def moved_start(at: int) -> int:
            edit = bisect_right(ends, at)  # edits wholly before, insertions at this very place included
            inside = edit < len(starts) and starts[edit] < at
            return (ends[edit] + shifts[edit + 1]) if inside else at + shifts[edit]

        def moved_end(at: int) -> int:
            edit = bisect_left(starts, at)  # edits that begin before
            inside = edit > 0 and ends[edit - 1] > at
            return (starts[edit - 1] + shifts[edit - 1]) if inside else at + shifts[edit]

        moved = (Span(moved_start(s.start), moved_end(s.end), s.style, s.detail) for s in self.spans)
        text = "".join((*pieces, self.text[done:]))
        return RichText(text, tuple(span for span in moved if span.start < span.end))


@dataclass(frozen=True, slots=True)
class Article:
    """``title``: one line, never empty.  ``body``: paragraphs parted by an empty line, or nothing.  ``question``: a line."""

    title: str
    body: RichText
    question: str | None = None

    def whole(self) -> RichText:
        """What the channel shows: the title in bold, an empty line, the body."""
        return bold(self.title) if self.body.is_empty else join((bold(self.title), self.body), "\n\n")


def bold(text: str) -> RichText:
    return RichText(text).styled(Style.BOLD)


def join(parts: Iterable[RichText], separator: str = "") -> RichText:
    texts: list[str] = []
    spans: list[Span] = []
    at = 0
    for part in parts:
        if texts:
            texts.append(separator)
            at += len(separator)
        texts.append(part.text)
        spans += (Span(s.start + at, s.end + at, s.style, s.detail) for s in part.spans)
        at += len(part.text)
    return RichText("".join(texts), tuple(spans))


def clip(spans: Iterable[Span], start: int, end: int) -> tuple[Span, ...]:
    """The spans of the text between two offsets, counted from the first of them."""
    return tuple(
        Span(max(span.start, start) - start, min(span.end, end) - start, span.style, span.detail)
        for span in spans
        if span.start < end and span.end > start
    )


# What Telegram does to a text on its way in, done before, so that offsets stay true: control characters become spaces,
# directional overrides and the combining marks of "vertical lines" go.  Two changes lose less: whatever breaks a line
# stays a break, and letters with a ring (one of those marks) are composed.
_CHARACTERS = re.compile(
    "\r\n?|[\v\f\x85\u2028\u2029]|[\x00-\x09\x0e-\x1f]|[\x7f-\x84\x86-\x9f\u202a-\u202e\ufeff]"
    "|(?:[A-Za-z][\u0300-\u0362]*)?[\u030a\u0333\u033f]|[\ud800-\udfff]"
)
_SPACE = re.compile(r"\s+")


def tidy(text: RichText) -> RichText:
    """Characters cleaned; no space at the end of a line, at most one empty line, nothing empty around the text.

    The spaces that begin a line and non-breaking spaces within it stay.
    """
    text = clean(text)
    edits = [(found.start(), found.end(), _folded(found)) for found in _SPACE.finditer(text.text)]
    return text.edited(edit for edit in edits if edit[2] != text.text[edit[0] : edit[1]])


def clean(text: RichText) -> RichText:
    """Characters that Telegram would change or remove, so changed that nothing visible is lost."""
    return text.edited((m.start(), m.end(), _cleaned(m[0])) for m in _CHARACTERS.finditer(text.text))


def _cleaned(found: str) -> str:
    if found[0] in "\r\v\f\x85\u2028\u2029":
        return "\n"
    if found < " ":
        return " "
    if "\ud800" <= found <= "\udfff":
        return "\ufffd"  # half a surrogate pair cannot be sent
    if found[-1] in "\u030a\u0333\u033f":
        return re.sub("[\u030a\u0333\u033f]", "", unicodedata.normalize("NFC", found))
    return ""


def _folded(found: re.Match[str]) -> str:
    if found.start() == 0 or found.end() == len(found.string):
        return ""
    *lines, indent = found[0].split("\n")
    return "\n" * min(len(lines), 2) + indent


def plain_article(text: str) -> Article:
    """``rich_article`` of a text without formatting."""
    return rich_article(RichText(text))


def rich_article(text: RichText) -> Article:
    """The first line that shows something is the title; a short question at the end is taken out of the body.

    Raises ArticleEmpty, ArticleTooLong.
    """
    text = tidy(text)
    check_length(text.text)
    text = spell_links(text)
    start, end = first_line(text.text)
    body, question = take_question(text.slice(end, len(text.text)).strip())
    return Article(plain(text.slice(start, end)), body, question)


def first_line(text: str) -> tuple[int, int]:
    """Where the first line begins and ends that shows something, in a text that does."""
    start = 0
    for line in text.split("\n"):
        if shows(line):
            return start, start + len(line)
        start += len(line) + 1
    return 0, len(text)


def check_length(text: str) -> None:
    """Raises ArticleEmpty, ArticleTooLong."""
    if not shows(text):
        raise ArticleEmpty()
    if len(text) > LIMIT:
        raise ArticleTooLong(length=len(text), limit=LIMIT)


def shows(text: str) -> bool:
    """Whether there is anything to see: Telegram refuses spaces, joiners and direction marks on their own."""
    return any(not (char.isspace() or unicodedata.category(char) in {"Cc", "Cf"}) for char in text)


def take_question(body: RichText) -> tuple[RichText, str | None]:
    """Parts the body from its last paragraph, if that is one short line which asks.  Code and quotations do not ask."""
    start = body.text.rfind("\n\n") + 2 if "\n\n" in body.text else 0
    last = body.slice(start, len(body.text))
    question = plain(last)
    asks = question.rstrip("\u200e\u200f").endswith(QUESTION_ENDS)
    if not asks or "\n" in question or len(question) > QUESTION_LIMIT:
        return body, None
    if any(span.style in {Style.PRE, Style.QUOTE} for span in last.spans):
        return body, None
    return body.slice(0, len(body.text[:start].rstrip())), question


def plain(text: RichText) -> str:
    """Without formatting; addresses of links are written out, since they would be lost."""
    return spell_links(text, keep=lambda _: False).text.strip()


def can_link(url: str) -> bool:
    """Whether Telegram makes a link of it: it silently drops others, and hosts without a dot."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:  # such as an unclosed bracket of an IPv6 address
        return False
    if any(char.isspace() for char in url):
        return False
    if parts.scheme in {"http", "https"}:
        return "." in host.strip(".") or ":" in host
    return parts.scheme in {"mailto", "tg"} and len(url) > len(parts.scheme) + 1


def spell_links(text: RichText, keep: Callable[[str], bool] = can_link) -> RichText:
    """A link that is not kept becomes «text (address)», or nothing but its text where that is the address."""
    spelled = sorted(
        (span for span in text.spans if span.style is Style.LINK and not keep(span.detail)),
        key=lambda span: span.end,
    )
    rest = tuple(span for span in text.spans if span.style is not Style.LINK or keep(span.detail))
    edits = [
        (span.end, span.end, f" ({span.detail})")
        for span in spelled
        if span.detail and span.detail.removeprefix("mailto:") != text.text[span.start : span.end]
    ]
    return RichText(text.text, rest).edited(edits)
