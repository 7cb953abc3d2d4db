"""A crowd of readers in the sandbox, and the truth about what they did."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from random import Random
from typing import Any

from bot.demo.reader import Ballot, Reader, Scene
from bot.demo.truth import Truth
from bot.sandbox import People

JSON = dict[str, Any]
LOOK_AGAIN = 0.1  # seconds
AT_ONCE = 20  # readers who come in together
LATE = 8

Act = Callable[[Reader], Awaitable[None]]


class Crowd:
    """``arrive`` and ``find_ballot`` come first; then the phases, one after another or all at once.

    ``span`` is the number of seconds over which the readers of a phase begin.  Acts of one reader stay in order.
    """

    def __init__(self, people: People, ids: Mapping[str, int], readers: int, seed: int) -> None:
        self.scene = Scene(people, ids["channel"], ids["group"], ids["owner"])
        self.rng = Random(seed)  # noqa: S311 - a crowd that can be called up again
        leanings = self.leanings()
        self.readers = [Reader(self.scene, f"{seed}/{number}", leanings) for number in range(readers)]
        self._ensure_of_each_kind()
        self.planned = self.done = 0

    @property
    def truth(self) -> Truth:
        return self.scene.truth

    def leanings(self) -> list[float]:
        """Such as 55, 30 and 15 in a hundred; who is ahead depends on the seed."""
        most = self.rng.uniform(50, 60)
        second = self.rng.uniform(0.6, 0.72) * (100 - most)
        shares = [most, second, 100 - most - second]
        if self.rng.random() < 0.5:
            shares[0], shares[1] = shares[1], shares[0]
        return shares

    def _ensure_of_each_kind(self) -> None:
        """A small crowd, too, has its writers and its mischief-makers."""
        for number, reader in enumerate(self.readers[: len(self.readers) // 2]):
            reader.meddles |= number % 40 == 1
            reader.writes |= number % 12 == 2
            reader.comments |= number % 12 == 3

    async def arrive(self) -> None:
        door = asyncio.Semaphore(AT_ONCE)

        async def enter(reader: Reader) -> None:
            async with door:
                reader.id = await self.scene.people.user(reader.name, reader.language)

        await self._together(enter, self.readers)

    async def find_ballot(self, timeout: float = 60.0) -> None:
        """Wait until the ballot stands in the channel, and read it."""
        async with asyncio.timeout(timeout):
            while True:
                found = ballot_in(await self.history())
                if found is not None:
                    break
                await asyncio.sleep(LOOK_AGAIN)
        self.scene.ballot = found
        self.scene.posts = [message["message_id"] for message in await self.history()]
        self.truth.labels = tuple(found.options)

    async def history(self) -> list[JSON]:
        """What stands in the channel now."""
        return await self.scene.people.history(self.scene.channel, by=self.scene.owner)

    async def vote(self, span: float) -> None:
        await self._phase(span, Reader.vote, [reader for reader in self.readers if reader.votes])

    async def comment(self, span: float) -> None:
        await self._phase(span, Reader.comment, [reader for reader in self.readers if reader.comments])

    async def write(self, span: float) -> None:
        await self._phase(span, Reader.write, [reader for reader in self.readers if reader.writes])

    async def meddle(self, span: float) -> None:
        await self._phase(span, Reader.meddle, [reader for reader in self.readers if reader.meddles])

    async def live(self, span: float) -> None:
        """All of it at once."""
        async with asyncio.TaskGroup() as group:
            for phase in (self.vote, self.comment, self.write, self.meddle):
                group.create_task(phase(span))
            group.create_task(self._answer_anonymously(span))

    async def come_late(self) -> None:
        await self._phase(0.5, Reader.come_late, self.readers[:LATE])

    async def _answer_anonymously(self, span: float) -> None:
        """The owner joins in as the group itself, and as the channel: opinions like others."""
        scene = self.scene
        await asyncio.sleep(span / 2)
        for kind in ("anonymous", "channel"):
            if not scene.said:
                return
            _, number = self.rng.choice(scene.said)
            sent = await scene.people.say(
                scene.group,
                "Дякуємо за думку! Редакція.",
                by=scene.owner,
                reply_to=number,
                as_=kind,
                as_channel=scene.channel if kind == "channel" else None,
            )
            scene.truth.comments[sent["message_id"]] = sent["text"]

    async def _phase(self, span: float, act: Act, readers: list[Reader]) -> None:
        self.planned += len(readers)

        async def turn(reader: Reader) -> None:
            await asyncio.sleep(reader.rng.uniform(0, span))
            await act(reader)
            self.done += 1

        await self._together(turn, readers)

    @staticmethod
    async def _together(act: Act, readers: Iterable[Reader]) -> None:
        async def one(reader: Reader) -> None:
            await act(reader)

        async with asyncio.TaskGroup() as group:
            for reader in readers:
                group.create_task(one(reader))


def ballot_in(messages: Iterable[JSON]) -> Ballot | None:
    """The newest message with keys: one for each option, one that withdraws, and the link."""
    for message in reversed(list(messages)):
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        keys = [key for row in rows for key in row]
        taps = [(key["text"], key["callback_data"]) for key in keys if "callback_data" in key]
        links = [key["url"] for key in keys if "url" in key]
        if len(taps) > 2 and links:
            payload = links[0].partition("start=")[2]
            return Ballot(message["message_id"], dict(taps[:-1]), taps[-1], payload)
    return None
