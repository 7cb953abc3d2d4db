"""The one place that builds long-lived objects; starts and stops the workers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from telegram.error import TelegramError

from bot.config import Settings
from bot.domain.ids import UserId
from bot.domain.installation import Myself
from bot.domain.panic import Stage
from bot.domain.screening import Limits
from bot.readiness import Readiness, metrics_of
from bot.routes import ALLOWED_UPDATES
from bot.sections import SettingsError, span_of
from bot.services import panic
from bot.serving import Probes
from bot.storage import existing_database, existing_vault, open_database
from bot.telegram.api import Api, NoAnswer, Reply
from bot.telegram.application import BotApplication, build_dispatcher
from bot.telegram.facts import TelegramFacts
from bot.telegram.polling import Polling, TokenRejected
from bot.telegram.profile import describe
from bot.telegram.request import AiohttpRequest
from bot.telegram.verdict import GiveUp, Reason, judge
from bot.telegram.webhook import Webhook
from bot.telegram.webhook_setting import WebhookRefused, announce, remove_webhook
from bot.texts.roots import RootsError, load_roots
from bot.vault import Vault
from bot.workers.cards import CardWorker
from bot.workers.clock import Clock, Clockwork, SystemClock
from bot.workers.deafness import Deafness
from bot.workers.forgetting import Forgetter
from bot.workers.gathering import Gathering
from bot.workers.housekeeping import Housekeeping
from bot.workers.intake import Intake
from bot.workers.leases import Leases, new_holder
from bot.workers.loop import Bell, Step, first_of, keep_doing
from bot.workers.outbox import Outbox
from bot.workers.panic import Panicker, destroy
from bot.workers.posts import Poster
from bot.workers.publisher import Publisher
from bot.workers.quotes import Quoter
from bot.workers.redraw import Drawer
from bot.workers.sampling import Sampler
from bot.workers.screening import Screener
from bot.workers.toaster import Toaster
from bot.workers.tying import Tying
from db.dialect import DatabaseAway
from db.engine import Database

log = structlog.get_logger()

FLUSH = 0.5  # seconds for what is on its way when the bot is told to stop
RELEASE = 0.2  # seconds for giving back the leases; otherwise they run out
POLLER = "poller"
RENEW_REST = 0.5  # seconds between two looks at what has to be renewed
HEARS_VOTES = {"redraws", "publisher"}
STAND_BY = 1.0  # seconds between two looks at who polls


@dataclass(slots=True)
class App:
    """Everything that lives as long as the bot runs.  Each worker has ``step``; ``run`` repeats them."""

    settings: Settings
    db: Database
    vault: Vault
    api: Api
    facts: TelegramFacts
    myself: Myself
    dispatcher: BotApplication
    intake: Intake
    polling: Polling
    gathering: Gathering
    deafness: Deafness
    leases: Leases
    toaster: Toaster
    outbox: Outbox
    poster: Poster
    drawer: Drawer
    publisher: Publisher
    sampler: Sampler
    screener: Screener
    cards: CardWorker
    quoter: Quoter
    clockwork: Clockwork
    tying: Tying
    forgetter: Forgetter
    housekeeping: Housekeeping
    panicker: Panicker
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
async def open_app(
    settings: Settings, clock: Clock | None = None, *, panicking: bool = False
) -> AsyncIterator[App]:
    """Connected and ready, with no worker running yet.  Raises SettingsError.

    ``panicking``: a panic that is not finished goes on, what needs no Telegram at once.
    """
    clock = clock or SystemClock()
    if panicking:
        await _go_on_with_panic(settings, clock)
    request, api = build_api(settings)
    await request.initialize()
    db: Database | None = None
    try:
        myself = await who_am_i(api, settings)
        db, vault = await open_database(settings, panicking=panicking)
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


async def _go_on_with_panic(settings: Settings, clock: Clock) -> None:
    """Whether Telegram answers or not.  A database that is not there or of another release has nothing to go on with."""
    with suppress(SettingsError):
        async with existing_database(settings) as db:
            async with db.read() as tx:
                known = await panic.alarm(tx)
            if known is not None and known.stage is Stage.BEGUN:
                vault = await asyncio.to_thread(existing_vault, settings)
                await destroy(db, vault, clock.now())


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
    defaults, retention = settings.for_chats(), settings.retention.spans()
    toaster = Toaster(api)
    leases = Leases(db, new_holder())
    deafness = Deafness(db, clock)
    bell = Bell()
    moderation = settings.moderation
    try:
        roots = load_roots(moderation.roots)
    except RootsError as error:
        raise SettingsError(f"moderation.roots: {error}") from None
    limits = Limits(moderation.per_minute, moderation.per_day)
    every = span_of(moderation.every) or timedelta()
    intake = Intake(
        db,
        dispatcher,
        known,
        vault,
        myself,
        defaults,
        toaster,
        clock,
        lambda: leases.seat,
        moderation.rules,
    )
    intake.applied = lambda only_votes: bell.ring(only_votes=only_votes)
    intake.sampler = Sampler(db, TelegramFacts(api), vault, defaults, settings.brigading.sample)
    return App(
        settings=settings,
        db=db,
        vault=vault,
        api=api,
        facts=known,
        myself=myself,
        dispatcher=dispatcher,
        intake=intake,
        polling=Polling(api, intake.take, ALLOWED_UPDATES, deafness),
        gathering=Gathering(intake, deafness),
        deafness=deafness,
        leases=leases,
        toaster=toaster,
        outbox=Outbox(db, api, vault, leases, clock),
        poster=Poster(db, api, vault, leases, myself, clock),
        drawer=Drawer(db, api, leases, myself, clock),
        publisher=Publisher(db, leases, lambda: bell.ring(only_votes=True)),
        sampler=intake.sampler,
        clockwork=Clockwork(db, known, vault, myself, defaults, retention, leases),
        forgetter=Forgetter(db, vault, retention, leases),
        housekeeping=Housekeeping(vault, settings.logging.file, retention.logs),
        screener=Screener(db, vault, leases, roots, limits),
        cards=CardWorker(db, api, vault, leases, myself, clock, defaults, every, moderation.rules),
        quoter=Quoter(db, api, vault, leases, clock),
        tying=Tying(db, vault, leases),
        panicker=Panicker(db, api, vault, leases, intake, clock, defaults.deadman),
        clock=clock,
        bell=bell,
    )


async def run(app: App, stop: asyncio.Event, webhook: Webhook | None, probes: Probes) -> None:
    """Work until ``stop``: take no more updates, finish what is in hand, send what is ready, end.

    ``webhook`` listens already; without one, updates are fetched by long polling.  Raises SettingsError.
    """
    now = app.clock.now()
    await app.deafness.start(now)
    await app.leases.take_seat(now)
    await app.panicker.start(now)
    await app.poster.start(now)
    sending_stop = asyncio.Event()
    steps: dict[str, tuple[Step, float]] = {
        "outbox": (app.outbox.step, app.outbox.rest),
        "posts": (app.poster.step, app.poster.rest),
        "redraws": (app.drawer.step, app.drawer.rest),
        "publisher": (app.publisher.step, app.publisher.rest),
        "sampling": (app.sampler.step, app.sampler.rest),
        "screening": (app.screener.step, app.screener.rest),
        "cards": (app.cards.step, app.cards.rest),
        "quotes": (app.quoter.step, app.quoter.rest),
        "clock": (app.clockwork.step, app.clockwork.rest),
        "panic": (app.panicker.step, app.panicker.rest),
        "audit": (app.tying.step, app.tying.rest),
        "forgetting": (app.forgetter.step, app.forgetter.rest),
        "leases": (app.leases.step, RENEW_REST),
        "housekeeping": (app.housekeeping.step, RENEW_REST),
        "pulse": (app.deafness.step, RENEW_REST),
    }
    workers = [
        asyncio.create_task(
            keep_doing(
                name, step, app.clock, app.bell.listen(votes=name in HEARS_VOTES), sending_stop, rest=rest
            ),
            name=name,
        )
        for name, (step, rest) in steps.items()
    ]
    probes.checks = Readiness(app.db, app.gathering, app.deafness, tuple(workers)).checks
    probes.metrics = metrics_of(app.intake, app.gathering, app.api, app.deafness)
    workers.append(asyncio.create_task(_describe(app), name="profile"))  # nobody waits for menus
    panicking = asyncio.create_task(_stop_after_panic(app, stop), name="panic's end")
    log.info(
        "bot.running", bot=app.myself.username, mode=str(app.settings.telegram.mode), seat=app.leases.seat
    )
    try:
        if webhook is None:
            await poll(app, stop)
        else:
            await receive(app, webhook, stop)
    except TokenRejected:
        raise SettingsError("telegram.token: Telegram no longer accepts this token") from None
    except WebhookRefused as error:
        raise SettingsError(f"webhook.url: Telegram does not take it ({error})") from None
    finally:
        panicking.cancel()
        await _stop(app, sending_stop, workers)


async def _stop_after_panic(app: App, stop: asyncio.Event) -> None:
    await app.panicker.over.wait()
    stop.set()


async def poll(app: App, stop: asyncio.Event) -> None:
    """Telegram has one poller at a time: of several processes, whoever holds the lease."""
    while not stop.is_set():
        if await app.leases.hold(POLLER, app.clock.now()):
            await remove_webhook(app.api)
            ours = asyncio.Event()
            watching = asyncio.create_task(_watch_lease(app, stop, ours), name="poller's lease")
            try:
                await app.polling.run(ours)
            finally:
                watching.cancel()
        else:
            await first_of(stop, timeout=STAND_BY)


async def _watch_lease(app: App, stop: asyncio.Event, over: asyncio.Event) -> None:
    while not stop.is_set() and app.leases.holds(POLLER, app.clock.now()):
        await first_of(stop, timeout=STAND_BY)
    over.set()


async def receive(app: App, webhook: Webhook, stop: asyncio.Event) -> None:
    secret = webhook_secret(app.settings, app.vault)
    gathering = asyncio.create_task(app.gathering.run(stop), name="gathering")
    webhook.open(app.gathering.submit, secret)
    announcing = asyncio.create_task(
        announce(app.api, app.dispatcher.bot, app.settings.webhook, secret, ALLOWED_UPDATES, stop)
    )
    gathering.add_done_callback(lambda _: announcing.cancel())  # which may wait for Telegram for a minute
    await asyncio.wait({gathering, announcing}, return_when=asyncio.FIRST_EXCEPTION)
    stop.set()  # nothing new to it, unless one of them failed
    announcing.cancel()
    await asyncio.gather(gathering, announcing, return_exceptions=True)
    for task in (announcing, gathering):
        if not task.cancelled() and (error := task.exception()):
            raise error


def webhook_secret(settings: Settings, vault: Vault) -> str:
    """One for all processes, without an operator having to think of one."""
    chosen = settings.webhook.secret
    return vault.webhook_secret() if chosen is None else chosen.get_secret_value()


async def _stop(app: App, sending_stop: asyncio.Event, workers: list[asyncio.Task[None]]) -> None:
    sending_stop.set()
    pending: list[Awaitable[Any]] = [app.toaster.flush(), _end(app, workers)]
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*pending, return_exceptions=True), FLUSH)
    app.toaster.stop()
    for worker in workers:
        worker.cancel()
    with suppress(DatabaseAway, TimeoutError):
        await asyncio.wait_for(app.leases.release_all(), RELEASE)
    log.info("bot.stopped")


async def _end(app: App, workers: list[asyncio.Task[None]]) -> None:
    """First nothing more is begun, then what was begun ends."""
    await asyncio.gather(*workers, return_exceptions=True)
    await asyncio.gather(
        app.outbox.idle(), app.poster.idle(), app.drawer.idle(), app.cards.idle(), app.quoter.idle()
    )


async def _describe(app: App) -> None:
    try:
        await describe(app.api)
    except NoAnswer:
        log.warning("telegram.unreachable", during="profile")
