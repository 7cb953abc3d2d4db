"""A backup's file: one age file (age-encryption.org/v1) that begins with what a restore must know.

It is encrypted for an identity that only this installation's key file gives, and written nowhere else: who can make such a file
holds the key, so what it says is authentic, its manifest included.  age ends a stream with a marked chunk, so a file that
was cut is told from a whole one.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec
import pyrage  # type: ignore[import-untyped]  # it ships no types
from pyrage import x25519

from bot.sections import SettingsError
from bot.vault import Vault

MAGIC = b"dumka backup\n"
FORMAT = 1
MOST_MANIFEST = 64 * 2**20  # bytes; a ballot takes about 60
_AGE = b"age-encryption.org/v1\n"


class Manifest(msgspec.Struct, frozen=True):
    """What a restore must know before it begins, and can compare when it is done."""

    format: int
    kind: str  # sqlite or postgresql
    revision: str  # of the schema
    key: str  # fingerprint
    made_at: str  # ISO 8601, UTC
    rows: dict[str, int]  # by table
    tallies: list[tuple[int, int, int]]  # ballot, option, votes
    encrypted: int = 0  # opinions whose words nobody reads without the key store

    @property
    def total(self) -> int:
        return sum(self.rows.values())


class Reading(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Writing(Protocol):
    def write(self, data: bytes, /) -> object: ...


Progress = Callable[[int], None]  # told the bytes of content that are done


def identity(vault: Vault) -> x25519.Identity:
    return x25519.Identity.from_str(_bech32("age-secret-key-", vault.backup_secret()).upper())


def write(file: Writing, vault: Vault, manifest: Manifest, content: Reading, progress: Progress) -> None:
    """Raises what ``content`` or ``file`` raises; what was written until then is no whole backup."""
    source = _Source(MAGIC + msgspec.json.encode(manifest) + b"\n", content, progress)
    try:
        pyrage.encrypt_io(source, file, [identity(vault).to_public()])
    except pyrage.EncryptError:
        if source.failure is None:
            raise
        raise source.failure from None


def read(
    path: Path, vault: Vault, begin: Callable[[Manifest], Writing], progress: Progress = lambda _: None
) -> Manifest:
    """Decrypt the whole file into what ``begin`` returns for its manifest.

    Raises SettingsError when it is no whole and sound backup of this installation; what was written until then is to
    be thrown away.
    """
    sink = _Sink(path, begin, progress)
    try:
        with path.open("rb") as file:
            if file.read(len(_AGE)) != _AGE:
                raise SettingsError(f"{path} is no backup that dumka made, or its beginning is damaged")
            file.seek(0)
            pyrage.decrypt_io(file, sink, [identity(vault)])
    except pyrage.DecryptError:
        raise SettingsError(
            f"{path} was made with the key of another installation, or its beginning is damaged"
        ) from None
    except OSError as error:
        if error.errno is not None:
            raise  # a disk that is full or fails; without a number it is age's word for a chunk that is not authentic
        raise SettingsError(f"{path} is damaged or not complete; nothing was restored from it") from None
    if sink.manifest is None:
        raise SettingsError(f"{path} is damaged or not complete; nothing was restored from it")
    return sink.manifest


def fsync_folder(folder: Path) -> None:
    """A new name in it survives a power cut."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


class _Source:
    """The manifest, then the content.  age's library makes its own error of a failure; the first one is kept."""

    def __init__(self, head: bytes, content: Reading, progress: Progress) -> None:
        self._head, self._content, self._progress = head, content, progress
        self._done = 0
        self.failure: BaseException | None = None

    def read(self, size: int) -> bytes:
        if self._head:
            piece, self._head = self._head[:size], self._head[size:]
            return piece
        try:
            piece = self._content.read(size)
        except BaseException as error:
            self.failure = error
            raise
        self._done += len(piece)
        self._progress(self._done)
        return piece


class _Sink:
    """Takes the manifest off, then passes the content on."""

    def __init__(self, path: Path, begin: Callable[[Manifest], Writing], progress: Progress) -> None:
        self._path, self._begin, self._progress = path, begin, progress
        self._head = bytearray()
        self._file: Writing | None = None
        self._done = 0
        self.manifest: Manifest | None = None

    def write(self, data: bytes) -> int:
        if self._file is None:
            self._head += data
            end = self._head.find(b"\n", len(MAGIC))
            if end < 0:
                if len(self._head) > MOST_MANIFEST:
                    raise self._strange()
                return len(data)
            self._begun(bytes(self._head[:end]), bytes(self._head[end + 1 :]))
        else:
            self._file.write(data)
            self._done += len(data)
        self._progress(self._done)
        return len(data)

    def _begun(self, head: bytes, rest: bytes) -> None:
        if not head.startswith(MAGIC):
            raise self._strange()
        try:
            self.manifest = msgspec.json.decode(head.removeprefix(MAGIC), type=Manifest)
        except msgspec.MsgspecError:
            raise self._strange() from None
        if self.manifest.format != FORMAT:
            raise self._strange()
        self._file = self._begin(self.manifest)
        self._file.write(rest)
        self._done = len(rest)

    def flush(self) -> None:
        """age's library asks for it; the file is flushed by whoever opened it."""

    def _strange(self) -> SettingsError:
        return SettingsError(f"{self._path} has a format that this release does not know; use a newer one")


_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def _bech32(prefix: str, data: bytes) -> str:
    """BIP 173, which age writes its keys in; age knows no limit of length."""
    bits = int.from_bytes(data) << (-len(data) * 8 % 5)
    count = -(-len(data) * 8 // 5)
    words = [bits >> 5 * (count - 1 - at) & 31 for at in range(count)]
    head = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = _polymod([*head, *words, 0, 0, 0, 0, 0, 0]) ^ 1
    words += [check >> 5 * (5 - at) & 31 for at in range(6)]
    return prefix + "1" + "".join(_ALPHABET[word] for word in words)


def _polymod(values: list[int]) -> int:
    generator = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for at, factor in enumerate(generator):
            if top >> at & 1:
                check ^= factor
    return check
