"""``dumka run --workers 2``: real processes on PostgreSQL, that die and come back."""

import asyncio
import json
import signal

import pytest

from tests.commands.conftest import WITHIN, Office, Running
from tests.commands.hooking import Ports, children, ended, get, kill, lives, metric, publish, ready, running

BOTH = ('"seat": 0', '"seat": 1', '"telegram.webhook_set"')


@pytest.fixture
def ports(office: Office, postgres_url: str) -> Ports:
    ports = Ports()
    office.configure(more=f'{ports.settings()}[database]\nurl = "{postgres_url}"\n')
    return ports


async def voters(office: Office) -> dict[str, int]:
    told = json.loads((await office.dumka("tally", 1, "--json")).out)
    return {option["label"][0]: option["votes"] for option in told["ballot"]["options"]}


async def test_sqlite_serves_one_process(office: Office) -> None:
    ended = await office.dumka("run", "--workers", 2)

    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "--workers: SQLite serves one process; several need database.url = postgresql+asyncpg://....\n"
    )
    assert office.files() == {"config.toml"}


@pytest.mark.parametrize("workers", [0, -1, 1000, "many"])
async def test_senseless_number_of_workers_is_refused(office: Office, workers: object) -> None:
    ended = await office.dumka("run", "--workers", workers)

    assert (ended.code, ended.out) == (2, "")
    assert "--workers" in ended.err
    assert "Traceback" not in ended.err


async def test_two_share_the_webhook_and_count_exactly(office: Office, ports: Ports) -> None:
    await office.connect()
    async with running(office, "--workers", "2", until=BOTH) as bot:
        message = await publish(office)
        readers = [await office.people.user(f"Читач {n}", "uk") for n in range(150)]
        taps = await asyncio.gather(
            *(
                office.people.tap(office.ids["channel"], message, "👎👍"[n % 3 == 0], by=r)
                for n, r in enumerate(readers)
            )
        )
        toasts = await asyncio.gather(*(office.people.toast(tap) for tap in taps))
        assert await office.people.settled()
        tally = await voters(office)
        pages = [(await get(ports.metrics + number, "/metrics"))[1] for number in (0, 1)]
        assert len(children(bot)) == 2

    assert None not in toasts
    assert tally == {"👍": 50, "👎": 100, "🤷": 0}
    assert sum(metric(page, 'dumka_updates_total{kind="votes"}') for page in pages) == 150
    assert sum(metric(page, 'dumka_updates_total{kind="failed"}') for page in pages) == 0
    assert await office.people.violations() == []


async def test_either_worker_may_die_in_a_storm_of_votes(office: Office, ports: Ports) -> None:
    await office.connect()
    await office.people.retry_scale(0.1)
    async with running(office, "--workers", "2", until=BOTH) as bot:
        message = await publish(office)
        readers = [await office.people.user(f"Читач {n}", "uk") for n in range(120)]
        first, second = children(bot)
        storm = asyncio.create_task(vote(office, message, readers))
        for victim in (first, second):
            await asyncio.sleep(0.3)
            before = len(children(bot))
            kill(victim)
            await started(bot, before + 1)
        await storm
        assert await office.people.settled(timeout=30)
        tally = await voters(office)
        third, fourth = children(bot)[2:]
        assert [lives(pid) for pid in (first, second, third, fourth)] == [False, False, True, True]
        await ready(ports.webhook)

    assert tally == {"👍": 60, "👎": 60, "🤷": 0}
    assert bot.err.count('"worker.died"') == 2
    assert '"update.failed"' not in bot.err


async def vote(office: Office, message: int, readers: list[int]) -> None:
    """Everybody wavers, and ends with the option of their number."""
    for turn in range(4):
        await asyncio.gather(
            *(
                office.people.tap(office.ids["channel"], message, "👎👍"[(n + turn) % 2], by=reader)
                for n, reader in enumerate(readers)
            )
        )
        await asyncio.sleep(0.4)


async def started(bot: Running, count: int) -> None:
    async with asyncio.timeout(WITHIN):
        while len(children(bot)) < count:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_all_end_in_time_when_the_parent_is_told_to(
    office: Office, ports: Ports, number: signal.Signals
) -> None:
    async with running(office, "--workers", "2", until=BOTH) as bot:
        pids = children(bot)
        bot.process.send_signal(number)
        took = await ended(*pids, bot.process.pid)
        code = await bot.ends()

    assert (code, len(pids)) == (0, 2)
    assert took < 3.0
    assert bot.err.count('"bot.stopped"') == 2
    assert '"worker.died"' not in bot.err
    assert "Traceback" not in bot.err


async def test_children_end_when_their_parent_is_killed(office: Office, ports: Ports) -> None:
    async with running(office, "--workers", "2", until=BOTH) as bot:
        pids = children(bot)
        kill(bot.process.pid)
        took = await ended(*pids)

    assert len(pids) == 2
    assert took < 3.0
    assert bot.err.count('"bot.stopped"') == 2


async def test_what_the_operator_erred_in_ends_all(office: Office, ports: Ports) -> None:
    config = (office.folder / "config.toml").read_text("utf-8")
    office.write(
        "config.toml", config.replace(office.server.world.token, "123456:ABC-DEF1234ghIkl-zyx57W2v1u")
    )
    async with running(office, "--workers", "2", until=()) as bot:
        code = await bot.ends()

    assert code == 2
    sentence = "telegram.token: Telegram does not know this token; @BotFather shows the current one."
    assert bot.err.count(sentence) >= 1
    assert not any(map(lives, children(bot)))
    assert '"worker.died"' not in bot.err


async def test_of_two_that_poll_one_does_and_the_other_takes_over(office: Office, postgres_url: str) -> None:
    metrics = Ports().metrics
    more = f'[metrics]\nlisten = "127.0.0.1:{metrics}"\n[database]\nurl = "{postgres_url}"\n'
    office.configure(more=more)
    await office.connect()
    async with running(office, "--workers", "2", until=BOTH[:2]) as bot:
        message = await publish(office)
        reader = await office.people.user("Оля", "uk")
        await office.people.toast(await office.people.tap(office.ids["channel"], message, "👎", by=reader))
        # Either may be the one that polls: each in its turn dies.
        for label, victim in zip("👍👎", children(bot)[:2], strict=True):
            before = len(children(bot))
            kill(victim)
            await started(bot, before + 1)
            tap = await office.people.tap(office.ids["channel"], message, label, by=reader)
            assert await office.people.toast(tap, timeout=25) is not None
        assert await office.people.settled(timeout=25)
        tally = await voters(office)

    assert tally == {"👍": 0, "👎": 1, "🤷": 0}
    assert "telegram.second_instance" not in bot.err


async def test_a_panic_ends_all_of_them_and_the_parent_starts_none_again(
    office: Office, ports: Ports
) -> None:
    await office.connect()
    async with running(office, "--workers", "2", until=BOTH) as bot:
        await publish(office)
        done = await office.dumka("panic", "--yes")
        code = await bot.ends()

    assert (done.code, code) == (0, 0), done
    assert '"worker.died"' not in bot.err
    assert len(children(bot)) == 2
