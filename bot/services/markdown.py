"""Markdown to Telegram's formatting.  What Telegram has not is written out in words and signs, nothing is dropped."""

import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLinkText
from markdown_it.rules_block import StateBlock, reference
from markdown_it.rules_block.table import escapedSplit, getLine, table
from markdown_it.tree import SyntaxTreeNode

from bot.domain.article import (
    Article,
    RichText,
    Span,
    Style,
    can_link,
    check_length,
    clean,
    first_line,
    join,
    plain,
    rich_article,
    shows,
    spell_links,
    take_question,
    tidy,
)
from bot.domain.refusals import ArticleEmpty

NESTING = 60  # deeper blocks are dropped by the parser; such a text is read as plain
RULE = "———"
PICTURE = "🖼"
BULLETS = "•◦▪"
DONE, TO_DO = "☑", "☐"

# Front matter holds settings of a site, which nobody sees there either, save the title.
_FRONT = re.compile(
    r"---[ \t]*\n\w[\w-]*[ \t]*:.*\n(?:(?:[ \t].*|-[ \t].*|\w[\w-]*[ \t]*:.*)\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)"
)
_FRONT_TITLE = re.compile(r"^title[ \t]*:[ \t]*(['\"]?)(.+?)\1[ \t]*$", re.MULTILINE | re.IGNORECASE)
_TASK = re.compile(r"\[([ xX])\][ \n]")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)

STYLES = {
    "b": Style.BOLD, "strong": Style.BOLD, "i": Style.ITALIC, "em": Style.ITALIC, "u": Style.UNDERLINE,
    "ins": Style.UNDERLINE, "s": Style.STRIKE, "strike": Style.STRIKE, "del": Style.STRIKE, "code": Style.CODE,
    "kbd": Style.CODE, "samp": Style.CODE, "tg-spoiler": Style.SPOILER, "pre": Style.PRE, "blockquote": Style.QUOTE,
    "h1": Style.BOLD, "h2": Style.BOLD, "h3": Style.BOLD, "h4": Style.BOLD, "h5": Style.BOLD, "h6": Style.BOLD,
}  # fmt: skip
HIDDEN = frozenset({"script", "style", "template"})
PICTURES = frozenset({"img", "iframe", "video", "audio", "source", "embed", "object"})
PARAGRAPHS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "table", "ul", "ol", "dl", "hr"}
)
LINES = frozenset(
    {"br", "div", "li", "tr", "dt", "dd", "details", "summary", "section", "figure", "figcaption"}
)


def markdown_article(source: str) -> Article:
    """The first heading, else a title of the front matter, else the first line is the title.

    Raises ArticleEmpty, ArticleTooLong; the length is that of the source.
    """
    source = re.sub("\r\n?", "\n", source.removeprefix("\ufeff")).strip("\n")
    check_length(source.strip())
    front = _FRONT.match(source)
    named = _FRONT_TITLE.search(front[0]) if front else None
    source = source[front.end() :] if front else source
    tokens = _parser().parse(source)
    if any(token.level >= NESTING - 1 for token in tokens):
        return rich_article(RichText(source))
    blocks = SyntaxTreeNode(tokens).children
    heading = next((block for block in blocks if block.type == "heading" and shows(_block(block).text)), None)
    if heading is not None:
        return _article(plain(_rendered([heading])), [block for block in blocks if block is not heading])
    if named is not None and shows(named[2]):
        return _article(plain(clean(RichText(named[2]))), blocks)
    return _titled_by_first_line(blocks)


def _parser() -> MarkdownIt:
    parser = _AnyLink("commonmark", {"maxNesting": NESTING})
    parser.enable(["table", "strikethrough"])
    parser.block.ruler.at("reference", _reference)
    parser.block.ruler.at("table", _whole_table, {"alt": ["paragraph", "reference"]})
    return parser


