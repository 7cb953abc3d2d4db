"""Where opinions are moderated: /moderate_here, the keys under cards, and answers to authors."""

from telegram import ChatMember, ChatMemberRestricted, ChatMemberUpdated, Update

from bot import buttons
from bot.chat import Context, Delete, Edit, Screen, Send, Toast
from bot.domain.card import CardState
from bot.domain.discussion import Channel
from bot.domain.ids import CardId, ChannelId, ChatId, MessageId, UserId
from bot.domain.refusals import CardGone
from bot.domain.room import Coming, Trouble
from bot.handlers import opinion
from bot.handlers.message import message_of, said_in
from bot.services import answering, quoting, rights
from bot.services import moderation as service
from bot.services import room as rooms
from bot.services.moderation import Opened
from bot.texts import Say
from bot.views import card as views

INSIDE = {ChatMember.OWNER, ChatMember.ADMINISTRATOR, ChatMember.MEMBER}


# Rooms


async def on_here(update: Update, ctx: Context) -> None:
    """/moderate_here in a staff group, or in the private chat of one of the staff."""
    scope, message = ctx.scope, message_of(update)
    if message.sender_chat is not None:  # Telegram does not say who it is
        ctx.answer(Send(ctx.chat, Screen(ctx.say.html("room-anonymous"))))
        return
    mine = await rooms.owned_or_edited(scope.tx, scope.vault, scope.facts, ctx.user, private=ctx.is_private)
    if not ctx.is_private:
        ctx.answer(Delete(ctx.chat, MessageId(message.message_id)))
    if len(mine) == 1:
        await _name(ctx, mine[0], ctx.chat)
    else:  # in private: the group need not know which channels there are
        group = None if ctx.is_private else ctx.chat
        ctx.answer(Send(ChatId(ctx.user), views.which_channel(ctx.say, mine, group)))


async def on_name(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.NameRoom)
    private = button.group == 0
    mine = await rooms.owned_or_edited(
        ctx.scope.tx, ctx.scope.vault, ctx.scope.facts, ctx.user, private=private
    )
    channel = rights.pick(mine, ChannelId(button.channel))
    trouble = await _named(ctx, channel, ChatId(ctx.user) if private else ChatId(-button.group))
    screen = views.named(ctx.say, channel, trouble, private=private)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), screen))


async def _name(ctx: Context, channel: Channel, chat: ChatId) -> None:
    trouble = await _named(ctx, channel, chat)
    ctx.answer(Send(ChatId(ctx.user), views.named(ctx.say, channel, trouble, private=ctx.is_private)))


async def _named(ctx: Context, channel: Channel, chat: ChatId) -> Trouble | None:
    scope = ctx.scope
    return await rooms.name_room(
        scope.tx,
        scope.vault,
        scope.facts,
        scope.myself,
        scope.rules,
        channel,
        ctx.user,
        chat,
        ctx.actor,
        scope.now,
    )


async def on_off(update: Update, ctx: Context) -> None:
    """/moderate_off: no more cards come here."""
    scope, message = ctx.scope, message_of(update)
    if message.sender_chat is not None:
        ctx.answer(Send(ctx.chat, Screen(ctx.say.html("room-anonymous"))))
        return
    left = await rooms.leave_rooms(
        scope.tx, scope.vault, scope.facts, ctx.user, ctx.chat, ctx.actor, scope.now
    )
    if not ctx.is_private:
        ctx.answer(Delete(ctx.chat, MessageId(message.message_id)))
    ctx.answer(Send(ChatId(ctx.user), views.left(ctx.say, left)))


async def on_coming(ctx: Context, change: ChatMemberUpdated) -> None:
    """Somebody came or went, perhaps in a room."""
    coming = Coming(
        person=UserId(change.new_chat_member.user.id),
        actor=UserId(change.from_user.id),
        was_inside=_inside(change.old_chat_member),
        is_inside=_inside(change.new_chat_member),
        via_request=bool(change.via_join_request),
        link_asks=None if change.invite_link is None else change.invite_link.creates_join_request,
    )
    await rooms.came_or_went(ctx.scope.tx, ctx.scope.vault, ctx.scope.facts, ctx.chat, coming)


def _inside(member: ChatMember) -> bool:
    return member.status in INSIDE or (isinstance(member, ChatMemberRestricted) and member.is_member)


# Cards


async def _opened(ctx: Context, card: CardId) -> Opened:
    scope = ctx.scope
    return await service.open_card(scope.tx, scope.vault, scope.facts, ctx.chat, ctx.user, card)


async def on_approve(update: Update, ctx: Context) -> None:
    await _decide(ctx, ctx.button(buttons.Approve).card, CardState.APPROVED)


async def on_reject(update: Update, ctx: Context) -> None:
    await _decide(ctx, ctx.button(buttons.Reject).card, CardState.REJECTED)


