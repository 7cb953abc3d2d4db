"""A long text in parts that Telegram takes: cut between paragraphs, else sentences, else words, else graphemes.

Boundaries are those of UAX #29.  uniseg takes a tenth of a millisecond for each character, and the square of the length
for runs of spaces or of combining marks; so it is asked only about the few characters around a place where a cut would
be welcome, and graphemes are told apart here, by its tables.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate

from uniseg.derived import InCB, indic_conjunct_break  # type: ignore[import-untyped]  # lacks only py.typed
from uniseg.emoji import extended_pictographic  # type: ignore[import-untyped]  # lacks only py.typed
from uniseg.graphemecluster import GCB, grapheme_cluster_break  # type: ignore[import-untyped]  # lacks only py.typed
from uniseg.sentencebreak import SB, sentence_boundaries, sentence_break  # type: ignore[import-untyped]  # the same
from uniseg.wordbreak import word_boundaries  # type: ignore[import-untyped]  # lacks only py.typed

from bot.domain.article import RichText, Span, clip
from bot.views.article import legal_spans

LIMIT = 4096  # UTF-16 units of a message; TDLib counts fewer, never more
SPANS = 100  # entities of a message, the rest are silently dropped

SENTENCES_TRIED = 4  # ends of sentences looked at before a part is cut between words
BEFORE, AFTER = 10, 10  # code points around the end of a sentence that are shown to uniseg
WORD_SEARCHED, WORD_CONTEXT = 32, 16  # the same for words where nothing has a space

_GAP = re.compile(
    r"\s+|(?<=[。！？｡])(?![\s。！？｡」』）】〉》”’])|(?<=[。！？｡][」』）】〉》”’])(?![\s。！？｡」』）】〉》”’])"
)
_NO_BREAK = frozenset("\u00a0\u2007\u202f")
_SHORTENED = re.compile(r"(?:^|[\s(\[«„“\"'’])((?:\w+[.-])*\w+)\.$")
# Ukrainian, Russian, English.  Some also end sentences: a cut is then made at another end, which is as good.
_ABBREVIATED = """
акад англ бл буд бул вид вул гл гр грн див доц др ел зав зам заст ім ін кв кім коп млн млрд нар напр наст обл
оф пер пл пор пп пр проф ред рік род рос рр руб см смт ст стор стр тел тзв тис трлн укр ул ум хв чол
approx capt cf co col corp dr est etc fig gen gov inc jr lt ltd mr mrs ms mt nos pp prof pt rep rev sen sgt sr st vol vs
"""
ABBREVIATIONS = frozenset(_ABBREVIATED.split())

# each asks its table anew, and a text has few different characters
_cluster_break = lru_cache(4096)(grapheme_cluster_break)
_sentence_break = lru_cache(4096)(sentence_break)


@dataclass(frozen=True, slots=True)
class Part:
    """``joint``: the white space cut away between this part and the next."""

    text: RichText
    joint: str


class Kind(IntEnum):
    """What a gap parts.  Higher is the better place for a cut."""

    NOTHING = 0  # non-breaking spaces, or a space that carries a combining mark
    WORD = 1
    LINE = 2
    PARAGRAPH = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """White space between two offsets, or the empty place after a full stop of a script that writes no spaces."""

    start: int
    end: int
    kind: Kind


def utf16_length(text: str) -> int:
    """In the units in which Telegram counts; half a surrogate pair is one."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: RichText, limit: int = LIMIT, spans: int = SPANS) -> tuple[Part, ...]:
    """Parts with at most ``limit`` UTF-16 units and ``spans`` entities, none beginning or ending with white space.

    ``"".join(part.text.text + part.joint for part in parts)`` is the text; white space before its first character, which
    Telegram would trim and no joint can hold, is left out.  A text of nothing but white space has no parts.  Only what
    cannot be kept breaks a promise: a grapheme longer than a message is cut by code point, a space that is the base of
    a grapheme stays with it, and ``spans`` has to allow as many as lie over one character (at most 7).
    """
    return tuple(_Cutter(text, limit, spans).parts())


