"""Formatted text to Telegram's entities and back.  Telegram counts UTF-16 units, we count code points."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from bot.domain.article import RichText, Span, Style

EXPANDABLE = "expandable"
Mark = tuple[Style, str]  # what a span does, apart from where

_BY_NAME = {style.value: style for style in Style}


def entities(text: RichText) -> list[dict[str, object]]:
    """MessageEntity objects, sorted, each inside another or apart from it.  Telegram drops those after the 100th."""
    offsets = _utf16_offsets(text.text)
    return [_entity(span, offsets) for span in legal_spans(text.spans, len(text.text))]


def from_entities(text: str, entities: Iterable[Mapping[str, object]]) -> RichText:
    """Entities that the text shows without help (mentions, hashtags, addresses...) are left out; a mention of someone
    without a name of his own becomes a link to him.  Offsets outside of the text are clipped to it.
    """
    offsets = _utf16_offsets(text)
    spans = (_span(entity, offsets) for entity in entities)
    return RichText(text, tuple(span for span in spans if span is not None and span.start < span.end))


def legal_spans(spans: Iterable[Span], length: int) -> tuple[Span, ...]:
    """The same formatting as Telegram takes it: spans nest and never cross, no quotation in a quotation, nothing in code
    or around it but a quotation; a link wins over code within it.

    What a character looks like hangs on that character's spans alone, so a part of a text looks as it did in the whole.
    """
    runs = _runs(spans, length)
    stack: list[tuple[int, Mark]] = []  # what is open, with its start; the outermost first
    done: list[Span] = []
    for at, wanted in runs:
        kept = 0
        while kept < len(stack) and stack[kept][1] in wanted:
            kept += 1
        if (
            any(style is Style.QUOTE for style, _ in wanted)
            and stack[:1]
            and stack[0][1][0] is not Style.QUOTE
        ):
            kept = 0  # a quotation goes around what is open, or it would be cut in two where that ends
        done += (Span(start, at, *mark) for start, mark in stack[kept:])
        del stack[kept:]
        still = {mark for _, mark in stack}
        opened = sorted(
            (m for m in wanted if m not in still), key=lambda m: (m[0] is not Style.QUOTE, -wanted[m], m)
        )
        stack += ((at, mark) for mark in opened)
    return tuple(sorted(done, key=lambda s: (s.start, -s.end, s.style is not Style.QUOTE, s.style)))


def _runs(spans: Iterable[Span], length: int) -> list[tuple[int, dict[Mark, int]]]:
    """Where the look of the text changes, and what it is from there on: each mark with the place where it will end."""
    edges: dict[int, list[tuple[int, Span]]] = {0: [], length: []}
    for order, span in enumerate(spans):
        start, end = max(span.start, 0), min(span.end, length)
        if start < end:
            edges.setdefault(start, []).append((order, span))
            edges.setdefault(end, []).append((order, span))
    active: dict[int, Span] = {}
    marks: list[tuple[int, set[Mark]]] = []
    for at in sorted(edges):
        for order, span in edges[at]:
            if active.pop(order, None) is None:
                active[order] = span
        marks.append((at, _marks([active[order] for order in sorted(active)])))
    runs: list[tuple[int, dict[Mark, int]]] = []
    following, beyond = length, dict[Mark, int]()
    for at, shown in reversed(marks):
        beyond = {mark: beyond.get(mark, following) for mark in shown}
        following = at
        runs.append((at, beyond))
    return runs[::-1]


def _marks(spans: Iterable[Span]) -> set[Mark]:
    """What one character looks like, of the spans over it.

    Of two links the later one given counts, of two quotations the earlier: cutting a text keeps their order.
    """
    details: dict[Style, str] = {}
    for span in spans:
        if span.style is not Style.QUOTE or span.style not in details:
            details[span.style] = span.detail
    if Style.PRE in details:
        shown = {Style.QUOTE, Style.PRE}
    elif Style.LINK in details:
        shown = details.keys() - {Style.CODE}
    elif Style.CODE in details:
        shown = {Style.QUOTE, Style.CODE}
    else:
        shown = set(details)
    return {(style, detail) for style, detail in details.items() if style in shown}


def _utf16_offsets(text: str) -> Sequence[int]:
    """For each code point and for the end, where it stands in UTF-16."""
    if not text or max(text) < "\U00010000":
        return range(len(text) + 1)
    return [0, *accumulate(2 if char > "\uffff" else 1 for char in text)]


def _entity(span: Span, offsets: Sequence[int]) -> dict[str, object]:
    offset = offsets[span.start]
    entity: dict[str, object] = {
        "type": span.style.value,
        "offset": offset,
        "length": offsets[span.end] - offset,
    }
    match span.style:
        case Style.LINK:
            entity["url"] = span.detail
        case Style.PRE if span.detail:
            entity["language"] = span.detail
        case Style.QUOTE if span.detail == EXPANDABLE:
            entity["type"] = "expandable_blockquote"
    return entity


def _span(entity: Mapping[str, object], offsets: Sequence[int]) -> Span | None:
    kind, offset, length = entity.get("type"), entity.get("offset"), entity.get("length")
    if not (isinstance(kind, str) and isinstance(offset, int) and isinstance(length, int)):
        return None
    detail = ""
    match kind:
        case "text_link":
            detail = str(entity.get("url", ""))
        case "pre":
            detail = str(entity.get("language", ""))
        case "expandable_blockquote":
            kind, detail = Style.QUOTE.value, EXPANDABLE
        case "text_mention":
            user = entity.get("user")
            kind = Style.LINK.value
            detail = f"tg://user?id={user['id']}" if isinstance(user, Mapping) and "id" in user else ""
    style = _BY_NAME.get(kind)
    if style is None or (style is Style.LINK and not detail):
        return None
    return Span(_code_point(offset, offsets), _code_point(offset + length, offsets), style, detail)


def _code_point(offset: int, offsets: Sequence[int]) -> int:
    """The code point at a UTF-16 offset, or that which holds it."""
    return max(bisect_right(offsets, max(offset, 0)) - 1, 0)
