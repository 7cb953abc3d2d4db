"""``dumka keys``: which keys live, for what and until when; and how to end them."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from bot.commands.recording import note, recorded
from bot.commands.settings import settings_at
from bot.commands.terminal import cell, console
from bot.config import Settings
from bot.domain.audit import Act
from bot.domain.discussion import Discussion
from bot.domain.ids import DiscussionId, KeyName
from bot.domain.retention import Retention
from bot.keyfile import master_key, place_of
from bot.keystore import KeyStore, KeyStoreTrouble, Kind, Record
from bot.sections import SettingsError
from bot.services import discussion as discussion_service
from bot.storage import KEY_FACT, existing_database
from bot.vault import FIRST_KEY, Vault
from bot.workers.clock import SystemClock
from db.engine import Database, Tx
from db.queries import discussion as discussions
from db.queries import forgetting
from db.queries import update as facts

DAY = 86_400  # seconds
TITLE = 40  # characters


@dataclass(frozen=True, slots=True)
class Living:
    """What the key store holds, and what it should.  ``until``: None where nothing ends it by itself."""

    discussions: list[tuple[Discussion, datetime | None]]
    lost: list[DiscussionId]
    queue: list[datetime]
    texts: int
    orphans: int
    damaged: int


def keys(config: Path | None, destroy: int | None, accept_loss: bool, yes: bool, as_json: bool) -> int:
    settings = settings_at(config)
    if destroy is not None and accept_loss:
        raise SettingsError("--destroy and --accept-loss do not go together")
    if destroy is not None:
        return asyncio.run(_destroy(settings, DiscussionId(destroy), yes))
    if accept_loss:
        return asyncio.run(_accept_loss(settings))
    living = asyncio.run(_living(settings))
    _print_json(living) if as_json else _print(living)
    return 0


async def _living(settings: Settings) -> Living:
    async with recorded(settings) as (db, vault), db.read() as tx:
        with _told():
            _, records, damaged = vault.store.read()
        return await _compare(tx, records, damaged, settings.retention.spans())


async def _compare(tx: Tx, records: Sequence[Record], damaged: int, keep: Retention) -> Living:
    readers = {record.name for record in records if record.kind is Kind.READERS} | {FIRST_KEY}
    texts = {record.name for record in records if record.kind is Kind.TEXTS}
    named = await forgetting.keyed(tx)
    known = {one.key for one in named}
    found = [await discussions.find(tx, one.discussion) for one in named if one.key in readers]
    return Living(
        discussions=[(one, until(one, keep)) for one in found if one is not None],
        lost=[one.discussion for one in named if one.key not in readers],
        queue=sorted(_day(record) for record in records if record.kind is Kind.QUEUE),
        texts=len(texts),
        orphans=len(readers - known - {FIRST_KEY}) + len(texts - known - await forgetting.text_keys(tx)),
        damaged=damaged,
    )


def until(discussion: Discussion, keep: Retention) -> datetime | None:
    """When the key is destroyed, as far as is known now."""
    ends = discussion.ballot.closed_at or _earliest(
        discussion.ballot.closes_at, None if keep.longest is None else discussion.created_at + keep.longest
    )
    return None if ends is None or keep.keys is None else ends + keep.keys


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _day(record: Record) -> datetime:
    return datetime.fromtimestamp(record.number * DAY, UTC)


async def _destroy(settings: Settings, number: DiscussionId, yes: bool) -> int:
    """The store first; a running bot drops its copy within a second and erases the rows."""
    async with recorded(settings) as (db, vault):
        async with db.read() as tx:
            discussion = await discussion_service.find(tx, number)
        if discussion.key is None:
            print(f"Discussion {number} has no key any more.")
            return 0
        _confirm(discussion, yes)
        await _end(db, vault, [(number, discussion.key)], f"--destroy {number}")
    print(f"The key of discussion {number} is destroyed; a running bot erases what hung on it.")
    return 0


def _confirm(discussion: Discussion, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise SettingsError("--destroy: say --yes where nobody can be asked")
    print(f"{discussion.id}: {discussion.title[:TITLE]} ({discussion.state})")
    answer = input("Close it, and forget for ever who voted and wrote? Type yes: ")
    if answer.strip().lower() != "yes":
        raise SettingsError("nothing was destroyed")


async def _accept_loss(settings: Settings) -> int:
    """A new key store, and every discussion whose key was in the old one is closed."""
    async with _matching(settings) as (db, key):
        store = KeyStore(settings.secrets.store, key)
        if store.exists():
            raise SettingsError(
                f"--accept-loss: {store.path} is there; nothing is lost (to give it up all the same, move it away first)"
            )
        with _told():
            store.make()
    async with recorded(settings) as (db, vault):
        async with db.read() as tx:
            lost = [(one.discussion, one.key) for one in await forgetting.keyed(tx) if one.key != FIRST_KEY]
        await _end(db, vault, lost, "--accept-loss")
    print(f"{settings.secrets.store} is made anew; {len(lost)} discussions lost their keys and are closed.")
    return 0


@asynccontextmanager
async def _matching(settings: Settings) -> AsyncIterator[tuple[Database, bytes]]:
    """The database, and the master key if it is the one that the database was made with."""
    key = await asyncio.to_thread(master_key, settings.secrets)
    if key is None:
        raise SettingsError(f"secrets.key_file: there is no {settings.secrets.key_file}")
    async with existing_database(settings) as db:
        async with db.read() as tx:
            known = await facts.fact(tx, KEY_FACT)
        if known not in {None, Vault(key).fingerprint()}:
            raise SettingsError(
                f"secrets.key_file: {place_of(settings.secrets)} is not the key that the database was made with"
            )
        yield db, key


async def _end(
    db: Database, vault: Vault, ending: Sequence[tuple[DiscussionId, KeyName]], detail: str
) -> None:
    with _told():
        vault.destroy([key for _, key in ending if key != FIRST_KEY])
    now = SystemClock().now()
    for number, _ in ending:
        async with db.write() as tx:
            discussion = await discussion_service.find(tx, number)
            await discussion_service.close(tx, discussion, now)
            await forgetting.mark_keyless(tx, [number], now)
            await note(tx, vault, Act.KEYS_CHANGED, discussion.channel.id, number, detail)
    if not ending:
        async with db.write() as tx:
            await note(tx, vault, Act.KEYS_CHANGED, detail=detail)


class _told:  # noqa: N801 - reads as a statement: with _told():
    """What is wrong with the key store becomes a sentence."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, KeyStoreTrouble):
            raise SettingsError(f"secrets.key_store: {error}") from None


