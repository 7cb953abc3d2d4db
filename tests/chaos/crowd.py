"""Readers who vote, comment, write in private and meddle, hundreds of acts a second, all drawn from one seed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bot.sandbox import People
from tests.chaos.board import Ballot, Board, keys_of
from tests.chaos.truth import COMMENT, PRIVATE, Edited, Press, Replaced, Said, Truth, Withdrawn

JSON = dict[str, Any]
LOOK_AGAIN = 0.5  # seconds
MOST_WAITING = 800  # updates
PATIENCE = 12.0  # seconds that somebody waits for the bot's answer before thinking of something else
TAKE_BACK, CHANGE = "🗑", "✏️"  # how the keys under one's own opinion begin
WRITE_NEW = "Напишіть новий текст"


@dataclass
class Scene:
    """What readers share.  ``over``: nobody begins anything more."""

    people: People
    board: Board
    truth: Truth
    groups: dict[int, int]  # channel to its discussion group
    over: asyncio.Event = field(default_factory=asyncio.Event)
    crowded: bool = False  # more waits already than a busy machine may take up soon: nobody adds to it


@dataclass
class Reader:
    """Everything is drawn from the reader's own source of chance, so that readers do not shift each other's."""

    scene: Scene
    id: int
    rng: Random
    pause: float  # seconds between acts, on the average
    said: list[tuple[tuple[int, int], Ballot]] = field(default_factory=list)  # comments
    words: int = 0

    async def live(self) -> None:
        ways: dict[Callable[[Ballot], Awaitable[None]], float] = {
            self.vote: 86,
            self.withdraw: 8,
            self.comment: 2.5,
            self.correct: 1.5,
            self.meddle: 2,
        }
        while not await self.rest():
            ballots = list(self.scene.board.ballots.values())
            if ballots and not self.scene.crowded:
                (act,) = self.rng.choices(list(ways), list(ways.values()))
                await act(self.rng.choice(ballots))

    async def rest(self) -> bool:
        """Returns whether all is over."""
        try:
            async with asyncio.timeout(self.rng.expovariate(1 / self.pause)):
                await self.scene.over.wait()
        except TimeoutError:
            return False
        return True

    async def vote(self, ballot: Ballot) -> None:
        """Once, or again and otherwise at once: a thumb, a change of mind."""
        for _ in range(self.rng.choice((1, 1, 1, 2, 3))):
            await self.press(ballot, self.rng.choice(ballot.case.options))

    async def withdraw(self, ballot: Ballot) -> None:
        await self.press(ballot, None)

    async def press(self, ballot: Ballot, option: str | None) -> None:
        data = ballot.withdraw if option is None else ballot.keys[option]
        tap = await self.scene.people.forge(ballot.case.channel, ballot.message, data, by=self.id)
        self.scene.truth.acts.append(Press(tap, self.id, ballot.case.mark, option))

    def text(self, ballot: Ballot) -> str:
        """No two are alike, so that nothing can stand for something else."""
        self.words += 1
        return (
            f"Думка {self.id}/{self.words} про {ballot.case.mark}: {self.rng.choice(('так', 'ні', 'ой'))} 🤔"
        )

    async def comment(self, ballot: Ballot) -> None:
        """Under the article or the ballot, or in reply to one's own earlier comment."""
        channel = ballot.case.channel
        earlier = [key[1] for key, at in self.said if at is ballot]
        reply_to = self.rng.choice(earlier) if earlier and self.rng.random() < 0.3 else None
        post = self.rng.choice(ballot.posts)
        text = self.text(ballot)
        sent = await self.scene.people.comment(channel, post, text, by=self.id, reply_to=reply_to)
        key = (self.scene.groups[channel], int(sent["message_id"]))
        self.said.append((key, ballot))
        self.scene.truth.acts.append(Said(key, self.id, ballot.case.mark, text, COMMENT))

    async def correct(self, ballot: Ballot) -> None:
        if not self.said:
            return
        key, about = self.rng.choice(self.said)
        text = self.text(about)
        await self.scene.people.edit(key[0], key[1], text, by=self.id)
        self.scene.truth.acts.append(Edited(key, text))

    async def meddle(self, ballot: Ballot) -> None:
        """A modified app.  Nothing may come of it."""
        board = self.scene.board.ballots
        others = [each for each in board.values() if each.case.channel != ballot.case.channel]
        vote = next(iter(ballot.keys.values()))
        tag, number, option = vote.split(":")
        forged = ["", "v:" + "9" * 30, vote + ":1", vote.upper(), f"{tag}:{number}:{int(option) + 1_000_000}"]
        forged += [
            f"{tag}:{int(number) + 1_000_000}:{option}",
            f"cc:{ballot.case.number}",
            "pa:1",
            "pt:1",
            "dp:1:1",
        ]
        forged += [f"ow:{self.rng.getrandbits(50)}", f"oe:{self.rng.getrandbits(50)}"]
        place, data = ballot, self.rng.choice(forged)
        if others and self.rng.random() < 0.3:  # a true key under a message of another chat
            place, data = self.rng.choice(others), vote
        await self.scene.people.forge(place.case.channel, place.message, data, by=self.id)
        self.scene.truth.tricks += 1


