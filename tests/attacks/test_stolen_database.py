"""A thief has the database with its log and its free pages, the backups, the logs and the metrics, and a list of everybody who
may have been there.  The key store is elsewhere.
"""

import hashlib
import hmac
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.attacks.guesses import Known, crack
from tests.attacks.needles import LEAST, Identity, forms, search, search_bytes
from tests.attacks.scene import Evidence

SOMEBODY = Identity(81_985_529_216_486, "Зоряна Нестерпна", "reader_c0ffee")
FORMS = {form: needle for form, needle in forms(SOMEBODY) if len(needle) >= LEAST}


def known(evidence: Evidence) -> Known:
    return Known(evidence.open.numbers, evidence.open.texts)


def test_nobody_of_the_crowd_is_in_the_stolen_bytes(evidence: Evidence) -> None:
    loot = {
        **evidence.open.files,
        **evidence.backups,
        **{f"{name}, after the end": content for name, content in evidence.closed.files.items()},
        "logs": evidence.logs,
        "metrics": evidence.metrics,
    }

    assert search(loot, evidence.crowd) == []
    assert sum(len(content) for content in loot.values()) > 500_000  # there was something to search
    assert len(evidence.open.pseudonyms["vote.voter"]) > 40
    assert {
        "opinion.author",
        "opinion.origin",
        "prompt.person",
        "outbox.chat",
    } <= evidence.open.pseudonyms.keys()


def test_what_readers_said_in_private_is_in_no_log_and_in_no_backup(evidence: Evidence) -> None:
    loot = {**evidence.backups, "logs": evidence.logs, "metrics": evidence.metrics}
    words = {str(number): text.encode() for number, text in evidence.said.items()}

    assert search_bytes(loot, words) == []
    assert len(words) > 5


def test_no_hash_of_a_number_is_a_pseudonym(evidence: Evidence) -> None:
    numbers = [identity.number for identity in evidence.crowd]

    assert crack(evidence.open.pseudonyms, numbers, known(evidence)) == []


@pytest.mark.parametrize("form", FORMS)
def test_weak_database_that_keeps_a_number_or_a_name_in_any_form_is_found_out(
    form: str, tmp_path: Path
) -> None:
    path = tmp_path / "weak.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE vote (voter BLOB, option INTEGER)")
        connection.execute("INSERT INTO vote VALUES (?, 1)", (b"\x07" + FORMS[form] + b"\x07",))
        connection.commit()

    found = search({path.name: path.read_bytes()}, [SOMEBODY])

    assert form in {find.form for find in found} or any(FORMS[f.form] in FORMS[form] for f in found)


def test_weak_database_that_only_unlinks_what_was_withdrawn_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "weak.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA secure_delete=OFF")
        connection.execute("CREATE TABLE vote (voter INTEGER PRIMARY KEY)")
        connection.execute("INSERT INTO vote VALUES (?)", (SOMEBODY.number,))
        connection.commit()
        connection.execute("DELETE FROM vote")
        connection.commit()

    assert [find.number for find in search({path.name: path.read_bytes()}, [SOMEBODY])] != []


WEAK: dict[str, Callable[[Evidence, int], bytes]] = {
    "SHA-256 of the number": lambda _, n: hashlib.sha256(str(n).encode()).digest()[:16],
    "MD5 of the number": lambda _, n: hashlib.md5(str(n).encode()).digest(),  # noqa: S324 - a weak variant
    "BLAKE2 of eight bytes": lambda _, n: hashlib.blake2b(n.to_bytes(8, "big"), digest_size=16).digest(),
    "salted with the discussion's token": lambda e, n: hashlib.sha256(
        e.open.texts[-1] + str(n).encode()
    ).digest()[:16],
    "salted with the ballot's number": lambda e, n: hashlib.sha1(  # noqa: S324 - a weak variant
        f"{e.ballots[1]}:{n}".encode()
    ).digest()[:16],
    "keyed with the bot's token": lambda e, n: hmac.digest(e.open.texts[0], str(n).encode(), "sha256")[:16],
    "keyed as ours, under the name of the key": lambda e, n: hmac.digest(
        next(text for text in e.open.texts if len(text) == 16),
        b"vote:" + e.ballots[1].to_bytes(8, "big") + n.to_bytes(8, "big"),
        "sha256",
    )[:16],
}


@pytest.mark.parametrize("how", WEAK)
@pytest.mark.parametrize("evidence", ["sqlite"], indirect=True)
def test_weak_pseudonyms_are_undone(evidence: Evidence, how: str) -> None:
    victim = evidence.crowd[3].number
    pseudonyms = {"vote.voter": {WEAK[how](evidence, victim)}}

    found = crack(pseudonyms, [identity.number for identity in evidence.crowd], known(evidence))

    assert {match.number for match in found} == {victim}
