"""Everything that is on the disk once a discussion is over: the database, the key store, the master key, the backups.  Nobody can
be linked any more, neither to a vote nor to an opinion.
"""

from pathlib import Path

import pytest

from bot.domain.ids import BallotId, DiscussionId, UserId
from bot.keystore import KeyStore, Kind
from bot.vault import ReaderKey
from tests.attacks.needles import search_bytes
from tests.attacks.scene import Evidence


def keys_left(evidence: Evidence, folder: Path, store: bytes) -> list[bytes]:
    """All that the master key opens in the store, and itself."""
    path = folder / "stolen.keys"
    path.write_bytes(store)
    path.chmod(0o600)
    _, records, _ = KeyStore(path, evidence.master).read()
    return [evidence.master, *(record.key for record in records if record.kind is not Kind.ANCHOR)]


def names_under(key: bytes, evidence: Evidence) -> dict[str, bytes]:
    """What everybody in the crowd would be called under this key."""
    readers = ReaderKey(key)
    found: dict[str, bytes] = {}
    for identity in evidence.crowd:
        person = UserId(identity.number)
        found[f"prompt of {person}"] = readers.person(person)
        for discussion, ballot in evidence.ballots.items():
            found[f"vote of {person} in {discussion}"] = readers.voter(BallotId(ballot), person)
            found[f"opinion of {person} in {discussion}"] = readers.author(DiscussionId(discussion), person)
    return found


def test_nobody_can_be_linked_with_all_that_is_left(evidence: Evidence, tmp_path: Path) -> None:
    linked = [
        found
        for key in keys_left(evidence, tmp_path, evidence.store_closed)
        for found in search_bytes(evidence.closed.files, names_under(key, evidence))
    ]

    assert linked == []


def test_keys_of_closed_discussions_are_nowhere(evidence: Evidence, tmp_path: Path) -> None:
    loot = {
        **evidence.closed.files,
        **evidence.backups,
        "store": evidence.store_closed,
        "logs": evidence.logs,
    }
    keys = {str(number): key for number, key in evidence.reader_keys.items()}

    assert search_bytes(loot, keys) == []
    assert not set(keys.values()) & set(keys_left(evidence, tmp_path, evidence.store_closed))
    sealed = {str(n): evidence.store_open[n : n + 128] for n in range(128, len(evidence.store_open), 128)}
    gone = {n: slot for n, slot in sealed.items() if slot not in evidence.store_closed}
    assert len(gone) >= len(keys) == 2  # the slots, too, are overwritten where they lay


def test_rows_no_longer_tell_whether_two_opinions_are_one_persons(evidence: Evidence) -> None:
    columns = {
        "vote.voter",
        "opinion.author",
        "opinion.origin",
        "prompt.person",
        "quota.author",
        "mute.author",
        "report.reporter",
    }

    assert columns & evidence.open.pseudonyms.keys() >= {"vote.voter", "opinion.author", "opinion.origin"}
    assert columns & evidence.closed.pseudonyms.keys() == set()


@pytest.mark.parametrize("evidence", ["sqlite"], indirect=True)
def test_erased_pseudonyms_are_not_even_in_free_pages(evidence: Evidence) -> None:
    """SQLite's promise alone: a server's log keeps old rows for a while, which without their key tell nothing."""
    assert search_bytes(evidence.closed.files, {voter.hex(): voter for voter in evidence.voters}) == []
    assert search_bytes(evidence.open.files, {voter.hex(): voter for voter in evidence.voters}) != []


def test_weak_installation_that_keeps_its_keys_is_found_out(evidence: Evidence, tmp_path: Path) -> None:
    """The same attack while the keys live: it names everybody who voted."""
    linked = {
        what
        for key in keys_left(evidence, tmp_path, evidence.store_open)
        for _, what in search_bytes(evidence.open.files, names_under(key, evidence))
    }

    assert len([what for what in linked if what.startswith("vote of")]) == len(evidence.voters) > 40
    assert any(what.startswith("opinion of") for what in linked)
