"""Keeps readers' numbers out of the database: one-way pseudonyms to find rows again, sealed boxes to write to people.

Three kinds of keys.  The installation's (the master key: 32 bytes from a file, the environment or a command) is for staff, for
backups, and locks the key store.  In the key store, apart from the database, each discussion has a key of its own for its
readers, which is destroyed with it; and each day has one for what waits to be sent.  Pseudonyms are HMAC-SHA256 cut to 16 bytes,
each purpose with a prefix of its own; boxes are ChaCha20-Poly1305 (RFC 8439) under keys derived with HKDF-SHA256 (RFC 5869).
"""

import hashlib
import hmac
import secrets
import struct
from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.domain.audit import Anchor
from bot.domain.ids import BallotId, ChatId, DiscussionId, KeyName, MessageId, Pseudonym, UserId
from bot.domain.refusals import Forgotten
from bot.keystore import KEY_BYTES, NAME_BYTES, KeyStore, Kind, Record

_NONCE_BYTES = 12
UNDATED = 0  # the day of a queue's key that had to be made before the first rotation
_TAG_BYTES = 4  # the beginning of a key's name: which of several keys opens a box
# The name, in the database, of the key of discussions from before each had its own.
FIRST_KEY = KeyName(b"installation key")


class WrongKey(Exception):
    """A box that this key does not open, or whose key is gone."""


class ReaderKey:
    """One discussion's: nothing about its readers can be found, or said again, without it.

    Raises Forgotten throughout once it is wiped, in the middle of whatever it was used for.
    """

    __slots__ = ("_box", "_gone", "_key_bytes")

    def __init__(self, key: bytes) -> None:
        self._key_bytes = bytearray(key)
        self._gone = False
        self._box: ChaCha20Poly1305 | None = None

    def __repr__(self) -> str:
        return "ReaderKey(key hidden)"

    def voter(self, ballot: BallotId, user: UserId) -> Pseudonym:
        return pseudonym(self._key, b"vote", ballot, user)

    def author(self, discussion: DiscussionId, sender: int) -> Pseudonym:
        """``sender``: the person, or the chat that somebody writes as."""
        return pseudonym(self._key, b"author", discussion, sender)

    def origin(self, chat: ChatId, message: MessageId) -> Pseudonym:
        return pseudonym(self._key, b"origin", chat, message)

    def person(self, user: UserId) -> Pseudonym:
        """For what a private chat must remember between two messages about this discussion."""
        return pseudonym(self._key, b"person", user)

    def seal(self, value: Any) -> bytes:
        return seal(self._boxes(), value)

    def open(self, box: bytes) -> Any:
        """Raises WrongKey."""
        return unseal(self._boxes(), box)

    def wipe(self) -> None:
        """As far as Python lets us: copies that the interpreter made are beyond reach."""
        self._key_bytes[:] = bytes(len(self._key_bytes))
        self._gone = True
        self._box = None

    @property
    def _key(self) -> bytearray:
        if self._gone:  # zeros are a key that everybody has
            raise Forgotten()
        return self._key_bytes

    def _boxes(self) -> ChaCha20Poly1305:
        if self._box is None:
            self._box = _box(bytes(self._key), b"dumka readers' box 1")
        return self._box


