"""``dumka keys``: what lives, until when; ended by hand; made anew when it was lost."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.ids import KeyName
from bot.keystore import KeyStore, Kind
from tests.commands.conftest import Office
from tests.commands.forking import Forker
from tests.commands.upkeep import KEY, Place, found

NAME = KeyName(bytes(range(100, 116)))
DAY = 86_400


@pytest.fixture
def place(tmp_path: Path, forker: Forker, migrated: Path) -> Place:
    """Its discussion has a key of its own."""
    place = found(tmp_path, forker, migrated)
    KeyStore(place.folder / "dumka.keys", KEY).make()
    store(place).add([Kind.READERS, Kind.TEXTS], 20_000, NAME)
    place.sql(f"UPDATE discussion SET key = x'{NAME.hex()}'")  # noqa: S608 - a name of ours
    return place


def store(place: Place) -> KeyStore:
    return KeyStore(place.folder / "dumka.keys", KEY)


def lines(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_what_lives_is_shown(place: Place) -> None:
    store(place).add([Kind.QUEUE], 20_001)
    store(place).add([Kind.READERS], 20_000)

    shown, done = place.dumka("keys"), place.dumka("keys", "--json")

    assert (shown.code, shown.err, done.code) == (0, "", 0)
    assert "Мости" in shown.out
    assert lines(done.out) == [
        {
            "kind": "discussion",
            "discussion": 7,
            "title": "Мости",
            "state": "open",
            "since": "2026-11-23T12:00:00+00:00",
            "until": "2027-05-22T12:00:00+00:00",
        },
        {"kind": "queue", "since": datetime.fromtimestamp(20_001 * DAY, UTC).date().isoformat()},
        {"kind": "rest", "texts": 1, "orphans": 1, "damaged": 0, "lost": []},
    ]
    for record in store(place).read()[1]:
        assert record.key.hex() not in shown.out + done.out


@pytest.mark.parametrize(
    ("keep", "until"),
    [
        ('keys = "2h"', datetime(2026, 11, 24, 14, tzinfo=UTC)),
        ('keys = "never"', None),
    ],
)
def test_end_of_a_key_is_that_of_its_discussion_and_what_is_set(
    place: Place, keep: str, until: datetime | None
) -> None:
    (place.folder / "config.toml").write_text(f'[telegram]\ntoken = "123456:ABC"\n[retention]\n{keep}\n')
    place.sql("UPDATE ballot SET closes_at = '2026-11-24 12:00:00.000000'")

    done = place.dumka("keys", "--json")

    assert lines(done.out)[0]["until"] == (None if until is None else until.isoformat())


def test_key_destroyed_by_hand_closes_its_discussion(place: Place) -> None:
    done = place.dumka("keys", "--destroy", 7, "--yes")
    again = place.dumka("keys", "--destroy", 7, "--yes")

    assert (done.code, done.err) == (0, "")
    assert done.out == "The key of discussion 7 is destroyed; a running bot erases what hung on it.\n"
    assert again.out == "Discussion 7 has no key any more.\n"
    assert [record.kind for record in store(place).read()[1] if record.kind is not Kind.ANCHOR] == [
        Kind.TEXTS
    ]
    assert place.sql("SELECT state, keyless_at IS NOT NULL FROM discussion") == [("closed", 1)]
    assert place.sql("SELECT act, discussion, detail FROM audit") == [("keys-changed", 7, "--destroy 7")]


def test_nothing_is_destroyed_where_nobody_can_be_asked(place: Place) -> None:
    done = place.dumka("keys", "--destroy", 7)

    assert (done.code, done.out) == (2, "")
    assert done.err == "--destroy: say --yes where nobody can be asked.\n"
    assert NAME in {record.name for record in store(place).read()[1]}


def test_lost_store_is_made_anew_only_when_that_is_accepted(place: Place) -> None:
    path = place.folder / "dumka.keys"
    refused = place.dumka("keys", "--accept-loss")
    path.unlink()
    missing = place.dumka("keys")

    done = place.dumka("keys", "--accept-loss")

    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith(f"--accept-loss: {path} is there; nothing is lost")
    assert (missing.code, missing.err) == (
        2,
        f"secrets.key_store: cannot use {path}: No such file or directory.\n",
    )
    assert (done.code, done.out, done.err) == (
        0,
        f"{path} is made anew; 1 discussions lost their keys and are closed.\n",
        "",
    )
    assert place.sql("SELECT state, keyless_at IS NOT NULL FROM discussion") == [("closed", 1)]
    assert place.sql("SELECT act, discussion, detail FROM audit") == [("keys-changed", 7, "--accept-loss")]
    assert path.stat().st_mode & 0o777 == 0o600


async def test_running_bot_drops_the_key_and_erases_within_a_moment(office: Office) -> None:
    await office.connect()
    async with office.bot() as bot:
        await office.called("getChatMember")
        office.write("article.txt", "Мости\n\nТекст.\n\nЗа?")
        posted = await office.dumka("post", "article.txt", "--channel", office.ids["channel"], "--wait")
        assert posted.out.startswith("1\n")
        before = datetime.now(UTC)

        done = await office.dumka("keys", "--destroy", 1, "--yes")
        await bot.says("readers.forgotten")

        assert done.code == 0
        assert datetime.now(UTC) - before < timedelta(seconds=20)
        await bot.says("traces.gone")
