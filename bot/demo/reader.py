"""One reader: what they do, one thing after another, and what is true of them afterwards."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bot.buttons import ChangeOpinion, Close, Publish, ShowTally, StopWriting, Vote, WithdrawOpinion, pack
from bot.demo.truth import Truth
from bot.demo.words import LONG, Words
from bot.domain.ids import BallotId, ChannelId, DiscussionId, DraftId, OpinionId, OptionId
from bot.sandbox import People

JSON = dict[str, Any]
PATIENCE = 120.0  # seconds that a reader waits for the bot; it may have to be started again in between
LOOK_AGAIN = 0.3  # seconds
TAKE_BACK, CHANGE = "🗑", "✏️"  # with these the keys under one's own opinion begin, in every language


@dataclass(slots=True)
class Ballot:
    """The ballot as the first reader saw it; old screens go on showing it."""

    message: int
    options: dict[str, str]  # label to callback data
    withdraw: tuple[str, str]
    payload: str  # of the link «✍️ Написати думку»


@dataclass(slots=True)
class Scene:
    """What the readers share."""

    people: People
    channel: int
    group: int
    owner: int
    truth: Truth = field(default_factory=Truth)
    posts: list[int] = field(default_factory=list)  # of the article and its ballot
    ballot: Ballot = field(default_factory=lambda: Ballot(0, {}, ("", ""), ""))
    said: list[tuple[int, int]] = field(default_factory=list)  # comments: post, message in the group
    latest: deque[str] = field(default_factory=lambda: deque(maxlen=5))
    taps: int = 0
    edits: int = 0
    tricks: int = 0
    rebuffed: int = 0  # tricks that were answered in words


class Reader:
    """Every choice is drawn from the reader's own source of chance: a crowd of the same seed does the same."""

    def __init__(self, scene: Scene, seed: str, leanings: list[float]) -> None:
        self.rng = Random(seed)  # noqa: S311 - a crowd that can be called up again
        self.scene, self.id = scene, 0
        self.leaning = self.rng.choices(range(len(leanings)), leanings)[0]
        self.words = Words(self.rng, self.leaning)
        self.name = self.rng.choice(
            ("Оксана", "Тарас", "Ірина", "Богдан", "Soфія <b>", "Ann", "Юрко 🎸", "רות")
        )
        self.language = self.rng.choices(("uk", "en", "pl", None), (80, 9, 4, 7))[0]
        self.votes = self.rng.random() < 0.9
        self.comments = self.rng.random() < 0.15
        self.writes = self.rng.random() < 0.1
        self.meddles = self.rng.random() < 0.03

    async def pause(self) -> None:
        await asyncio.sleep(self.rng.uniform(0.05, 0.5))

    # votes

    async def vote(self) -> None:
        """Taps in the order of this person's thoughts; ``None`` takes the vote back."""
        labels = list(self.scene.truth.labels)
        mine = labels[self.leaning % len(labels)]
        other = self.rng.choice([label for label in labels if label != mine])
        plans: dict[tuple[str | None, ...], float] = {
            (mine,): 66,
            (other, mine): 9,
            (mine, mine): 11,  # a thumb that taps twice
            (mine, None): 5,
            (mine, None, mine): 4,
            (None, mine): 1,
            (mine, other, other, None, mine): 2,
            (None,): 2,
        }
        plan = self.rng.choices(list(plans), list(plans.values()))[0]
        for before, label in zip((None, *plan), plan, strict=False):
            if label != before:
                await self.pause()
            await self.tap(label)

    async def tap(self, label: str | None) -> None:
        scene = self.scene
        key = scene.ballot.withdraw[0] if label is None else label
        await scene.people.tap(scene.channel, scene.ballot.message, key, by=self.id)
        scene.taps += 1
        if label is None:
            scene.truth.votes.pop(self.id, None)
        else:
            scene.truth.votes[self.id] = label

    # comments

    async def comment(self) -> None:
        """Under the article, under the question, or as a reply to somebody; a quarter think better of their words."""
        scene = self.scene
        for _ in range(self.rng.choice((1, 1, 1, 2))):
            await self.pause()
            post, reply_to = self.rng.choice(scene.posts), None
            text = self.words.opinion()
            if scene.said and self.rng.random() < 0.35:
                post, reply_to = self.rng.choice(scene.said)
                text = self.words.reply()
            sent = await scene.people.comment(scene.channel, post, text, by=self.id, reply_to=reply_to)
            number = sent["message_id"]
            scene.said.append((post, number))
            self.note(scene.truth.comments, number, sent["text"])
            if self.rng.random() < 0.25:
                await self.pause()
                text = self.words.corrected(text)
                edited = await scene.people.edit(scene.group, number, text, by=self.id)
                scene.truth.comments[number] = edited["text"]
                scene.edits += 1
        if self.rng.random() < 0.05:  # beside the discussion: no opinion of it
            await scene.people.say(scene.group, "Хто знає, коли сьогодні футбол?", by=self.id)
            await scene.people.send_sticker(scene.group, by=self.id)

    # private opinions

    async def write(self) -> None:
        """Follow the link, say something, and perhaps edit it, replace it or take it back."""
        scene = self.scene
        await scene.people.start(by=self.id, payload=scene.ballot.payload)
        await self.pause()
        ways: dict[Callable[[], Awaitable[object]], float] = {
            self.say: 40,
            self.say_and_edit: 20,
            self.say_and_replace: 12,
            self.say_and_take_back: 14,
            self.say_twice: 6,
            self.say_too_much: 4,
            self.send_pictures: 4,
        }
        way = self.rng.choices(list(ways), list(ways.values()))[0]
        await way()

    async def say(self, text: str | None = None) -> int:
        sent = await self.scene.people.say(None, text or self.words.opinion(), by=self.id)
        number = int(sent["message_id"])
        self.note(self.scene.truth.private, (self.id, number), sent["text"])
        return number

    async def say_and_edit(self) -> None:
        number = await self.say()
        for _ in range(self.rng.choice((1, 1, 2))):
            await self.pause()
            text = self.words.corrected(self.scene.truth.private[self.id, number])
            sent = await self.scene.people.edit(None, number, text, by=self.id)
            self.scene.truth.private[self.id, number] = sent["text"]
            self.scene.edits += 1

    async def say_and_replace(self) -> None:
        number = await self.say()
        await self.press(CHANGE, number)
        del self.scene.truth.private[self.id, number]
        await self.say()

    async def say_and_take_back(self) -> None:
        number = await self.say()
        await self.press(TAKE_BACK, number)
        del self.scene.truth.private[self.id, number]

    async def say_twice(self) -> None:
        await self.say()
        await self.pause()
        await self.say()

    async def say_too_much(self) -> None:
        await self.scene.people.say(None, self.words.long(LONG + 1), by=self.id)
        await self.pause()
        await self.say(self.words.long(LONG))

    async def send_pictures(self) -> None:
        """A sticker has no words to keep; a photo may have."""
        await self.scene.people.send_sticker(by=self.id)
        sent = await self.scene.people.send_photo(by=self.id, caption=self.words.reply())
        self.note(self.scene.truth.private, (self.id, sent["message_id"]), sent["caption"])

    async def press(self, key: str, number: int) -> None:
        """The key under the bot's answer to the message with this number, once it has come."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for message in await self.scene.people.history(by=self.id):
                    answers = message.get("reply_to_message", {}).get("message_id") == number
                    if answers and "reply_markup" in message:
                        await self.scene.people.tap(None, message["message_id"], key, by=self.id)
                        return
                await asyncio.sleep(LOOK_AGAIN)

    def note(self, where: dict[Any, str], key: object, text: str) -> None:
        where[key] = text
        self.scene.latest.append(text)

    # mischief

    async def meddle(self) -> None:
        """A modified app sends what no key of the ballot holds.  Nothing may come of it but a few polite words."""
        vote = next(iter(self.scene.ballot.options.values()))
        ballot = int(vote.split(":")[1])
        forged: list[str | bytes] = [
            self.rng.randbytes(24),
            "",
            "v:" + "9" * 30,
            vote + ":1",
            vote.upper(),
            "🗳" * 16,
            pack(Vote(BallotId(ballot), OptionId(10_000 + self.rng.randrange(1000)))),
            pack(Vote(BallotId(ballot + 1000), OptionId(1))),
            pack(Close(DiscussionId(1))),
            pack(ShowTally(DiscussionId(1))),
            pack(StopWriting(DiscussionId(1))),
            pack(Publish(DraftId(1), ChannelId(1))),
            pack(WithdrawOpinion(OpinionId(self.rng.getrandbits(50)))),
            pack(ChangeOpinion(OpinionId(self.rng.getrandbits(50)))),
        ]
        for data in self.rng.sample(forged, 3):
            await self.pause()
            await self.forge(data)

    async def forge(self, data: str | bytes) -> None:
        """Or a key that was real: an old screen still shows it."""
        scene = self.scene
        tap = await scene.people.forge(scene.channel, scene.ballot.message, data, by=self.id)
        scene.tricks += 1
        toast = await scene.people.toast(tap, timeout=PATIENCE)
        scene.rebuffed += bool(toast and toast["text"])

    async def come_late(self) -> None:
        """After the end: a key on an old screen, a comment and a private text that no longer count."""
        scene = self.scene
        await self.forge(self.rng.choice((*scene.ballot.options.values(), scene.ballot.withdraw[1])))
        await scene.people.comment(scene.channel, scene.posts[-1], self.words.reply(), by=self.id)
        await scene.people.start(by=self.id, payload=scene.ballot.payload)
        await scene.people.say(None, self.words.opinion(), by=self.id)
