"""When a discussion is over, nobody can be recognised: whatever is read, and at whichever instant the process died."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import select, text, update

from bot.domain.discussion import State
from bot.domain.ids import OpinionId, UserId
from bot.domain.opinion import Opinion, Source
from bot.domain.refusals import Forgotten
from bot.domain.retention import Retention
from bot.keystore import KeyStore, Kind
from bot.services import opinion as opinion_service
from bot.vault import FIRST_KEY, Vault
from bot.workers.forgetting import ORPHANED, Forgetter
from bot.workers.leases import Leases
from db import checking
from db.dialect import Raced
from db.engine import Database, Tx
from db.models import BallotRow, DiscussionRow, OpinionRow
from db.queries import discussion as discussions
from db.queries import forgetting
from db.queries import opinion as opinions
from tests.conftest import NOON, HandClock, vault_in
from tests.workers.remembering import FIRST, NOTHING, close, labels, left, remembered, stored

MASTER = bytes(range(32))


def forgetter(db: Database, vault: Vault, keep: Retention | None = None, name: str = "anna") -> Forgetter:
    return Forgetter(db, vault, keep or Retention(), Leases(db, f"{name}/1/x"))


async def settle(worker: Forgetter, clock: HandClock, seconds: float = 30.0) -> None:
    end = clock.now() + timedelta(seconds=seconds)
    while (following := await worker.step(clock.now())) is not None and following <= end:
        clock.set(following)


async def test_closing_erases_what_links_and_leaves_counts_and_texts(
    db: Database, vault: Vault, clock: HandClock
) -> None:
    ended, running = await remembered(db, vault, NOON), await remembered(db, vault, NOON)
    before = await left(db, running)
    await close(db, ended.discussion, clock.now())

    await settle(forgetter(db, vault), clock)

    assert await left(db, ended) == type(before)(None, [10, 10], 11, NOTHING | {"report": 1})
    assert await left(db, running) == type(before)(running.key, [10, 10], 11, before.linked | {"report": 1})
    assert vault.readers(ended.key) is None
    assert vault.readers(running.key) is not None
    everything = await stored(db)
    assert [name for name in ended.names if bytes(name) in everything] == []
    assert all(bytes(name) in everything for name in running.names)


async def test_flags_that_many_of_one_author_share_go_with_the_key(
    db: Database, vault: Vault, clock: HandClock
) -> None:
    """«One of many in a row» stands on the opinions of one author, most often."""
    ended, running = await remembered(db, vault, NOON), await remembered(db, vault, NOON)
    async with db.write() as tx:
        await tx.execute(update(OpinionRow).values(flags=["flood"]))
    await close(db, ended.discussion, clock.now())

    await settle(forgetter(db, vault), clock)

    async with db.read() as tx:
        flags = {
            each: [
                found
                for found in await tx.scalars(
                    select(OpinionRow.flags).where(OpinionRow.discussion_id == each)
                )
                if found
            ]
            for each in (ended.discussion, running.discussion)
        }
    assert flags == {ended.discussion: [], running.discussion: [["flood"]] * 11}


async def test_no_copy_of_an_author_stays_in_pages_that_were_split(
    db: Database, vault: Vault, clock: HandClock
) -> None:
    """Opinions of a lively discussion push one another from page to page; deleting alone leaves copies behind."""
    ended = await remembered(db, vault, NOON)
    readers = vault.readers(ended.key)
    assert readers is not None
    authors = [readers.author(ended.discussion, at) for at in range(600)]
    for at, author in enumerate(authors):
        async with db.write() as tx:
            number = OpinionId(at * 2**40 % 999_983)
            said = Opinion(number, ended.discussion, Source.PRIVATE, "слово " * (at * 7 % 60), edited=False)
            await opinions.store(tx, said, author, readers.person(UserId(at)))
    await close(db, ended.discussion, clock.now())

    await settle(forgetter(db, vault), clock)

    everything = await stored(db)
    assert [author for author in authors if bytes(author) in everything] == []


async def test_keys_live_on_for_as_long_as_is_set_and_withdrawing_works_until_then(
    db: Database, vault: Vault, clock: HandClock
) -> None:
    ended = await remembered(db, vault, NOON)
    worker = forgetter(db, vault, Retention(keys=timedelta(hours=2)))
    await close(db, ended.discussion, clock.now())
    first, second = (OpinionId(ended.discussion * 1000 + at) for at in (2, 3))

    await settle(worker, clock)
    assert await worker.step(clock.now()) == NOON + timedelta(hours=2)
    async with db.write() as tx:
        await opinion_service.withdraw(tx, vault, UserId(FIRST + 1), first)
    clock.set(NOON + timedelta(hours=2))
    await settle(worker, clock)

    assert (await left(db, ended)).opinions == 10
    assert (await left(db, ended)).key is None
    async with db.write() as tx:
        with pytest.raises(Forgotten):
            await opinion_service.withdraw(tx, vault, UserId(FIRST + 2), second)
        with pytest.raises(Forgotten):
            await opinion_service.change(tx, vault, UserId(FIRST + 2), second, clock.now())


async def test_what_nobody_closed_is_closed_in_the_end(db: Database, vault: Vault, clock: HandClock) -> None:
    old = await remembered(db, vault, NOON)
    clock.pass_(days=179)
    young = await remembered(db, vault, clock.now())
    worker = forgetter(db, vault)

    await settle(worker, clock)
    assert (await left(db, old)).key == old.key
    clock.pass_(days=1)
    await settle(worker, clock)

    assert (await left(db, old)).key is None
    assert (await left(db, young)).key == young.key
    assert await labels(db, old) == [10, 10]


async def test_discussion_without_its_key_is_closed_and_says_so(
    db: Database, vault: Vault, clock: HandClock
) -> None:
    """A database that was restored, or panic: its readers can never be recognised again."""
    lost = await remembered(db, vault, NOON)
    vault.destroy([lost.key])

    with structlog.testing.capture_logs() as lines:
        await settle(forgetter(db, vault), clock)

    assert (await left(db, lost)).linked == NOTHING
    async with db.read() as tx:
        found = await discussions.find(tx, lost.discussion)
    assert found is not None
    assert found.state is State.CLOSED
    assert [line for line in lines if line["event"] == "keys.lost"] == [
        {"event": "keys.lost", "log_level": "warning", "discussions": [lost.discussion]}
    ]


async def test_store_that_cannot_be_read_ends_nothing(
    db: Database, vault: Vault, clock: HandClock, tmp_path: Path
) -> None:
    running = await remembered(db, vault, NOON)
    path = vault.store.path
    worker = forgetter(db, vault)
    for trouble in ("readable by others", "no key store", "missing"):
        match trouble:
            case "readable by others":
                path.chmod(0o644)
            case "no key store":
                path.chmod(0o600)
                kept = path.read_bytes()
                path.write_bytes(b"nonsense")
            case _:
                path.unlink()
        with structlog.testing.capture_logs() as lines:
            assert await worker.step(clock.now()) is None
        if trouble == "readable by others":
            assert [line["event"] for line in lines if line["log_level"] == "error"] == ["keys.unreadable"]
    path.touch(mode=0o600)
    path.write_bytes(kept)

    await settle(worker, clock)

    assert (await left(db, running)).key == running.key
    assert vault.readers(running.key) is not None


async def test_discussions_from_before_keys_are_erased_all_the_same(
    db: Database, vault: Vault, clock: HandClock
) -> None:
    ended = await remembered(db, vault, NOON, key=FIRST_KEY)
    clock.pass_(seconds=1)
    running = await remembered(db, vault, clock.now(), key=FIRST_KEY)
    await close(db, ended.discussion, clock.now())

    await settle(forgetter(db, vault), clock)

    assert await left(db, ended) == type(await left(db, ended))(None, [10, 10], 11, NOTHING | {"report": 1})
    assert (await left(db, running)).key == FIRST_KEY
    assert (await left(db, running)).linked["vote"] == 20


async def test_one_process_forgets_and_another_takes_over(
    db: Database, vault: Vault, clock: HandClock
) -> None:
    ended = await remembered(db, vault, NOON)
    anna, borys = forgetter(db, vault), forgetter(db, vault, name="borys")
    await anna.step(clock.now())
    await close(db, ended.discussion, clock.now())

    assert await borys.step(clock.now()) is None
    assert vault.readers(ended.key) is not None
    clock.pass_(seconds=16)
    await settle(borys, clock)

    assert (await left(db, ended)).key is None


class Mortal(Database):
    """Its process dies at the ``instant``-th of the moments before and after a commit."""

    def __init__(self, url: str, instant: int) -> None:
        super().__init__(url)
        self._left = instant

    def _pass(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt

    @asynccontextmanager
    async def write(self, *, quick: bool = False) -> AsyncIterator[Tx]:
        async with super().write(quick=quick) as tx:
            yield tx
            self._pass()
        self._pass()


async def test_dying_between_any_two_steps_loses_nothing(
    db: Database, database_url: str, clock: HandClock, tmp_path: Path
) -> None:
    instant, deaths = 1, 0
    while True:
        vault = vault_in(tmp_path / f"life-{instant}")
        ended = await remembered(db, vault, clock.now(), voters=12)
        await close(db, ended.discussion, clock.now())
        mortal = Mortal(database_url, instant)
        try:
            await settle(forgetter(mortal, vault), clock)
            died = False
        except KeyboardInterrupt:
            died = True
        finally:
            await mortal.close()
        reborn = Vault(MASTER, KeyStore(vault.store.path, MASTER))
        clock.pass_(seconds=20)
        await settle(forgetter(db, reborn, name="borys"), clock)
        after = await left(db, ended)
        assert (after.key, after.counts, after.opinions) == (None, [6, 6], 11)
        assert after.linked == NOTHING
        assert reborn.readers(ended.key) is None
        async with db.read() as tx:
            assert await forgetting.traces_left(tx) is None
        clock.pass_(seconds=20)
        if not died:
            break
        instant, deaths = instant + 1, deaths + 1

    assert deaths > 12


async def test_key_destroyed_just_before_the_process_died_is_gone_for_the_next(
    db: Database, vault: Vault, clock: HandClock
) -> None:
    ended = await remembered(db, vault, NOON)
    await close(db, ended.discussion, clock.now())
    vault.store.destroy([ended.key], [Kind.READERS])

    await settle(forgetter(db, vault), clock)

    assert (await left(db, ended)).linked == NOTHING


async def test_traces_wait_for_whoever_still_reads(db: Database, vault: Vault, clock: HandClock) -> None:
    ended = await remembered(db, vault, NOON)
    worker, sqlite = forgetter(db, vault), db.engine.dialect.name == "sqlite"
    async with db.read() as reader:
        await reader.execute(select(BallotRow.id))
        await close(db, ended.discussion, clock.now())
        with structlog.testing.capture_logs() as lines:
            await settle(worker, clock, seconds=5)
            clock.pass_(minutes=11)
            await settle(worker, clock, seconds=5)
        assert (await left(db, ended)).key is None
        async with db.read() as tx:
            assert await forgetting.traces_left(tx) is not None
        if sqlite:
            everything = await stored(db)
            assert any(bytes(name) in everything for name in ended.names)
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["traces.left"]

    await settle(worker, clock)

    async with db.read() as tx:
        assert await forgetting.traces_left(tx) is None
    if sqlite:
        everything = await stored(db)
        assert [name for name in ended.names if bytes(name) in everything] == []
    else:
        async with db.read() as tx:
            dead = await tx.scalar(
                text("SELECT count(*) FROM pg_stat_user_tables WHERE last_vacuum IS NOT NULL")
            )
        assert dead == len(forgetting.ERASED)


async def test_opinion_that_comes_while_its_discussion_is_closed_is_not_stored(
    db: Database, vault: Vault, clock: HandClock
) -> None:
    ended = await remembered(db, vault, NOON)
    await close(db, ended.discussion, clock.now())

    said = Opinion(OpinionId(5), ended.discussion, Source.PRIVATE, "пізно", edited=False)
    async with db.write() as tx:
        with pytest.raises(Raced):
            await opinions.store(tx, said, ended.names[0], ended.names[1])

    assert (await left(db, ended)).opinions == 11


async def test_prompt_that_came_too_late_is_erased_later(
    db: Database, vault: Vault, clock: HandClock
) -> None:
    ended = await remembered(db, vault, NOON)
    readers = vault.readers(ended.key)
    assert readers is not None
    late = readers.person(UserId(3))
    await close(db, ended.discussion, clock.now())
    worker = forgetter(db, vault)
    await settle(worker, clock)
    async with db.write() as tx:
        await opinions.choose(tx, late, opinions.Prompt(ended.discussion), clock.now())

    clock.pass_(hours=1)
    await settle(worker, clock)

    assert (await left(db, ended)).linked == NOTHING
    assert (await left(db, ended)).key is None


async def test_key_that_nothing_names_is_swept_after_a_day(
    db: Database, vault: Vault, clock: HandClock
) -> None:
    today = int(clock.seconds()) // 86_400
    running = await remembered(db, vault, NOON, texts=True)
    orphan = vault.new_discussion(today, texts=True)
    worker = forgetter(db, vault)

    await settle(worker, clock)
    clock.pass_(hours=23)
    await settle(forgetter(db, vault), clock)  # a restart does not begin anew
    assert orphan in {record.name for record in vault.store.read()[1]}
    clock.set(NOON + ORPHANED + timedelta(hours=1))
    await settle(worker, clock)

    kinds = {(record.name, record.kind) for record in vault.store.read()[1]}
    assert kinds == {(running.key, Kind.READERS), (running.key, Kind.TEXTS)}


async def test_time_of_opinions_ends_with_their_key_and_their_rows(
    db: Database, vault: Vault, clock: HandClock
) -> None:
    ended, plain = await remembered(db, vault, NOON, texts=True), await remembered(db, vault, NOON)
    keep = Retention(opinions=timedelta(days=30))
    worker = forgetter(db, vault, keep)
    for one in (ended, plain):
        await close(db, one.discussion, clock.now())
    await settle(worker, clock)
    assert [record.kind for record in vault.store.read()[1]] == [Kind.TEXTS]
    async with db.read() as tx:
        texts = [one.text async for one in opinions.each_of(tx, ended.discussion, vault.open_text)]
    assert sorted(texts) == sorted(f"слово {at}" for at in range(11))

    clock.pass_(days=30, hours=2)
    await settle(worker, clock)

    assert vault.store.read()[1] == []
    async with db.read() as tx:
        assert list(await tx.scalars(select(OpinionRow.id))) == []
        found = await discussions.find(tx, ended.discussion)
        assert found is not None
        assert found.opinions.total == 11
        connection = await tx.connection()
        assert await connection.run_sync(checking.wrong_opinions) == []
        assert await connection.run_sync(checking.wrong_counters) == []


async def test_votes_elsewhere_get_in_between(db: Database, vault: Vault, clock: HandClock) -> None:
    ended, running = await remembered(db, vault, NOON), await remembered(db, vault, NOON)
    async with db.write() as tx:
        rows = [(ended.ballot, at.to_bytes(16), ended.options[0]) for at in range(60_000)]
        connection = await tx.connection()
        for begin in range(0, len(rows), 5000):
            given = [{"b": b, "v": v, "o": o} for b, v, o in rows[begin : begin + 5000]]
            await connection.execute(text("INSERT INTO vote VALUES (:b, :v, :o)"), given)
    await close(db, ended.discussion, clock.now())
    worker = forgetter(db, vault)

    async def erase() -> None:
        await settle(worker, clock)

    erasing = asyncio.create_task(erase())
    between = 0
    while not erasing.done():
        async with db.write() as tx:
            await tx.execute(
                update(DiscussionRow).where(DiscussionRow.id == running.discussion).values(told=None)
            )
        between += not erasing.done()
    await erasing

    assert (await left(db, ended)).linked == NOTHING | {"report": 1}
    assert between >= 10


def test_of_all_kinds_only_the_key_is_waited_for() -> None:
    """The day's key outlives all that is sealed under it."""
    assert Retention().queue_days == 7
    assert Retention(outbox=timedelta(hours=200)).queue_days == 9
    assert Retention(failed_updates=None).queue_days == 3660


async def test_marked_and_not_yet_erased_nobody_is_recognised(
    db: Database, vault: Vault, clock: HandClock
) -> None:
    """Also under the installation's key, which lives on."""
    ended = await remembered(db, vault, NOON, key=FIRST_KEY)
    await close(db, ended.discussion, clock.now())
    async with db.write() as tx:
        await forgetting.mark_keyless(tx, [ended.discussion], clock.now())

    async with db.read() as tx:
        assert await discussions.key_of(tx, ended.discussion) is None
        found = await discussions.find(tx, ended.discussion)
    assert found is not None
    assert found.key is None
    async with db.write() as tx:
        with pytest.raises(Forgotten):
            await opinion_service.withdraw(tx, vault, UserId(FIRST), OpinionId(ended.discussion * 1000))
