"""What the bot is and what it can do."""

from telegram import Update

from bot.chat import Context, Screen, Send, Toast
from bot.domain.refusals import StaleButton


async def on_start(update: Update, ctx: Context) -> None:
    ctx.answer(Send(ctx.chat, Screen(ctx.say.html("start"))))


async def on_help(update: Update, ctx: Context) -> None:
    ctx.answer(Send(ctx.chat, Screen(ctx.say.html("help"))))


async def on_unknown_command(update: Update, ctx: Context) -> None:
    ctx.answer(Send(ctx.chat, Screen(ctx.say.html("no-such-command"))))


async def on_unknown_button(update: Update, ctx: Context) -> None:
    raise StaleButton()


async def on_no_button(update: Update, ctx: Context) -> None:
    """A callback without data (a game): every query is answered."""
    ctx.answer(Toast(""))
