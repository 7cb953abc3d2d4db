"""What stands in the channels, as people see it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox import People
from tests.chaos.truth import Case

JSON = dict[str, Any]
MARK = re.compile(r"справа (\w+)", re.IGNORECASE)


@dataclass
class Ballot:
    """A message with keys, as somebody saw it first; old screens go on showing it."""

    case: Case
    message: int
    keys: dict[str, str]  # label without its share to callback data
    withdraw: str
    payload: str  # of the link to the private chat
    posts: list[int]


@dataclass
class Board:
    """Looks into the channels now and then.  ``ballots``: what can be voted on, by mark."""

    people: People
    owner: int
    cases: dict[str, Case] = field(default_factory=dict)  # also what nobody knows yet whether it was accepted
    ballots: dict[str, Ballot] = field(default_factory=dict)

    async def history(self, channel: int) -> list[JSON]:
        return await self.people.history(channel, by=self.owner)

    async def look(self) -> None:
        for channel in {case.channel for case in self.cases.values()}:
            messages = await self.history(channel)
            posts: dict[str, list[int]] = {}
            for message in messages:
                mark = mark_of(message)
                posts.setdefault(mark, []).append(message["message_id"])
                found = self.cases.get(mark)
                if found is not None and found.number and mark not in self.ballots and keys_of(message):
                    self.ballots[mark] = ballot_of(found, message, posts[mark])

    async def messages_of(self, case: Case) -> list[JSON]:
        return [message for message in await self.history(case.channel) if mark_of(message) == case.mark]

    async def message_of(self, ballot: Ballot) -> JSON:
        found = await self.history(ballot.case.channel)
        return next(message for message in found if message["message_id"] == ballot.message)


def mark_of(message: JSON) -> str:
    found = MARK.search(message.get("text", ""))
    return found[1] if found else ""


def keys_of(message: JSON) -> list[JSON]:
    return [key for row in message.get("reply_markup", {}).get("inline_keyboard", []) for key in row]


def ballot_of(case: Case, message: JSON, posts: Iterable[int]) -> Ballot:
    """A key for each option in their order, one that withdraws, and the link."""
    keys = keys_of(message)
    taps = [key["callback_data"] for key in keys if "callback_data" in key]
    link = next(key["url"] for key in keys if "url" in key)
    return Ballot(
        case,
        message["message_id"],
        dict(zip(case.options, taps, strict=False)),
        taps[-1],
        link.partition("start=")[2],
        list(posts),
    )


def shares(message: JSON) -> list[tuple[str, int | None]]:
    """«Так · 62 %» for each option's key: its label and what it shows; nothing shown where nobody has voted."""
    labels = [key["text"] for key in keys_of(message) if "callback_data" in key][:-1]
    found: list[tuple[str, int | None]] = []
    for label in labels:
        share = re.fullmatch(r"(.*?)\s·\s(\d+)\s?%", label)
        found.append((share[1], int(share[2])) if share else (label, None))
    return found


def result(message: JSON) -> list[tuple[str, int, int]]:
    """«Так — 62 % (1 284)», a line for each option of a closed ballot: label, per cent, votes."""
    lines = re.findall(r"^(.+) — (\d+)\s?% \(([\d\s]+)\)$", message["text"], re.MULTILINE)
    return [(label, int(share), int(re.sub(r"\s", "", votes))) for label, share, votes in lines]
