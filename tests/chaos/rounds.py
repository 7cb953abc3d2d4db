"""One round: a world, a crowd and a chaos from one seed, then silence, then the reckoning."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from bot.demo.process import sandbox
from bot.domain.ids import KeyName
from bot.keyfile import read_key
from bot.keystore import KeyStore
from bot.sandbox import People
from bot.vault import ReaderKey, Vault
from tests.chaos import reckoning
from tests.chaos.board import Board, keys_of
from tests.chaos.crowd import Scene, arrive, heed
from tests.chaos.newsroom import Newsroom
from tests.chaos.processes import Bot, Desk
from tests.chaos.stores import Store
from tests.chaos.strikes import Fates, Severity, plan_kills, plan_strikes
from tests.chaos.truth import Case, Outcome, Press, Truth

JSON = dict[str, Any]
CONFIG = """\
[telegram]
token = "{token}"
api_base_url = "{url}"
mode = "{mode}"

[webhook]
url = "{hook}/telegram"
listen = "127.0.0.1:{port}"

[privacy]
step = 1
minimum = 1

[retention]
keys = "1d"

[metrics]
listen = ""

[database]
url = "{database}"

[logging]
format = "json"
"""
LEFT = (
    "SELECT id, chat, subject, attempts, priority, not_before, claimed_by, claimed_until FROM outbox ORDER BY id",
    "SELECT * FROM pace",
    "SELECT * FROM lease",
    "SELECT * FROM post",
    "SELECT id, state FROM discussion",
    "SELECT * FROM unreachable",
    "SELECT update_id, error FROM failed_update",
)
SETTLES_WITHIN = 90.0  # seconds until all is quiet and true once the faults are over
LOOK_AGAIN = 0.3


def config_for(token: str, url: str, database: str, port: int | None, hook: str | None = None) -> str:
    """``port``: where a webhook listens, None for polling; ``hook``: where Telegram calls it, if not there."""
    mode, listen = ("polling", 8080) if port is None else ("webhook", port)
    hook = hook or f"http://127.0.0.1:{listen}"
    return CONFIG.format(token=token, url=url, mode=mode, port=listen, hook=hook, database=database)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Setting:
    """What is run: ``port`` is where a webhook listens, None for polling."""

    seed: int
    severity: Severity
    port: int | None
    workers: int = 1
    readers: int = 120
    writers: int = 14
    acts_a_second: float = 100.0
    articles: int = 6

    def __str__(self) -> str:
        mode = "polling" if self.port is None else "webhook"
        return f"seed {self.seed}, {mode}, {self.workers} worker(s), {self.severity}"


@dataclass
class Round:
    setting: Setting
    folder: Path
    store: Store
    people: People
    bot: Bot
    began: float
    room: Newsroom
    scene: Scene
    fates: Fates
    readers: list[int]
    times: list[str] = field(default_factory=list)

    def tick(self, what: str) -> None:
        """For the summary: when each part was over."""
        self.times.append(f"{what} {asyncio.get_running_loop().time() - self.began:.0f} s")

    async def play(self) -> None:
        """Raises AssertionError with the seed, what was done, and all differences, the first one first."""
        try:
            await self.live_through()
        except AssertionError:
            await self.leave_traces()
            raise

    async def live_through(self) -> None:
        try:
            await self.chaos()
            await self.silence()
            self.verify("after the chaos", await self.differences())
            await self.close()
            self.verify("after closing", await self.differences() + await self.closing_differences())
        except (TimeoutError, ExceptionGroup) as late:
            self.verify("waiting", [f"it took too long or broke: {first(late)!r}", *await self.differences()])

    async def chaos(self) -> None:
        setting = self.setting
        rng = Random(f"{setting.seed}/chaos")
        kills = plan_kills(rng, setting.severity)
        strikes = plan_strikes(rng, setting.severity)
        crowd = await arrive(
            self.scene, setting.seed, setting.readers, setting.writers, setting.acts_a_second
        )
        self.readers += [reader.id for reader in crowd]
        await self.room.connect()
        for _ in range(2):
            await self.room.publish()
        await self.until("the first articles wait", self.all_out)
        self.tick("ready")
        await self.room.board.look()
        if setting.port is not None:
            await self.people.retry_scale(0.05)
            await self.people.shuffle(setting.seed, within=0.05)
            await self.people.duplicate(0.05, seed=setting.seed)
            await self.people.lose_answers(0.03, seed=setting.seed)
        async with asyncio.TaskGroup() as living:
            for reader in crowd:
                living.create_task(reader.live())
            async with asyncio.TaskGroup() as striking:
                striking.create_task(self.fates.kill_all(kills))
                striking.create_task(self.fates.strike_all(strikes))
                striking.create_task(self.publish_more(rng))
            self.scene.over.set()

    async def publish_more(self, rng: Random) -> None:
        for _ in range(self.setting.articles - 2):
            await asyncio.sleep(rng.uniform(0.3, 1.0) * self.setting.severity.seconds / self.setting.articles)
            await self.room.publish()

    async def silence(self) -> None:
        """No more faults: until every update is confirmed, every article is out and every screen is right."""
        self.tick("chaos")
        await self.fates.relent()
        for chance in (self.people.duplicate, self.people.lose_answers):
            await chance(0.0)
        await self.people.shuffle(None)
        await self.until("updates wait", self.confirmed)
        await self.until("articles wait", self.all_out)
        await self.room.board.look()
        await self.until("answers wait", self.outbox_is_empty)
        with suppress(TimeoutError):
            await self.until("counts are old", self.shown_is_true)

    async def until(self, what: str, happened: Callable[[], Awaitable[bool]]) -> None:
        try:
            async with asyncio.timeout(SETTLES_WITHIN):
                while not await happened():
                    await asyncio.sleep(LOOK_AGAIN)
        except TimeoutError:
            raise TimeoutError(f"after {SETTLES_WITHIN:.0f} s still {what}") from None
        self.tick(f"no more {what}")

    async def confirmed(self) -> bool:
        return await self.people.settled(1.0)

    async def all_out(self) -> bool:
        states: dict[int, str] = dict(await self.store.rows("SELECT id, state FROM discussion"))
        return all(states.get(case.number) == "open" for case in self.cases)

    async def outbox_is_empty(self) -> bool:
        return not (await self.store.rows("SELECT count(*) FROM outbox"))[0][0]

    async def shown_is_true(self) -> bool:
        return not await self.shown_differences(await self.outcome())

    @property
    def cases(self) -> list[Case]:
        return list(self.scene.truth.cases.values())

    async def outcome(self) -> Outcome:
        lost = [press["id"] for press in await self.people.unanswered() if not press["fetched"]]
        return self.scene.truth.outcome(lost)

    async def leave_traces(self) -> None:
        """Into the folder: what still waits and what holds it, and what the editor sees; the database goes away."""
        lines = [f"-- {datetime.now(UTC):%H:%M:%S} UTC"]
        for question in LEFT:
            lines += [question, *(repr(row) for row in await self.store.rows(question))]
        for message in await self.people.history(by=self.room.owner):
            keys = [key["text"] for key in keys_of(message)]
            lines.append(f"{message['message_id']}: {message.get('text', '')[:200]!r} {keys}")
        (self.folder / "left.txt").write_text("\n".join(lines), "utf-8")

    async def differences(self) -> list[str]:
        outcome = await self.outcome()
        stored = await reckoning.read(self.store)
        book = reckoning.Book(self.scene.truth.cases, outcome, self._readers_of(stored), self.readers)
        found = book.differences(stored)
        for case in self.cases:
            posted = await self.posted(case)
            found += reckoning.posts(case, stored, await self.room.board.messages_of(case), posted)
        found += await self.shown_differences(outcome)
        found += reckoning.broken(await self.people.violations())
        found += [f"the bot ended by itself: {each}" for each in self.bot.fallen]
        found += [f"its log tells of a bug: {each}" for each in self.bot.complaints()[:3]]
        return found

    def _readers_of(self, stored: reckoning.Stored) -> Callable[[int], ReaderKey]:
        master = read_key(self.folder / "dumka.key") or b""
        vault = Vault(master, KeyStore(self.folder / "dumka.keys", master))
        names = {int(row[0]): KeyName(bytes(row[5])) for row in stored.discussions}

        def readers_of(number: int) -> ReaderKey:
            found = vault.readers(names[number])
            assert found is not None
            return found

        return readers_of

    async def posted(self, case: Case) -> dict[str, int]:
        """How often each text with the case's mark was ever sent to its channel, as it first stood."""
        every = [m for m in await self.people.messages(case.channel) if m["from_bot"]]
        texts = [m["texts"][0] for m in every if f"права {case.mark}" in m["texts"][0]]
        return {text: texts.count(text) for text in texts}

    async def shown_differences(self, outcome: Outcome) -> list[str]:
        found = []
        for case in self.cases:
            for message in await self.room.board.messages_of(case):
                if keys_of(message):
                    found += reckoning.shown(case, outcome, message)
        return found

    async def close(self) -> None:
        """Everything is closed while the bot is killed; then late votes come."""
        for number, case in enumerate(self.cases):
            await self.room.insist("close", case.number)
            if number < 2:
                await self.bot.kill_worker(number)
        await self.until("results are not shown", self.all_closed)
        for reader, case in zip(self.readers, self.cases, strict=False):
            ballot = self.room.board.ballots[case.mark]
            for data in (*ballot.keys.values(), ballot.withdraw):
                await self.people.forge(case.channel, ballot.message, data, by=reader)
        await self.until("updates wait", self.confirmed)

    async def all_closed(self) -> bool:
        return not await self.closing_differences()

    async def closing_differences(self) -> list[str]:
        outcome, found = await self.outcome(), []
        for case in self.cases:
            message = await self.room.board.message_of(self.room.board.ballots[case.mark])
            if keys_of(message):
                found.append(f"{case.mark}: it is closed and has keys")
            else:
                found += reckoning.closed(case, outcome, message)
        return found

    def verify(self, when: str, differences: list[str]) -> None:
        if not differences:
            return
        done = "\n  ".join(self.fates.told)
        all_of_them = "\n".join(f"- {each}" for each in differences)
        raise AssertionError(
            f"{when}, first difference: {differences[0]}\n{self.setting}\nlogs: {self.folder}\n"
            f"all differences:\n{all_of_them}\nwhat was done:\n  {done}"
        )

    def summary(self) -> str:
        acts = self.scene.truth.acts
        presses = sum(isinstance(act, Press) for act in acts)
        return (
            f"{self.setting}: {len(acts)} acts ({presses} presses), {self.scene.truth.tricks} tricks, "
            f"{len(self.cases)} articles ({len(self.room.refused)} refused), {self.bot.kills} kills, "
            f"{self.bot.starts} starts, {len(self.fates.told)} strikes, the editor was asked {len(self.room.presses)} times; {', '.join(self.times)}"
        )


