"""What the bot is and what it can do."""

from telegram import Update

from bot.chat import Context, Screen, Send, Toast
from bot.domain.refusals import StaleButton
from bot.services import channel as channels
from bot.services import rights
from bot.views import channel as views


async def on_start(update: Update, ctx: Context) -> None:
    """Who edits a channel learns its state, too: at its connection the bot may not have been allowed to write."""
    ctx.answer(Send(ctx.chat, Screen(ctx.say.html("start"))))
    scope = ctx.scope
    if not await rights.is_staff(scope.tx, scope.vault, ctx.user):
        return
    for channel in await rights.channels_of(scope.tx, scope.vault, scope.facts, ctx.user):
        done = await channels.register(
            scope.tx, scope.vault, scope.facts, scope.myself, scope.defaults, channel.chat, scope.now
        )
        ctx.answer(Send(ctx.chat, views.setup(ctx.say, done)))


async def on_help(update: Update, ctx: Context) -> None:
    ctx.answer(Send(ctx.chat, Screen(ctx.say.html("help"))))


async def on_unknown_command(update: Update, ctx: Context) -> None:
    ctx.answer(Send(ctx.chat, Screen(ctx.say.html("no-such-command"))))


async def on_unknown_button(update: Update, ctx: Context) -> None:
    raise StaleButton()


async def on_no_button(update: Update, ctx: Context) -> None:
    """A callback without data (a game): every query is answered."""
    ctx.answer(Toast(""))
