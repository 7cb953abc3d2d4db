"""Opinions whose words are encrypted: read, searched, exported, copied and restored; without the keys a sentence says so."""

import json
from pathlib import Path

import pytest

from bot.commands import archive
from bot.domain.ids import KeyName
from bot.keystore import KeyStore, Kind
from bot.vault import Vault
from tests.commands.forking import Forker
from tests.commands.upkeep import KEY, Place, found

NAME = KeyName(bytes(range(100, 116)))
TEXTS = ["Слова читача 0", "Міст стоїть", "МОСТИ впадуть"]


@pytest.fixture
def place(tmp_path: Path, forker: Forker, migrated: Path) -> Place:
    """The first of its three opinions is not encrypted: it is from before that was set."""
    place = found(tmp_path, forker, migrated)
    store = KeyStore(place.folder / "dumka.keys", KEY)
    store.make()
    store.add([Kind.READERS, Kind.TEXTS], 20_000, NAME)
    vault = Vault(KEY, store)
    place.sql(f"UPDATE discussion SET key = x'{NAME.hex()}'")  # noqa: S608 - a name of ours
    for at, text in enumerate(TEXTS[1:], 1):
        sealed = vault.seal_text(NAME, text)
        assert sealed is not None
        place.sql(f"UPDATE opinion SET text = NULL, sealed = x'{sealed.hex()}' WHERE id = {2**50 + at}")  # noqa: S608 - as above
    return place


def said(out: str) -> list[str]:
    return [json.loads(line)["text"] for line in out.splitlines()]


def test_words_are_read_exported_and_searched_and_nowhere_in_the_database(place: Place) -> None:
    exported = place.dumka("opinions", 7, "--json")
    printed = place.dumka("opinions", 7)
    searches = [
        place.dumka("opinions", 7, "--json", "--search", word).out
        for word in ("МІСТ", "мост", "слова  читача", "ні")
    ]

    assert said(exported.out) == TEXTS
    assert all(text in printed.out for text in TEXTS)
    assert [said(out) for out in searches] == [[TEXTS[1]], [TEXTS[2]], [TEXTS[0]], []]
    everything = b"".join(content for name, content in place.files().items() if name.startswith("dumka.db"))
    assert [text for text in TEXTS[1:] if text.encode() in everything] == []
    assert TEXTS[0].encode() in everything


def test_empty_word_is_refused(place: Place) -> None:
    done = place.dumka("opinions", 7, "--search", "  ")

    assert (done.code, done.out, done.err) == (2, "", "--search: name a word.\n")


def test_no_backup_holds_the_key_store_or_takes_its_place(place: Place) -> None:
    keys = (place.folder / "dumka.keys").read_bytes()
    store = KeyStore(place.folder / "dumka.keys", KEY)

    done = place.dumka("backup", "b.age", "--quiet")

    assert done.code == 0
    assert done.out.splitlines()[1:] == [
        f"The words of 2 opinions are encrypted in it; they can be read for as long as the key store {store.path}"
        " has their keys, which is in no backup."
    ]
    content = unpacked(place.folder / "b.age")
    assert TEXTS[0].encode() in content
    secrets = [record.key for record in store.read()[1]] + [
        keys[at : at + 12] for at in range(128, len(keys), 128)
    ]
    assert [secret for secret in secrets if secret in content] == []
    assert place.dumka("backup", "dumka.keys").code == 2
    assert store.read()[2] == 0


def unpacked(file: Path) -> bytes:
    class Sink(list[bytes]):
        def write(self, data: bytes) -> None:
            self.append(bytes(data))

    sink = Sink()
    archive.read(file, Vault(KEY), lambda _: sink)
    return b"".join(sink)


def test_backup_restored_without_the_key_store_counts_and_says_what_cannot_be_read(place: Place) -> None:
    place.dumka("backup", "b.age", "--quiet")
    (place.folder / "dumka.keys").unlink()

    restored = place.dumka("restore", "b.age", "--replace", "--quiet")
    counted = place.dumka("tally", 7, "--json")
    read = place.dumka("opinions", 7)
    checked = place.dumka("check")

    assert restored.code == 0
    assert "!! key store: it is missing or cannot be used" in restored.out
    assert json.loads(counted.out)["opinions"] == {"comments": 1, "private": 2}
    assert (read.code, read.err) == (
        2,
        f"secrets.key_store: cannot use {place.folder / 'dumka.keys'}: No such file or directory.\n",
    )
    [line] = [line for line in checked.out.splitlines() if line.startswith("!!")]
    assert line == (
        "!! key store: it is missing or cannot be used, and 1 discussions have their keys in it;"
        " and the words of 1 discussions cannot be read; put it back"
    )


def test_words_whose_key_is_gone_are_told_in_a_sentence(place: Place) -> None:
    KeyStore(place.folder / "dumka.keys", KEY).destroy([NAME], [Kind.TEXTS])

    read, checked = place.dumka("opinions", 7), place.dumka("check")

    assert (read.code, read.err) == (
        2,
        f"secrets.key_store: the key of these opinions is not in {place.folder / 'dumka.keys'}.\n",
    )
    assert (
        "!! key store: the keys of the words of 1 discussions are gone: nobody can read them" in checked.out
    )
