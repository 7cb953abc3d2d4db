"""Answers of handlers as rows of the outbox, in the transaction that caused them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, assert_never

from telegram import ChatMember, Update

from bot.chat import Answer, Delete, Edit, Passing, Send, Toast
from bot.domain.ids import ChatId, KeyName, Pseudonym
from bot.vault import Vault
from bot.views.screen import content
from db.engine import Tx
from db.queries import outbox


async def store_answers(tx: Tx, vault: Vault, answers: Sequence[Answer], now: datetime) -> list[Toast]:
    """Returns the toasts, which are not stored: their window is over before a restart could send them.

    What is for a chat that is closed to us is dropped.
    """
    chats = {vault.chat(answer.chat) for answer in answers if not isinstance(answer, Toast)}
    closed = await outbox.unreachable(tx, chats) if chats else set()
    toasts: list[Toast] = []
    for answer in answers:
        if isinstance(answer, Toast):
            toasts.append(answer)
        elif vault.chat(answer.chat) not in closed:
            await _store(tx, vault, answer, now)
    return toasts


async def hear(tx: Tx, vault: Vault, update: Update) -> None:
    """Who writes can be written to, and so can a chat where the bot is let in again, whatever Telegram said before."""
    chat, change = update.effective_chat, update.my_chat_member
    if chat is None or (change is None and chat.type != chat.PRIVATE):
        return
    if change is None or change.new_chat_member.status not in {ChatMember.LEFT, ChatMember.BANNED}:
        await outbox.reachable_again(tx, vault.chat(ChatId(chat.id)))


async def _store(tx: Tx, vault: Vault, answer: Send | Edit | Delete, now: datetime) -> None:
    """Edits of one message merge while they wait, and its removal makes them needless."""
    chat = vault.chat(answer.chat)
    where = {"chat_id": answer.chat}
    match answer:
        case Send(_, screen, reply_to, subject, delay, passing):
            params: dict[str, Any] = {**where, **content(screen)}
            if reply_to is not None:
                params["reply_parameters"] = {"message_id": reply_to, "allow_sending_without_reply": True}
            call = seal(vault, "sendMessage", params, passing)
            when = (now + timedelta(seconds=delay),) if delay else ()
            priority = outbox.LATER if delay else outbox.AT_THIS_MOMENT
            await outbox.put(tx, chat, call, *when, now=now, subject=subject, priority=priority)
        case Edit(_, message, screen):
            call = seal(vault, "editMessageText", {**where, "message_id": message, **content(screen)})
            edits = vault.message(answer.chat, message)
            if not await outbox.replace_edit(tx, edits, call):
                await outbox.put(tx, chat, call, now=now, edits=edits)
        case Delete(_, message, delay):
            call = seal(vault, "deleteMessage", {**where, "message_id": message})
            if delay:
                when = (now + timedelta(seconds=delay),)
                await outbox.put(tx, chat, call, *when, now=now, priority=outbox.REMOVING)
            else:
                await outbox.remove_edit(tx, vault.message(answer.chat, message))
                await outbox.put(tx, chat, call, now=now)
        case _:
            assert_never(answer)


def seal(vault: Vault, method: str, params: dict[str, Any], passing: Passing | None = None) -> bytes:
    call: dict[str, Any] = {"method": method, "params": params}
    if passing is not None:
        call["passing"] = [passing.key.hex(), passing.person.hex(), passing.traceless, passing.linger]
    return vault.seal_waiting(call)


def passing_of(call: dict[str, Any]) -> Passing | None:
    """As ``seal`` wrote it down."""
    if "passing" not in call:
        return None
    key, person, traceless, linger = call["passing"]
    return Passing(KeyName(bytes.fromhex(key)), Pseudonym(bytes.fromhex(person)), traceless, linger)