class _AnyLink(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802  # overrides
        """Whether Telegram links it is decided later; refused here, its source would be left in the text."""
        return True


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Definitions of footnotes are text, not addresses of links."""
    if state.src.startswith("[^", state.bMarks[start] + state.tShift[start]):
        return False
    return reference(state, start, end, silent)


def _whole_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The parser drops cells beyond the columns of the head; they are kept in the last one."""
    before = len(state.tokens)
    if not table(state, start, end, silent):
        return False
    tokens = state.tokens[before:]
    columns = sum(token.type == "th_open" for token in tokens)
    for cell, _, row_end in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if row_end.type == "tr_close" and cell.map:
            cells = escapedSplit(getLine(state, cell.map[0]).strip().removeprefix("|").removesuffix("|"))
            cell.content = " | ".join([cell.content, *(more.strip() for more in cells[columns:])])
    return True


def _article(title: str, blocks: list[SyntaxTreeNode]) -> Article:
    title = " ".join(title.split("\n"))
    body = _rendered(blocks)
    asks = bool(blocks) and blocks[-1].type in {"paragraph", "heading"}
    return Article(title, *take_question(body)) if asks else Article(title, body)


def _titled_by_first_line(blocks: list[SyntaxTreeNode]) -> Article:
    """The first line of the source: its end is kept in the block that begins with it, which else flows as one."""
    first, flowing = next(
        ((i, text) for i, text in enumerate(map(_alone, blocks)) if shows(text.text)), (0, RichText(""))
    )
    if flowing.is_empty:
        raise ArticleEmpty()
    lines = _rendered([blocks[first]], soft="\n") if blocks[first].type == "paragraph" else flowing
    start, end = first_line(lines.text)
    rest = flowing.slice(end, len(flowing.text)).strip()
    following = _rendered(blocks[first + 1 :])
    body = join((part for part in (rest, following) if not part.is_empty), "\n\n")
    title = plain(lines.slice(start, end))
    return Article(title, *take_question(body)) if blocks[-1].type == "paragraph" else Article(title, body)


def _alone(block: SyntaxTreeNode) -> RichText:
    return _rendered([block])


def _rendered(blocks: list[SyntaxTreeNode], soft: str = " ") -> RichText:
    """``soft``: what a line break within a paragraph becomes."""
    return clean(spell_links(_joined(blocks, soft=soft)))  # not stripped: code may begin with an indent


def _joined(
    blocks: list[SyntaxTreeNode], separator: str = "\n\n", soft: str = " ", depth: int = 0
) -> RichText:
    parts = (_block(block, soft, depth) for block in blocks)
    return join((part for part in parts if part.text.strip()), separator)


def _block(node: SyntaxTreeNode, soft: str = " ", depth: int = 0) -> RichText:
    """``depth``: how many lists are around it."""
    match node.type:
        case "paragraph" | "inline" | "th" | "td":
            return _inline(node.children, soft)
        case "heading":
            return _inline(node.children, soft).styled(Style.BOLD)
        case "blockquote":
            return _quote(_joined(node.children, soft=soft, depth=depth), nested=_is_quoted(node))
        case "bullet_list" | "ordered_list":
            return _list(node, soft, depth)
        case "fence" | "code_block":
            language = node.info.split()[0] if node.info.split() else ""
            return RichText(node.content.strip("\n")).styled(Style.PRE, language)
        case "html_block":
            writer = _Writer()
            writer.html(node.content)
            return tidy(writer.written())
        case "table":
            return _table(node)
        case "hr":
            return RichText(RULE)
    return RichText(node.content)


def _is_quoted(node: SyntaxTreeNode) -> bool:
    above = node.parent
    while above is not None:
        if above.type == "blockquote":
            return True
        above = above.parent
    return False


def _quote(text: RichText, nested: bool) -> RichText:
    """Telegram has no quotation within a quotation: the inner one gets the sign of e-mails."""
    return _prefixed(RichText("> ") + text, "> ") if nested else text.styled(Style.QUOTE)


def _prefixed(text: RichText, prefix: str) -> RichText:
    """Each line but the first, empty ones and those of code and quotations, which Telegram sets apart by itself."""
    apart = [(span.start, span.end) for span in text.spans if span.style in {Style.PRE, Style.QUOTE}]
    places = (found.end() for found in re.finditer(r"\n(?=[^\n])", text.text))
    return text.edited(
        (place, place, prefix) for place in places if not any(start <= place < end for start, end in apart)
    )


def _list(node: SyntaxTreeNode, soft: str, depth: int) -> RichText:
    ordered = node.type == "ordered_list"
    number = int(node.attrs.get("start", 1)) if ordered else 0
    tight = not any(
        child.type == "paragraph" and not child.hidden for item in node.children for child in item.children
    )
    separator = "\n" if tight else "\n\n"
    items = []
    for item in node.children:
        content = _joined(item.children, separator, soft, depth + 1)
        marker = f"{number}." if ordered else BULLETS[depth % len(BULLETS)]
        if task := _TASK.match(content.text):
            sign = TO_DO if task[1] == " " else DONE
            marker = f"{marker} {sign}" if ordered else sign
            content = content.slice(task.end(), len(content.text))
        apart = any(span.start == 0 and span.style in {Style.PRE, Style.QUOTE} for span in content.spans)
        apart = apart or (bool(item.children) and item.children[0].type.endswith("_list"))
        line = RichText(marker + ("\n" if apart else " ")) + content
        items.append(_prefixed(line, "   ") if content.text else RichText(marker))
        number += 1
    return join(items, separator)


def _table(node: SyntaxTreeNode) -> RichText:
    """A line a row: columns drawn with spaces do not fit on a telephone."""
    rows = []
    for row in (row for group in node.children for row in group.children):
        cells = [_block(cell) for cell in row.children]
        if any(not cell.is_empty for cell in cells):
            line = join(cells, " | ").strip()
            rows.append(line.styled(Style.BOLD) if row.children[0].type == "th" else line)
    return join(rows, "\n")


def _inline(nodes: list[SyntaxTreeNode], soft: str = " ") -> RichText:
    writer = _Writer(soft)
    writer.nodes(nodes)
    return writer.written().strip()


class _Writer:
    """Text and spans in the order in which they are met; tags of HTML may open in one node and close in another."""

    def __init__(self, soft: str = " ") -> None:
        self.soft = soft
        self.pieces: list[str] = []
        self.length = 0
        self.spans: list[Span] = []
        self.tags: list[tuple[str, int, Style, str]] = []
        self.links = 0

    def written(self) -> RichText:
        while self.tags:
            self.close(self.tags[-1][0])
        return RichText("".join(self.pieces), tuple(self.spans))

    def write(self, text: str) -> None:
        self.pieces.append(text)
        self.length += len(text)

    def style(self, start: int, style: Style, detail: str = "") -> None:
        if start < self.length:
            self.spans.append(Span(start, self.length, style, detail))

    def open(self, tag: str, style: Style, detail: str = "") -> None:
        self.tags.append((tag, self.length, style, detail))

    def close(self, tag: str) -> None:
        for index in range(len(self.tags) - 1, -1, -1):
            if self.tags[index][0] == tag:
                _, start, style, detail = self.tags.pop(index)
                self.style(start, style, detail)
                return

    def begins_line(self) -> bool:
        return not self.length or next(piece for piece in reversed(self.pieces) if piece).endswith("\n")

    def nodes(self, nodes: list[SyntaxTreeNode]) -> None:
        for index, node in enumerate(nodes):
            start = self.length
            match node.type:
                case "softbreak":
                    footnote = any(after.content.startswith("[^") for after in nodes[index + 1 : index + 2])
                    self.write("\n" if footnote else self.soft)
                case "hardbreak":
                    self.write("\n")
                case "code_inline":
                    self.write(node.content)
                    self.style(start, Style.CODE)
                case "html_inline":
                    self.html(node.content)
                case "image":
                    self.picture(_inline(node.children).text, _address(node, "src"))
                case "link":
                    self.links += 1
                    self.nodes(node.children)
                    self.links -= 1
                    self.link(start, _address(node, "href"))
                case "em" | "strong" | "s":
                    self.nodes(node.children)
                    self.style(start, STYLES[node.type])
                case "inline":
                    self.nodes(node.children)
                case _:
                    self.write(node.content)

    def link(self, start: int, address: str) -> None:
        if start == self.length:
            self.write(address)  # a link without a text would not be seen
        self.style(start, Style.LINK, address)

    def picture(self, words: str, address: str) -> None:
        """The alternative text, linked to the picture.  An address that holds the picture itself is no use to readers."""
        start = self.length
        self.write(f"{PICTURE} {words}".rstrip())
        if not address or address.startswith("data:"):
            return
        if self.links:
            self.write(f" ({address})")  # a link holds no other
        else:
            self.style(start, Style.LINK, address)

    def html(self, source: str) -> None:
        """Comments are not seen; the beginning of one that never ends is, with all after it."""
        parser = _Html(self)
        closed, end, rest = source.rpartition(
            "-->"
        )  # else each beginning would search the whole rest for an end
        parser.feed(_COMMENT.sub("", closed + end) + rest.replace("<!--", "&lt;!--"))
        parser.close()


def _address(node: SyntaxTreeNode, attribute: str) -> str:
    """As people write it where it will be read; encoded where it is followed."""
    address = str(node.attrs.get(attribute, ""))
    return address if can_link(address) else normalizeLinkText(address)


class _Html(HTMLParser):
    """Tags that Telegram has become styles, the rest lines and words."""

    def __init__(self, writer: _Writer) -> None:
        super().__init__(convert_charrefs=True)
        self.writer = writer
        self.hidden = 0
        self.verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        writer = self.writer
        self.hidden += tag in HIDDEN
        if self.hidden:
            return
        self.verbatim += tag == "pre"
        writer.write("\n\n" if tag in PARAGRAPHS else "\n" if tag in LINES else "")
        source, words = given.get("src") or given.get("data", ""), given.get("alt") or given.get("title", "")
        if tag in {"td", "th"} and not writer.begins_line():
            writer.write(" | ")
        elif tag == "li":
            writer.write(f"{BULLETS[0]} ")
        elif tag == "hr":
            writer.write(f"{RULE}\n\n")
        elif tag == "input" and given.get("type") == "checkbox":
            writer.write(f"{DONE if 'checked' in given else TO_DO} ")
        elif tag in PICTURES and (source or words):
            writer.picture(words, source)
        elif tag == "a" and given.get("href"):
            writer.open(tag, Style.LINK, given["href"])
        elif tag in STYLES:
            writer.open(tag, STYLES[tag])

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            self.hidden -= tag in HIDDEN
            return
        self.writer.close(tag)
        self.verbatim -= tag == "pre" and self.verbatim > 0
        self.writer.write("\n\n" if tag in PARAGRAPHS else "\n" if tag in LINES and tag != "br" else "")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.writer.write(data if self.verbatim else _collapsed(data, self.writer.begins_line()))

    def unknown_decl(self, data: str) -> None:
        self.handle_data(data.removeprefix("CDATA["))


def _collapsed(data: str, begins_line: bool) -> str:
    data = re.sub(r"[ \t\n\f]+", " ", data)
    return data.lstrip(" ") if begins_line else data
