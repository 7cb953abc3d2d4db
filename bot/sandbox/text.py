"""What Telegram makes of a text: parsed, cleaned, trimmed, counted, and with the entities that it finds by itself."""

import re
from typing import Any

from bot.sandbox.errors import bad_request
from bot.sandbox.html_mode import parse_html, utf16_length

Entities = list[dict[str, Any]]

MOST_RAW_BYTES = 32768
MOST_ENTITIES = 100
GIVEN = frozenset(
    [
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "custom_emoji",
        "date_time",
    ]
)
FOUND = frozenset(["mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"])
PRIORITY = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 11,
    "code": 20,
    "text_link": 49,
    "text_mention": 49,
    "bold": 90,
    "italic": 91,
    "underline": 92,
    "strikethrough": 93,
    "spoiler": 94,
    "custom_emoji": 99,
}
# Line and paragraph separators and the marks that turn the direction of writing are taken out, with the returns.
REMOVED = re.compile("[\r\u2028-\u202e]")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\t]")
DETECTORS = (
    ("bot_command", re.compile(r"(?<![\w/@<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>@])")),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")),
    ("url", re.compile(r"https?://[^\s<>\"«»]*[^\s<>\"«».,;:!?)]", re.IGNORECASE)),
    (
        "url",
        re.compile(
            r"(?<![\w@.])(?:[a-z0-9-]+\.)+(?:com|org|net|info|eu|de|ua|me|io|news)(?:/[^\s<>\"«»]*)?(?!\w)",
            re.IGNORECASE,
        ),
    ),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z0-9_]{3,32}(?!\w)")),
    ("hashtag", re.compile(r"(?<!\w)#(?=\w*[^\W\d])\w{1,256}")),
)


class Formatted:
    """A text after parsing, and the remarks about it that Telegram would keep to itself."""

    def __init__(self, text: str, entities: Entities, remarks: list[str]) -> None:
        self.text = text
        self.entities = entities
        self.remarks = remarks


def format_text(raw: str, parse_mode: str = "", entities: Any = None) -> Formatted:
    """Parse mode wins over a list of entities, as it does at Telegram."""
    try:
        size = len(raw.encode())
    except UnicodeEncodeError as error:
        raise bad_request("strings must be encoded in UTF-8") from error
    if size > MOST_RAW_BYTES:
        raise bad_request("text is too long")
    given: Entities
    match parse_mode.lower():
        case "":
            text, given = raw, check_entities(raw, entities)
        case "html":
            text, given = parse_html(raw)
        case _:
            raise bad_request("unsupported parse_mode")
    text, given = clean(text, given)
    text, given = trim(text, given)
    every = in_order(given + detect(text, given))
    remarks = (
        [] if len(every) <= MOST_ENTITIES else [f"{len(every)} entities: those after the 100th are dropped"]
    )
    return Formatted(text, every[:MOST_ENTITIES], remarks)


def check_entities(text: str, entities: Any) -> Entities:
    if not entities:
        return []
    if not isinstance(entities, list):
        raise bad_request("can't parse entities: expected an Array")
    size = utf16_length(text)
    kept: Entities = []
    for entity in entities:
        if not isinstance(entity, dict) or not isinstance(entity.get("type"), str):
            raise bad_request("can't parse MessageEntity: expected an Object with a type")
        kind, offset, length = entity["type"], entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(length, int):
            raise bad_request('can\'t parse MessageEntity: Field "offset" must be of type Number')
        if kind not in GIVEN | FOUND:
            raise bad_request("can't parse MessageEntity: Unsupported type specified")
        if length <= 0 or offset < 0:
            continue
        if offset + length > size:
            raise bad_request(
                f"entity beginning at UTF-16 offset {offset} ends after the end of the text "
                f"at UTF-16 offset {offset + length}"
            )
        if kind in GIVEN:
            kept.append({key: value for key, value in entity.items() if value is not None})
    return kept


def clean(text: str, entities: Entities) -> tuple[str, Entities]:
    """Removing characters moves what follows them, so the entities move along."""
    gone = [found.start() for found in REMOVED.finditer(text)]
    if gone and entities:
        marks = [utf16_length(text[:at]) for at in gone]
        entities = [move(entity, lambda at: at - sum(mark < at for mark in marks)) for entity in entities]
    return CONTROL.sub(" ", REMOVED.sub("", text)), [entity for entity in entities if entity["length"] > 0]


def move(entity: dict[str, Any], moved: Any) -> dict[str, Any]:
    begin, end = moved(entity["offset"]), moved(entity["offset"] + entity["length"])
    return {**entity, "offset": begin, "length": end - begin}


def trim(text: str, entities: Entities) -> tuple[str, Entities]:
    """Trailing white space goes; leading spaces and newlines go only up to the first entity."""
    text = text.rstrip(" \n\t\u00a0")
    size = utf16_length(text)
    first = min((entity["offset"] for entity in entities), default=size)
    lead = min(len(text) - len(text.lstrip(" \n")), first)
    text, size = text[lead:], size - lead
    entities = [move(entity, lambda at: min(max(at - lead, 0), size)) for entity in entities]
    return text, [entity for entity in entities if entity["length"] > 0]


def detect(text: str, taken: Entities) -> Entities:
    """Commands, links and names are found in every text; not where the sender has set a link or code."""
    closed = frozenset(("code", "pre", "text_link", "text_mention"))
    spans = [(e["offset"], e["offset"] + e["length"]) for e in taken if e["type"] in closed]
    found: Entities = []
    for kind, pattern in DETECTORS:
        for match in pattern.finditer(text):
            begin = utf16_length(text[: match.start()])
            end = begin + utf16_length(match[0])
            if all(end <= start or begin >= stop for start, stop in spans):
                spans.append((begin, end))
                found.append({"type": kind, "offset": begin, "length": end - begin})
    return found


def in_order(entities: Entities) -> Entities:
    """By place, the longer first; those of the same span in TDLib's order of kinds."""
    return sorted(
        entities, key=lambda entity: (entity["offset"], -entity["length"], PRIORITY.get(entity["type"], 50))
    )
