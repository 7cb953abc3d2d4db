"""Updates from many connections: stored once, in order, answered only then; over HTTP, with the real bot behind."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, make_url, select, text

from bot.telegram.webhook import NotStored
from bot.workers.gathering import Gathering
from db.models import AppliedUpdateRow, FailedUpdateRow
from tests.conftest import HandClock
from tests.flows.hooked import Hooked, newsroom_by_webhook
from tests.postgres import PostgresServer

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"
YES, NO = "👍 Погоджуюсь", "👎 Не погоджуюсь"


@pytest.fixture
async def chat(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Hooked]:
    async with newsroom_by_webhook(database_url, tmp_path, clock) as world:
        await world.connect()
        yield world


@pytest.fixture
async def local(database_path: Path, tmp_path: Path, clock: HandClock) -> AsyncIterator[Hooked]:
    """On SQLite, for what does not depend on the database."""
    async with newsroom_by_webhook(f"sqlite+aiosqlite:///{database_path}", tmp_path, clock) as world:
        await world.connect()
        yield world


async def count(chat: Hooked, model: Any) -> int:
    async with chat.app.db.read() as tx:
        return await tx.scalar(select(func.count()).select_from(model)) or 0


async def test_same_update_over_two_connections_at_once_is_applied_once(chat: Hooked) -> None:
    discussion = await chat.publish(ARTICLE)
    tap = chat.tap(discussion, 0, by=777)
    before = chat.app.intake.counts.votes

    answers = await asyncio.gather(
        *(chat.post(tap) for _ in range(5)), chat.post(chat.tap(discussion, 0, by=778))
    )
    later = await chat.post(tap)

    assert {answer.status for answer in (*answers, later)} == {200}
    assert chat.app.intake.counts.votes == before + 2
    assert await chat.votes(discussion.id) == {YES: 2, NO: 0, "🤷 Важко сказати": 0}


async def test_one_persons_presses_of_one_group_hold_in_their_order(chat: Hooked) -> None:
    discussion = await chat.publish(ARTICLE)
    taps = [chat.tap(discussion, option, by=777) for option in (0, 1, -1, 0, 1)]

    for tap in taps:
        assert (await chat.post(tap)).status == 200
    toasts = await asyncio.gather(*(chat.post(chat.tap(discussion, n % 2, by=1000 + n)) for n in range(30)))

    assert await chat.votes(discussion.id) == {YES: 15, NO: 16, "🤷 Важко сказати": 0}
    assert all(t.said is not None and t.said["method"] == "answerCallbackQuery" for t in toasts)


async def test_what_arrives_while_a_commit_runs_is_one_commit(local: Hooked) -> None:
    discussion = await local.publish(ARTICLE)
    taps = [local.tap(discussion, 0, by=1000 + n) for n in range(200)]
    before = local.app.intake.counts.rounds

    async with local.app.db.write():  # the first commit waits for its turn; the others come meanwhile
        posted = [asyncio.create_task(local.post(tap)) for tap in taps]
        await asyncio.sleep(1.0)
    answers = await asyncio.gather(*posted)

    assert {answer.status for answer in answers} == {200}
    assert (await local.votes(discussion.id))[YES] == 200
    assert local.app.intake.counts.rounds - before <= 4


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"{}",
        b"[]",
        b"17",
        b"null",
        b'{"message": {}}',
        b'{"update_id": null}',
        b'{"update_id": "many"}',
        b'{"update_id": [1]}',
        b'{"update_id": 1',
        b'{"update_id": 99999999999999999999999}',
        b'{"update_id": -99999999999999999999999}',
        b'{"update_id": 1e400}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe\x00",
    ],
)
async def test_what_is_no_update_is_refused_for_good(
    local: Hooked, body: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = await local.post(body)

    assert answer.status == 400
    assert await local.post(local.words("/help", by=777)) is not None
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("extra", "kept"),
    [
        (b'"message": {"message_id": "x"}', True),
        (b'"callback_query": {"id": 5}', True),
        (b'"message": 17', False),
        (b'"brand_new_kind": {"deep": [1, 2]}', False),
        (b'"message": {"message_id": 1, "date": "?", "chat": {"id": 1, "type": "private"}}', True),
    ],
)
async def test_update_that_cannot_be_parsed_is_taken_and_the_next_one_applies(
    local: Hooked, extra: bytes, kept: bool
) -> None:
    discussion = await local.publish(ARTICLE)
    broken = b'{"update_id": 400001, %s}' % extra

    answers = await asyncio.gather(local.post(broken), local.post(local.tap(discussion, 0, by=777)))

    assert [answer.status for answer in answers] == [200, 200]
    assert (await local.votes(discussion.id))[YES] == 1
    assert await count(local, FailedUpdateRow) >= kept


@pytest.mark.parametrize("half", [b"\\ud83d", b"\xed\xa0\xbd", b"\xff"])
async def test_text_with_half_a_character_is_applied(chat: Hooked, half: bytes) -> None:
    """Telegram lets it pass now and then; refused, it would come again for a day."""
    person = await chat.people.user("Оля", "uk")
    await chat.people.start(by=person)
    await chat.settle()
    body = b'{"update_id": 400002, "message": {"message_id": 9, "date": 1, "text": "/help %s",' % half
    body += b'"entities": [{"type": "bot_command", "offset": 0, "length": 5}],'
    body += b'"chat": {"id": %d, "type": "private", "first_name": "O"},' % person
    body += b'"from": {"id": %d, "is_bot": false, "first_name": "%s", "language_code": "uk"}}}' % (
        person,
        half,
    )
    before = len(await chat.said_to(person))

    answer = await chat.post(body)
    await chat.settle()

    assert answer.status == 200
    assert len(await chat.said_to(person)) == before + 1
    assert await count(chat, FailedUpdateRow) == 0


async def test_poison_tap_stops_nobody_and_is_not_kept(
    local: Hooked, capsys: pytest.CaptureFixture[str]
) -> None:
    """A number that no pseudonym can be made of stands for a bug in the fast path."""
    discussion = await local.publish(ARTICLE)
    poison = local.tap(discussion, 0, by=2**80)
    taps = [local.tap(discussion, 0, by=1000 + n) for n in range(5)]
    capsys.readouterr()

    async with local.app.db.write():
        posted = [asyncio.create_task(local.post(update)) for update in (taps[0], poison, *taps[1:])]
        await asyncio.sleep(0.5)
    answers = await asyncio.gather(*posted)

    assert {answer.status for answer in answers} == {200}
    assert (answers[1].said or {})["show_alert"] is True
    assert (await local.votes(discussion.id))[YES] == 5
    assert await count(local, FailedUpdateRow) == 0
    printed = "".join(capsys.readouterr())
    assert f"update={poison['update_id']}" in printed
    assert str(2**80) not in printed


async def test_locked_database_acknowledges_nothing_and_work_goes_on_by_itself(
    local: Hooked, capsys: pytest.CaptureFixture[str]
) -> None:
    """The operator is told once that it is away, and once for how long it was."""
    discussion = await local.publish(ARTICLE)
    reader = await local.people.user("Оля", "uk")
    message = (await local.people.history(local.channel, by=reader))[-1]["message_id"]
    applied = await count(local, AppliedUpdateRow)
    capsys.readouterr()
    async with local.app.db.engine.execution_options(writes=True).connect() as other:
        await other.execute(text("SELECT 1"))  # holds the write lock
        await local.people.tap(local.channel, message, "👍", by=reader)
        refused = await asyncio.gather(*(local.post(local.tap(discussion, 1, by=777 + n)) for n in range(3)))
        assert await count(local, AppliedUpdateRow) == applied
        assert await local.people.unconfirmed() == 1
        local.clock.pass_(seconds=5)
        await other.rollback()
    await local.settle()

    assert {answer.status for answer in refused} == {503}
    assert all(1 <= int(answer.retry_after or 0) <= 10 for answer in refused)
    assert await local.votes(discussion.id) == {YES: 1, NO: 0, "🤷 Важко сказати": 0}
    printed = "".join(capsys.readouterr())
    assert len(re.findall(r"] away +", printed)) == 1
    assert re.findall(r"] back .*deaf_seconds=(\d+)", printed) == ["5"]


async def test_server_that_is_away_acknowledges_nothing_and_work_goes_on_by_itself(
    postgres: PostgresServer,
    postgres_url: str,
    tmp_path: Path,
    clock: HandClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = make_url(postgres_url).database
    async with newsroom_by_webhook(postgres_url, tmp_path, clock) as chat:
        await chat.connect()
        discussion = await chat.publish(ARTICLE)
        reader = await chat.people.user("Оля", "uk")
        message = (await chat.people.history(chat.channel, by=reader))[-1]["message_id"]
        capsys.readouterr()
        await postgres.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await postgres.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608 - our own
        )
        await chat.people.tap(chat.channel, message, "👍", by=reader)
        refused = await chat.post(chat.tap(discussion, 1, by=777))
        assert await chat.people.unconfirmed() == 1
        await postgres.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await chat.settle()

        assert (refused.status, refused.retry_after is not None) == (503, True)
        assert await chat.votes(discussion.id) == {YES: 1, NO: 0, "🤷 Важко сказати": 0}
    printed = "".join(capsys.readouterr())
    assert len(re.findall(r"] away +", printed)) == 1
    assert len(re.findall(r"] back .*deaf_seconds=0", printed)) == 1


async def test_client_that_hangs_up_before_the_answer_is_stored_once(chat: Hooked) -> None:
    discussion = await chat.publish(ARTICLE)
    tap = chat.tap(discussion, 0, by=777)
    before = chat.app.intake.counts.votes

    posting = asyncio.create_task(chat.post(tap))
    while not chat.app.gathering.oldest and not posting.done():
        await asyncio.sleep(0)
    posting.cancel()
    answer = await chat.post(tap)

    assert answer.status == 200
    assert chat.app.intake.counts.votes == before + 1
    assert (await chat.votes(discussion.id))[YES] == 1


async def test_stopping_finishes_what_is_in_a_commit_and_refuses_what_waits(local: Hooked) -> None:
    discussion = await local.publish(ARTICLE)
    first, second, third = (raw(local.tap(discussion, 0, by=777 + n)) for n in range(3))
    stop = asyncio.Event()
    gathering = Gathering(local.app.intake, local.app.deafness)
    running = asyncio.create_task(gathering.run(stop))
    async with local.app.db.write():
        committing = asyncio.create_task(gathering.submit(first))
        await asyncio.sleep(0.2)
        waiting = asyncio.create_task(gathering.submit(second))
        await asyncio.sleep(0.05)
        stop.set()
        await asyncio.sleep(0.05)
    await asyncio.wait_for(running, 5)

    assert b"answerCallbackQuery" in (await committing or b"")
    with pytest.raises(NotStored):
        await waiting
    with pytest.raises(NotStored):
        await gathering.submit(third)
    assert (await local.votes(discussion.id))[YES] == 1


async def test_commit_that_is_cut_short_refuses_all(local: Hooked) -> None:
    """Hurried, or ended from outside: who waits learns it, and nothing is half stored."""
    discussion = await local.publish(ARTICLE)
    gathering = Gathering(local.app.intake, local.app.deafness)
    running = asyncio.create_task(gathering.run(asyncio.Event()))
    async with local.app.db.write():
        committing = asyncio.create_task(gathering.submit(raw(local.tap(discussion, 0, by=777))))
        await asyncio.sleep(0.2)
        running.cancel()
        await asyncio.wait({running})

    with pytest.raises(NotStored):
        await committing
    assert (await local.votes(discussion.id))[YES] == 0


async def test_update_that_has_to_ask_telegram_holds_up_nobody_else(local: Hooked) -> None:
    """Its own person's votes wait for it; nobody else's do."""
    discussion = await local.publish(ARTICLE)
    local.clock.pass_(minutes=2)  # what Telegram said about rights is old
    await local.people.fault("hang_before", method="getChatMember", seconds=2.0)
    command = asyncio.create_task(local.post(local.words("/list", by=local.owner)))
    await asyncio.sleep(0.3)
    own = asyncio.create_task(local.post(local.tap(discussion, 1, by=local.owner)))

    answers = [await local.post(local.tap(discussion, 0, by=777 + n)) for n in range(20)]

    assert {answer.status for answer in answers} == {200}
    assert (command.done(), own.done()) == (False, False)
    assert await local.votes(discussion.id) == {YES: 20, NO: 0, "🤷 Важко сказати": 0}
    assert [(await command).status, (await own).status] == [200, 200]
    assert (await local.votes(discussion.id))[NO] == 1


async def test_commands_of_one_person_that_ask_telegram_are_answered_in_their_order(chat: Hooked) -> None:
    """They arrive at every instant of each other's questions and commits; none overtakes, none goes round in circles."""
    await chat.publish(ARTICLE)
    chat.clock.pass_(minutes=2)
    before, rounds = len(await chat.said_to(chat.owner)), chat.app.intake.counts.rounds
    posted = []
    for number in range(24):
        posted.append(
            asyncio.create_task(chat.post(chat.words("/list" if number % 2 else "/tally", by=chat.owner)))
        )
        await asyncio.sleep(0.004)
        chat.clock.pass_(seconds=61)

    async with asyncio.timeout(60):
        answers = await asyncio.gather(*posted)
    await chat.settle()

    assert {answer.status for answer in answers} == {200}
    said = (await chat.said_to(chat.owner))[before:]
    assert [text.startswith("Обговорення, від") for text in said] == [False, True] * 12
    assert chat.app.intake.counts.rounds - rounds < 100


async def test_vote_of_who_still_waits_for_an_answer_comes_after_it(chat: Hooked) -> None:
    """Votes of one person, some before and some behind a command that asks: the last one holds."""
    discussion = await chat.publish(ARTICLE)
    posted = []
    for number in range(30):
        chat.clock.pass_(seconds=61)
        command = number % 5 == 2
        update = (
            chat.words("/list", by=chat.owner) if command else chat.tap(discussion, number % 2, by=chat.owner)
        )
        posted.append(asyncio.create_task(chat.post(update)))
        await asyncio.sleep(0.004)

    async with asyncio.timeout(60):
        answers = await asyncio.gather(*posted)
    await chat.settle()

    assert {answer.status for answer in answers} == {200}
    assert await chat.votes(discussion.id) == {YES: 0, NO: 1, "🤷 Важко сказати": 0}


def raw(update: dict[str, Any]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(update))