class _Cutter:
    """The text, with what is looked up again and again: gaps, lengths, spans in order."""

    def __init__(self, rich: RichText, limit: int, spans: int) -> None:
        self.text = rich.text
        self.limit = limit
        self.max_spans = spans
        self.spans = sorted(rich.spans, key=lambda span: span.start)
        legal = legal_spans(rich.spans, len(rich.text))
        self.starts = [span.start for span in legal]
        self.ends = sorted(span.end for span in legal)
        self.units = [0, *accumulate(2 if char > "\uffff" else 1 for char in self.text)]
        self.gaps = [_gap(found) for found in _GAP.finditer(self.text)]
        self.gap_starts = [gap.start for gap in self.gaps]
        self.tried = 0

    def parts(self) -> Iterator[Part]:
        text = self.text
        at, last = len(text) - len(text.lstrip()), len(text.rstrip())
        at -= not is_boundary(text, at)
        last += not is_boundary(text, last)
        begun: list[Span] = []  # of the spans in order, those that begin before the end of this part
        following = 0
        while at < last:
            most = self.furthest(at)
            end, beyond = (last, len(text)) if most >= last else self.cut(at, most)
            while following < len(self.spans) and self.spans[following].start < end:
                begun.append(self.spans[following])
                following += 1
            yield Part(RichText(text[at:end], clip(begun, at, end)), text[end:beyond])
            begun = [span for span in begun if span.end > beyond]
            at = beyond

    def furthest(self, at: int) -> int:
        """Where a part that begins here has to end at the latest; after ``at`` in any case."""
        by_length = self.reach(at)
        begun = bisect_right(self.starts, at)
        still_open = begun - bisect_right(self.ends, at)
        one_too_many = begun + max(self.max_spans - still_open, 0)
        by_spans = self.starts[one_too_many] if one_too_many < len(self.starts) else len(self.text)
        return max(min(by_length, by_spans), at + 1)

    def reach(self, at: int) -> int:
        """As far as the length of a message goes."""
        return bisect_right(self.units, self.units[at] + self.limit) - 1

    def cut(self, at: int, most: int) -> tuple[int, int]:
        """The end of the part that begins at ``at``, and the beginning of the next.

        The last gap between paragraphs, else sentences, else words.  One in the first quarter is left for a lesser one
        if what follows is too long for any message: it is broken anyway, and a title should not stand alone above it.
        """
        first, behind = bisect_right(self.gap_starts, at), bisect_right(self.gap_starts, most)
        enough = self.units[at] + self.limit // 4
        self.tried = 0
        for fits in (self.parts_paragraphs, self.parts_sentences, self.parts_words):
            index = next((i for i in range(behind - 1, first - 1, -1) if fits(i)), None)
            if index is None:
                continue
            gap = self.gaps[index]
            if self.units[gap.start] >= enough or self.ends_in_reach(gap.end, behind, fits):
                return gap.start, gap.end
        return self.forced(at, most)

    def ends_in_reach(self, at: int, behind: int, fits: Callable[[int], bool]) -> bool:
        """Whether the paragraph, sentence or word that begins here is short enough for one message."""
        reach = self.reach(at)
        beyond = bisect_right(self.gap_starts, reach)
        return reach == len(self.text) or any(fits(i) for i in range(behind, beyond))

    def parts_paragraphs(self, index: int) -> bool:
        return self.gaps[index].kind is Kind.PARAGRAPH and self.is_clean(index)

    def parts_words(self, index: int) -> bool:
        return self.gaps[index].kind is not Kind.NOTHING and self.is_clean(index)

    def parts_sentences(self, index: int) -> bool:
        gap = self.gaps[index]
        if gap.kind < Kind.LINE and not self.ends_sentence(gap):
            return False
        return self.is_clean(index)

    def ends_sentence(self, gap: Gap) -> bool:
        """What is cheap comes first: most gaps follow a letter."""
        before, after = (
            self.text[max(gap.start - BEFORE, 0) : gap.start],
            self.text[gap.end : gap.end + AFTER],
        )
        stop = next((char for char in reversed(before) if _sentence_break(char) not in _CLOSING), "")
        if not stop or _sentence_break(stop) not in {SB.ATERM, SB.STERM}:
            return False
        if _sentence_break(stop) is SB.ATERM and (after[:1].islower() or _is_shortened(before)):
            return False
        if gap.end > gap.start and after[:1].isupper():
            return True  # nothing in UAX #29 stands against it
        self.tried += 1
        if self.tried > SENTENCES_TRIED:
            return False
        before += " " * (gap.end > gap.start)
        return len(before) in set(sentence_boundaries(before + after))

    def is_clean(self, index: int) -> bool:
        """Whether the white space is not part of a grapheme, as the space under a combining mark is."""
        gap = self.gaps[index]
        return is_boundary(self.text, gap.start) and is_boundary(self.text, gap.end)

    def forced(self, at: int, most: int) -> tuple[int, int]:
        """No usable white space: between the words of UAX #29 near the limit (Chinese, paths...), or graphemes."""
        since = max(at, most - WORD_SEARCHED - WORD_CONTEXT)
        words = word_boundaries(self.text[since : most + WORD_CONTEXT])
        near = [since + word for word in words if max(at, most - WORD_SEARCHED) < since + word <= most]
        end = next((word for word in reversed(near) if is_boundary(self.text, word, at)), 0)
        end = end or next((i for i in range(most, at, -1) if is_boundary(self.text, i, at)), most)
        beyond = end
        while (
            beyond < len(self.text) and self.text[beyond].isspace() and is_boundary(self.text, beyond + 1, at)
        ):
            beyond += 1
        while end > at + 1 and self.text[end - 1].isspace() and is_boundary(self.text, end - 1, at):
            end -= 1
        return end, beyond


