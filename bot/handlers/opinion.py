"""Readers' own words: private messages, their edits and buttons, and comments in discussion groups."""

from telegram import Message, Update

from bot import buttons
from bot.chat import Context, Edit, Screen, Send, Toast
from bot.domain.ids import ChatId, MessageId
from bot.handlers.message import copied_post, message_of, said_in
from bot.services import opinion as service
from bot.services.opinion import Comment, Copy, WhichOne
from bot.views import opinion as views


async def on_link(update: Update, ctx: Context) -> None:
    """/start with the token of a discussion."""
    token = ctx.args[0] if ctx.args else ""
    discussion = await service.open_link(ctx.scope.tx, ctx.scope.vault, ctx.user, token, ctx.scope.now)
    ctx.answer(Send(ctx.chat, views.ask(ctx.say, discussion)))


async def on_private(update: Update, ctx: Context) -> None:
    """A message of a reader to the bot."""
    message = message_of(update)
    number = MessageId(message.message_id)
    done = await service.say_private(
        ctx.scope.tx, ctx.scope.vault, ctx.user, ctx.chat, number, said_in(message), ctx.scope.now
    )
    if isinstance(done, WhichOne):
        ctx.answer(Send(ctx.chat, views.which_one(ctx.say, done), reply_to=number))
    else:
        ctx.answer(Send(ctx.chat, views.taken(ctx.say, done), reply_to=number))


async def on_private_edit(update: Update, ctx: Context) -> None:
    message = message_of(update)
    number = MessageId(message.message_id)
    edited = await service.edit(ctx.scope.tx, ctx.scope.vault, ctx.chat, number, said_in(message))
    if edited is not None:
        ctx.answer(Send(ctx.chat, views.edited(ctx.say, edited.id), reply_to=number))


async def on_choose(update: Update, ctx: Context) -> None:
    """The reader says what an earlier message is about; Telegram hands that message over with the tap."""
    button = ctx.button(buttons.ChooseDiscussion)
    asked = update.callback_query.message if update.callback_query else None
    said = asked.reply_to_message if isinstance(asked, Message) and asked.is_accessible else None
    if said is None or said.from_user is None or said.from_user.id != ctx.user:
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
    )
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), views.taken(ctx.say, done)))


async def on_change(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.ChangeOpinion)
    await service.change(ctx.scope.tx, ctx.scope.vault, ctx.user, button.opinion, ctx.scope.now)
    ctx.answer(Toast(""), Send(ctx.chat, Screen(ctx.say.html("opinion-write-new"))))


async def on_withdraw(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.WithdrawOpinion)
    await service.withdraw(ctx.scope.tx, ctx.scope.vault, ctx.user, button.opinion)
    gone = Screen(ctx.say.html("opinion-withdrawn"))
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), gone))


async def on_stop(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.StopWriting)
    await service.stop_writing(ctx.scope.tx, ctx.scope.vault, ctx.user, button.discussion)
    stopped = Screen(ctx.say.html("opinion-stopped"))
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), stopped))


async def on_comment(update: Update, ctx: Context) -> None:
    """A message in a discussion group.  Whatever comes of it, the bot says nothing there."""
    await service.comment(ctx.scope.tx, ctx.scope.vault, comment_of(message_of(update)), ctx.scope.now)


async def on_comment_edit(update: Update, ctx: Context) -> None:
    message = message_of(update)
    number = MessageId(message.message_id)
    await service.edit_comment(ctx.scope.tx, ctx.scope.vault, ctx.chat, number, said_in(message))


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
