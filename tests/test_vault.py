import hashlib
import hmac
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import BallotId, ChatId, DiscussionId, MessageId, UserId
from bot.keyfile import make_key, read_key
from bot.sections import SettingsError
from bot.vault import ReaderKey, Vault, WrongKey

KEY = bytes(range(32))
VAULT, READERS = Vault(KEY), ReaderKey(KEY)
NUMBERS = st.integers(-(2**63), 2**63 - 1)


def test_voter_is_an_hmac_of_ballot_and_user_cut_to_16_bytes() -> None:
    message = b"vote:" + (7).to_bytes(8, "big") + (123456789).to_bytes(8, "big")

    assert (
        READERS.voter(BallotId(7), UserId(123456789)) == hmac.new(KEY, message, hashlib.sha256).digest()[:16]
    )


def test_one_person_has_another_pseudonym_for_each_purpose_and_ballot() -> None:
    person = 123456789
    names = {
        READERS.voter(BallotId(1), UserId(person)),
        READERS.voter(BallotId(2), UserId(person)),
        READERS.author(DiscussionId(1), person),
        READERS.origin(ChatId(1), MessageId(person)),
        READERS.person(UserId(person)),
        VAULT.staff(UserId(person)),
        VAULT.room(ChatId(person)),
        ReaderKey(bytes(32)).voter(BallotId(1), UserId(person)),
    }

    assert len(names) == 8
    assert {len(name) for name in names} == {16}


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_different_numbers_have_different_pseudonyms(a: int, b: int, c: int, d: int) -> None:
    same = READERS.origin(ChatId(a), MessageId(b)) == READERS.origin(ChatId(c), MessageId(d))

    assert same == ((a, b) == (c, d))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_sealed_value_opens_again_and_never_looks_the_same(value: object) -> None:
    first, second = VAULT.seal(value), VAULT.seal(value)

    assert first != second
    assert VAULT.open(first) == VAULT.open(second) == value


def test_other_key_and_changed_box_do_not_open() -> None:
    box = VAULT.seal({"chat_id": 123456789})

    with pytest.raises(WrongKey):
        Vault(bytes(32)).open(box)
    with pytest.raises(WrongKey):
        VAULT.open(box[:-1] + bytes([box[-1] ^ 1]))


def test_vault_does_not_print_its_key() -> None:
    assert KEY.hex() not in repr(VAULT)
    assert KEY.hex() not in VAULT.fingerprint()


def test_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "dumka.key"
    assert read_key(path) is None

    key = make_key(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(path) == key
    assert make_key(path) == key  # never replaced
    assert [entry.name for entry in path.parent.iterdir()] == ["dumka.key"]


@pytest.mark.parametrize("content", ["", "zz", "00" * 31, "00" * 33, "ї"])
def test_file_without_a_key_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "dumka.key"
    path.write_text(content)
    path.chmod(0o600)

    with pytest.raises(SettingsError, match=r"secrets\.key_file"):
        read_key(path)


def test_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dumka.key"
    make_key(path)
    path.chmod(0o640)

    with pytest.raises(SettingsError, match="chmod 600"):
        read_key(path)
