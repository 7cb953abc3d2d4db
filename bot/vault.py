"""Keeps readers' numbers out of the database: one-way pseudonyms to find rows again, sealed boxes to write to people.

The key is 32 random bytes in a file apart from the database.  Pseudonyms are HMAC-SHA256 cut to 16 bytes, each purpose
with a prefix of its own; boxes are ChaCha20-Poly1305 (RFC 8439) under a key derived with HKDF-SHA256 (RFC 5869).
"""

import hashlib
import hmac
import secrets
import struct
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.domain.ids import BallotId, ChatId, DiscussionId, MessageId, Pseudonym, UserId

KEY_BYTES = 32
_NONCE_BYTES = 12


class WrongKey(Exception):
    """A box that this key does not open."""


class Vault:
    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes")
        self._key = key
        self._box = ChaCha20Poly1305(HKDF(SHA256(), 32, salt=None, info=b"dumka sealed box 1").derive(key))

    def __repr__(self) -> str:
        return "Vault(key hidden)"

    def voter(self, ballot: BallotId, user: UserId) -> Pseudonym:
        """Another one on every ballot, so that votes cannot be laid side by side."""
        return self._pseudonym(b"vote", ballot, user)

    def author(self, discussion: DiscussionId, sender: int) -> Pseudonym:
        """``sender``: the person, or the chat that somebody writes as."""
        return self._pseudonym(b"author", discussion, sender)

    def origin(self, chat: ChatId, message: MessageId) -> Pseudonym:
        return self._pseudonym(b"origin", chat, message)

    def person(self, user: UserId) -> Pseudonym:
        """For what a private chat must remember between two messages."""
        return self._pseudonym(b"person", user)

    def staff(self, user: UserId) -> Pseudonym:
        return self._pseudonym(b"staff", user)

    def chat(self, chat: ChatId) -> Pseudonym:
        return self._pseudonym(b"chat", chat)

    def fingerprint(self) -> str:
        """Tells whether a database was made with this key; says nothing about the key."""
        return self._pseudonym(b"key").hex()

    def backup_secret(self) -> bytes:
        """An X25519 secret (RFC 7748) for backups alone: 32 bytes that tell nothing about the key."""
        return HKDF(SHA256(), 32, salt=None, info=b"dumka backup 1").derive(self._key)

    def webhook_secret(self) -> str:
        """What Telegram shows us to prove that it is Telegram: the same for every process, 64 hexadecimal digits."""
        return HKDF(SHA256(), 32, salt=None, info=b"dumka webhook secret 1").derive(self._key).hex()

    def seal(self, value: Any) -> bytes:
        """Encrypt a JSON value; a fresh nonce each time, so equal values do not look equal."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._box.encrypt(nonce, msgspec.json.encode(value), None)

    def open(self, box: bytes) -> Any:
        """Raises WrongKey."""
        try:
            return msgspec.json.decode(self._box.decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], None))
        except InvalidTag as error:
            raise WrongKey("the key file does not belong to this database") from error

    def _pseudonym(self, purpose: bytes, *numbers: int) -> Pseudonym:
        message = purpose + b":" + struct.pack(f">{len(numbers)}q", *numbers)
        return Pseudonym(hmac.digest(self._key, message, hashlib.sha256)[:16])
