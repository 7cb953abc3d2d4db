"""The newsroom's side: channels and groups, articles posted with ``dumka post``, an editor who answers the bot."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from bot.sandbox import People
from tests.chaos.board import Board, keys_of
from tests.chaos.processes import Desk, Ended
from tests.chaos.truth import Case, Truth

JSON = dict[str, Any]
THERE, NOT_THERE = "Воно там є", "Його немає"
OPTIONS = (
    ("Так", "Ні"),
    ("👍 Погоджуюсь", "👎 Не погоджуюсь", "🤷 Важко сказати"),
    ("А", "Б", "В", "Г", "Ґ"),
)
FILLER = "Це речення нічого не стверджує і тільки займає місце в довгій статті. " * 9
TRY_AGAIN = 0.5  # seconds
ANSWERED_WITHIN, SHOWN_WITHIN = 20.0, 4.0  # seconds for the answer to a press, and then for the keys to go


@dataclass
class Newsroom:
    people: People
    desk: Desk
    board: Board
    truth: Truth
    folder: Path
    rng: Random
    owner: int
    groups: Mapping[int, int]  # channel to its discussion group
    names: Mapping[int, str]  # channel to its @name
    refused: list[str] = field(
        default_factory=list
    )  # what the command said when it did not accept an article
    presses: Counter[int] = field(default_factory=Counter)  # by the message that asks what became of another
    written: int = 0

    async def connect(self) -> None:
        await self.people.start(by=self.owner)
        for channel, group in self.groups.items():
            await self.people.add_bot(group, by=self.owner)
            await self.people.add_bot(channel, by=self.owner)
        assert await self.people.settled(60.0)

    def write(self) -> tuple[Case, str]:
        """Short, or long enough for several messages; the mark stands in each."""
        self.written += 1
        mark = f"{self.written}х"
        parts = self.rng.choice((1, 1, 2))
        head = f"Стаття, справа {mark}"
        body = f"Коротко про те, що це за справа {mark}."
        if parts == 2:
            body = "\n\n".join(f"Це справа {mark}, частина {n}. {FILLER}" for n in range(8))
        channel = self.rng.choice(list(self.groups))
        question = f"Справа {mark}: чи згодні ви?"
        return Case(mark, channel, question, self.rng.choice(OPTIONS), parts + 1), f"{head}\n\n{body}\n"

    async def publish(self) -> None:
        """With other words each time until the bot accepts: a refused article must not appear later."""
        while True:
            case, text = self.write()
            self.board.cases[case.mark] = case
            path = self.folder / f"article-{case.mark}.txt"
            path.write_text(text, "utf-8")
            options = [word for option in case.options for word in ("--option", option)]
            named = ("--channel", self.names[case.channel], "--ask", case.question, *options)
            ended = await self.type("post", path, *named)
            if ended is not None and ended.code == 0:
                self.truth.accept(case, int(ended.out.split()[0]))
                return
            self.refused.append("it took too long" if ended is None else ended.err.strip())
            await asyncio.sleep(TRY_AGAIN)

    async def type(self, *words: object) -> Ended | None:
        try:
            return await self.desk.dumka(*words)
        except TimeoutError:
            return None

    async def insist(self, *words: object) -> str:
        """A command that works once the faults are over."""
        async with asyncio.timeout(60):
            while True:
                ended = await self.type(*words)
                if ended is not None and ended.code == 0:
                    return ended.out
                await asyncio.sleep(TRY_AGAIN)

    async def tally(self, case: Case) -> JSON:
        found: JSON = json.loads(await self.insist("tally", case.number, "--json"))
        return found

    async def edit(self) -> None:
        """An editor who is asked whether a message has arrived looks into the channel and says so.

        Where the bot could not find out that it is an editor (Telegram is away), the keys stay: again, then.
        An old question may keep its keys: what was answered least comes first.
        """
        while True:
            await asyncio.sleep(TRY_AGAIN)
            history = await self.people.history(by=self.owner)
            open_ones = [m for m in history if THERE in [key["text"] for key in keys_of(m)]]
            if open_ones:
                await self.answer(min(open_ones, key=lambda m: self.presses[m["message_id"]]))

    async def answer(self, message: JSON) -> None:
        number, labels = message["message_id"], [key["text"] for key in keys_of(message)]
        self.presses[number] += 1
        there = await self.stands(message["text"].split("\n\n")[1])
        label = THERE if there else next(each for each in labels if each.startswith(NOT_THERE))
        tap = await self.people.tap(None, number, label, by=self.owner)
        await self.people.toast(tap, timeout=ANSWERED_WITHIN)
        await asyncio.sleep(SHOWN_WITHIN)

    async def stands(self, quoted: str) -> bool:
        """Whether a message that begins so is in a channel; the question quotes it with its white space folded."""
        beginning = " ".join(quoted.rstrip("…").split())
        for channel in self.groups:
            for message in await self.board.history(channel):
                if " ".join(message.get("text", "").split()).startswith(beginning):
                    return True
        return False

    async def look(self) -> None:
        """Somebody always has the channels open."""
        while True:
            await self.board.look()
            await asyncio.sleep(TRY_AGAIN)
