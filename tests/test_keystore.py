"""What is destroyed in the key store is nowhere in its file; what lives is there for every process, whatever died."""

import multiprocessing
import os
import signal
import stat
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.domain.ids import KeyName
from bot.keystore import FREE, SLOT, KeyStore, KeyStoreTrouble, Kind, Record
from bot.vault import UNDATED, Vault, WrongKey

MASTER = bytes(range(32))
DAY = 20_000


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    made = KeyStore(tmp_path / "dumka.keys", MASTER)
    made.make()
    return made


def slots(store: KeyStore) -> list[bytes]:
    content = store.path.read_bytes()
    return [content[at : at + SLOT] for at in range(SLOT, len(content), SLOT)]


def test_it_is_its_owners_alone_and_made_once(store: KeyStore) -> None:
    before = store.path.read_bytes()
    store.make()

    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert store.path.read_bytes() == before
    assert [path.name for path in store.path.parent.iterdir()] == ["dumka.keys"]


def test_destroyed_key_is_overwritten_where_it_lay(store: KeyStore) -> None:
    [first], [second] = store.add([Kind.READERS], DAY), store.add([Kind.READERS], DAY)
    before = slots(store)

    assert store.destroy([first.name], [Kind.READERS]) == 1

    assert store.read()[1:] == ([second], 0)
    after = slots(store)
    assert after == [FREE, before[1]]
    assert before[0][:12] not in store.path.read_bytes()
    assert store.destroy([first.name], [Kind.READERS]) == 0


def test_keys_of_one_name_end_one_by_one_and_their_places_are_used_again(store: KeyStore) -> None:
    readers, texts = store.add([Kind.READERS, Kind.TEXTS], DAY)
    assert readers.name == texts.name

    store.destroy([readers.name], [Kind.READERS])
    [other] = store.add([Kind.READERS], DAY)

    assert set(store.read()[1]) == {texts, other}
    assert len(slots(store)) == 2


def test_no_key_and_no_name_can_be_read_in_the_file(store: KeyStore) -> None:
    made = store.add([Kind.READERS, Kind.TEXTS], DAY)
    content = store.path.read_bytes()

    for record in made:
        assert record.key not in content
        assert bytes(record.name) not in content
        assert record.key.hex() not in repr(record)
    assert MASTER not in content


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_file_that_others_can_read_is_refused(store: KeyStore, mode: int) -> None:
    store.path.chmod(mode)

    for act in (store.read, store.generation, lambda: store.add([Kind.QUEUE], DAY)):
        with pytest.raises(KeyStoreTrouble, match="chmod 600"):
            act()


def test_other_master_key_opens_nothing_and_changes_nothing(store: KeyStore) -> None:
    store.add([Kind.READERS], DAY)
    before = store.path.read_bytes()
    foreign = KeyStore(store.path, bytes(32))

    for act in (foreign.read, foreign.destroy_all, foreign.tidy, lambda: foreign.add([Kind.QUEUE], DAY)):
        with pytest.raises(KeyStoreTrouble, match="another master key"):
            act()
    assert store.path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"nonsense", bytes(500)])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "dumka.keys"
    path.touch(mode=0o600)
    path.write_bytes(content)

    with pytest.raises(KeyStoreTrouble, match="is no key store"):
        KeyStore(path, MASTER).read()


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyStoreTrouble, match="No such file"):
        KeyStore(tmp_path / "dumka.keys", MASTER).generation()


def test_torn_slot_costs_no_other_and_is_freed(store: KeyStore) -> None:
    made = [store.add([Kind.READERS], DAY)[0] for _ in range(3)]
    with store.path.open("r+b") as file:  # the power failed in the middle of a write
        file.seek(2 * SLOT + 40)
        file.write(os.urandom(60))

    assert store.read()[1:] == ([made[0], made[2]], 1)
    assert store.tidy() == 1

    assert store.read()[1:] == ([made[0], made[2]], 0)
    assert slots(store)[1] == FREE


def test_slot_that_was_cut_off_at_the_end_is_written_over(store: KeyStore) -> None:
    [whole] = store.add([Kind.READERS], DAY)
    with store.path.open("ab") as file:
        file.write(os.urandom(50))

    assert store.read()[1:] == ([whole], 0)
    [new] = store.add([Kind.READERS], DAY)

    assert store.read()[1:] == ([whole, new], 0)


def test_slot_moved_to_another_place_opens_no_more(store: KeyStore) -> None:
    store.add([Kind.READERS], DAY)
    store.add([Kind.READERS], DAY)
    content = bytearray(store.path.read_bytes())
    content[SLOT : 2 * SLOT], content[2 * SLOT :] = content[2 * SLOT :], content[SLOT : 2 * SLOT]
    store.path.write_bytes(content)

    assert store.read()[1:] == ([], 2)


def test_store_made_in_the_place_of_a_lost_one_looks_changed(store: KeyStore) -> None:
    vault = Vault(MASTER, store)
    name = vault.new_discussion(DAY, texts=False)
    store.path.unlink()
    KeyStore(store.path, MASTER).make()

    vault.refresh()

    assert vault.readers(name) is None


def _add_and_destroy(path: Path, times: int) -> None:
    store = KeyStore(path, MASTER)
    for _ in range(times):
        keep, throw = store.add([Kind.READERS], DAY), store.add([Kind.READERS], DAY)
        store.destroy([throw[0].name], [Kind.READERS])
        assert keep


