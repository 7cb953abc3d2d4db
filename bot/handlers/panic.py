"""/panic with its two keys, and /checkin: for owners, in private."""

from telegram import Update

from bot import buttons
from bot.chat import Context, Screen, Send, Toast
from bot.domain.audit import Act
from bot.domain.refusals import PanicStale
from bot.handlers.noting import note
from bot.services import checkin, rights
from bot.services import panic as service
from bot.views import panic as views


async def on_panic(update: Update, ctx: Context) -> None:
    await _own(ctx)
    number = await service.ask(ctx.scope.tx, ctx.scope.vault, ctx.user, ctx.scope.now)
    ctx.answer(Send(ctx.chat, views.sure(ctx.say, number)))


async def on_first(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.PanicFirst)
    await _own(ctx)
    if not await service.arm(ctx.scope.tx, ctx.scope.vault, ctx.user, button.number, ctx.scope.now):
        raise PanicStale()
    ctx.answer(Toast(ctx.say.plain("panic-armed")))


async def on_second(update: Update, ctx: Context) -> None:
    button, scope = ctx.button(buttons.PanicSecond), ctx.scope
    await _own(ctx)
    begun = await service.confirm(scope.tx, scope.vault, ctx.user, button.number, ctx.actor, scope.now)
    if not begun:
        raise PanicStale()
    ctx.answer(Toast(ctx.say.plain("panic-begun"), alert=True))


async def on_checkin(update: Update, ctx: Context) -> None:
    await _own(ctx)
    await note(ctx, Act.CHECKED_IN)
    silence = await checkin.silence(ctx.scope.tx)
    limit = ctx.scope.defaults.deadman
    text = views.checked_in(ctx.say, None if limit is None or silence is None else silence.left(limit))
    ctx.answer(Send(ctx.chat, Screen(text)))


async def _own(ctx: Context) -> None:
    """Of any channel.  Raises NotAnOwner."""
    await rights.owned_by(ctx.scope.tx, ctx.scope.vault, ctx.scope.facts, ctx.user)
