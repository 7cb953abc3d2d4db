"""``kill -9`` in the middle of everything, then a restart: nothing is lost, doubled or miscounted.

Real processes and real time, since what has to survive is what a dead process leaves behind.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.demo.crowd import Crowd
from bot.demo.folder import Folder
from bot.demo.play import Stage, stage
from bot.demo.truth import Row, compare

JSON = dict[str, Any]
READERS = 60
PARAGRAPH = "Речення номер {number}, яке нічого не стверджує і тільки займає місце в довгій статті. " * 6
ARTICLE = "\n\n".join(
    ["Довга стаття на кілька повідомлень", *(PARAGRAPH.format(number=n) for n in range(20)), "Ваша думка:"]
)


async def restart(set_: Stage) -> None:
    await set_.bot.kill()
    await set_.bot.start()


async def kill_during(set_: Stage, phase: Awaitable[None], *, after: float) -> None:
    acting = asyncio.ensure_future(phase)
    await asyncio.sleep(after)
    await restart(set_)
    await acting


async def posted(set_: Stage, count: int) -> None:
    """Until so many messages stand in the channel; the bot may not know yet that the last one does."""
    while True:
        if len(await channel(set_)) >= count:
            return
        await asyncio.sleep(0.005)


async def channel(set_: Stage) -> list[JSON]:
    return await set_.people.history(set_.ids["channel"], by=set_.ids["owner"])


@asynccontextmanager
async def editor_at_hand(set_: Stage) -> AsyncIterator[None]:
    deciding = asyncio.create_task(decide(set_))
    try:
        yield
    finally:
        deciding.cancel()
        await asyncio.wait({deciding})


async def decide(set_: Stage) -> None:
    """An editor who is asked whether a message has arrived looks into the channel and says so."""
    owner, decided = set_.ids["owner"], set[int]()
    while True:
        await asyncio.sleep(0.5)
        for message in await set_.people.history(by=owner):
            rows = message.get("reply_markup", {}).get("inline_keyboard", [])
            labels = [key["text"] for row in rows for key in row]
            if "Воно там є" not in labels or message["message_id"] in decided:
                continue
            quoted = message["text"].split("\n\n")[1].rstrip("…")
            there = any(quoted in post["text"] for post in await channel(set_))
            key = "Воно там є" if there else "Його немає"
            await set_.people.tap(None, message["message_id"], key, by=owner)
            decided.add(message["message_id"])


async def reckon(set_: Stage, crowd: Crowd, number: int, shown: dict[str, int]) -> list[Row]:
    return compare(crowd.truth, await set_.tally(number), await set_.opinions(number), shown)


@pytest.mark.timeout(300)  # half a minute, unless other tests keep the processors busy
async def test_bot_killed_at_several_instants_counts_as_if_it_had_lived(tmp_path: Path) -> None:
    chance = Random(20)
    folder = Folder(tmp_path / "demo")
    folder.prepare()
    article = tmp_path / "article.txt"
    article.write_text(ARTICLE, "utf-8")
    async with stage(folder) as set_, editor_at_hand(set_):
        await set_.connect()
        crowd = Crowd(set_.people, set_.ids, READERS, seed=7)
        number = await set_.post(article)

        await posted(set_, chance.randint(1, 3))
        await restart(set_)
        await asyncio.gather(crowd.arrive(), crowd.find_ballot())
        posts = [post["text"] for post in await channel(set_)]

        await kill_during(set_, crowd.vote(3.0), after=chance.uniform(0.5, 3.0))
        await asyncio.gather(
            crowd.comment(3.0), kill_during(set_, crowd.write(3.0), after=chance.uniform(0.5, 3.0))
        )
        await set_.settle()

        await set_.dumka("close", str(number))
        await asyncio.sleep(chance.uniform(0.0, 0.2))
        await restart(set_)
        shown = await set_.final(crowd)
        await crowd.come_late()
        await set_.settle()

        rows = await reckon(set_, crowd, number, shown)
        violations = [each["what"] for each in await set_.people.violations()]
        tally = await set_.tally(number)
    assert [row for row in rows if not row.agrees] == []
    assert tally["state"] == "closed"
    assert len(posts) == len(tally["messages"]) == 4
    assert max(Counter(posts).values()) == 1
    # A press that a dead process fetched may be answered too late by the next; nothing else is excused.
    assert [what for what in violations if "came too late" not in what] == []
