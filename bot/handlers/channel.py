"""What happens to channels and groups: the bot comes and goes, administrators change, posts are copied."""

from telegram import ChatMember, Message, MessageEntity, MessageOriginChannel, Update

from bot.chat import Context, Delete, Send
from bot.domain.audit import Act
from bot.domain.command import parse_poll
from bot.domain.discussion import Channel
from bot.domain.facts import ChatFacts
from bot.domain.ids import ChatId, MessageId, UserId
from bot.domain.refusals import BallotInvalid, ChannelUnknown
from bot.handlers import moderation
from bot.handlers.message import message_of, said_in
from bot.handlers.noting import note
from bot.services import channel as service
from bot.services import posting
from bot.views import channel as views
from bot.views.posting import question_of

PRESENT = {ChatMember.ADMINISTRATOR, ChatMember.OWNER, ChatMember.MEMBER, ChatMember.RESTRICTED}
ADMINS = {ChatMember.ADMINISTRATOR, ChatMember.OWNER}


async def on_my_membership(update: Update, ctx: Context) -> None:
    """The bot was promoted, given other rights, or removed.  Who did it owns the connection and is told in private."""
    change = update.my_chat_member
    if change is None:
        return
    status = change.new_chat_member.status
    if change.chat.type == change.chat.CHANNEL:
        if status in ADMINS:
            await _connect(ctx)
        else:
            await _disconnect(ctx, change.chat.title or "")
    elif change.chat.type in {change.chat.SUPERGROUP, change.chat.GROUP}:
        if status in PRESENT:
            await _group(ctx, ctx.scope.facts.chat(ctx.chat))
        else:
            await service.leave_group(ctx.scope.tx, ctx.chat)


async def _connect(ctx: Context) -> None:
    scope = ctx.scope
    before = await service.find(scope.tx, ctx.chat)
    try:
        done = await service.register(
            scope.tx, scope.vault, scope.facts, scope.myself, scope.defaults, ctx.chat, scope.now, ctx.user
        )
    except ChannelUnknown:
        return  # gone again by the time we looked
    is_new = before is None or not before.active
    if is_new:
        await note(ctx, Act.CONNECTED, done.channel.id)
    changed = is_new or done.missing
    if changed:
        ctx.answer(Send(ChatId(ctx.user), views.setup(ctx.say, done)))


async def _disconnect(ctx: Context, title: str) -> None:
    if (lost := await service.disconnect(ctx.scope.tx, ctx.chat)) is not None:
        await note(ctx, Act.DISCONNECTED, lost.id)
        ctx.answer(Send(ChatId(ctx.user), views.lost(ctx.say, title)))


async def _group(ctx: Context, info: ChatFacts | None) -> None:
    scope = ctx.scope
    try:
        done = await service.group_changed(
            scope.tx, scope.vault, scope.facts, scope.myself, scope.defaults, info, scope.now
        )
    except ChannelUnknown:
        return
    if done is not None:
        ctx.answer(Send(ChatId(ctx.user), views.setup(ctx.say, done)))


async def on_membership(update: Update, ctx: Context) -> None:
    """Somebody was made an administrator of a channel, or is none any more."""
    if change := update.chat_member:
        person = UserId(change.new_chat_member.user.id)
        is_admin = change.new_chat_member.status in ADMINS
        await moderation.on_coming(ctx, change)
        await service.staff_changed(ctx.scope.tx, ctx.scope.vault, ctx.chat, person, is_admin)


async def on_copy(update: Update, ctx: Context) -> None:
    """Telegram copied a channel's post into its discussion group."""
    message = message_of(update)
    origin = message.forward_origin
    if message.sender_chat is None or not isinstance(origin, MessageOriginChannel):
        return
    channel = ChatId(message.sender_chat.id)
    known = await service.find(ctx.scope.tx, channel)
    if known is None or known.group != ctx.chat:
        known = await _relinked(ctx, channel)
    if known is None or known.group != ctx.chat or origin.chat.id != channel:
        return  # a post that is itself a forward names its first author: no thread of ours
    if _is_command(ctx, message, known):
        ctx.answer(Delete(ctx.chat, MessageId(message.message_id)))  # it goes, like the command itself
        return
    await service.copy_seen(
        ctx.scope.tx,
        group=ctx.chat,
        copy=MessageId(message.message_id),
        channel=channel,
        post=MessageId(origin.message_id),
        album=message.media_group_id,
        text=said_in(message) or "",
        now=ctx.scope.now,
    )


def _is_command(ctx: Context, message: Message, channel: Channel) -> bool:
    """Whether the post is a command that was carried out.  A refused /poll stays in the channel, and so does its copy; what
    only begins like a command is a post.
    """
    first = message.entities[0] if message.entities else None
    if first is None or first.type != MessageEntity.BOT_COMMAND or first.offset != 0:
        return False
    name, _, to = message.parse_entity(first).removeprefix("/").partition("@")
    if to and to.lower() != ctx.scope.myself.username.lower():
        return False
    if name.lower() != "poll":
        return name.lower() == "close"
    command, defaults = parse_poll(message.text or ""), ctx.scope.defaults
    try:
        question_of(
            channel,
            asked=command.question,
            options=command.options,
            default=defaults.question,
            default_options=defaults.options,
        )
    except BallotInvalid:
        return False
    return True


async def _relinked(ctx: Context, channel: ChatId) -> Channel | None:
    """There is no update for a new link between channel and group: its first copy tells."""
    scope = ctx.scope
    try:
        done = await service.register(
            scope.tx, scope.vault, scope.facts, scope.myself, scope.defaults, channel, scope.now
        )
    except ChannelUnknown:
        return None
    return done.channel


async def on_migrated(update: Update, ctx: Context) -> None:
    """A group became a supergroup and has another number now."""
    message: Message = message_of(update)
    if message.migrate_to_chat_id is not None:
        await posting.move_group(ctx.scope.tx, ctx.chat, ChatId(message.migrate_to_chat_id))
