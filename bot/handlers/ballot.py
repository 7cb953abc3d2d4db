"""Taps on a ballot that did not take the fast path of the intake: the same service, one tap."""

from telegram import Update

from bot import buttons
from bot.chat import Context
from bot.domain.refusals import Refusal
from bot.services import ballot as service
from bot.views import ballot as views


async def on_vote(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.Vote)
    await _cast(ctx, service.Tap(button.ballot, button.option, ctx.user, ctx.chat, ctx.screen_message()))


async def on_withdraw(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.WithdrawVote)
    await _cast(ctx, service.Tap(button.ballot, None, ctx.user, ctx.chat, ctx.screen_message()))


async def _cast(ctx: Context, tap: service.Tap) -> None:
    (outcome,) = await service.cast_votes(
        ctx.scope.tx, ctx.scope.vault, [tap], ctx.scope.now, ctx.scope.shard
    )
    if isinstance(outcome, Refusal):
        raise outcome
    ctx.answer(views.toast(ctx.say, outcome.change, outcome.ballot, ctx.scope.defaults.time_zone))
