"""Every number of the crowd against every pseudonym, with each hash one would think of."""

import hashlib
import hmac
import struct
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.attacks.needles import varint

DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s")
KEYED = ("md5", "sha1", "sha256", "sha512", "blake2b")
PURPOSES = (b"vote", b"author", b"origin", b"person", b"chat", b"staff", b"user", b"voter", b"message")
LENGTH = 16  # bytes of a pseudonym


@dataclass(frozen=True, slots=True)
class Known:
    """What is written where the attacker looks: numbers of rows and chats, texts that may serve as salt or key."""

    numbers: Sequence[int]
    texts: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Match:
    number: int
    column: str
    how: str


def messages(number: int, known: Known) -> Iterator[tuple[str, bytes]]:
    plain = {
        "decimal": str(number).encode(),
        "8 bytes": struct.pack(">q", number),
        "8 bytes, little-endian": struct.pack("<q", number),
        "varint": varint(number),
    }
    yield from plain.items()
    for other in known.numbers:
        yield f"decimal with {other}", f"{other}:{number}".encode()
        yield f"decimal before {other}", f"{number}:{other}".encode()
        yield f"8 bytes with {other}", struct.pack(">qq", other, number)
        for purpose in PURPOSES:
            yield f"{purpose.decode()} of {other}", purpose + b":" + struct.pack(">qq", other, number)
    for purpose in PURPOSES:
        yield purpose.decode(), purpose + b":" + struct.pack(">q", number)
        yield f"{purpose.decode()}, decimal", purpose + b":" + str(number).encode()
    for salt in known.texts:
        yield "salt before", salt + plain["decimal"]
        yield "salt behind", plain["decimal"] + salt
        yield "salt with a colon", salt + b":" + plain["decimal"]
        yield "salt before 8 bytes", salt + plain["8 bytes"]


def digests(message: bytes, keys: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    for name in DIGESTS:
        yield name, hashlib.new(name, message).digest()
    yield "blake2b to 16", hashlib.blake2b(message, digest_size=LENGTH).digest()
    for key in keys:
        for name in KEYED:
            yield f"hmac {name}", hmac.digest(key, message, name)


def crack(pseudonyms: Mapping[str, Collection[bytes]], numbers: Iterable[int], known: Known) -> list[Match]:
    """``pseudonyms`` by the column in which they stand.  What fits is whose it is."""
    wanted = {value: column for column, values in pseudonyms.items() for value in values}
    keys = [b"", *known.texts, *(str(number).encode() for number in known.numbers)]
    found = []
    for number in numbers:
        for form, message in messages(number, known):
            for name, digest in digests(message, keys):
                found += [
                    Match(number, wanted[cut], f"{name} of {form}")
                    for cut in (digest[:LENGTH], digest[-LENGTH:])
                    if cut in wanted
                ]
    return found