def _print_json(living: Living) -> None:
    for discussion, ends in living.discussions:
        print(json.dumps({"kind": "discussion", **_fields(discussion, ends)}, ensure_ascii=False))
    for day in living.queue:
        print(json.dumps({"kind": "queue", "since": day.date().isoformat()}))
    rest = {"texts": living.texts, "orphans": living.orphans, "damaged": living.damaged, "lost": living.lost}
    print(json.dumps({"kind": "rest", **rest}))


def _fields(discussion: Discussion, ends: datetime | None) -> dict[str, Any]:
    return {
        "discussion": discussion.id,
        "title": discussion.title[:TITLE],
        "state": str(discussion.state),
        "since": discussion.created_at.isoformat(timespec="seconds"),
        "until": None if ends is None else ends.isoformat(timespec="seconds"),
    }


def _print(living: Living) -> None:
    out = console()
    if living.discussions:
        table = Table()
        for heading in ("ID", "Title", "State", "Since", "Until"):
            table.add_column(heading, overflow="fold")
        for discussion, ends in living.discussions:
            fields = _fields(discussion, ends)
            table.add_row(
                str(discussion.id),
                cell(fields["title"]),
                fields["state"],
                _shown(discussion.created_at),
                "for ever" if ends is None else _shown(ends),
            )
        out.print(table)
    out.print(f"{len(living.discussions)} discussions can still recognise their readers.")
    out.print(
        f"{len(living.queue)} keys of days for what waits: {', '.join(f'{d:%Y-%m-%d}' for d in living.queue)}"
    )
    out.print(
        f"{living.texts} keys of encrypted opinions, {living.orphans} keys that nothing names, {living.damaged} damaged."
    )
    if living.lost:
        numbers = ", ".join(map(str, living.lost))
        out.print(f"The keys of {numbers} are not there: the running bot closes these discussions.")


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