async def _decide(ctx: Context, card: CardId, state: CardState) -> None:
    opened = await _opened(ctx, card)
    changed = await service.decide(ctx.scope.tx, ctx.scope.vault, opened, state, ctx.actor, ctx.scope.now)
    ctx.answer(Toast(ctx.say.plain(f"card-{state}") if changed else ctx.say.plain("card-same")))


async def on_mute(update: Update, ctx: Context) -> None:
    await _mute(ctx, ctx.button(buttons.Mute).card, muted=True)


async def on_unmute(update: Update, ctx: Context) -> None:
    await _mute(ctx, ctx.button(buttons.Unmute).card, muted=False)


async def _mute(ctx: Context, card: CardId, *, muted: bool) -> None:
    opened = await _opened(ctx, card)
    await service.set_muted(ctx.scope.tx, ctx.scope.vault, opened, muted, ctx.actor, ctx.scope.now)
    ctx.answer(Toast(ctx.say.plain("card-muted") if muted else ctx.say.plain("card-unmuted")))


async def on_choose(update: Update, ctx: Context) -> None:
    opened = await _opened(ctx, ctx.button(buttons.Choose).card)
    await service.set_chosen(ctx.scope.tx, opened, ctx.scope.vault.staff(ctx.user))
    ctx.answer(Toast(ctx.say.plain("card-chosen")))


async def on_unchoose(update: Update, ctx: Context) -> None:
    opened = await _opened(ctx, ctx.button(buttons.Unchoose).card)
    await service.set_chosen(ctx.scope.tx, opened, None)
    ctx.answer(Toast(ctx.say.plain("card-unchosen")))


async def on_quote(update: Update, ctx: Context) -> None:
    scope = ctx.scope
    opened = await _opened(ctx, ctx.button(buttons.Quote).card)
    new = await quoting.quote(scope.tx, scope.vault, opened, scope.rules.quotes_within, ctx.actor, scope.now)
    ctx.answer(Toast(ctx.say.plain("card-quoted") if new else ctx.say.plain("card-same")))


async def on_report(update: Update, ctx: Context) -> None:
    """A reader, under a quotation in the discussion group."""
    quote = ctx.button(buttons.Report).quote
    first = await quoting.report(ctx.scope.tx, ctx.scope.vault, ctx.user, quote, ctx.scope.now)
    said = ctx.say.plain("quote-reported") if first else ctx.say.plain("quote-reported-before")
    ctx.answer(Toast(said, alert=True))


# Answers to authors


async def on_ask_answer(update: Update, ctx: Context) -> None:
    scope, button = ctx.scope, ctx.button(buttons.AskAnswer)
    opened = await _opened(ctx, button.card)
    count = await answering.begin(
        scope.tx, scope.vault, opened, ctx.chat, ctx.user, scope.now, chosen=button.chosen == 1
    )
    ctx.answer(Toast(""), Send(ctx.chat, views.ask_answer(ctx.say, ctx.user, ctx.actor.name, count)))


async def on_answer(update: Update, ctx: Context) -> bool:
    """A reply to the bot's question what to answer; returns whether it was that.  It is shown before it is sent."""
    message = message_of(update)
    asked = message.reply_to_message
    if asked is None or asked.from_user is None or asked.from_user.id != ctx.scope.myself.id:
        return False
    if message.from_user is None or message.sender_chat is not None:
        return False
    scope = ctx.scope
    written = await answering.write(scope.tx, scope.vault, ctx.chat, ctx.user, said_in(message))
    if written is None:
        return False
    preview = views.answer_preview(ctx.say, *written)
    ctx.answer(Send(ctx.chat, preview, reply_to=MessageId(message.message_id)))
    return True


async def on_group_message(update: Update, ctx: Context) -> None:
    """In a room an answer to an author; in a discussion group a comment."""
    if not await on_answer(update, ctx):
        await opinion.on_comment(update, ctx)


async def on_send_answer(update: Update, ctx: Context) -> None:
    scope = ctx.scope
    number = ctx.button(buttons.SendAnswer).answer
    written = await answering.find(scope.tx, scope.vault, number, ctx.chat, ctx.user)
    opened = [each for card in written.cards if (each := await _still(ctx, card)) is not None]
    if not opened:
        raise CardGone()
    letters = await answering.send(scope.tx, scope.vault, written, opened, ctx.actor, scope.now)
    for letter in letters:
        screen = views.answer(Say(letter.language), letter.title, written.text)
        ctx.answer(Send(letter.chat, screen))
    sent = Screen(ctx.say.html("answer-sent", text=written.text))
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), sent))


async def _still(ctx: Context, card: CardId) -> Opened | None:
    """``None`` where the opinion was withdrawn since."""
    try:
        return await _opened(ctx, card)
    except CardGone:
        return None


async def on_cancel_answer(update: Update, ctx: Context) -> None:
    scope = ctx.scope
    number = ctx.button(buttons.CancelAnswer).answer
    written = await answering.find(scope.tx, scope.vault, number, ctx.chat, ctx.user)
    await answering.cancel(scope.tx, written)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), Screen(ctx.say.html("answer-cancelled"))))
