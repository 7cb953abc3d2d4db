"""A reader's rights: to see what is kept about them, and to have it erased.  As long as keys live, nobody else could."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from bot.domain.ids import BallotId, ChatId, DiscussionId, OptionId, Pseudonym, UserId
from bot.domain.opinion import Opinion
from bot.domain.retention import Retention
from bot.vault import Vault, WrongKey
from db.engine import Tx
from db.queries import ballot as ballots
from db.queries import forgetting, outbox, reader, update
from db.queries import opinion as opinions
from db.queries.reader import Place


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept in one discussion.

    ``until``: when its key is destroyed, at the latest while ``is_open``; None where nothing says when.
    """

    title: str
    is_open: bool
    until: datetime | None
    vote: str | None = None
    opinions: tuple[str, ...] = ()
    has_opened: bool = False  # the link for writing an opinion
    is_counted: bool = False  # how much they say on a day
    reports: int = 0
    is_muted: bool = False

    @property
    def erasable(self) -> bool:
        return bool(
            self.vote is not None or self.opinions or self.has_opened or self.is_counted or self.reports
        )


@dataclass(frozen=True, slots=True)
class Mine:
    """All that is kept about one person as a reader."""

    discussions: tuple[Held, ...] = ()
    waiting: int = 0  # calls to be made in their chat
    failed: int = 0  # updates of theirs that met a bug
    unreachable: bool = False

    @property
    def votes(self) -> int:
        return sum(held.vote is not None for held in self.discussions)

    @property
    def opinions(self) -> int:
        return sum(len(held.opinions) for held in self.discussions)

    @property
    def is_muted(self) -> bool:
        return any(held.is_muted for held in self.discussions)

    @property
    def erasable(self) -> bool:
        outside = self.waiting or self.failed or self.unreachable
        return bool(outside or any(held.erasable for held in self.discussions))


@dataclass(slots=True)
class _Names:
    """What a person is called wherever anybody can be recognised; made at once, since a key may go at any time."""

    places: list[Place] = field(default_factory=list)
    voters: dict[BallotId, Pseudonym] = field(default_factory=dict)
    authors: dict[DiscussionId, Pseudonym] = field(default_factory=dict)
    persons: dict[DiscussionId, Pseudonym] = field(default_factory=dict)


@dataclass(slots=True)
class _Found:
    names: _Names
    votes: dict[BallotId, tuple[Pseudonym, OptionId, str]]
    opinions: list[Opinion]
    chats: list[Pseudonym]
    failed: list[int]
    mine: Mine


async def look_up(tx: Tx, vault: Vault, user: UserId, retention: Retention) -> Mine:
    return (await _find(tx, vault, user, retention)).mine


async def erase(tx: Tx, vault: Vault, user: UserId, retention: Retention, shard: int) -> Mine:
    """All of it, in this transaction; mutes alone stay.  Returns what there was.

    ``shard``: which counters of votes this process adds to.  Cards and quotations that lose their opinion here are taken
    out of the rooms and groups by those who put them there.

    Raises db.dialect.Raced: then the whole transaction begins anew.
    """
    found = await _find(tx, vault, user, retention)
    if found.mine.erasable:
        await forgetting.leave_traces(tx)  # first, as whoever erases does: nobody waits in a circle
    for ballot, (voter, _, _) in found.votes.items():
        if await ballots.placed(tx, ballot) is None:  # which also keeps it from closing meanwhile
            continue
        held = await ballots.held_options(tx, ballot, [voter])
        await ballots.store_votes(tx, ballot, held, {voter: None}, shard)
    for opinion in found.opinions:
        await opinions.remove(tx, opinion)
    names = found.names
    await reader.erase(tx, list(names.persons.values()), names.authors, _reporters(names))
    touched = {opinion.discussion for opinion in found.opinions}
    for place in names.places:
        if place.discussion in touched or place.ballot in found.votes:
            await ballots.bump(tx, place.ballot)
    await outbox.drop_for(tx, found.chats)
    for chat in found.chats:
        await outbox.reachable_again(tx, chat)
    for number in found.failed:
        await update.drop_failed(tx, number)
    return found.mine


async def _find(tx: Tx, vault: Vault, user: UserId, retention: Retention) -> _Found:
    names = _named(vault, user, await reader.places(tx))
    authors, persons = list(names.authors.values()), list(names.persons.values())
    votes = await reader.votes(tx, names.voters)
    said = await reader.opinions(tx, authors, vault.text_or_nothing)
    opened = await reader.prompts(tx, persons)
    counted, muted = await reader.counted(tx, names.authors), await reader.muted(tx, names.authors)
    reports = await reader.reports(tx, _reporters(names))
    discussions = [
        Held(
            place.title,
            is_open=place.closed_at is None,
            until=_until(place, retention),
            vote=votes[place.ballot][2] if place.ballot in votes else None,
            opinions=tuple(opinion.text for opinion in said if opinion.discussion == place.discussion),
            has_opened=place.discussion in opened,
            is_counted=place.discussion in counted,
            reports=reports.get(place.discussion, 0),
            is_muted=place.discussion in muted,
        )
        for place in names.places
    ]
    chats = vault.chats(ChatId(user))  # a private chat has the number of its person
    failed = [number for number, sender in await _failed(tx, vault) if sender == user]
    mine = Mine(
        tuple(held for held in discussions if held.erasable or held.is_muted),
        waiting=await outbox.waiting_for(tx, chats),
        failed=len(failed),
        unreachable=bool(await outbox.unreachable(tx, chats)),
    )
    return _Found(names, votes, said, chats, failed, mine)


def _named(vault: Vault, user: UserId, places: list[Place]) -> _Names:
    """Nothing is awaited here: keys that live now live to the end of it."""
    living, names = dict(vault.living()), _Names()
    for place in places:
        readers = living.get(place.key)
        if readers is None:
            continue
        names.places.append(place)
        names.voters[place.ballot] = readers.voter(place.ballot, user)
        names.authors[place.discussion] = readers.author(place.discussion, user)
        names.persons[place.discussion] = readers.person(user)
    return names


def _reporters(names: _Names) -> list[Pseudonym]:
    return [*names.persons.values(), *names.authors.values()]


def _until(place: Place, retention: Retention) -> datetime | None:
    if place.closed_at is not None:
        return retention.forgets(place.closed_at)
    ends = retention.ends(place.created_at, place.closes_at)
    return None if ends is None else retention.forgets(ends)


async def _failed(tx: Tx, vault: Vault) -> list[tuple[int, int | None]]:
    """Updates that met a bug, with who sent them."""
    return [(kept.update_id, _sender(vault.open_waiting, kept.raw)) for kept in await update.failed(tx)]


def _sender(opened: Callable[[bytes], Any], sealed: bytes) -> int | None:
    try:
        whole = msgspec.json.decode(opened(sealed))
    except (WrongKey, msgspec.DecodeError, UnicodeEncodeError):
        return None
    for part in whole.values() if isinstance(whole, Mapping) else ():
        who = part.get("from") if isinstance(part, Mapping) else None
        if isinstance(who, Mapping) and isinstance(who.get("id"), int):
            return int(who["id"])
    return None
