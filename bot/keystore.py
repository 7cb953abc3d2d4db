"""The key store: one file apart from the database, in which every key has a slot of its own that can be overwritten.

Layout: slots of 128 bytes.  The first is the header (magic, the fingerprint of the master key, a generation that grows with
every change).  Every other one is all zeros (free) or a sealed key: 12 bytes nonce, 100 bytes ciphertext, 16 bytes tag,
ChaCha20-Poly1305 (RFC 8439) under a key derived from the master key with HKDF-SHA256 (RFC 5869), bound to the slot's
number.  A slot lies within one sector of a disk and is written by one call, then flushed.

Why no database: destroying a key means overwriting its bytes where they lie.  SQLite's journal would keep a copy.
"""

import fcntl
import os
import secrets
import struct
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.domain.ids import KeyName
from db.dialect import DatabaseAway

SLOT = 128  # bytes
MAGIC = b"dumka key store\x01"
NAME_BYTES, KEY_BYTES = 16, 32
_NONCE = 12
_HEADER = struct.Struct(">16s16sQ")  # magic, fingerprint of the master key, generation
_RECORD = struct.Struct(">B16s32sQ43x")  # kind, name, key, number: 100 bytes
FREE = bytes(SLOT)


class Kind(IntEnum):
    """What a key is for; never renumbered."""

    READERS = 1  # pseudonyms of a discussion's readers, and their addresses
    TEXTS = 2  # the texts of a discussion's opinions, where they are stored encrypted
    QUEUE = 3  # what waits to be sent to people, and the pseudonyms of their chats; a new one each day
    ANCHOR = 4  # no key: the newest digest of the audit log and its number


@dataclass(frozen=True, slots=True)
class Record:
    """``number``: days since 1970 when the key was made; of an anchor, the number of the row."""

    kind: Kind
    name: KeyName
    key: bytes
    number: int

    def __repr__(self) -> str:
        return f"Record({self.kind.name}, key hidden)"


