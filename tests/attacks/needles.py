"""What an attacker looks for in bytes: a person's number and names in every form in which a program may leave them."""

import base64
import json
import struct
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

import ahocorasick_rs

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Identity:
    """One of the crowd, as the attacker's list has them."""

    number: int
    name: str
    username: str


@dataclass(frozen=True, slots=True)
class Find:
    """``where`` the bytes lie, whose they are, and in which form."""

    where: str
    number: int
    form: str


def varint(number: int) -> bytes:
    """Protocol Buffers' base 128, least significant group first."""
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def zigzag(number: int) -> bytes:
    return varint(number << 1)


def big_varint(number: int) -> bytes:
    """SQLite's own and MIDI's: most significant group first."""
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))


def short(number: int) -> bytes:
    """SQLite's integers: big-endian in 1, 2, 3, 4, 6 or 8 bytes."""
    size = next(size for size in (1, 2, 3, 4, 6, 8) if number < 1 << 8 * size - 1)
    return number.to_bytes(size, "big")


def numeric(number: int) -> bytes:
    """PostgreSQL's ``numeric``: groups of four decimal digits, two bytes each, little-endian on disk."""
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    return b"".join(struct.pack("<h", group) for group in reversed(groups))


def decimal(number: int) -> bytes:
    return str(number).encode()


NUMBERS: Mapping[str, Callable[[int], bytes]] = {
    "decimal": decimal,
    "decimal in UTF-16, little-endian": lambda n: str(n).encode("utf-16-le"),
    "decimal in UTF-16, big-endian": lambda n: str(n).encode("utf-16-be"),
    "decimal backwards": lambda n: str(n)[::-1].encode(),
    "hexadecimal": lambda n: f"{n:x}".encode(),
    "hexadecimal, capitals": lambda n: f"{n:X}".encode(),
    "little-endian": lambda n: n.to_bytes((n.bit_length() + 7) // 8, "little"),
    "big-endian": lambda n: n.to_bytes((n.bit_length() + 7) // 8, "big"),
    "floating point, little-endian": lambda n: struct.pack("<d", n),
    "floating point, big-endian": lambda n: struct.pack(">d", n),
    "varint": varint,
    "varint, zigzag": zigzag,
    "varint, most significant first": big_varint,
    "SQLite's integer": short,
    "PostgreSQL's numeric": numeric,
}
WORDS: Mapping[str, Callable[[str], bytes]] = {
    "UTF-8": lambda s: s.encode(),
    "UTF-16, little-endian": lambda s: s.encode("utf-16-le"),
    "UTF-16, big-endian": lambda s: s.encode("utf-16-be"),
    "JSON, escaped": lambda s: json.dumps(s)[1:-1].encode(),
    "URL, escaped": lambda s: urllib.parse.quote(s).encode(),
    "HTML, escaped": lambda s: escape(s).encode(),
    "lower case": lambda s: s.lower().encode(),
    "upper case": lambda s: s.upper().encode(),
    "Python, escaped": lambda s: ascii(s)[1:-1].encode(),
    "windows-1251": lambda s: s.encode("cp1251", "ignore"),
}


def base64_forms(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """What stays of ``raw`` in Base64, whatever stands before it: three alignments, two alphabets."""
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + raw)
        # Signs that also depend on the neighbours are cut off.
        sure = coded[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
        if len(sure) >= LEAST:
            yield f"Base64 at {offset}", sure
            if (other := sure.translate(bytes.maketrans(b"+/", b"-_"))) != sure:
                yield f"Base64 for URLs at {offset}", other


LEAST = 5  # bytes: shorter ones stand in any file by chance


def forms_of_number(number: int) -> Iterator[tuple[str, bytes]]:
    for form, encode in NUMBERS.items():
        yield form, encode(number)
    for form, raw in (("decimal", decimal(number)), ("8 bytes", number.to_bytes(8, "big"))):
        for alignment, coded in base64_forms(raw):
            yield f"{form}, {alignment}", coded
    yield "8 bytes in hexadecimal, little-endian", number.to_bytes(8, "little").hex().encode()


def forms_of_word(word: str) -> Iterator[tuple[str, bytes]]:
    for form, encode in WORDS.items():
        yield form, encode(word)
    yield from base64_forms(word.encode())
    yield "hexadecimal", word.encode().hex().encode()


def forms(identity: Identity) -> Iterator[tuple[str, bytes]]:
    yield from forms_of_number(identity.number)
    for what, word in (("name", identity.name), ("username", identity.username)):
        for form, needle in forms_of_word(word):
            yield f"{what}, {form}", needle


def search(loot: Mapping[str, bytes], crowd: Iterable[Identity]) -> list[Find]:
    """Every form of everybody, in one pass over the bytes."""
    meaning: dict[bytes, tuple[int, str]] = {}
    for identity in crowd:
        for form, needle in forms(identity):
            if len(needle) >= LEAST:
                meaning.setdefault(needle, (identity.number, form))
    needles = list(meaning)
    automaton = ahocorasick_rs.BytesAhoCorasick(needles)
    found = []
    for where, content in loot.items():
        hits = {needle for needle, _, _ in automaton.find_matches_as_indexes(content, overlapping=True)}
        found += [Find(where, *meaning[needles[needle]]) for needle in sorted(hits)]
    return found


def search_bytes(loot: Mapping[str, bytes], needles: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """(where, what) of needles that are found whole."""
    return [(where, what) for where, content in loot.items() for what, n in needles.items() if n in content]