@dataclass
class Writer(Reader):
    """Somebody who writes to the bot in private, and thinks better of it.

    Presses and messages of one person travel apart.  Whoever pressed "change" and was not asked for new words says
    nothing more: the press may still arrive, between the next link and the next words, and then these replace.
    """

    silent: bool = False

    async def live(self) -> None:
        while not self.silent and not await self.rest():
            ballots = list(self.scene.board.ballots.values())
            if ballots and not self.scene.crowded:
                await self.write(self.rng.choice(ballots))

    async def write(self, ballot: Ballot) -> None:
        await self.scene.people.start(by=self.id, payload=ballot.payload)
        number = await self.say(ballot)
        match self.rng.choices(("leave", "edit", "take back", "replace"), (3, 3, 4, 2))[0]:
            case "edit":
                text = self.text(ballot)
                await self.scene.people.edit(None, number, text, by=self.id)
                self.scene.truth.acts.append(Edited((self.id, number), text))
            case "take back":
                tap = await self.press_under(number, TAKE_BACK)
                if tap is not None:
                    self.scene.truth.acts.append(Withdrawn((self.id, number), tap))
            case "replace":
                await self.replace(ballot, number)

    async def say(self, ballot: Ballot) -> int:
        text = self.text(ballot)
        number = int((await self.scene.people.say(None, text, by=self.id))["message_id"])
        self.scene.truth.acts.append(Said((self.id, number), self.id, ballot.case.mark, text, PRIVATE))
        return number

    async def replace(self, ballot: Ballot, number: int) -> None:
        """Only once the bot asks for the new words: before, they would be an opinion of their own."""
        before = await self.asked()
        if await self.press_under(number, CHANGE) is None:
            return
        if not await self.until(lambda: self.asked_since(before)):
            self.silent = True
            return
        text = self.text(ballot)
        sent = await self.scene.people.say(None, text, by=self.id)
        by = (self.id, int(sent["message_id"]))
        self.scene.truth.acts.append(Replaced((self.id, number), by, text))

    async def asked(self) -> int:
        """The newest message in which the bot asks for new words."""
        history = await self.scene.people.history(by=self.id)
        return max((m["message_id"] for m in history if m.get("text", "").startswith(WRITE_NEW)), default=0)

    async def asked_since(self, before: int) -> bool:
        return await self.asked() > before

    async def press_under(self, number: int, label: str) -> str | None:
        """The key under the bot's answer to this message, once it has come; ``None`` if it has not."""
        shown: list[int] = []

        async def answered() -> bool:
            shown.extend(
                message["message_id"]
                for message in await self.scene.people.history(by=self.id)
                if message.get("reply_to_message", {}).get("message_id") == number and keys_of(message)
            )
            return bool(shown)

        if not await self.until(answered):
            return None
        return await self.scene.people.tap(None, shown[-1], label, by=self.id)

    async def until(self, happened: Callable[[], Awaitable[bool]]) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                while not await happened():
                    await asyncio.sleep(LOOK_AGAIN)
        except TimeoutError:
            return False
        return True


async def heed(scene: Scene) -> None:
    """Watches how much waits at Telegram."""
    while True:
        scene.crowded = await scene.people.unconfirmed() > MOST_WAITING
        await asyncio.sleep(LOOK_AGAIN)


async def arrive(scene: Scene, seed: int, readers: int, writers: int, acts_a_second: float) -> list[Reader]:
    crowd: list[Reader] = []
    for number in range(readers + writers):
        person = await scene.people.user(f"Читач {number}", "uk")
        rng = Random(f"{seed}/{number}")
        if number < readers:
            crowd.append(Reader(scene, person, rng, readers / acts_a_second))
        else:
            crowd.append(Writer(scene, person, rng, 4.0))
    return crowd
