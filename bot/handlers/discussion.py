"""What editors do with discussions: /poll, /close, /tally, /list and the buttons under them."""

from telegram import Message, MessageOriginChannel, Update

from bot import buttons
from bot.chat import Context, Delete, Edit, Screen, Send, Toast
from bot.domain.audit import Act
from bot.domain.command import parse_number, parse_poll
from bot.domain.discussion import Channel, Discussion
from bot.domain.ids import ChatId, DiscussionId, MessageId
from bot.domain.refusals import ChannelUnknown, DiscussionUnknown, NoDiscussionHere, NotAnEditor
from bot.handlers.message import copied_post, message_of, said_in
from bot.handlers.noting import note
from bot.services import brigading, moderation, posting, rights
from bot.services import channel as channels
from bot.services import discussion as service
from bot.views import discussion as views
from bot.views.posting import plan_ballot, question_of

LISTED = 10
TITLE = 200  # characters of somebody else's post that name the discussion


async def on_poll(update: Update, ctx: Context) -> None:
    """/poll in the channel or in its discussion group, alone or as a reply."""
    message = message_of(update)
    channel = await _channel_here(ctx, message)
    command = parse_poll(message.text or "")
    defaults = ctx.scope.defaults
    question = question_of(
        channel,
        asked=command.question,
        options=command.options,
        default=defaults.question,
        default_options=defaults.options,
    )
    target = message.reply_to_message
    about = None if target is None else MessageId(target.message_id)
    number = await service.open_discussion(
        ctx.scope.tx,
        ctx.scope.vault,
        defaults,
        channel,
        _title(target) or question.text,
        question,
        plan_ballot(channel, question, about, defaults.retention.keys),
        ctx.scope.now,
        chat=ctx.chat,
        target=about,
        editor=_editor(ctx, message),
    )
    await note(ctx, Act.ASKED, channel.id, number)
    ctx.answer(Delete(ctx.chat, MessageId(message.message_id)))


async def on_close_here(update: Update, ctx: Context) -> None:
    """/close as a reply to a ballot or its article."""
    message = message_of(update)
    channel = await _channel_here(ctx, message)
    discussion = await _replied(ctx, message, channel)
    if await service.close(ctx.scope.tx, discussion, ctx.scope.now):
        await note(ctx, Act.CLOSED, channel.id, discussion.id)
    ctx.answer(Delete(ctx.chat, MessageId(message.message_id)))


async def _channel_here(ctx: Context, message: Message) -> Channel:
    """The channel of this chat, once it is sure that its editor speaks.  Raises NotAnEditor or ChannelUnknown.

    A post in the channel proves that its author may post.  In the group, an anonymous administrator speaks as the
    group and the channel's own people as the channel; both names are given by Telegram and cannot be taken.
    """
    scope = ctx.scope
    channel = await channels.find(scope.tx, ctx.chat)
    if channel is None and message.chat.type == message.chat.CHANNEL:
        done = await channels.register(
            scope.tx, scope.vault, scope.facts, scope.myself, scope.defaults, ctx.chat, scope.now
        )
        channel = done.channel
    if channel is None:
        raise ChannelUnknown()
    if ctx.chat == channel.chat:
        return channel
    if message.sender_chat is not None:
        if message.sender_chat.id not in {channel.chat, channel.group}:
            raise NotAnEditor()
        return channel
    if not scope.facts.member(ctx.chat, ctx.user).is_admin:
        rights.require_editor(scope.facts, channel, ctx.user)
    return channel


def _editor(ctx: Context, message: Message) -> bytes | None:
    """Who is told if something goes wrong; nobody but the channel's owner where no person is named."""
    if message.sender_chat is not None or message.from_user is None:
        return None
    return ctx.scope.vault.seal(message.from_user.id)


def _title(target: Message | None) -> str | None:
    words = said_in(target) if target is not None else None
    return next((line.strip()[:TITLE] for line in (words or "").splitlines() if line.strip()), None)


async def _replied(ctx: Context, message: Message, channel: Channel) -> Discussion:
    """Of this channel alone: a copy of somebody's repost names the post's first home, where they may have no say."""
    target = message.reply_to_message
    if target is None:
        raise NoDiscussionHere()
    places = [(ctx.chat, MessageId(target.message_id))]
    if (copied := copied_post(target)) is not None:
        places.append(copied)
    for chat, number in places:
        try:
            found = await service.find_at(ctx.scope.tx, chat, number)
        except DiscussionUnknown:
            continue
        if found.channel.id == channel.id:
            return found
    raise NoDiscussionHere()


async def _wanted(ctx: Context) -> Discussion:
    """The discussion whose number stands behind the command, else the newest of the person's channels."""
    scope = ctx.scope
    mine = await rights.channels_of(scope.tx, scope.vault, scope.facts, ctx.user)
    number = _number(ctx)
    return await _newest(ctx, mine) if number is None else await _mine(ctx, number)


async def _seen(ctx: Context) -> Discussion:
    """As ``_wanted``, to be looked at only."""
    scope = ctx.scope
    mine = await rights.looked_at_by(scope.tx, scope.vault, scope.facts, ctx.user)
    number = _number(ctx)
    return await _newest(ctx, mine) if number is None else await _shown(ctx, number)


