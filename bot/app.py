"""The one place that builds long-lived objects; starts and stops the workers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import structlog
from telegram.error import TelegramError

from bot.config import Settings, SettingsError
from bot.domain.ids import UserId
from bot.domain.installation import Myself
from bot.routes import ALLOWED_UPDATES
from bot.storage import open_database
from bot.telegram.api import Api, NoAnswer, Reply
from bot.telegram.application import BotApplication, build_dispatcher
from bot.telegram.facts import TelegramFacts
from bot.telegram.limits import Budget
from bot.telegram.polling import Polling, TokenRejected
from bot.telegram.profile import describe
from bot.telegram.request import AiohttpRequest
from bot.telegram.verdict import GiveUp, Reason, judge
from bot.vault import Vault
from bot.workers.clock import Clock, Clockwork, SystemClock
from bot.workers.intake import Intake
from bot.workers.loop import Bell, keep_doing
from bot.workers.outbox import Outbox
from bot.workers.posts import Poster
from bot.workers.redraw import Drawer
from bot.workers.toaster import Toaster
from db.engine import Database
from db.queries import outbox as outbox_queries

log = structlog.get_logger()

FLUSH = 3.0  # seconds for what is on its way when the bot is told to stop


@dataclass(slots=True)
class App:
    """Everything that lives as long as the bot runs.  Each worker has ``step``; ``run`` repeats them."""

    db: Database
    vault: Vault
    api: Api
    facts: TelegramFacts
    myself: Myself
    dispatcher: BotApplication
    intake: Intake
    polling: Polling
    toaster: Toaster
    outbox: Outbox
    poster: Poster
    drawer: Drawer
    clockwork: Clockwork
    clock: Clock
    bell: Bell


def build_api(settings: Settings) -> tuple[AiohttpRequest, Api]:
    proxy = settings.telegram.proxy
    try:
        request = AiohttpRequest(proxy=proxy.get_secret_value() if proxy else None)
    except (ValueError, RuntimeError) as error:
        raise SettingsError(f"telegram.proxy: {error}") from None
    return request, Api(request, settings.telegram.api_base_url, settings.telegram.read_token())


async def who_am_i(api: Api, settings: Settings) -> Myself:
    """Raises SettingsError when the token is wrong or the server cannot be reached."""
    try:
        reply = await api.call("getMe")
    except NoAnswer:
        raise SettingsError(
            f"telegram.api_base_url: {settings.telegram.api_base_url} cannot be reached"
        ) from None
    if not reply.ok:
        raise SettingsError(_why_not(reply, settings))
    me = reply.result
    return Myself(UserId(me["id"]), me["username"], bool(me.get("can_read_all_group_messages")))


def _why_not(reply: Reply, settings: Settings) -> str:
    match judge(reply):
        case GiveUp(Reason.TOKEN_REJECTED):
            return "telegram.token: Telegram does not know this token; @BotFather shows the current one"
        case _:
            where = settings.telegram.api_base_url
            return f"telegram.api_base_url: {where} does not answer as a Bot API server (status {reply.code})"


@asynccontextmanager
async def open_app(settings: Settings, clock: Clock | None = None) -> AsyncIterator[App]:
    """Connected and ready, with no worker running yet.  Raises SettingsError."""
    clock = clock or SystemClock()
    request, api = build_api(settings)
    await request.initialize()
    db: Database | None = None
    try:
        myself = await who_am_i(api, settings)
        db, vault = await open_database(settings)
        dispatcher = build_dispatcher(request, settings.telegram.api_base_url, settings.telegram.read_token())
        try:
            await dispatcher.initialize()
        except TelegramError:
            raise SettingsError(
                "Telegram stopped answering while the bot was starting; start it again"
            ) from None
        yield await _assemble(settings, clock, db, vault, api, myself, dispatcher)
        await dispatcher.shutdown()
    finally:
        await request.shutdown()
        if db is not None:
            await db.close()


async def _assemble(
    settings: Settings,
    clock: Clock,
    db: Database,
    vault: Vault,
    api: Api,
    myself: Myself,
    dispatcher: BotApplication,
) -> App:
    known = TelegramFacts(api)
    defaults = settings.defaults.for_chats()
    toaster = Toaster(api)
    budget = Budget()
    async with db.read() as tx:
        budget.restore(await outbox_queries.paces(tx))
    bell = Bell()
    intake = Intake(db, dispatcher, known, vault, myself, defaults, toaster, clock)

    async def take(batch: Any) -> None:
        await intake.take(batch)
        bell.ring()

    return App(
        db=db,
        vault=vault,
        api=api,
        facts=known,
        myself=myself,
        dispatcher=dispatcher,
        intake=intake,
        polling=Polling(api, take, ALLOWED_UPDATES),
        toaster=toaster,
        outbox=Outbox(db, api, vault, budget, clock),
        poster=Poster(db, api, vault, budget, myself, clock),
        drawer=Drawer(db, api, budget, myself, clock),
        clockwork=Clockwork(db, known, vault, myself, defaults, budget),
        clock=clock,
        bell=bell,
    )


async def run(app: App, stop: asyncio.Event) -> None:
    """Work until ``stop``: take no more updates, finish the batch in hand, send what is ready, end."""
    await _set_up(app)
    await app.poster.start(app.clock.now())
    sending_stop = asyncio.Event()
    steps = {
        "outbox": app.outbox.step,
        "posts": app.poster.step,
        "redraws": app.drawer.step,
        "clock": app.clockwork.step,
    }
    senders = [
        asyncio.create_task(keep_doing(name, step, app.clock, app.bell.listen(), sending_stop), name=name)
        for name, step in steps.items()
    ]
    senders.append(asyncio.create_task(_describe(app), name="profile"))  # nobody waits for menus
    log.info("bot.running", bot=app.myself.username)
    try:
        await app.polling.run(stop)
    except TokenRejected:
        raise SettingsError("telegram.token: Telegram no longer accepts this token") from None
    finally:
        await _stop(app, sending_stop, senders)


async def _stop(app: App, sending_stop: asyncio.Event, senders: list[asyncio.Task[None]]) -> None:
    sending_stop.set()
    pending: list[Awaitable[Any]] = [app.toaster.flush(), _end(app, senders)]
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*pending, return_exceptions=True), FLUSH)
    app.toaster.stop()
    for sender in senders:
        sender.cancel()
    log.info("bot.stopped")


async def _end(app: App, senders: list[asyncio.Task[None]]) -> None:
    """First nothing more is begun, then what was begun ends."""
    await asyncio.gather(*senders, return_exceptions=True)
    await asyncio.gather(app.outbox.idle(), app.poster.idle(), app.drawer.idle())


async def _set_up(app: App) -> None:
    """Long polling needs that no webhook is set."""
    try:
        reply = await app.api.call("deleteWebhook", {"drop_pending_updates": False})
        if not reply.ok:
            log.warning("telegram.webhook_not_removed", code=reply.code)
    except NoAnswer:
        log.warning("telegram.unreachable", during="start")


async def _describe(app: App) -> None:
    try:
        await describe(app.api)
    except NoAnswer:
        log.warning("telegram.unreachable", during="profile")
