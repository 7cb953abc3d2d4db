"""``dumka check``: every fault is found and named, and counters are put right."""

import json
from pathlib import Path

import pytest

from bot.domain.ids import KeyName
from bot.keystore import KeyStore, Kind
from bot.vault import Vault
from tests.commands.forking import Forker
from tests.commands.upkeep import KEY, Place, found


@pytest.fixture
def place(tmp_path: Path, forker: Forker, migrated: Path) -> Place:
    return found(tmp_path, forker, migrated)


def test_sound_installation_is_told_line_by_line_and_not_changed(place: Place) -> None:
    before = place.files()

    done = place.dumka("check")

    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        f"OK {name}"
        for name in (
            "integrity",
            "schema",
            "orphans",
            "votes",
            "opinions",
            "claims",
            "leases",
            "posts",
            "key",
            "key store",
        )
    ]
    assert lines[3] == "OK votes: the counters equal the votes"
    assert lines[-2].endswith("belongs to the database and opens all 4 sealed rows")
    assert place.files() == before


@pytest.mark.parametrize(
    ("fault", "check", "words"),
    [
        ("UPDATE option_count SET votes = 7 WHERE option_id = 11", "votes", "option 11: 8 too few"),
        ("DELETE FROM option_count WHERE shard = 1", "votes", "option 10: 2 too many"),
        ("DELETE FROM vote WHERE option_id = 11", "votes", "option 11: 15 too many"),
        ("UPDATE discussion SET comments = 9", "opinions", "the first one of discussion 7"),
        ("DELETE FROM opinion WHERE source = 'private'", "opinions", "the first one of discussion 7"),
        ("INSERT INTO vote VALUES (99, x'00', 10)", "integrity", "1 rows of vote belong to no ballot"),
        ("DELETE FROM discussion", "integrity", "belong to no discussion"),
        ("UPDATE alembic_version SET version_num = '20261123_1836'", "schema", "run `dumka migrate`"),
        ("UPDATE post SET state = 'uncertain'", "posts", "the posts of 7 reached"),
        ("UPDATE discussion SET state = 'uncertain'", "posts", "the posts of 7 reached"),
        ("UPDATE fact SET value = 'another' WHERE name = 'key'", "key", "is not the one"),
        (
            "INSERT INTO discussion (id, channel_id, chat, state, title, token, created_at, comments, private)"
            " SELECT 8, channel_id, chat, state, title, 'other', created_at, 0, 0 FROM discussion",
            "orphans",
            "1 discussions have no ballot",
        ),
        (
            "INSERT INTO outbox (chat, call, attempts, not_before, claimed_by, claimed_until)"
            " SELECT chat, call, 0, not_before, 'elsewhere/1/x', '2020-01-01 00:00:00.000000' FROM outbox;"
            " INSERT INTO lease VALUES ('seat:0', 'elsewhere/2/y', '2999-01-01 00:00:00.000000')",
            "claims",
            "1 calls were taken up to be sent and forgotten",
        ),
    ],
)
def test_fault_is_found_and_no_other(place: Place, fault: str, check: str, words: str) -> None:
    for statement in fault.split(";"):
        place.sql(statement)

    done = place.dumka("check", "--json")

    assert (done.code, done.err) == (1, "")
    wrong = [line for line in map(json.loads, done.out.splitlines()) if not line["ok"]]
    assert {line["check"] for line in wrong} == {check}
    assert words in wrong[0]["text"]


@pytest.mark.parametrize(
    ("table", "column"),
    [("channel", "owner"), ("discussion", "editor")],
)
def test_row_that_another_key_sealed_is_found(place: Place, table: str, column: str) -> None:
    foreign = Vault(bytes(32)).seal(1).hex()
    place.sql(f"UPDATE {table} SET {column} = x'{foreign}'")  # noqa: S608 - names of ours

    done = place.dumka("check")

    assert (done.code, done.err) == (1, "")
    assert [line for line in done.out.splitlines() if line.startswith("!!")] == [
        f"!! key: it does not open what is sealed: 1 in {table}; restore a backup, or ask for help"
    ]


