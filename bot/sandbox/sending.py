"""The methods that put the bot's messages into chats."""

from typing import Any

from bot.sandbox import access, posting, render
from bot.sandbox.arguments import Arguments
from bot.sandbox.errors import bad_request, not_implemented
from bot.sandbox.html_mode import utf16_length
from bot.sandbox.keyboard import read_force_reply, read_markup
from bot.sandbox.text import Formatted, format_text
from bot.sandbox.world import JSON, Chat, Content, Message, Sender, World

MOST_TEXT, MOST_CAPTION = 4096, 1024
MOST_PHOTO = 10 * 1024 * 1024


def send_message(world: World, args: Arguments) -> JSON:
    content = message_text(world, args)
    chat = access.writable(world, args)
    return send(world, chat, args, content)


def send_photo(world: World, args: Arguments) -> JSON:
    content = caption(world, args)
    chat = access.writable(world, args, "photos")
    file_id, size = read_file(world, args, "photo")
    if size > MOST_PHOTO:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return send(world, chat, args, Content(content.text, content.entities, photo(file_id, size)))


def send_document(world: World, args: Arguments) -> JSON:
    content = caption(world, args)
    chat = access.writable(world, args, "documents")
    file_id, size = read_file(world, args, "document")
    return send(world, chat, args, Content(content.text, content.entities, document(world, file_id, size)))


def send(world: World, chat: Chat, args: Arguments, content: Content) -> JSON:
    markup = read_markup(world, chat, args.json("reply_markup"))
    reply_to = read_reply(world, chat, args)
    if args.number("message_thread_id") and reply_to is None and chat.type == "supergroup":
        world.violation("message_thread_id is ignored in a group without topics: the message is no comment")
    return own_message(world, put(world, chat, args, content, reply_to, markup))


def put(
    world: World, chat: Chat, args: Arguments, content: Content, reply_to: int | None, markup: JSON | None
) -> Message:
    return posting.post(
        world,
        chat,
        content,
        own_sender(world, chat),
        reply_to=reply_to,
        markup=markup,
        force_reply=read_force_reply(world, chat, args.json("reply_markup")),
        protected=args.flag("protect_content"),
    )


def own_sender(world: World, chat: Chat) -> Sender:
    if chat.type != "channel":
        return Sender(world.bot.id)
    return Sender(world.bot.id, chat=chat.id, signature=world.bot.first_name if chat.signs else None)


def own_message(world: World, message: Message) -> JSON:
    return render.message(world, message)


def message_text(world: World, args: Arguments) -> Content:
    """``text`` as Telegram would store it, or its refusal."""
    raw = args.text("text")
    if not raw:
        raise bad_request("message text is empty")
    formatted = formatted_text(world, raw, args, "entities")
    if not formatted.text:
        raise bad_request("text must be non-empty")
    if utf16_length(formatted.text) > MOST_TEXT:
        world.violation(f"text of more than {MOST_TEXT} UTF-16 units")
    if len(formatted.text) > MOST_TEXT:
        raise bad_request("message is too long")
    preview = args.json("link_preview_options")
    return Content(formatted.text, entities(world, formatted), preview=preview or None)


def caption(world: World, args: Arguments) -> Content:
    formatted = formatted_text(world, args.text("caption"), args, "caption_entities")
    if utf16_length(formatted.text) > MOST_CAPTION:
        world.violation(f"caption of more than {MOST_CAPTION} UTF-16 units")
    if len(formatted.text) > MOST_CAPTION:
        raise bad_request("message caption is too long")
    return Content(formatted.text, entities(world, formatted))


def formatted_text(world: World, raw: str, args: Arguments, entities_name: str) -> Formatted:
    mode = args.text("parse_mode")
    if mode.lower() in ("markdown", "markdownv2"):
        world.violation(f"the sandbox does not do parse_mode {mode}")
        raise not_implemented(f"parse_mode {mode}")
    formatted = format_text(raw, mode, args.json(entities_name))
    for remark in formatted.remarks:
        world.violation(remark)
    return formatted


def entities(world: World, formatted: Formatted) -> tuple[JSON, ...]:
    """A mention by id becomes the person, or is dropped if the bot never met them."""
    kept = []
    for entity in formatted.entities:
        if entity["type"] == "text_mention":
            person = world.people.get(entity.get("user_id") or (entity.get("user") or {}).get("id") or 0)
            if person is None or not person.met:
                continue
            span = {"offset": entity["offset"], "length": entity["length"]}
            kept.append({"type": "text_mention", **span, "user": render.user(person)})
        else:
            kept.append(entity)
    return tuple(kept)


def read_reply(world: World, chat: Chat, args: Arguments) -> int | None:
    """The message that is answered, or nothing if it is gone and that was said to be fine."""
    wanted = args.json("reply_parameters")
    if not wanted:
        return None
    if not isinstance(wanted, dict):
        raise bad_request("object expected as reply parameters")
    elsewhere = wanted.get("chat_id")
    if elsewhere is not None and access.find_chat(world, elsewhere) is not chat:
        world.violation("the sandbox does not do replies to another chat")
        raise not_implemented("replies to another chat")
    message = chat.messages.get(number(wanted.get("message_id")))
    if message is None:
        if wanted.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")
    quote = wanted.get("quote")
    if quote and format_text(quote, wanted.get("quote_parse_mode") or "").text not in message.content.text:
        raise bad_request("QUOTE_TEXT_INVALID")
    return message.id


def number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def read_file(world: World, args: Arguments, name: str) -> tuple[str, int]:
    """An upload, the id of a file that was sent before, or a link, which the sandbox does not follow."""
    given = args.text(name)
    upload = args.files.get(given.removeprefix("attach://") if given.startswith("attach://") else name)
    if upload is not None:
        file = world.add_file(upload.name, upload.mime, upload.data)
        return file.id, len(upload.data)
    if given in world.files:
        return given, len(world.files[given].data)
    if given.startswith(("http://", "https://")):
        return world.add_file(given.rpartition("/")[2] or "file", "application/octet-stream", b"").id, 0
    if not given:
        raise bad_request(f"there is no {name} in the request")
    raise bad_request("wrong file identifier/HTTP URL specified")


def photo(file_id: str, size: int) -> JSON:
    sizes = [("s", 90, 60), ("", 900, 600)]
    return {
        "photo": [
            {"file_id": file_id, "file_unique_id": f"u{file_id}{mark}", "width": width, "height": height}
            | ({"file_size": size} if size else {})
            for mark, width, height in sizes
        ]
    }


def document(world: World, file_id: str, size: int) -> JSON:
    file = world.files[file_id]
    return {
        "document": {
            "file_id": file_id,
            "file_unique_id": f"u{file_id}",
            "file_name": file.name,
            "mime_type": file.mime,
            "file_size": size,
        }
    }
