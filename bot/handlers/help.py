"""What the bot is and what it can do."""

from telegram import Update

from bot.chat import Context, Screen, Send, Toast
from bot.domain.refusals import StaleButton, TelegramAway
from bot.services import channel as channels
from bot.services import rights
from bot.views import channel as views

REPORTED = 10  # channels whose state stands in one message


async def on_start(update: Update, ctx: Context) -> None:
    """A greeting, always.  Who edits channels learns their state, too: at the connection the bot may not have been allowed
    to write.
    """
    ctx.answer(Send(ctx.chat, Screen(ctx.say.html("start"))))
    scope = ctx.scope
    try:
        mine = await rights.edited_by(scope.tx, scope.vault, scope.facts, ctx.user)
    except TelegramAway:
        return
    if mine:
        several = await channels.report(
            scope.tx, scope.vault, scope.facts, scope.myself, scope.defaults, mine[:REPORTED], scope.now
        )
        ctx.answer(Send(ctx.chat, views.setups(ctx.say, several)))


async def on_help(update: Update, ctx: Context) -> None:
    ctx.answer(Send(ctx.chat, Screen(ctx.say.html("help"))))


async def on_unknown_command(update: Update, ctx: Context) -> None:
    ctx.answer(Send(ctx.chat, Screen(ctx.say.html("no-such-command"))))


async def on_unknown_button(update: Update, ctx: Context) -> None:
    raise StaleButton()


async def on_no_button(update: Update, ctx: Context) -> None:
    """A callback without data (a game): every query is answered."""
    ctx.answer(Toast(""))