@pytest.mark.parametrize(("table", "column"), [("outbox", "call"), ("failed_update", "raw")])
def test_row_that_waited_for_longer_than_its_key_lived_is_no_damage(
    place: Place, table: str, column: str
) -> None:
    gone = Vault(bytes(32)).seal(1).hex()
    place.sql(f"UPDATE {table} SET {column} = x'{gone}'")  # noqa: S608 - names of ours

    done = place.dumka("check")

    assert (done.code, done.err) == (0, "")
    [line] = [line for line in done.out.splitlines() if line.startswith("OK key:")]
    assert line.endswith(
        "opens all 3 sealed rows; the keys of 1 that waited are not there, and the bot drops them"
    )


def test_votes_that_were_erased_are_no_fault(place: Place) -> None:
    place.sql("DELETE FROM vote")
    place.sql("UPDATE discussion SET key = NULL, keyless_at = '2026-11-24 00:00:00.000000', state = 'closed'")

    done = place.dumka("check", "--repair")

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("OK repair: 0 counters of votes and those of 0 discussions were put right\n")
    assert place.sql("SELECT sum(votes) FROM option_count") == [(30,)]


def test_keys_that_the_database_names_and_nobody_has_are_told(place: Place) -> None:
    place.sql("UPDATE discussion SET key = x'00112233445566778899aabbccddeeff'")

    missing = place.dumka("check")
    store = KeyStore(place.folder / "dumka.keys", KEY)
    store.make()
    lost = place.dumka("check")
    [record] = store.add([Kind.READERS], 0, KeyName(bytes.fromhex("00112233445566778899aabbccddeeff")))
    found = place.dumka("check")

    assert missing.code == 1
    assert missing.out.splitlines()[-1] == (
        "!! key store: it is missing or cannot be used, and 1 discussions have their keys in it; put it back"
    )
    assert (lost.code, found.code) == (0, 0)
    lines = [done.out.split("key store: ")[1].splitlines()[0] for done in (lost, found)]
    assert lines == [
        "0 discussions have their keys; those of 1 are gone, and the bot closes these discussions",
        "1 discussions have their keys",
    ]
    assert record.key.hex() not in found.out


def test_page_that_was_overwritten_is_found(place: Place) -> None:
    data = bytearray(place.database.read_bytes())
    [(page,)] = place.sql("SELECT rootpage FROM sqlite_schema WHERE name = 'opinion'")
    assert isinstance(page, int)
    data[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    place.database.write_bytes(data)

    done = place.dumka("check")

    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("!! integrity: ")
    assert "schema" not in done.out


def test_repair_counts_anew_and_shows_it(place: Place) -> None:
    place.sql("DELETE FROM vote WHERE option_id = 11")
    place.sql("UPDATE option_count SET votes = votes + 100 WHERE option_id = 10 AND shard = 1")
    place.sql("UPDATE discussion SET comments = 0, private = 0")
    [(version,)] = place.sql("SELECT sum(version) FROM option_count")

    done = place.dumka("check", "--repair")
    again = place.dumka("check", "--repair")

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("OK repair: 2 counters of votes and those of 1 discussions were put right\n")
    assert again.out.startswith("OK repair: 0 counters of votes and those of 0 discussions were put right\n")
    assert place.sql("SELECT option_id, sum(votes) FROM option_count GROUP BY 1") == [(10, 15), (11, 0)]
    assert place.sql("SELECT comments, private FROM discussion") == [(1, 2)]
    [(after,)] = place.sql("SELECT sum(version) FROM option_count")
    assert after == version + 2  # type: ignore[operator]  # so that the message is redrawn


def test_missing_key_is_told(place: Place) -> None:
    (place.folder / "dumka.key").unlink()

    done = place.dumka("check")

    assert done.code == 1
    assert done.out.splitlines()[-1] == (
        f"!! key: {place.folder / 'dumka.key'} is missing; put it back from where you keep it"
    )
    assert KEY.hex() not in done.out
