"""Telling Telegram where to bring updates, or that we fetch them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import structlog
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.telegram.api import Api, NoAnswer, Reply
from bot.telegram.verdict import GiveUp, Reason, Sent, TryLater, judge

log = structlog.get_logger()

LONGEST_PAUSE = 60.0  # seconds between attempts
UPLOAD = 20.0  # seconds


class WebhookRefused(Exception):
    """Telegram does not take this address; its own words."""


class Setting(Protocol):
    """``bot.sections.Webhook``."""

    @property
    def url(self) -> str | None: ...
    @property
    def certificate(self) -> Path | None: ...
    @property
    def max_connections(self) -> int: ...


async def announce(
    api: Api, bot: ExtBot[None], setting: Setting, secret: str, allowed: Sequence[str], stop: asyncio.Event
) -> None:
    """setWebhook, until it has worked.  Updates that wait at Telegram are kept.  Raises WebhookRefused."""
    params: dict[str, object] = {
        "url": setting.url,
        "secret_token": secret,
        "max_connections": setting.max_connections,
        "allowed_updates": list(allowed),
        "drop_pending_updates": False,
    }
    certificate = (
        None if setting.certificate is None else await asyncio.to_thread(setting.certificate.read_bytes)
    )
    pause = 1.0
    while not stop.is_set():
        wait = await _try(api, bot, params, certificate)
        if wait is None:
            log.info("telegram.webhook_set", connections=setting.max_connections)
            return
        pause = min(LONGEST_PAUSE, max(pause * 2, wait))
        log.warning("telegram.webhook_not_set", retry_in=pause)
        await asyncio.sleep(pause)


async def _try(
    api: Api, bot: ExtBot[None], params: dict[str, object], certificate: bytes | None
) -> float | None:
    """None when it worked, else how many seconds to wait at least."""
    try:
        if certificate is None:
            reply = await api.call("setWebhook", params)
        else:
            return await _upload(bot, params, certificate)
    except NoAnswer:
        return 1.0
    match judge(reply):
        case Sent():
            return None
        case TryLater(after):
            return after or 1.0
        case GiveUp(Reason.TOKEN_REJECTED):
            return 1.0  # polling would end the program; here the token was good a moment ago
        case GiveUp():
            raise WebhookRefused(_words(reply))
        case _:
            return 1.0


async def _upload(bot: ExtBot[None], params: dict[str, object], certificate: bytes) -> float | None:
    """Files travel as a form, which python-telegram-bot builds."""
    try:
        await bot.set_webhook(**params, certificate=certificate, read_timeout=UPLOAD)  # type: ignore[arg-type]
    except TelegramError as error:
        if "webhook" in str(error).lower():
            raise WebhookRefused(str(error)) from None
        return 1.0
    return None


def _words(reply: Reply) -> str:
    return reply.description.removeprefix("Bad Request: ") or f"status {reply.code}"


async def remove_webhook(api: Api) -> None:
    """Long polling needs that none is set; updates that wait stay."""
    try:
        reply = await api.call("deleteWebhook", {"drop_pending_updates": False})
        if not reply.ok:
            log.warning("telegram.webhook_not_removed", code=reply.code)
    except NoAnswer:
        log.warning("telegram.unreachable", during="start")
