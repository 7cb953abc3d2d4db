"""The bot's forwards and copies of messages that it can read."""

from bot.sandbox import access, posting, render
from bot.sandbox.arguments import Arguments
from bot.sandbox.errors import bad_request
from bot.sandbox.keyboard import read_markup
from bot.sandbox.sending import caption, own_sender, put, read_reply
from bot.sandbox.world import JSON, Content, Message, World


def forward_message(world: World, args: Arguments) -> JSON:
    message = source(world, args, "forward")
    if posting.protected(world, message):
        raise bad_request("message has protected content and can't be forwarded")
    chat = access.writable(world, args)
    sent = posting.post(
        world,
        chat,
        message.content,
        own_sender(world, chat),
        forwarded=posting.first(message),
        protected=args.flag("protect_content"),
    )
    return render.message(world, sent)


def copy_message(world: World, args: Arguments) -> JSON:
    """A new message without an origin.  TDLib lets bots copy protected ones too."""
    message = source(world, args, "copy")
    content = message.content
    if "caption" in args.values and content.media is not None and "poll" not in content.media:
        new = caption(world, args)
        content = Content(new.text, new.entities, content.media)
    chat = access.writable(world, args)
    markup = read_markup(world, chat, args.json("reply_markup"))
    sent = put(world, chat, args, content, read_reply(world, chat, args), markup)
    return {"message_id": sent.id}


def source(world: World, args: Arguments, what: str) -> Message:
    raw = args.values.get("from_chat_id", "")
    if raw == "":
        raise bad_request('parameter "from_chat_id" is required')
    chat = access.readable(world, raw)
    number = args.number("message_id")
    if number <= 0:
        raise bad_request("message identifier is not specified")
    message = chat.messages.get(number)
    if message is None:
        raise bad_request(f"message to {what} not found")
    return message