_CLOSING = (SB.CLOSE, SB.EXTEND, SB.FORMAT)


def _gap(found: re.Match[str]) -> Gap:
    space = found[0]
    match space.count("\n"):
        case 0:
            kind = Kind.WORD if not _NO_BREAK.issuperset(space) else Kind.NOTHING
        case 1:
            kind = Kind.LINE
        case _:
            kind = Kind.PARAGRAPH
    return Gap(found.start(), found.end(), Kind.WORD if not space else kind)


def _is_shortened(before: str) -> bool:
    """Initials and common abbreviations; ``before`` ends with the full stop."""
    word = _SHORTENED.search(before)
    if word is None:
        return False
    last = re.split(r"[.-]", word[1])[-1].lower()
    return (len(last) == 1 and last.isalpha()) or last in ABBREVIATIONS


def is_boundary(text: str, at: int, since: int = 0) -> bool:
    """Whether a grapheme cluster (UAX #29, GB1 to GB999) begins here, for a text that begins at ``since``."""
    if not since < at < len(text):
        return True
    before, after = text[at - 1], text[at]
    if before < "\u0300" and after < "\u0300":
        return (before, after) != ("\r", "\n")
    left, right = _cluster_break(before), _cluster_break(after)
    if left in _CONTROLS or right in _CONTROLS:
        return (before, after) != ("\r", "\n")
    if right in _JOINED or left is GCB.PREPEND or right in _HANGUL.get(left, ()):
        return False
    if left is GCB.ZWJ and extended_pictographic(after):
        at -= 2
        while at >= since and _cluster_break(text[at]) is GCB.EXTEND:
            at -= 1
        return not (at >= since and extended_pictographic(text[at]))
    if left is right is GCB.REGIONAL_INDICATOR:
        first = at
        while first > since and "\U0001f1e6" <= text[first - 1] <= "\U0001f1ff":
            first -= 1
        return (at - first) % 2 == 0
    return not _is_conjunct(text, at, since)


_CONTROLS = (GCB.CR, GCB.LF, GCB.CONTROL)
_JOINED = (GCB.EXTEND, GCB.ZWJ, GCB.PACINGMARK)  # spelled so in uniseg
_HANGUL = {
    GCB.L: (GCB.L, GCB.V, GCB.LV, GCB.LVT),
    GCB.LV: (GCB.V, GCB.T),
    GCB.V: (GCB.V, GCB.T),
    GCB.LVT: (GCB.T,),
    GCB.T: (GCB.T,),
}


def _is_conjunct(text: str, at: int, since: int) -> bool:
    """GB9c: two consonants of an Indic script with a linker between them are one."""
    if indic_conjunct_break(text[at]) is not InCB.CONSONANT:
        return False
    linked = False
    at -= 1
    while at >= since and (joint := indic_conjunct_break(text[at])) in {InCB.EXTEND, InCB.LINKER}:
        linked = linked or joint is InCB.LINKER
        at -= 1
    return linked and at >= since and indic_conjunct_break(text[at]) is InCB.CONSONANT