class Vault:
    """Of one process.  ``refresh`` takes over what other processes changed in the key store; commands do it once.

    Raises bot.keystore.KeyStoreTrouble where the store is read or changed.
    """

    def __init__(self, key: bytes, store: KeyStore | None = None) -> None:
        """``store`` of None: for what needs the installation's key alone (backups, checks)."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes")
        self._key = key
        self._box = _box(key, b"dumka sealed box 1")
        self._store = store
        self._generation = -1
        self._readers: dict[KeyName, ReaderKey] = {}
        self._texts: dict[KeyName, ChaCha20Poly1305] = {}
        self._queues: dict[bytes, ChaCha20Poly1305] = {}
        self._queue: Record | None = None
        if store is not None:
            self.refresh()

    def __repr__(self) -> str:
        return "Vault(keys hidden)"

    @property
    def store(self) -> KeyStore:
        if self._store is None:
            raise RuntimeError("this vault was opened without the key store")
        return self._store

    @property
    def has_store(self) -> bool:
        return self._store is not None

    # The installation's key

    def staff(self, user: UserId) -> Pseudonym:
        return pseudonym(self._key, b"staff", user)

    def room(self, chat: ChatId) -> Pseudonym:
        """Of a chat where staff meets."""
        return pseudonym(self._key, b"room", chat)

    def audit_digest(self, content: bytes) -> bytes:
        """32 bytes: whoever has the database alone cannot make one that fits."""
        return hmac.digest(self._key, b"audit:" + content, hashlib.sha256)

    def fingerprint(self) -> str:
        """Tells whether a database was made with this key; says nothing about the key."""
        return pseudonym(self._key, b"key").hex()

    def backup_secret(self) -> bytes:
        """An X25519 secret (RFC 7748) for backups alone: 32 bytes that tell nothing about the key."""
        return _derived(self._key, b"dumka backup 1")

    def webhook_secret(self) -> str:
        """What Telegram shows us to prove that it is Telegram: the same for every process, 64 hexadecimal digits."""
        return _derived(self._key, b"dumka webhook secret 1").hex()

    def seal(self, value: Any) -> bytes:
        """Encrypt a JSON value about staff; a fresh nonce each time, so equal values do not look equal."""
        return seal(self._box, value)

    def open(self, box: bytes) -> Any:
        """Raises WrongKey."""
        return unseal(self._box, box)

    # The key store: readers of a discussion

    def new_discussion(self, day: int, *, texts: bool) -> KeyName:
        """Its keys, on disk when this returns.  ``day``: days since 1970; ``texts``: opinions will be stored encrypted."""
        kinds = [Kind.READERS, *([Kind.TEXTS] if texts else [])]
        made = self.store.add(kinds, day)
        self._take(made)
        return made[0].name

    def readers(self, name: KeyName | None) -> ReaderKey | None:
        """``None`` once the key is destroyed."""
        if name is None:
            return None
        if name not in self._readers and self._store is not None:
            self.refresh()
        return self._readers.get(name)

    def living(self) -> list[tuple[KeyName, ReaderKey]]:
        """All keys of readers, the one of the first discussions included."""
        self.refresh()
        return list(self._readers.items())

    def destroy(self, names: Collection[KeyName], *, texts: bool = False) -> int:
        """Overwritten in the store and in memory; how many there were.  ``texts``: those of the texts, too."""
        kinds = [Kind.READERS, *([Kind.TEXTS] if texts else [])]
        done = self.store.destroy(names, kinds)
        self.refresh()
        return done

    def destroy_texts(self, names: Collection[KeyName]) -> int:
        """The opinions that were encrypted under them cannot be read again."""
        done = self.store.destroy(names, [Kind.TEXTS])
        self.refresh()
        return done

    def seal_text(self, name: KeyName, text: str) -> bytes | None:
        """``None`` where the discussion's texts are not encrypted.  The key's name stands before the box."""
        box = self._text_box(name)
        return None if box is None else name + seal(box, text)

    def text_or_nothing(self, sealed: bytes) -> str:
        """For who acts on an opinion without having to read it: its author may erase what nobody can read any more."""
        try:
            return self.open_text(sealed)
        except WrongKey:
            return ""

    def open_text(self, sealed: bytes) -> str:
        """Raises WrongKey when the key is gone."""
        box = self._text_box(KeyName(sealed[:NAME_BYTES]))
        if box is None:
            raise WrongKey("the key of these texts is gone")
        return str(unseal(box, sealed[NAME_BYTES:]))

    def _text_box(self, name: KeyName) -> ChaCha20Poly1305 | None:
        if name not in self._texts and self._store is not None:
            self.refresh()
        return self._texts.get(name)

    # The key store: what waits for people

    def chat(self, chat: ChatId) -> Pseudonym:
        """Of a private chat, for as long as the day's key lives."""
        return pseudonym(self._queue_key(), b"chat", chat)

    def chats(self, chat: ChatId) -> list[Pseudonym]:
        """What a private chat is called under the key of each day that still lives."""
        return [pseudonym(record.key, b"chat", chat) for record in self._records(Kind.QUEUE)]

    def message(self, chat: ChatId, message: MessageId) -> Pseudonym:
        """Of a message that waits to be edited."""
        return pseudonym(self._queue_key(), b"message", chat, message)

    def seal_waiting(self, value: Any) -> bytes:
        """What waits to be sent to a person, or was received from one and met a bug."""
        record = self._newest_queue()
        return record.name[:_TAG_BYTES] + seal(self._queues[record.name[:_TAG_BYTES]], value)

    def open_waiting(self, box: bytes) -> Any:
        """Raises WrongKey, also when it waited for longer than its key lives."""
        key = self._queues.get(box[:_TAG_BYTES])
        if key is None and self._store is not None:
            self.refresh()
            key = self._queues.get(box[:_TAG_BYTES])
        if key is not None:
            return unseal(key, box[_TAG_BYTES:])
        return self.open(box)  # from before the key store

    def rotate(self, day: int, keep: int) -> None:
        """Today's key for what waits; those older than ``keep`` days are destroyed.  One made before anybody could tell
        the day becomes today's.
        """
        records = self._records(Kind.QUEUE)
        old = [r.name for r in records if UNDATED < r.number < day - keep]
        if any(r.number == UNDATED for r in records):
            self.store.redate(Kind.QUEUE, UNDATED, day)
        elif max((r.number for r in records), default=UNDATED) < day:
            self.store.add([Kind.QUEUE], day)
        if old:
            self.store.destroy(old, [Kind.QUEUE])
        self.refresh()

    def panic(self) -> int:
        """Every key of the store, at once; how many there were.  Nothing that was keyed or sealed with them can be read again."""
        done = self.store.destroy_all()
        self.refresh()
        return done

    # The audit log

    def anchored(self) -> Anchor | None:
        """The newest row that was remembered, read anew."""
        found = self._records(Kind.ANCHOR)
        return Anchor(found[0].number, found[0].key) if found else None

    def anchor(self, number: int, digest: bytes, *, back: bool = False) -> None:
        """Remember this row instead; one that is not newer only when ``back``."""
        self.store.anchor(digest, number, back=back)

    # What other processes did

    def refresh(self) -> None:
        """Cheap where nothing has changed: a few bytes are read."""
        if self._store is None or self._store.generation() == self._generation:
            return
        generation, records, _ = self._store.read()
        known = {record.name for record in records if record.kind is Kind.READERS}
        for name in [name for name in self._readers if name not in known and name != FIRST_KEY]:
            self._readers.pop(name).wipe()
        self._texts.clear()
        self._queues.clear()
        self._queue = None
        self._take(records)
        self._generation = generation

    def _take(self, records: Iterable[Record]) -> None:
        self._readers.setdefault(FIRST_KEY, ReaderKey(self._key))
        for record in records:
            match record.kind:
                case Kind.READERS:
                    self._readers.setdefault(record.name, ReaderKey(record.key))
                case Kind.TEXTS:
                    self._texts[record.name] = _box(record.key, b"dumka texts 1")
                case Kind.QUEUE:
                    self._queues[record.name[:_TAG_BYTES]] = _box(record.key, b"dumka queue 1")
                    newest = self._queue
                    if newest is None or (newest.number, newest.name) < (record.number, record.name):
                        self._queue = record
                case Kind.ANCHOR:
                    pass

    def _records(self, kind: Kind) -> list[Record]:
        return [record for record in self.store.read()[1] if record.kind is kind]

    def _newest_queue(self) -> Record:
        if self._queue is None:
            self.refresh()
        if self._queue is None:
            self._take(self.store.add([Kind.QUEUE], UNDATED))
        assert self._queue is not None  # noqa: S101 - just made
        return self._queue

    def _queue_key(self) -> bytes:
        return self._newest_queue().key


def pseudonym(key: bytes | bytearray, purpose: bytes, *numbers: int) -> Pseudonym:
    message = purpose + b":" + struct.pack(f">{len(numbers)}q", *numbers)
    return Pseudonym(hmac.digest(key, message, hashlib.sha256)[:16])


def seal(box: ChaCha20Poly1305, value: Any) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + box.encrypt(nonce, msgspec.json.encode(value), None)


def unseal(box: ChaCha20Poly1305, sealed: bytes) -> Any:
    """Raises WrongKey."""
    try:
        return msgspec.json.decode(box.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None))
    except InvalidTag as error:
        raise WrongKey("the key does not belong to this box") from error


def _box(key: bytes, purpose: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(_derived(key, purpose))


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=purpose).derive(key)