def test_processes_that_change_it_at_once_lose_nothing(store: KeyStore) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_add_and_destroy, args=(store.path, 15)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    _, records, damaged = store.read()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert (len(records), damaged) == (60, 0)
    assert len({record.name for record in records}) == 60


def _change_for_ever(path: Path) -> None:
    store = KeyStore(path, MASTER)
    while True:
        made = store.add([Kind.READERS], DAY)
        store.destroy([made[0].name], [Kind.READERS])


def test_process_killed_while_it_changes_the_store_costs_no_key(store: KeyStore) -> None:
    kept = [store.add([Kind.READERS], DAY)[0] for _ in range(5)]
    context = multiprocessing.get_context("fork")
    for round_ in range(6):
        worker = context.Process(target=_change_for_ever, args=(store.path,))
        worker.start()
        time.sleep(0.05 + round_ * 0.013)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        assert set(kept) <= set(store.read()[1])

    store.tidy()
    _, records, damaged = store.read()
    assert damaged == 0
    assert len(records) <= len(kept) + 6  # one that was made and not destroyed, each time


def test_other_process_drops_a_destroyed_key_when_it_looks(store: KeyStore) -> None:
    mine, theirs = Vault(MASTER, store), Vault(MASTER, KeyStore(store.path, MASTER))
    name = mine.new_discussion(DAY, texts=True)
    readers = theirs.readers(name)
    assert readers is not None
    sealed = theirs.seal_text(name, "слова")
    assert sealed is not None

    mine.destroy([name])
    theirs.refresh()

    assert theirs.readers(name) is None
    assert theirs.open_text(sealed) == "слова"
    mine.destroy_texts([name])
    theirs.refresh()
    with pytest.raises(WrongKey):
        theirs.open_text(sealed)


def test_what_waits_can_be_read_for_as_long_as_is_set(store: KeyStore) -> None:
    vault = Vault(MASTER, store)
    first = vault.seal_waiting("перше")  # before anybody could tell the day
    assert [record.number for record in store.read()[1]] == [UNDATED]

    for day in range(DAY, DAY + 4):
        vault.rotate(day, keep=3)
        vault.rotate(day, keep=3)
    assert [record.number for record in store.read()[1]] == [DAY, DAY + 1, DAY + 2, DAY + 3]
    second = vault.seal_waiting("друге")
    assert vault.open_waiting(first) == "перше"
    vault.rotate(DAY + 4, keep=3)

    with pytest.raises(WrongKey):
        vault.open_waiting(first)
    assert vault.open_waiting(second) == "друге"
    assert Vault(MASTER, KeyStore(store.path, MASTER)).open_waiting(second) == "друге"


def test_panic_leaves_no_key_and_the_anchor(store: KeyStore) -> None:
    vault = Vault(MASTER, store)
    name = vault.new_discussion(DAY, texts=True)
    waiting = vault.seal_waiting("лист")
    store.anchor(b"d" * 32, 7)

    assert vault.panic() == 3

    assert [(record.kind, record.number, record.key) for record in store.read()[1]] == [
        (Kind.ANCHOR, 7, b"d" * 32)
    ]
    assert vault.readers(name) is None
    with pytest.raises(WrongKey):
        vault.open_waiting(waiting)


class Keeping(RuleBasedStateMachine):
    """Whatever is made, destroyed, torn and tidied by two handles: what should live does, and nothing else."""

    @initialize()
    def make(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "dumka.keys"
        self.stores = [KeyStore(path, MASTER), KeyStore(path, MASTER)]
        self.stores[0].make()
        self.living: list[Record] = []  # in the order in which they were made: names are random
        self.dead: list[bytes] = []

    def teardown(self) -> None:
        self.folder.cleanup()

    def _bytes_of(self, record: Record) -> bytes:
        content = self.stores[0].path.read_bytes()
        return next(
            content[at : at + SLOT]
            for at in range(SLOT, len(content), SLOT)
            if self.stores[0]._unsealed(at // SLOT, content[at : at + SLOT]) == record
        )

    @rule(
        who=st.integers(0, 1),
        kinds=st.sampled_from([[Kind.READERS], [Kind.READERS, Kind.TEXTS], [Kind.QUEUE]]),
    )
    def add(self, who: int, kinds: list[Kind]) -> None:
        self.living += self.stores[who].add(kinds, DAY)

    @rule(who=st.integers(0, 1), chance=st.randoms(), kind=st.sampled_from([Kind.READERS, Kind.TEXTS]))
    def destroy(self, who: int, chance: object, kind: Kind) -> None:
        names = list(dict.fromkeys(record.name for record in self.living))
        if not names:
            return
        chosen = {KeyName(chance.choice(names))}  # type: ignore[attr-defined]  # Hypothesis's Random
        gone = [record for record in self.living if record.name in chosen and record.kind is kind]
        self.dead += [self._bytes_of(record) for record in gone]
        assert self.stores[who].destroy(chosen, [kind]) == len(gone)
        self.living = [record for record in self.living if record not in gone]

    @rule(who=st.integers(0, 1))
    def tear_and_tidy(self, who: int) -> None:
        with self.stores[who].path.open("ab") as file:
            file.write(os.urandom(SLOT))
        assert self.stores[1 - who].tidy() >= 1

    @invariant()
    def what_lives_lives(self) -> None:
        if not hasattr(self, "stores"):
            return
        content = self.stores[0].path.read_bytes()
        for store in self.stores:
            assert set(store.read()[1]) == set(self.living)
        assert not any(slot in content for slot in self.dead)


TestKeeping = Keeping.TestCase
TestKeeping.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
