"""``dumka post``: an article into the queue, and from there, by a running bot, into the channel."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import durationpy

from bot.app import build_api, who_am_i
from bot.commands.recording import note, tie
from bot.commands.settings import settings_at
from bot.commands.waiting import wait_until_posted
from bot.config import Settings
from bot.domain.article import Article
from bot.domain.audit import Act
from bot.domain.discussion import Channel
from bot.domain.ids import ChatId, DiscussionId
from bot.domain.installation import Myself
from bot.domain.refusals import FileTooBig
from bot.sections import SettingsError
from bot.services import channel as channel_service
from bot.services.discussion import open_discussion
from bot.services.reading import read_article
from bot.storage import open_database
from bot.telegram.facts import TelegramFacts
from bot.texts import Say
from bot.vault import Vault
from bot.views.posting import plan_article, question_of
from bot.workers.clock import SystemClock, with_facts
from db.engine import Database, Tx
from db.queries import channel as channels

STDIN = Path("-")
FILE_LIMIT = 2 * 1024 * 1024  # bytes; the longest article, four bytes a letter, with room for Markdown
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Order:
    article: Article
    ask: str | None
    options: tuple[str, ...]
    close_in: timedelta | None


@dataclass(frozen=True, slots=True)
class Queued:
    discussion: DiscussionId
    parts: int


def post(
    config: Path | None,
    file: Path,
    channel: str,
    ask: str | None,
    options: tuple[str, ...],
    close_in: str | None,
    wait: bool,
) -> int:
    """``ask`` and ``options`` of the command line win over the article's own question and the channel's."""
    order = Order(_read(file), ask, options, None if close_in is None else _duration(close_in))
    settings = settings_at(config)
    asyncio.run(_post(settings, _chat(channel), order, wait or sys.stdout.isatty()))
    return 0


def _read(file: Path) -> Article:
    """Raises the refusals of reading, and SettingsError for a file that cannot be read."""
    name = "standard input" if file == STDIN else str(file)
    try:
        if file == STDIN:
            data = sys.stdin.buffer.read(FILE_LIMIT + 1)
        else:
            with file.open("rb") as stream:
                data = stream.read(FILE_LIMIT + 1)
    except OSError as error:
        raise SettingsError(f"cannot read {name}: {error.strerror}") from None
    if len(data) > FILE_LIMIT:
        raise FileTooBig(limit=FILE_LIMIT // 1024)
    return read_article(data, None if file == STDIN else file.name)


def _duration(text: str) -> timedelta:
    try:
        span = durationpy.from_str(text)
    except durationpy.DurationError:
        raise SettingsError(f"--close-in: {text!r} is no duration; write it like 24h, 90m or 1h30m") from None
    if not timedelta() < span <= LONGEST:
        raise SettingsError(f"--close-in: must be more than 0 and at most {LONGEST.days} days")
    return span


def _chat(channel: str) -> ChatId | str:
    """The channel's number, or its public name with the @."""
    number = channel.removeprefix("-")
    if number.isascii() and number.isdecimal():
        return ChatId(int(channel))
    return "@" + channel.removeprefix("https://").removeprefix("t.me/").removeprefix("@")


async def _post(settings: Settings, chat: ChatId | str, order: Order, wait: bool) -> None:
    """Raises SettingsError and refusals; then nothing is queued."""
    path = settings.database.path
    if path is not None and not await asyncio.to_thread(path.exists):
        async with _telegram(settings):  # no database for a token or a server that does not work
            pass
    db, vault = await open_database(settings)
    try:
        async with db.read() as tx:
            channel = await _find(tx, chat)
        if channel is None:
            queued = await _register_and_queue(settings, db, vault, chat, order)
        else:
            async with db.write() as tx:
                queued = await _queue(tx, vault, settings, channel, order, SystemClock().now())
        await tie(db, vault)
        print(queued.discussion, flush=True)
        if wait:
            print(await wait_until_posted(db, queued.discussion, queued.parts))
    finally:
        await db.close()


@asynccontextmanager
async def _telegram(settings: Settings) -> AsyncIterator[tuple[TelegramFacts, Myself]]:
    request, api = build_api(settings)
    await request.initialize()
    try:
        yield TelegramFacts(api), await who_am_i(api, settings)
    finally:
        await request.shutdown()


async def _find(tx: Tx, chat: ChatId | str) -> Channel | None:
    """The channel, if we know it and the bot is still there."""
    if isinstance(chat, str):
        found = await channels.by_name(tx, chat)
    else:
        found = await channels.by_chat(tx, chat)
    return found if found and found.active and chat in {found.chat, f"@{found.username}"} else None


async def _register_and_queue(
    settings: Settings, db: Database, vault: Vault, chat: ChatId | str, order: Order
) -> Queued:
    now, defaults = SystemClock().now(), settings.for_chats()
    done: list[tuple[Queued, channel_service.Setup]] = []
    async with _telegram(settings) as (facts, myself):
        facts.now = now.timestamp()

        async def work(tx: Tx) -> None:
            setup = await channel_service.register(tx, vault, facts, myself, defaults, chat, now)
            done.append((await _queue(tx, vault, settings, setup.channel, order, now), setup))

        await with_facts(db, facts, work)
    queued, setup = done[-1]
    for missing in channel_service.FATAL & set(setup.missing):
        print(Say("en").plain(f"missing-{missing}"), file=sys.stderr)
    return queued


async def _queue(
    tx: Tx, vault: Vault, settings: Settings, channel: Channel, order: Order, now: datetime
) -> Queued:
    defaults = settings.for_chats()
    question = question_of(
        channel,
        asked=order.ask,
        options=order.options,
        article=order.article,
        default=defaults.question,
        default_options=defaults.options,
    )
    plan = plan_article(channel, order.article, question, defaults.retention.keys)
    closes_at = None if order.close_in is None else now + order.close_in
    number = await open_discussion(
        tx, vault, defaults, channel, order.article.title, question, plan, now, closes_at=closes_at
    )
    await note(tx, vault, Act.PUBLISHED, channel.id, number)
    return Queued(number, len(plan))