def first(error: BaseException) -> BaseException:
    return first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


@asynccontextmanager
async def round_of(setting: Setting, folder: Path, store: Store) -> AsyncIterator[Round]:
    """Everything started and in its place; everything gone at the end."""
    began = asyncio.get_running_loop().time()
    async with sandbox(folder / "sandbox.log") as place, People(place.url) as people:
        config, skew = folder / "config.toml", folder / "skew"
        skew.write_text("0", "ascii")
        config.write_text(config_for(place.token, place.url, store.url, setting.port), "utf-8")
        owner, groups, names = place.ids["owner"], {place.ids["channel"]: place.ids["group"]}, {}
        names[place.ids["channel"]] = "@novyny"
        second = await people.channel("Спорт", "sport", owner=owner)
        groups[second] = await people.group("Спорт: розмова", owner=owner)
        names[second] = "@sport"
        await people.link(second, groups[second])
        truth, board = Truth(), Board(people, owner)
        bot, desk = Bot(config, folder, skew, setting.workers), Desk(config, folder)
        rng = Random(f"{setting.seed}/newsroom")
        room = Newsroom(people, desk, board, truth, folder, rng, owner, groups, names)
        scene = Scene(people, board, truth, groups)
        fates = Fates(people, bot, store, list(groups), [])
        tasks = [asyncio.create_task(work) for work in (bot.tend(), room.edit(), room.look(), heed(scene))]
        try:
            await bot.working()
            yield Round(setting, folder, store, people, bot, began, room, scene, fates, [])
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            await bot.end()
            for gone in results:
                if isinstance(gone, Exception):
                    raise gone
