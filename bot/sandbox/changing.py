"""The methods that change or remove messages."""

from collections.abc import Sequence

from bot.sandbox import access, posting, render
from bot.sandbox.arguments import Arguments
from bot.sandbox.errors import bad_request
from bot.sandbox.keyboard import read_markup
from bot.sandbox.sending import caption, message_text
from bot.sandbox.world import JSON, Chat, Content, Message, World

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
TWO_DAYS = 2 * 24 * 3600


def edit_message_text(world: World, args: Arguments) -> JSON:
    if "rich_message" in args.values:
        world.violation("the sandbox does not do rich messages")
    content = message_text(world, args)
    chat, message = access.editable(world, args)
    if message.content.media is not None:
        raise bad_request("there is no text in the message to edit")
    return change(world, chat, message, content, args)


def edit_message_caption(world: World, args: Arguments) -> JSON:
    content = caption(world, args)
    chat, message = access.editable(world, args)
    if message.content.media is None or "poll" in message.content.media:
        raise bad_request("there is no caption in the message to edit")
    new = Content(content.text, content.entities, message.content.media)
    return change(world, chat, message, new, args)


def edit_message_reply_markup(world: World, args: Arguments) -> JSON:
    chat, message = access.editable(world, args)
    return change(world, chat, message, message.content, args)


def change(world: World, chat: Chat, message: Message, content: Content, args: Arguments) -> JSON:
    """Without ``reply_markup`` the keyboard goes, whatever else is edited."""
    markup = read_markup(world, chat, args.json("reply_markup"), inline_only=True)
    if content == message.content and markup == message.markup:
        raise bad_request(NOT_MODIFIED)
    posting.edit(world, message, content, markup)
    return render.message(world, message)


def delete_message(world: World, args: Arguments) -> bool:
    chat = access.find_chat(world, args.chat())
    if chat.type != "private":
        access.check_inside(world, chat)
    message = chat.messages.get(args.number("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    check_deletable(world, chat, message)
    posting.delete(world, message)
    return True


def delete_messages(world: World, args: Arguments) -> bool:
    """Messages that are not found are skipped, as the method's description says."""
    chat = access.find_chat(world, args.chat())
    if chat.type != "private":
        access.check_inside(world, chat)
    numbers = args.json("message_ids")
    if not isinstance(numbers, Sequence) or not numbers:
        raise bad_request("message identifiers are not specified")
    if len(numbers) > 100:
        raise bad_request("too many message identifiers specified")
    found = [chat.messages[at] for at in numbers if at in chat.messages]
    for message in found:
        check_deletable(world, chat, message)
    for message in found:
        posting.delete(world, message)
    return True


def check_deletable(world: World, chat: Chat, message: Message) -> None:
    member = chat.member(world.bot.id)
    own = message.sender.user == world.bot.id
    if chat.type == "private":
        allowed, refusal = True, "message can't be deleted for everyone"
    else:
        own_suffices = chat.type == "supergroup" or member.may("can_post_messages")
        allowed, refusal = (
            member.may("can_delete_messages") or (own and own_suffices),
            "message can't be deleted",
        )
    if not allowed or world.clock() >= message.date + TWO_DAYS:
        raise bad_request(refusal)
