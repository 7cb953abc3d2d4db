"""How a message comes into a chat and changes there, and what the bot hears of it."""

from dataclasses import replace

from bot.sandbox import render, seeing
from bot.sandbox.world import JSON, SERVICE, Chat, Content, InviteLink, Member, Message, Sender, World


def post(
    world: World,
    chat: Chat,
    content: Content,
    sender: Sender,
    *,
    reply_to: int | None = None,
    thread: int | None = None,
    markup: JSON | None = None,
    album: str | None = None,
    origin: Message | None = None,
    forwarded: Message | None = None,
    force_reply: JSON | None = None,
    protected: bool = False,
) -> Message:
    """Put a message into a chat, tell the bot, and copy a channel's post into the linked group."""
    replied = chat.messages.get(reply_to) if reply_to is not None else None
    if replied is not None and chat.type == "supergroup" and origin is None:
        thread = thread_of(chat, replied)
    message = Message(
        chat.id, chat.next_id, world.now, sender, content, markup, replied.id if replied else None, thread
    )
    message.forwarded, message.born = forwarded, world.moment()
    message.force_reply, message.protected = force_reply, protected or chat.protected
    message.texts.append(content.text)
    message.said.append(message.born)
    chat.next_id += 1
    chat.messages[message.id] = message
    if album is not None:
        message.album, _ = chat.albums.setdefault(album, (str(13_000_000 + world.serial()), message.id))
    if origin is not None:
        message.origin, origin.copy = origin, message
        message.reactions = origin.reactions
        chat.pinned.append(message.id)
    else:
        announce(world, message)
    if chat.type == "channel" and chat.linked is not None and world.copies != "none":
        copy_to_group(world, message, world.chats[chat.linked], album)
    return message


def copy_to_group(world: World, original: Message, group: Chat, album: str | None) -> None:
    """The automatic forward that carries the comments: from Telegram itself, without the buttons that answer."""
    channel = world.chats[original.chat_id]
    replied = channel.messages.get(original.reply_to) if original.reply_to is not None else None
    copy = post(
        world,
        group,
        original.content,
        Sender(None, SERVICE, channel.id, original.sender.signature),
        reply_to=replied.copy.id if replied is not None and replied.copy is not None else None,
        markup=without_callbacks(original.markup),
        album=None if album is None else f"copy of {album}",
        origin=original,
    )
    if world.copies == "silent":
        return
    own = original.sender.user == world.bot.id
    if world.copies == "after" and own:
        world.after_answer.append(lambda: announce(world, copy))
    else:
        announce(world, copy)
        world.told_before_answer = own


def without_callbacks(markup: JSON | None) -> JSON | None:
    rows = [[key for key in row if "url" in key] for row in (markup or {}).get("inline_keyboard", ())]
    kept = [row for row in rows if row]
    return {"inline_keyboard": kept} if kept else None


def thread_of(chat: Chat, replied: Message) -> int:
    """Comments of an album hang under its first item; any other chain of replies under its first message."""
    if replied.thread is not None:
        return replied.thread
    return next((first for album, first in chat.albums.values() if album == replied.album), replied.id)


def announce(world: World, message: Message, edited: bool = False) -> None:
    """The update about a message, unless it is the bot's own or out of its sight."""
    chat = world.chats[message.chat_id]
    if message.sender.user == world.bot.id or not bot_sees(world, chat, message):
        return
    chat.met = True
    if message.sender.user is not None and message.sender.chat is None:
        world.people[message.sender.user].met = True
    kind = "channel_post" if chat.type == "channel" else "message"
    world.inbox.put(f"edited_{kind}" if edited else kind, render.message(world, message))


def bot_sees(world: World, chat: Chat, message: Message) -> bool:
    if chat.type == "private":
        return not world.people[chat.id].blocked
    member = chat.member(world.bot.id)
    if chat.type == "channel" or not member.inside:
        return member.inside
    if (
        message.origin is None
        and message.sender.user is not None
        and world.people[message.sender.user].is_bot
    ):
        return False  # bots do not hear each other
    return member.admin or member.reads_all or meant_for_bot(world, chat, message)


def meant_for_bot(world: World, chat: Chat, message: Message) -> bool:
    """What privacy mode lets through: commands to this bot, and replies to it."""
    if message.origin is not None:
        return False
    replied = chat.messages.get(message.reply_to) if message.reply_to is not None else None
    if replied is not None and replied.sender.user == world.bot.id:
        return True
    word = message.content.text.split(maxsplit=1)[0] if message.content.text.strip() else ""
    if not word.startswith("/"):
        return False
    command, at, name = word.partition("@")
    if at:
        return name.lower() == (world.bot.username or "").lower()
    others = [each for each in chat.messages.values() if each.sender.user is not None and each is not message]
    wrote = [each for each in others if world.people[each.sender.user or 0].is_bot]
    return bool(command) and bool(wrote) and wrote[-1].sender.user == world.bot.id


def protected(world: World, message: Message) -> bool:
    return message.protected or world.chats[message.chat_id].protected


def first(message: Message) -> Message:
    """What a forward of this message names as its origin."""
    while (before := message.origin or message.forwarded) is not None:
        message = before
    return message


def edit(
    world: World, message: Message, content: Content, markup: JSON | None, show_edited: bool = True
) -> None:
    """Change a message and its automatic copy.  A new keyboard alone does not make a message "edited"."""
    changed = content != message.content
    message.content, message.markup, message.face = content, markup, None
    message.edits += 1
    if content.text != message.texts[-1]:
        message.texts.append(content.text)
        message.said.append(world.moment())
    if changed and show_edited:
        message.edited = world.now
        announce(world, message, edited=True)
    if message.copy is not None and message.copy.id in world.chats[message.copy.chat_id].messages:
        edit(world, message.copy, content, without_callbacks(markup), show_edited)


def delete(world: World, message: Message) -> None:
    """No update tells of it.  The automatic copy goes with its post."""
    chat = world.chats[message.chat_id]
    if chat.messages.pop(message.id, None) is None:
        return
    chat.deleted[message.id], message.died = message, world.moment()
    if message.copy is not None:
        delete(world, message.copy)


def set_member(
    world: World,
    chat: Chat,
    who: int,
    new: Member,
    by: int,
    link: InviteLink | None = None,
    requested: bool = False,
) -> None:
    """A new standing in a chat, and the update: about the bot always, about people if the bot is an admin.

    ``link`` is the one that was followed; ``requested`` says that an administrator let in who had asked without one.
    """
    old = chat.member(who)
    if who == world.bot.id:
        new = replace(new, reads_all=old.reads_all if old.inside else not world.privacy)
        chat.met = True
    chat.members[who] = new
    if new.inside and not old.inside:
        seeing.came(world, chat, who)
    elif old.inside and not new.inside:
        seeing.went(world, chat, who)
    mine = who == world.bot.id
    if old == new or not (mine or chat.member(world.bot.id).admin):
        return
    world.people[by].met = world.people[who].met = True
    change = member_change(world, chat, who, old, new, by=by)
    if link is not None:
        change["invite_link"] = render.invite_link(world, chat, link)
    if requested:
        change["via_join_request"] = True
    world.inbox.put("my_chat_member" if mine else "chat_member", change)


def member_change(world: World, chat: Chat, who: int, old: Member, new: Member, *, by: int) -> JSON:
    return {
        "chat": render.chat(world, chat),
        "from": render.user(world.people[by], with_language=True),
        "date": world.now,
        "old_chat_member": render.member(world, chat, who, old),
        "new_chat_member": render.member(world, chat, who, new),
    }
