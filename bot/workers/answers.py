"""Answers of handlers as rows of the outbox, in the transaction that caused them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, assert_never

from bot.chat import Answer, Delete, Edit, Send, Toast
from bot.domain.ids import ChatId
from bot.vault import Vault
from bot.views.screen import content
from db.engine import Tx
from db.queries import outbox


async def store_answers(tx: Tx, vault: Vault, answers: Sequence[Answer], now: datetime) -> list[Toast]:
    """Returns the toasts, which are not stored: their window is over before a restart could send them."""
    toasts: list[Toast] = []
    for answer in answers:
        match answer:
            case Toast():
                toasts.append(answer)
            case Send(chat, screen, reply_to, subject, delay):
                params: dict[str, Any] = {"chat_id": chat, **content(screen)}
                if reply_to is not None:
                    params["reply_parameters"] = {"message_id": reply_to, "allow_sending_without_reply": True}
                await put(tx, vault, chat, "sendMessage", params, now + timedelta(seconds=delay), subject)
            case Edit(chat, message, screen):
                params = {"chat_id": chat, "message_id": message, **content(screen)}
                await put(tx, vault, chat, "editMessageText", params, now)
            case Delete(chat, message):
                await put(tx, vault, chat, "deleteMessage", {"chat_id": chat, "message_id": message}, now)
            case _:
                assert_never(answer)
    return toasts


async def put(
    tx: Tx,
    vault: Vault,
    chat: ChatId,
    method: str,
    params: dict[str, Any],
    not_before: datetime,
    subject: int | None = None,
) -> None:
    call = vault.seal({"method": method, "params": params})
    await outbox.put(tx, vault.chat(chat), call, not_before, subject)
