"""The demo from beginning to end: everything that people would do by hand, and then the reckoning."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.demo.crowd import Crowd
from bot.demo.folder import Folder
from bot.demo.process import Bot, DemoError, Place, done, running_bot, sandbox
from bot.demo.show import Look, Show
from bot.demo.truth import Row, compare
from bot.sandbox import People

JSON = dict[str, Any]
SAMPLE = Path(__file__).with_name("article.txt")
CHANNEL = "@novyny"
BEGINS_WITHIN = 120.0  # seconds
SETTLES_WITHIN = 120.0
DRAWN_WITHIN = 60.0  # a redraw waits for Telegram's budget
LOOK_AGAIN = 0.25
READERS_A_SECOND = 40
SHORTEST_SPAN = 3.0


@dataclass(slots=True)
class Stage:
    """The processes, and the hands on them."""

    folder: Folder
    place: Place
    bot: Bot
    people: People

    @property
    def ids(self) -> Mapping[str, int]:
        return self.place.ids

    async def dumka(self, *words: str | Path) -> str:
        return await done(self.folder.config, *words)

    async def connect(self) -> None:
        """The owner talks to the bot and adds it to the channel and its group."""
        owner = self.ids["owner"]
        async with asyncio.timeout(BEGINS_WITHIN):
            while not await self.people.calls("getUpdates"):
                self.bot.check()
                await asyncio.sleep(LOOK_AGAIN)
        await self.people.start(by=owner)
        await self.people.add_bot(self.ids["group"], by=owner)
        await self.people.add_bot(self.ids["channel"], by=owner)
        await self.settle()

    async def settle(self) -> None:
        """Until the bot has stored and confirmed all that people did."""
        if not await self.people.settled(SETTLES_WITHIN):
            self.bot.check()
            raise DemoError(f"the bot has not taken all updates within {SETTLES_WITHIN:.0f} seconds")

    async def post(self, article: Path) -> int:
        """Returns the number of the discussion, which is the first thing that the command prints."""
        found = re.search(r"\d+", await self.dumka("post", article, "--channel", CHANNEL))
        if found is None:
            raise DemoError("dumka post did not say which discussion it opened")
        return int(found[0])

    async def tally(self, number: int) -> JSON:
        found: JSON = json.loads(await self.dumka("tally", str(number), "--json"))
        return found

    async def opinions(self, number: int) -> list[JSON]:
        lines = (await self.dumka("opinions", str(number), "--json")).split("\n")
        return [json.loads(line) for line in lines if line]

    async def final(self, crowd: Crowd) -> dict[str, int]:
        """The result as the channel shows it, once the keys are gone from the ballot."""
        async with asyncio.timeout(DRAWN_WITHIN):
            while True:
                self.bot.check()
                for message in await crowd.history():
                    if message["message_id"] == crowd.scene.ballot.message and "reply_markup" not in message:
                        return result_in(message["text"], crowd.truth.labels)
                await asyncio.sleep(LOOK_AGAIN)


@asynccontextmanager
async def stage(folder: Folder) -> AsyncIterator[Stage]:
    """The sandbox and the bot, started on a prepared folder; both gone at the end, whatever happens."""
    async with sandbox(folder.sandbox_log) as place:
        folder.configure(place)
        async with running_bot(folder.config, folder.bot_log) as bot, People(place.url) as people:
            yield Stage(folder, place, bot, people)


async def play(folder: Folder, article: Path | None, readers: int, seed: int, show: Show) -> bool:
    """Returns whether everything agrees.  Raises DemoError."""
    began = time.monotonic()
    async with stage(folder) as set_:
        show.say(f"Sandbox at {set_.place.url}, the bot runs beside it (logs and database: {folder.path}/).")
        crowd = Crowd(set_.people, set_.ids, readers, seed)
        await asyncio.gather(crowd.arrive(), set_.connect())
        number = await set_.post(article or SAMPLE)
        await crowd.find_ballot()
        show.say(f"Discussion {number} is posted in {CHANNEL}; {readers} readers (seed {seed}) come in.")
        await watch(set_, crowd, show, began, max(SHORTEST_SPAN, readers / READERS_A_SECOND))
        await set_.settle()
        await set_.dumka("close", str(number))
        show.say(f"Closed after {time.monotonic() - began:.0f} s; a few readers come too late.")
        shown = await set_.final(crowd)
        await crowd.come_late()
        await set_.settle()
        tally = await set_.tally(number)
        rows = compare(crowd.truth, tally, await set_.opinions(number), shown)
        rows += await behaviour(set_, crowd, tally)
        show.rows(rows)
        show.say(await effort(set_, crowd, tally))
    show.say(f"It took {time.monotonic() - began:.0f} seconds.")
    show.say(verdict(rows))
    show.say(
        f"Look on: dumka --config {folder.config} tally {number}\n"
        f"         dumka --config {folder.config} opinions {number}"
    )
    return all(row.agrees for row in rows)


async def watch(set_: Stage, crowd: Crowd, show: Show, began: float, span: float) -> None:
    """Show the crowd while it lives."""
    living = asyncio.create_task(crowd.live(span))
    try:
        while not living.done():
            set_.bot.check()
            show.look(await look(crowd, began))
            await asyncio.wait({living}, timeout=LOOK_AGAIN)
        await living
        show.look(await look(crowd, began))
    except ExceptionGroup as group:
        raise DemoError(f"a reader could not go on: {first(group)!r}") from group
    finally:
        living.cancel()


def first(error: BaseException) -> BaseException:
    return first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


async def look(crowd: Crowd, began: float) -> Look:
    keys: list[JSON] = []
    for message in await crowd.history():
        keys += [key for row in message.get("reply_markup", {}).get("inline_keyboard", []) for key in row]
    truth, scene = crowd.truth, crowd.scene
    return Look(
        seconds=time.monotonic() - began,
        done=crowd.done,
        planned=crowd.planned,
        shares=tuple((label, number_on(keys, label)) for label in truth.labels),
        votes=len(truth.votes),
        taps=scene.taps,
        comments=len(truth.comments),
        private=len(truth.private),
        edits=scene.edits,
        latest=tuple(scene.latest),
    )


def number_on(keys: list[JSON], label: str) -> str:
    """«62 %» of «👍 Погоджуюсь · 62 %»; «54» or «<5» where a share would tell too much, nothing before there are numbers."""
    for key in keys:
        if key["text"].startswith(f"{label} · "):
            return str(key["text"].removeprefix(f"{label} · "))
    return "—"


def result_in(text: str, labels: tuple[str, ...]) -> dict[str, int]:
    """«👍 Погоджуюсь — 62 % (1 284)», a line for each option."""
    shown: dict[str, int] = {}
    for line in text.split("\n"):
        label = next((label for label in labels if line.startswith(f"{label} — ")), None)
        count = re.search(r"\(([\d\s]+)\)$", line)
        if label is not None and count is not None:
            shown[label] = int(re.sub(r"\s", "", count[1]))
    return shown


async def behaviour(set_: Stage, crowd: Crowd, tally: JSON) -> list[Row]:
    """What the sandbox saw of the bot, beside how it should be."""
    violations = [f"{each['method']}: {each['what']}" for each in await set_.people.violations()]
    unanswered = [f"{each['data']!r}" for each in await set_.people.unanswered()]
    posts = len(await crowd.history())
    return [
        Row("messages in the channel", str(len(tally["messages"])), str(posts)),
        Row("answers to forged, old buttons", str(crowd.scene.rebuffed), str(crowd.scene.tricks)),
        Row("taps without an answer", str(len(unanswered)), "0", tuple(unanswered[:5])),
        Row("violations of Telegram's rules", str(len(violations)), "0", tuple(violations[:5])),
    ]


async def effort(set_: Stage, crowd: Crowd, tally: JSON) -> str:
    """How much the bot asked of Telegram for it."""
    channel = str(set_.ids["channel"])
    edits = [
        call
        for method in ("editMessageReplyMarkup", "editMessageText")
        for call in await set_.people.calls(method)
        if str(call["params"].get("chat_id")) == channel
    ]
    parts = len(tally["messages"]) - 1
    return (
        f"The article took {parts} message{'s' if parts != 1 else ''} and the question one; "
        f"{crowd.scene.taps} taps cost {len(edits)} redraws of the ballot."
    )


def verdict(rows: list[Row]) -> str:
    wrong = [row.what for row in rows if not row.agrees]
    if wrong:
        return f"They differ: {', '.join(wrong)}."
    return "They agree: the bot's tally is the crowd's own count (збігається)."
