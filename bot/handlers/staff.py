"""What owners do in private: /staff and its keys, /audit; and what happens to whoever opens an invitation."""

from telegram import Update

from bot import buttons
from bot.chat import Context, Edit, Screen, Send, Toast
from bot.domain.audit import Act
from bot.domain.discussion import Channel
from bot.domain.ids import ChannelId, ChatId
from bot.domain.role import Role
from bot.handlers.noting import note
from bot.services import audit, rights
from bot.services import staff as service
from bot.views import staff as views
from bot.views.ballot import link

LISTED = 12  # rows of the audit log in a message


async def on_staff(update: Update, ctx: Context) -> None:
    scope = ctx.scope
    mine = await rights.owned_by(scope.tx, scope.vault, scope.facts, ctx.user)
    screen = views.which_channel(ctx.say, mine) if len(mine) > 1 else await _team(ctx, mine[0])
    ctx.answer(Send(ctx.chat, screen))


async def on_show(update: Update, ctx: Context) -> None:
    channel = await _owned(ctx, ctx.button(buttons.ShowStaff).channel)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), await _team(ctx, channel)))


async def on_invite_moderator(update: Update, ctx: Context) -> None:
    await _invite(ctx, ctx.button(buttons.InviteModerator).channel, Role.MODERATOR)


async def on_invite_analyst(update: Update, ctx: Context) -> None:
    await _invite(ctx, ctx.button(buttons.InviteAnalyst).channel, Role.ANALYST)


async def on_remove(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.RemoveRole)
    channel = await _owned(ctx, button.channel)
    gone = await service.remove(ctx.scope.tx, ctx.scope.vault, channel, button.person)
    if gone is not None:
        await note(ctx, Act.REMOVED, channel.id, detail=gone.role)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), await _team(ctx, channel)))


async def on_invitation(update: Update, ctx: Context) -> None:
    """/start with an invitation: from now on this person has the role."""
    scope, actor = ctx.scope, ctx.actor
    payload = ctx.args[0] if ctx.args else ""
    done = await service.accept(scope.tx, scope.vault, scope.facts, ctx.user, actor.name, payload, scope.now)
    await note(ctx, Act.NAMED, done.channel.id, detail=done.role)
    ctx.answer(Send(ctx.chat, views.welcome(ctx.say, done)))
    ctx.answer(Send(ChatId(done.inviter), views.joined(ctx.say, done, actor.name)))


async def on_audit(update: Update, ctx: Context) -> None:
    ctx.answer(Send(ctx.chat, await _audit(ctx, None)))


async def on_audit_page(update: Update, ctx: Context) -> None:
    before = ctx.button(buttons.ShowAudit).before or None
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), await _audit(ctx, before)))


async def _owned(ctx: Context, channel: ChannelId) -> Channel:
    return await service.owned(ctx.scope.tx, ctx.scope.facts, channel, ctx.user)


async def _team(ctx: Context, channel: Channel) -> Screen:
    return views.team(ctx.say, channel, await service.team(ctx.scope.tx, ctx.scope.vault, channel))


async def _invite(ctx: Context, number: ChannelId, role: Role) -> None:
    scope, channel = ctx.scope, await _owned(ctx, number)
    payload = await service.invite(scope.tx, scope.vault, channel, role, ctx.user, scope.now)
    await note(ctx, Act.INVITED, channel.id, detail=role)
    screen = views.invitation(ctx.say, channel, role, link(scope.myself.username, payload))
    ctx.answer(Toast(""), Send(ctx.chat, screen))


async def _audit(ctx: Context, before: int | None) -> Screen:
    scope = ctx.scope
    mine = await rights.owned_by(scope.tx, scope.vault, scope.facts, ctx.user)
    found, more = await audit.page(scope.tx, [channel.id for channel in mine], before, LISTED)
    return views.audit(
        ctx.say,
        [(entry, audit.who(scope.vault, entry), audit.fits(scope.vault, entry)) for entry in found],
        {channel.id: channel.title for channel in mine},
        scope.defaults.time_zone,
        more=more,
        newest=before is None,
        holds=await audit.is_tied(scope.tx, scope.vault),
    )
