"""Readers' own words: private messages, their edits and buttons, and comments in discussion groups."""

from typing import assert_never

from telegram import Message, Update

from bot import buttons
from bot.chat import Answer, Context, Delete, Edit, Screen, Send, Toast
from bot.domain.ids import ChatId, MessageId
from bot.handlers.message import copied_post, message_of, said_in
from bot.services import comment as comments
from bot.services import exchange
from bot.services import opinion as service
from bot.services.comment import Comment, Copy
from bot.services.opinion import Betraying, NotTaken, Taken, WhichOne
from bot.views import opinion as views
from bot.views import refusal as refusals


async def on_link(update: Update, ctx: Context) -> None:
    """/start with the token of a discussion."""
    token = ctx.args[0] if ctx.args else ""
    number = MessageId(message_of(update).message_id)
    discussion, lane = await service.open_link(
        ctx.scope.tx, ctx.scope.vault, ctx.user, token, number, ctx.scope.now
    )
    passing = exchange.passing(ctx.scope.vault, discussion, ctx.user, lane)
    ctx.answer(Send(ctx.chat, views.ask(ctx.say, discussion, lane), passing=passing))


async def on_private(update: Update, ctx: Context) -> None:
    """A message of a reader to the bot."""
    message = message_of(update)
    number = MessageId(message.message_id)
    done = await service.say_private(
        ctx.scope.tx, ctx.scope.vault, ctx.user, ctx.chat, number, said_in(message), ctx.admission
    )
    ctx.answer(*answers(ctx, done, number))


def answers(
    ctx: Context, done: Taken | WhichOne | Betraying | NotTaken, number: MessageId
) -> tuple[Answer, ...]:
    match done:
        case WhichOne():
            return (Send(ctx.chat, views.which_one(ctx.say, done), reply_to=number),)
        case NotTaken(refusal, discussion, lane):
            passing = exchange.passing(ctx.scope.vault, discussion, ctx.user, lane)
            return (Send(ctx.chat, Screen(refusals.html(ctx.say, refusal)), passing=passing),)
        case Betraying():
            passing = exchange.passing(ctx.scope.vault, done.discussion, ctx.user, done.choice.lane)
            return (Send(ctx.chat, views.betraying(ctx.say, done), reply_to=number, passing=passing),)
        case Taken() if done.lane.leaves_trace:
            return (Send(ctx.chat, views.taken(ctx.say, done), reply_to=number),)
        case Taken():
            last = exchange.passing(
                ctx.scope.vault, done.discussion, ctx.user, done.lane, linger=exchange.LINGER
            )
            gone = (Delete(ctx.chat, message) for message in done.gone)
            return (*gone, Send(ctx.chat, views.taken(ctx.say, done), passing=last))
        case _:
            assert_never(done)


async def on_private_edit(update: Update, ctx: Context) -> None:
    message = message_of(update)
    number = MessageId(message.message_id)
    edited = await service.edit(
        ctx.scope.tx, ctx.scope.vault, ctx.chat, number, said_in(message), ctx.admission
    )
    if isinstance(edited, Betraying):
        ctx.answer(*answers(ctx, edited, number))
    elif edited is not None:
        ctx.answer(Send(ctx.chat, views.edited(ctx.say, edited.id), reply_to=number))


async def on_choose(update: Update, ctx: Context) -> None:
    """The reader says what an earlier message is about; Telegram hands that message over with the tap."""
    button = ctx.button(buttons.ChooseDiscussion)
    said = said_before(update, ctx)
    if said is None:
        ctx.answer(Toast(ctx.say.plain("opinion-resend"), alert=True))
        return
    done = await service.say_private_about(
        ctx.scope.tx,
        ctx.scope.vault,
        ctx.user,
        button.discussion,
        ctx.chat,
        MessageId(said.message_id),
        said_in(said),
        ctx.admission,
    )
    screen = views.betraying(ctx.say, done) if isinstance(done, Betraying) else views.taken(ctx.say, done)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), screen))


def said_before(update: Update, ctx: Context) -> Message | None:
    """The reader's own message to which the message with the tapped key replies; ``None`` when it is gone."""
    asked = update.callback_query.message if update.callback_query else None
    said = asked.reply_to_message if isinstance(asked, Message) and asked.is_accessible else None
    return None if said is None or said.from_user is None or said.from_user.id != ctx.user else said


async def on_change(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.ChangeOpinion)
    about, lane = await service.change(ctx.scope.tx, ctx.scope.vault, ctx.user, button.opinion, ctx.scope.now)
    passing = exchange.passing(ctx.scope.vault, about, ctx.user, lane)
    ctx.answer(Toast(""), Send(ctx.chat, Screen(ctx.say.html("opinion-write-new")), passing=passing))


async def on_withdraw(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.WithdrawOpinion)
    await service.withdraw(ctx.scope.tx, ctx.scope.vault, ctx.user, button.opinion)
    gone = Screen(ctx.say.html("opinion-withdrawn"))
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), gone))


async def on_comment(update: Update, ctx: Context) -> None:
    """A message in a discussion group.  Whatever comes of it, the bot says nothing there."""
    await comments.comment(ctx.scope.tx, ctx.scope.vault, comment_of(message_of(update)), ctx.scope.now)


async def on_comment_edit(update: Update, ctx: Context) -> None:
    message = message_of(update)
    number = MessageId(message.message_id)
    await comments.edit_comment(
        ctx.scope.tx, ctx.scope.vault, ctx.chat, number, said_in(message), ctx.admission
    )


def comment_of(message: Message) -> Comment:
    replied = message.reply_to_message
    user, copied = message.from_user, copied_post(replied)
    return Comment(
        group=ChatId(message.chat.id),
        message=MessageId(message.message_id),
        sender=message.sender_chat.id if message.sender_chat else user.id if user else message.chat.id,
        text=said_in(message),
        thread=None if message.message_thread_id is None else MessageId(message.message_thread_id),
        replied=None if replied is None else MessageId(replied.message_id),
        replied_copy=None if replied is None or copied is None else Copy(*copied, said_in(replied) or ""),
    )
