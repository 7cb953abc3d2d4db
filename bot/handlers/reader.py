"""A reader's rights: /privacy, /mydata, /forget.  They concern whoever asks, and nobody else."""

from telegram import Update

from bot import buttons
from bot.chat import Context, Edit, Screen, Send, Toast
from bot.services import reader as service
from bot.views import privacy
from bot.views import reader as views


async def on_privacy(update: Update, ctx: Context) -> None:
    ctx.answer(Send(ctx.chat, privacy.privacy(ctx.say, ctx.scope.defaults)))


async def on_mydata(update: Update, ctx: Context) -> None:
    scope = ctx.scope
    kept = await service.look_up(scope.tx, scope.vault, ctx.user, scope.defaults.retention)
    screens = views.mine(ctx.say, kept, scope.defaults.time_zone)
    ctx.answer(*(Send(ctx.chat, screen) for screen in screens))


async def on_forget(update: Update, ctx: Context) -> None:
    scope = ctx.scope
    kept = await service.look_up(scope.tx, scope.vault, ctx.user, scope.defaults.retention)
    ctx.answer(Send(ctx.chat, views.forget(ctx.say, kept)))


async def on_forget_me(update: Update, ctx: Context) -> None:
    ctx.button(buttons.ForgetMe)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), views.sure(ctx.say)))


async def on_forget_me_now(update: Update, ctx: Context) -> None:
    ctx.button(buttons.ForgetMeNow)
    scope = ctx.scope
    was = await service.erase(scope.tx, scope.vault, ctx.user, scope.defaults.retention, scope.shard)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), views.erased(ctx.say, was)))


async def on_keep_mine(update: Update, ctx: Context) -> None:
    ctx.button(buttons.KeepMine)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), Screen(ctx.say.html("forget-kept"))))
