"""``dumka doctor``: what an installation needs, a line each."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from bot.app import build_api, who_am_i
from bot.commands.settings import settings_at
from bot.commands.terminal import cell
from bot.config import DEFAULT_PATH, Settings
from bot.domain.discussion import Channel
from bot.domain.facts import Unasked
from bot.domain.installation import Myself
from bot.domain.refusals import ChannelUnknown, TelegramAway
from bot.domain.retention import Retention, logs_of
from bot.keyfile import master_key, place_of
from bot.keystore import KeyStore, KeyStoreTrouble, Kind
from bot.sections import Mode, SettingsError
from bot.services.channel import Missing, what_is_missing
from bot.storage import KEY_FACT, existing_database, unusable
from bot.telegram.api import Api, NoAnswer
from bot.telegram.facts import TelegramFacts
from bot.texts import Say, completeness, languages
from bot.vault import FIRST_KEY, Vault
from bot.workers.clock import SystemClock
from db import migrate
from db.queries import channel as channels
from db.queries import discussion as discussions
from db.queries import old
from db.queries import update as stored

LOW = 200_000_000  # bytes free on the database's disk
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """``care``: somebody has to do what ``text`` says."""

    text: str
    care: bool = False

    def __str__(self) -> str:
        return f"{'!!' if self.care else 'OK'} {self.text}"


def doctor(config: Path | None) -> int:
    """0 when all is well, 1 when something needs care.  Raises SettingsError for unreadable settings."""
    settings = settings_at(config)
    return asyncio.run(_examine(settings, config))


async def _examine(settings: Settings, config: Path | None) -> int:
    source = config or (DEFAULT_PATH if DEFAULT_PATH.exists() else "the environment and defaults")
    print(Finding(f"settings: read from {source}"))
    care = False
    for check in (_database, _key, _key_store, _retention, _telegram, _texts, _disk):
        async for finding in check(settings):
            print(finding, flush=True)
            care = care or finding.care
    return 1 if care else 0


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    place, path = settings.database, settings.database.path
    if path is not None and not await asyncio.to_thread(path.exists):
        yield Finding(f"database: {path} is not there yet; the first `dumka run` makes it")
        return
    try:
        async with existing_database(settings):
            yield Finding(f"database: {place} has the newest schema, {migrate.newest()}")
    except SettingsError as error:
        yield Finding(str(error), care=True)


async def _key(settings: Settings) -> AsyncIterator[Finding]:
    path = settings.secrets.key_file
    try:
        key = await asyncio.to_thread(master_key, settings.secrets)
        known = await _fingerprint(settings)
    except SettingsError as error:
        yield Finding(str(error), care=True)
        return
    match key, known:
        case None, None:
            yield Finding(f"key: {path} is not there yet; the first `dumka run` makes it")
        case None, _:
            yield Finding(f"key: {path} is missing; put it back from where you keep it", care=True)
        case bytes(), str() if Vault(key).fingerprint() != known:
            yield Finding(
                f"key: {place_of(settings.secrets)} is not the one that the database was made with", care=True
            )
        case _:
            only = " is readable by its owner only and" if settings.secrets.key_file == path else ""
            yield Finding(f"key: {place_of(settings.secrets)}{only} belongs to the database")


async def _key_store(settings: Settings) -> AsyncIterator[Finding]:
    path = settings.secrets.store
    try:
        key = await asyncio.to_thread(master_key, settings.secrets)
        async with existing_database(settings) as db, db.read() as tx:
            named = await discussions.keys_named(tx) - {FIRST_KEY}
            known = await stored.fact(tx, KEY_FACT)
    except SettingsError:
        return  # told by the checks before
    if key is None or known not in {None, Vault(key).fingerprint()}:
        return
    store = KeyStore(path, key)
    if not store.exists() and not named:
        yield Finding(f"key store: {path} is not there yet; the next `dumka run` makes it")
        return
    if not store.exists():
        yield Finding(
            f"key store: {path} is missing, and {len(named)} discussions have their keys in it; put it back, or run"
            " `dumka keys --accept-loss`",
            care=True,
        )
        return
    try:
        _, records, damaged = await asyncio.to_thread(store.read)
    except KeyStoreTrouble as trouble:
        yield Finding(f"key store: {trouble}", care=True)
        return
    living = {record.name for record in records if record.kind is Kind.READERS}
    lost = f"; {len(named - living)} that the database names are gone" if named - living else ""
    torn = f"; {damaged} places are damaged" if damaged else ""
    yield Finding(f"key store: {path} has the keys of {len(named & living)} discussions{lost}{torn}")


# What each setting of [retention] is about, and how its oldest one is told.
KEPT = {
    "keys": ("readers of closed discussions can be recognised", "the first of them was closed"),
    "longest": ("discussions stay open", "the oldest is of"),
    "opinions": ("opinions of closed discussions are kept", "the first of them was closed"),
    "drafts": ("unpublished articles are kept", "the oldest is of"),
    "failed_updates": ("updates that met a bug are kept", "the oldest is of"),
    "outbox": ("messages that could not be sent are kept", "the oldest is of"),
    "applied_updates": ("numbers of updates are kept", "the oldest is of"),
}
LATE = timedelta(days=2)  # the worker comes each hour, and some are counted in days


async def _retention(settings: Settings) -> AsyncIterator[Finding]:
    spans, now = settings.retention, SystemClock().now()
    try:
        async with existing_database(settings) as db, db.read() as tx:
            found = await old.oldest(tx)
    except SettingsError:
        return  # told by the check of the database
    for name, (what, words) in KEPT.items():
        yield _kept(name, f"{what} for {getattr(spans, name)}", words, found[name], spans.spans(), now)
    if settings.logging.file is not None:
        folder = settings.logging.file.parent
        names = await asyncio.to_thread(lambda: [path.name for path in folder.glob("*")])
        days = [day for _, day in logs_of(settings.logging.file, names)]
        first = datetime.combine(min(days), time(), UTC) if days else None
        yield _kept(
            "logs", f"log files are kept for {spans.logs}", "the oldest is of", first, spans.spans(), now
        )


def _kept(
    name: str, what: str, words: str, oldest: datetime | None, keep: Retention, now: datetime
) -> Finding:
    text = f"retention.{name}: {what.replace('for never', 'for ever')}"
    if oldest is None:
        return Finding(f"{text}; there are none")
    text += f"; {words} {oldest:%Y-%m-%d}"
    span = getattr(keep, name)
    if span is None or now - oldest < span + LATE:
        return Finding(text)
    return Finding(f"{text}, which is too old: is `dumka run` running?", care=True)


async def _fingerprint(settings: Settings) -> str | None:
    """``None`` where no key has been used yet, or no database can be asked."""
    try:
        async with existing_database(settings) as db, db.read() as tx:
            return await stored.fact(tx, KEY_FACT)
    except SettingsError:
        return None  # told by the check of the database
    except SQLAlchemyError as error:
        raise unusable(settings, error) from None


async def _telegram(settings: Settings) -> AsyncIterator[Finding]:
    try:
        request, api = build_api(settings)
    except SettingsError as error:
        yield Finding(str(error), care=True)
        return
    await request.initialize()
    try:
        myself = await who_am_i(api, settings)
        yield Finding(f"token: it is @{myself.username}'s")
        yield await _webhook(api, settings)
        async for finding in _channels(settings, api, myself):
            yield finding
    except SettingsError as error:
        yield Finding(str(error), care=True)
    finally:
        await request.shutdown()


async def _webhook(api: Api, settings: Settings) -> Finding:
    try:
        reply = await api.call("getWebhookInfo")
    except NoAnswer:
        return Finding("webhook: Telegram did not answer; try again", care=True)
    if not reply.ok:
        return Finding(f"webhook: the server does not tell (status {reply.code})", care=True)
    url = reply.result.get("url")
    if settings.telegram.mode is Mode.WEBHOOK:
        return _our_webhook(url, reply.result, settings)
    if url:
        return Finding(
            "webhook: one is set; if no other installation uses this token, `dumka run` removes it", care=True
        )
    return Finding("webhook: none is set, as long polling needs it")


def _our_webhook(url: str | None, told: dict[str, Any], settings: Settings) -> Finding:
    waiting = told.get("pending_update_count", 0)
    if not url:
        return Finding("webhook: none is set yet; `dumka run` sets it", care=True)
    if url != settings.webhook.url:
        return Finding(
            "webhook: Telegram brings updates to another address; `dumka run` sets ours", care=True
        )
    if trouble := told.get("last_error_message"):
        return Finding(
            f"webhook: {waiting} updates wait; Telegram's last trouble: {cell(trouble)}", care=waiting > 0
        )
    return Finding(f"webhook: it is set; {waiting} updates wait")


async def _channels(settings: Settings, api: Api, myself: Myself) -> AsyncIterator[Finding]:
    try:
        async with existing_database(settings) as db, db.read() as tx:
            known = await channels.all_active(tx)
    except SettingsError:
        return  # told by the check of the database
    facts = TelegramFacts(api)
    facts.now = SystemClock().now().timestamp()
    for channel in known:
        name = f"channel {cell(channel.title)}"
        try:
            missing = await _asked(facts, partial(_missing, facts, channel, myself))
        except (ChannelUnknown, TelegramAway) as refusal:
            yield Finding(f"{name}: {Say('en').plain(refusal.text)}", care=True)
            continue
        for what in missing:
            words = Say("en").plain(f"missing-{what}").removeprefix("• ")
            yield Finding(
                f"{name}: {words}", care=what is not Missing.NO_GROUP
            )  # it may have none on purpose
        if not missing:
            yield Finding(f"{name}: I may post and delete there and read its discussion group")


async def _asked(facts: TelegramFacts, question: Callable[[], T]) -> T:
    while True:
        try:
            return question()
        except Unasked as unasked:
            questions = unasked.questions
        await facts.find_out(questions)


def _missing(facts: TelegramFacts, channel: Channel, myself: Myself) -> list[Missing]:
    """Raises ChannelUnknown."""
    info = facts.chat(channel.chat)
    if info is None:
        raise ChannelUnknown()
    me = facts.member(info.chat, myself.id)
    in_group = None if info.linked is None else facts.member(info.linked, myself.id)
    return what_is_missing(me, info.linked, in_group, myself.reads_groups)


async def _texts(settings: Settings) -> AsyncIterator[Finding]:
    faults = completeness.faults()
    for fault in faults:
        yield Finding(f"texts: {fault}", care=True)
    if not faults:
        yield Finding(f"texts: complete in {', '.join(languages())}")


async def _disk(settings: Settings) -> AsyncIterator[Finding]:
    if settings.database.path is None:
        return  # the server's business
    folder = settings.database.path.parent
    while not folder.exists():  # before the first start
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    room = f"disk: {free // 1_000_000} MB free where the database is"
    yield Finding(f"{room}; make room" if free < LOW else room, care=free < LOW)