def _number(ctx: Context) -> DiscussionId | None:
    """Raises DiscussionUnknown for words that are no number."""
    if not ctx.args:
        return None
    number = parse_number(" ".join(ctx.args))
    if number is None:
        raise DiscussionUnknown()
    return DiscussionId(number)


async def _newest(ctx: Context, mine: list[Channel]) -> Discussion:
    newest = await service.newest(ctx.scope.tx, mine, 1)
    if not newest:
        raise DiscussionUnknown()
    return newest[0]


async def _mine(ctx: Context, number: DiscussionId) -> Discussion:
    """Raises DiscussionUnknown for other people's discussions, too: numbers cannot be tried out."""
    discussion = await service.find(ctx.scope.tx, number)
    try:
        rights.require_say(ctx.scope.facts, discussion, ctx.user)
    except NotAnEditor:
        raise DiscussionUnknown() from None
    return discussion


async def _shown(ctx: Context, number: DiscussionId) -> Discussion:
    """As ``_mine``, for whoever may look."""
    scope = ctx.scope
    discussion = await service.find(scope.tx, number)
    if await rights.may_look(scope.tx, scope.vault, scope.facts, discussion.channel, ctx.user):
        return discussion
    return await _mine(ctx, number)


async def on_tally(update: Update, ctx: Context) -> None:
    ctx.answer(Send(ctx.chat, await _tally(ctx, await _seen(ctx))))


async def _tally(ctx: Context, discussion: Discussion) -> Screen:
    """Leads to the decision over a message that may or may not have arrived: its question may not have reached anybody."""
    doubtful = await posting.uncertain_post(ctx.scope.tx, discussion)
    acts = rights.has_say(ctx.scope.facts, discussion, ctx.user)
    adjusted = await brigading.adjusted(ctx.scope.tx, discussion)
    zone = ctx.scope.defaults.time_zone
    screen = views.tally(ctx.say, discussion, zone, doubtful, acts=acts, adjusted=adjusted)
    waiting = await moderation.waiting(ctx.scope.tx, discussion)
    return views.with_waiting(ctx.say, screen, waiting)


async def on_list(update: Update, ctx: Context) -> None:
    scope = ctx.scope
    mine = await rights.looked_at_by(scope.tx, scope.vault, scope.facts, ctx.user)
    ctx.answer(Send(ctx.chat, views.listing(ctx.say, await service.newest(scope.tx, mine, LISTED))))


async def on_close(update: Update, ctx: Context) -> None:
    ctx.answer(Send(ctx.chat, views.close_sure(ctx.say, await _wanted(ctx))))


async def on_show_tally(update: Update, ctx: Context) -> None:
    discussion = await _shown(ctx, ctx.button(buttons.ShowTally).discussion)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), await _tally(ctx, discussion)))


async def on_ask_close(update: Update, ctx: Context) -> None:
    discussion = await _mine(ctx, ctx.button(buttons.AskClose).discussion)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), views.close_sure(ctx.say, discussion)))


async def on_close_sure(update: Update, ctx: Context) -> None:
    discussion = await _mine(ctx, ctx.button(buttons.Close).discussion)
    now_closed = await service.close(ctx.scope.tx, discussion, ctx.scope.now)
    if now_closed:
        await note(ctx, Act.CLOSED, discussion.channel.id, discussion.id)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), views.closed(ctx.say, discussion, now_closed)))


async def on_post_again(update: Update, ctx: Context) -> None:
    discussion, post = await posting.find_uncertain(ctx.scope.tx, ctx.button(buttons.PostAgain).post)
    await _mine(ctx, discussion.id)
    await posting.post_again(ctx.scope.tx, post, ctx.scope.now)
    await note(ctx, Act.POSTED_AGAIN, discussion.channel.id, discussion.id)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), Screen(ctx.say.html("post-repeated"))))


async def on_post_there(update: Update, ctx: Context) -> None:
    discussion, post = await posting.find_uncertain(ctx.scope.tx, ctx.button(buttons.PostIsThere).post)
    await _mine(ctx, discussion.id)
    await posting.confirm(ctx.scope.tx, post, None, ctx.scope.now)
    await note(ctx, Act.POST_CONFIRMED, discussion.channel.id, discussion.id)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), Screen(ctx.say.html("post-confirmed"))))


async def on_forwarded(update: Update, ctx: Context) -> bool:
    """An editor forwards the post that the bot was not sure of: now its number is known.  Returns whether it was that."""
    message = message_of(update)
    origin = message.forward_origin
    if not isinstance(origin, MessageOriginChannel):
        return False
    channel = await channels.find(ctx.scope.tx, ChatId(origin.chat.id))
    if channel is None or not ctx.scope.facts.member(channel.chat, ctx.user).may(rights.POST):
        return False
    known = await posting.recognise(
        ctx.scope.tx, channel.chat, MessageId(origin.message_id), said_in(message) or "", ctx.scope.now
    )
    if known:
        await note(ctx, Act.POST_CONFIRMED, channel.id)
        ctx.answer(Send(ctx.chat, Screen(ctx.say.html("post-confirmed"))))
    return known
