"""Which chat is meant, and whether the bot may do there what it wants.  Refusals are Telegram's to the letter."""

from typing import Any

from bot.sandbox.arguments import Arguments
from bot.sandbox.errors import bad_request, forbidden
from bot.sandbox.faults import too_many
from bot.sandbox.world import Chat, Message, World


def find_chat(world: World, raw: Any) -> Chat:
    """By number if the bot ever met it, by @name if it is public."""
    if raw in ("", None):
        raise bad_request("chat_id is empty")
    if isinstance(raw, str):
        chat = world.chats.get(world.usernames.get(raw.removeprefix("@").lower(), 0))
        if chat is None or chat.type == "private":
            raise bad_request("chat not found")
        chat.met = True
        return chat
    person = world.people.get(raw)
    if person is not None and (person.met or person.started):
        return world.private(raw)
    chat = world.chats.get(raw)
    linked = world.chats.get(chat.linked) if chat is not None and chat.linked is not None else None
    if chat is None or not (chat.met or (linked is not None and linked.met)):
        raise bad_request("chat not found")
    return chat


def readable(world: World, raw: Any) -> Chat:
    """A chat to look at: public ones without being a member."""
    chat = find_chat(world, raw)
    if chat.type != "private":
        check_inside(world, chat, public_suffices=True)
    return chat


def check_inside(world: World, chat: Chat, public_suffices: bool = False) -> None:
    member = chat.member(world.bot.id)
    if member.status == "kicked":
        raise forbidden(f"bot was kicked from the {chat.type} chat")
    if not member.inside and not (public_suffices and chat.username):
        raise forbidden(f"bot is not a member of the {chat.type} chat")


def writable(world: World, args: Arguments, what: str = "text messages") -> Chat:
    """A chat to send to.  Every call that comes this far counts for flood control."""
    chat = find_chat(world, args.chat())
    if chat.type == "private":
        check_person(world, chat)
    else:
        check_inside(world, chat)
        member = chat.member(world.bot.id)
        if chat.type == "channel" and not member.may("can_post_messages"):
            raise bad_request("need administrator rights in the channel chat")
        if chat.type == "supergroup" and chat.muted and not member.admin:
            raise bad_request(f"not enough rights to send {what} to the chat")
    count(world, chat)
    return chat


def check_person(world: World, chat: Chat) -> None:
    person = world.people[chat.id]
    if person.is_bot:
        raise forbidden("the bot can't send messages to the bot")
    if person.deactivated:
        raise forbidden("user is deactivated")
    if person.blocked:
        raise forbidden("bot was blocked by the user")
    if not person.started:
        raise forbidden("bot can't initiate conversation with a user")


def count(world: World, chat: Chat) -> None:
    broken = world.flood.check(chat.id, chat.type != "private", world.clock())
    if broken is None:
        return
    what, seconds = broken
    world.violation(what)
    if world.flood.mode == "enforce":
        raise too_many(seconds)


def editable(world: World, args: Arguments) -> tuple[Chat, Message]:
    """A message to edit: the bot's own, or in a channel anyone's with the right to."""
    if "inline_message_id" in args.values:
        raise bad_request("message to edit not found")
    chat = find_chat(world, args.chat())
    if chat.type != "private":
        check_inside(world, chat)
    count(world, chat)
    number = args.number("message_id")
    if number <= 0:
        raise bad_request("message identifier is not specified")
    message = chat.messages.get(number)
    if message is None:
        raise bad_request("message to edit not found")
    # TDLib: neither a forward nor what was sent with a keyboard of another kind is ever editable.
    fixed = message.origin or message.forwarded or message.force_reply
    if fixed is not None or not may_edit(world, chat, message):
        raise bad_request("message can't be edited")
    return chat, message


def may_edit(world: World, chat: Chat, message: Message) -> bool:
    own = message.sender.user == world.bot.id
    member = chat.member(world.bot.id)
    if chat.type == "channel":
        return member.may("can_edit_messages") or (own and member.may("can_post_messages"))
    return own