class KeyStoreTrouble(DatabaseAway):
    """The file cannot be used; the text is one sentence and quotes no key.

    As when the database is away: no update is to blame, nothing is confirmed, and it is tried again.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__("key store", Exception(sentence))
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


class KeyStore:
    """Several processes of one machine share the file; each change locks it.  Raises KeyStoreTrouble throughout."""

    def __init__(self, path: Path, master: bytes) -> None:
        self.path = path
        self._box = ChaCha20Poly1305(_derive(master, b"dumka key store 1"))
        self._fingerprint = _derive(master, b"dumka key store fingerprint 1")[:16]

    def __repr__(self) -> str:
        return f"KeyStore({self.path})"

    def make(self) -> None:
        """An empty one, unless there is one.  It is complete under its name or not there at all."""
        half = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            number = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                # A store that takes the place of a lost one must not look unchanged to whoever knew that one.
                os.write(number, self._header(secrets.randbits(48)))
                os.fsync(number)
            finally:
                os.close(number)
            try:
                os.link(half, self.path)
            except FileExistsError:
                pass
            finally:
                half.unlink()
        except OSError as error:
            raise self._trouble(error) from None

    def exists(self) -> bool:
        return self.path.is_file()

    def generation(self) -> int:
        """Grows with every change, whichever process made it.  One read of a few bytes."""
        with self._opened(os.O_RDONLY) as file:
            return self._generation(file)

    def read(self) -> tuple[int, list[Record], int]:
        """The generation, all keys, and how many slots hold none that this master key opens."""
        with self._opened(os.O_RDONLY) as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            generation, content = self._generation(file), _content(file)
        records, damaged = [], 0
        for place in range(1, len(content) // SLOT):
            slot = content[place * SLOT : (place + 1) * SLOT]
            if slot == FREE:
                continue
            record = self._unsealed(place, slot)
            if record is None:
                damaged += 1
            else:
                records.append(record)
        return generation, records, damaged

    def add(self, kinds: Sequence[Kind], number: int, name: KeyName | None = None) -> list[Record]:
        """New random keys of one name, on disk when this returns."""
        name = name or KeyName(secrets.token_bytes(NAME_BYTES))
        made = [Record(kind, name, secrets.token_bytes(KEY_BYTES), number) for kind in kinds]
        with self._changing() as file:
            free = self._free(file)
            for record in made:
                self._put(file, next(free), record)
        return made

    def anchor(self, digest: bytes, number: int, *, back: bool = False) -> None:
        """Take the place of the anchor before, unless that one is newer already and ``back`` is not wanted."""
        with self._changing() as file:
            content = _content(file)
            found = [
                (place, record) for place, record in self._records(content) if record.kind is Kind.ANCHOR
            ]
            if not back and any(record.number >= number for _, record in found):
                return
            place = found[0][0] if found else next(self._free(file))
            self._put(file, place, Record(Kind.ANCHOR, KeyName(bytes(NAME_BYTES)), digest, number))

    def destroy(self, names: Collection[KeyName], kinds: Collection[Kind]) -> int:
        """Overwrite and flush.  Returns how many keys there were.  What is gone already stays gone."""
        with self._changing() as file:
            records = self._records(_content(file))
            found = [place for place, record in records if record.name in names and record.kind in kinds]
            _overwrite(file, found)
        return len(found)

    def redate(self, kind: Kind, before: int, number: int) -> None:
        """Keys that were made when nobody could tell the day get one."""
        with self._changing() as file:
            for place, record in self._records(_content(file)):
                if record.kind is kind and record.number == before:
                    self._put(file, place, replace(record, number=number))

    def tidy(self) -> int:
        """Free the slots that hold no key: a crash cut short what was written there.  Returns how many."""
        with self._changing() as file:
            content = _content(file)
            whole = {place for place, _ in self._records(content)}
            torn = [place for place in _taken(content) if place not in whole]
            _overwrite(file, torn)
        return len(torn)

    def destroy_all(self) -> int:
        """Every key, what is damaged included; the anchor of the audit log stays."""
        with self._changing() as file:
            content = _content(file)
            kept = {place for place, record in self._records(content) if record.kind is Kind.ANCHOR}
            found = [place for place in _taken(content) if place not in kept]
            _overwrite(file, found)
        return len(found)

    @contextmanager
    def _opened(self, flags: int) -> Iterator[int]:
        try:
            number = os.open(self.path, flags | os.O_CLOEXEC)
        except OSError as error:
            raise self._trouble(error) from None
        try:
            yield number
        except OSError as error:
            raise self._trouble(error) from None
        finally:
            os.close(number)

    @contextmanager
    def _changing(self) -> Iterator[int]:
        """Alone with the file; what was changed is on disk, and others are told, when this ends."""
        with self._opened(os.O_RDWR) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            generation = self._generation(file)
            yield file
            os.fsync(file)
            os.pwrite(file, self._header(generation + 1), 0)
            os.fsync(file)

    def _header(self, generation: int) -> bytes:
        return _HEADER.pack(MAGIC, self._fingerprint, generation).ljust(SLOT, b"\0")

    def _generation(self, file: int) -> int:
        if os.fstat(file).st_mode & 0o077:
            raise KeyStoreTrouble(f"others can read {self.path}; run: chmod 600 {self.path}")
        head = os.pread(file, _HEADER.size, 0)
        if len(head) < _HEADER.size or not head.startswith(MAGIC):
            raise KeyStoreTrouble(f"{self.path} is no key store")
        _, fingerprint, generation = _HEADER.unpack(head)
        if fingerprint != self._fingerprint:
            raise KeyStoreTrouble(f"{self.path} was made under another master key")
        return int(generation)

    def _records(self, content: bytes) -> Iterator[tuple[int, Record]]:
        for place in range(1, len(content) // SLOT):
            record = self._unsealed(place, content[place * SLOT : (place + 1) * SLOT])
            if record is not None:
                yield place, record

    def _unsealed(self, place: int, slot: bytes) -> Record | None:
        if slot == FREE:
            return None
        try:
            packed = self._box.decrypt(slot[:_NONCE], slot[_NONCE:], _bound(place))
        except InvalidTag:
            return None
        kind, name, key, number = _RECORD.unpack(packed)
        return Record(Kind(kind), KeyName(name), key, number)

    def _put(self, file: int, place: int, record: Record) -> None:
        nonce = secrets.token_bytes(_NONCE)
        packed = _RECORD.pack(record.kind, record.name, record.key, record.number)
        os.pwrite(file, nonce + self._box.encrypt(nonce, packed, _bound(place)), place * SLOT)

    def _free(self, file: int) -> Iterator[int]:
        """Places without a key, at last those behind the end; one that a crash cut short is behind the end, too."""
        content = _content(file)
        whole = len(content) // SLOT
        yield from (p for p in range(1, whole) if content[p * SLOT : (p + 1) * SLOT] == FREE)
        place = max(whole, 1)
        while True:
            yield place
            place += 1

    def _trouble(self, error: OSError) -> KeyStoreTrouble:
        return KeyStoreTrouble(f"cannot use {self.path}: {error.strerror}")


def _overwrite(file: int, places: Sequence[int]) -> None:
    """Noise first: some disks recognise zeros and write nothing.  Flushed once for all: panic has no time."""
    for place in places:
        os.pwrite(file, secrets.token_bytes(SLOT), place * SLOT)
    os.fsync(file)
    for place in places:
        os.pwrite(file, FREE, place * SLOT)


def _taken(content: bytes) -> Iterator[int]:
    for place in range(1, len(content) // SLOT):
        if content[place * SLOT : (place + 1) * SLOT] != FREE:
            yield place


def _content(file: int) -> bytes:
    return os.pread(file, os.fstat(file).st_size, 0)


def _bound(place: int) -> bytes:
    return place.to_bytes(8, "big")


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=purpose).derive(master)
