"""What people are told whose update was refused, met a bug, or came after a panic."""

from telegram import CallbackQuery, Message, Update

from bot.buttons import Button, Vote, WithdrawVote, unpack
from bot.chat import Scope, Screen, Send, Toast
from bot.domain.ids import ChatId
from bot.domain.refusals import Refusal, StaleButton
from bot.services import channel as channels
from bot.texts import Say, language_of
from bot.views import refusal as refusal_views

Answered = tuple[str, Toast]  # the id of the callback query, and the toast for it


async def say_no(scope: Scope, update: Update, refusal: Refusal) -> None:
    """To the person alone: a toast for a tap, else a private message.  Where nobody is named (an anonymous
    administrator, a post of the channel), to who connected the channel.
    """
    user, message = update.effective_user, update.effective_message
    say = Say(language_of(user.language_code if user else None))
    if update.callback_query:
        # Who pressed a key of their own waits for what it does; a vote that came too late needs no window.
        voted = isinstance(_button_of(update.callback_query), Vote | WithdrawVote)
        scope.answers.append(Toast(refusal_views.toast(say, refusal), alert=not voted))
    elif message is not None and (user is None or user.is_bot or message.sender_chat is not None):
        await _tell_owner(scope, message, refusal)
    elif user is not None and message is not None:
        scope.answers.append(Send(ChatId(user.id), Screen(refusal_views.html(say, refusal))))


async def _tell_owner(scope: Scope, message: Message, refusal: Refusal) -> None:
    channel = await channels.find(scope.tx, ChatId(message.chat.id))
    if channel is None or channel.owner is None:
        return
    if message.sender_chat is not None and message.sender_chat.id not in {channel.chat, channel.group}:
        return  # somebody writes as a channel of their own: no business of the owner's
    say = Say(channel.language)
    text = say.html(
        "trouble-command",
        command=(message.text or "/").split(maxsplit=1)[0],
        channel=channel.title,
        reason=refusal_views.words(say, refusal),
    )
    scope.answers.append(Send(ChatId(scope.vault.open(channel.owner)), Screen(text)))


def apologise(scope: Scope, update: Update, number: int) -> None:
    """For a bug, in place of all other answers, to whoever tapped or wrote in private.  ``number``: the update's."""
    user, chat = update.effective_user, update.effective_chat
    scope.answers.clear()
    say = Say(language_of(user.language_code if user else None))
    if update.callback_query:
        scope.answers.append(Toast(say.plain("bug", number=str(number)), alert=True))
    elif user is not None and chat is not None and chat.type == chat.PRIVATE:
        scope.answers.append(Send(ChatId(user.id), Screen(say.html("bug", number=str(number)))))


def closed(update: Update) -> Answered | None:
    """What is said to taps after a panic; nothing of them is stored."""
    query = update.callback_query
    if query is None:
        return None
    say = Say(language_of(query.from_user.language_code))
    return query.id, Toast(say.plain("panic-closed"), alert=True)


def _button_of(query: CallbackQuery) -> Button | None:
    try:
        return unpack(query.data or "")
    except StaleButton:
        return None
