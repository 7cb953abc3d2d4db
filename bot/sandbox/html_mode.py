"""The HTML parse mode, step for step as TDLib reads it: over UTF-8 bytes, because its errors count in bytes."""

import re
from dataclasses import dataclass
from typing import Any

from bot.sandbox.errors import ApiError, bad_request

TAGS = frozenset(
    [
        "a",
        "b",
        "strong",
        "i",
        "em",
        "s",
        "strike",
        "del",
        "u",
        "ins",
        "tg-spoiler",
        "tg-emoji",
        "tg-time",
        "span",
        "pre",
        "code",
        "blockquote",
    ]
)
STYLES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "u": "underline",
    "ins": "underline",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
# The semicolon is optional, a number of more than 7 places is no reference: TDLib's reading, not that of HTML.
REFERENCE = re.compile(rb"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|([A-Za-z]+));?")
SPECIAL = re.compile(rb"[<&]")
SPACE = b" \t\r\n\v\0"
NAME_TOKEN = re.compile(rb"[A-Za-z0-9.\-]*")
SCHEMES = ("http", "https", "tg", "ton", "tonsite")


@dataclass(slots=True)
class Open:
    """A start tag that waits for its end."""

    tag: str
    argument: str
    utf16: int
    at: int


def utf16_length(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """The plain text and its entities; an ``ApiError`` with TDLib's sentence if the tags do not fit."""
    return Parser(source.encode()).parse()


class Parser:
    """One pass from left to right; ``at`` is where the next byte is read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.text: list[str] = []
        self.utf16 = 0
        self.open: list[Open] = []
        self.entities: list[dict[str, Any]] = []

    def parse(self) -> tuple[str, list[dict[str, Any]]]:
        data = self.data
        while self.at < len(data):
            special = SPECIAL.search(data, self.at)
            end = special.start() if special else len(data)
            self.put(data[self.at : end].decode())
            self.at = end
            if end == len(data):
                break
            if data[end : end + 1] == b"&":
                char = self.reference()
                if char is None:
                    self.at += 1
                self.put("&" if char is None else char)
            elif data[end + 1 : end + 2] == b"/":
                self.end_tag()
            else:
                self.start_tag()
        if self.open:
            raise refuse(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        for entity in self.entities:
            if entity["type"] == "code":
                entity.pop("language", None)
        return "".join(self.text), self.entities

    def put(self, text: str) -> None:
        if text:
            self.text.append(text)
            self.utf16 += utf16_length(text)

    def reference(self) -> str | None:
        found = REFERENCE.match(self.data, self.at)
        if found is None:
            return None
        hexadecimal, decimal, name = found.groups()
        if name is not None:
            char = NAMED.get(name)
        else:
            code = int(hexadecimal, 16) if hexadecimal else int(decimal)
            digits = found.end(1 if hexadecimal else 2) - self.at
            if code == 0 or code >= 0x10FFFF or digits >= 10:
                return None
            if 0xD800 <= code <= 0xDFFF:
                raise refuse(
                    "Text contains invalid Unicode characters after decoding HTML entities, "
                    "check for unmatched surrogate code units"
                )
            char = chr(code)
        if char is not None:
            self.at = found.end()
        return char

    def peek(self) -> bytes:
        return self.data[self.at : self.at + 1]

    def skip_spaces(self) -> None:
        while self.peek() and self.peek() in SPACE:
            self.at += 1

    def word(self, stops: bytes) -> str:
        """Up to white space, one of the stops or the end."""
        begin = self.at
        while self.peek() and self.peek() not in SPACE and self.peek() not in stops:
            self.at += 1
        return self.data[begin : self.at].decode(errors="replace")

    def start_tag(self) -> None:
        begin = self.at
        self.at += 1
        tag = self.word(b">").lower()
        if not self.peek():
            raise refuse(f"Unclosed start tag at byte offset {begin}")
        if tag not in TAGS:
            raise refuse(f'Unsupported start tag "{tag}" at byte offset {begin}')
        argument = ""
        while self.peek() != b">":
            self.skip_spaces()
            if self.peek() == b">":
                break
            attribute, value = self.attribute(tag, begin)
            argument = read_argument(tag, attribute, value, argument)
        self.at += 1
        if tag == "span" and argument != "spoiler":
            raise refuse(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append(Open(tag, argument, self.utf16, len(self.text)))

    def attribute(self, tag: str, begin: int) -> tuple[str, str]:
        name = self.word(b"=>")
        if not name:
            if not self.peek():
                raise refuse(f'Unclosed start tag "{tag}" at byte offset {begin}')
            raise refuse(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        self.skip_spaces()
        if self.peek() == b"=":
            self.at += 1
            self.skip_spaces()
        elif self.peek():
            return name, ""
        if not self.peek():
            raise refuse(f'Unclosed start tag "{tag}" at byte offset {begin}')
        value = self.quoted() if self.peek() in b"'\"" else self.name_token()
        if not self.peek():
            raise refuse(f"Unclosed start tag at byte offset {begin}")
        return name, value

    def name_token(self) -> str:
        begin = self.at
        found = NAME_TOKEN.match(self.data, begin)
        self.at = found.end() if found else begin
        if self.peek() and self.peek() not in SPACE + b">":
            raise refuse(f"Unexpected end of name token at byte offset {begin}")
        return self.data[begin : self.at].decode().lower()

    def quoted(self) -> str:
        quote = self.peek()
        self.at += 1
        parts: list[bytes] = []
        while self.peek() and self.peek() != quote:
            char = self.reference() if self.peek() == b"&" else None
            if char is not None:
                parts.append(char.encode())
            else:
                parts.append(self.peek())
                self.at += 1
        self.at += 1
        return b"".join(parts).decode(errors="replace")

    def end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise refuse(f"Unexpected end tag at byte offset {begin}")
        self.at += 2
        name = self.word(b">").lower()
        self.skip_spaces()
        if self.peek() != b">":
            raise refuse(f"Unclosed end tag at byte offset {begin}")
        self.at += 1
        opened = self.open.pop()
        if name and name != opened.tag:
            raise refuse(
                f'Unmatched end tag at byte offset {begin}, expected "</{opened.tag}>", found "</{name}>"'
            )
        if self.utf16 > opened.utf16:
            self.close(opened)

    def close(self, opened: Open) -> None:
        span = {"offset": opened.utf16, "length": self.utf16 - opened.utf16}
        last = self.entities[-1] if self.entities else None
        same = last is not None and last["offset"] == span["offset"] and last["length"] == span["length"]
        match opened.tag:
            case "a":
                inner = "".join(self.text[opened.at :])
                link = link_entity(opened.argument or inner)
                if link is not None:
                    self.entities.append({**link, **span})
            case "pre" if same and last is not None and last["type"] == "code" and "language" in last:
                last["type"] = "pre"
            case "code" if same and last is not None and last["type"] == "pre" and opened.argument:
                last["language"] = opened.argument
            case "code":
                code = {"type": "code", **span}
                self.entities.append(code | {"language": opened.argument} if opened.argument else code)
            case "pre":
                self.entities.append({"type": "pre", **span})
            case "blockquote":
                kind = "expandable_blockquote" if opened.argument else "blockquote"
                self.entities.append({"type": kind, **span})
            case "tg-emoji":
                if not opened.argument.isdigit():
                    raise refuse("Invalid custom emoji identifier specified")
                self.entities.append({"type": "custom_emoji", **span, "custom_emoji_id": opened.argument})
            case "tg-time":
                unix, _, style = opened.argument.partition("|")
                if unix.isdigit():
                    date = {"type": "date_time", **span, "unix_time": int(unix)}
                    self.entities.append(date | {"date_time_format": style} if style else date)
            case tag:
                self.entities.append({"type": STYLES[tag], **span})


def read_argument(tag: str, name: str, value: str, argument: str) -> str:
    """The one attribute that matters to a tag; all others are ignored."""
    match tag, name:
        case ("a", "href") | ("tg-emoji", "emoji-id"):
            return value
        case "tg-time", "unix":
            return f"{value}|{argument.partition('|')[2]}"
        case "tg-time", "format":
            return f"{argument.partition('|')[0]}|{value}"
        case ("code", "class") if value.startswith("language-"):
            return value.removeprefix("language-")
        case ("span", "class") if value.startswith("tg-"):
            return value.removeprefix("tg-")
        case ("blockquote", "expandable"):
            return "1"
    return argument


def link_entity(url: str) -> dict[str, Any] | None:
    """A link that Telegram cannot use is dropped without a word; the text stays."""
    mention = re.fullmatch(r"tg://user/?\?id=(\d+)", url.strip(), re.IGNORECASE)
    if mention:
        return {"type": "text_mention", "user_id": int(mention[1])}
    checked = check_link(url)
    return None if checked is None else {"type": "text_link", "url": checked}


def check_link(url: str) -> str | None:
    """The link as Telegram stores it: with a scheme and a path; nothing if it is none."""
    url = url.strip()
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "http", url
    scheme = scheme.lower()
    if scheme not in SCHEMES:
        return None
    host = re.split("[/?#]", rest, maxsplit=1)[0]
    path = rest[len(host) :]
    if not host or re.search(r"\s", host) or (scheme.startswith("http") and "." not in host.strip(".")):
        return None
    if scheme == "tg":
        return f"tg://{rest}"
    return f"{scheme}://{host.lower()}{path if path.startswith('/') else '/' + path}"


def refuse(text: str) -> ApiError:
    return bad_request(f"can't parse entities: {text}")
