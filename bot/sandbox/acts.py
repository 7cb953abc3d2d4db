"""What people write, press and read: the second half of what they do."""

import base64
import binascii
import re
from typing import Any

from bot.sandbox import polls, posting, pressing, render, seeing
from bot.sandbox.errors import ApiError, PeopleError
from bot.sandbox.keyboard import buttons
from bot.sandbox.sending import document, photo
from bot.sandbox.standing import need, set_blocked
from bot.sandbox.text import format_text
from bot.sandbox.world import ANONYMOUS, AS_CHANNEL, JSON, Chat, Content, Message, Sender, World

PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
MOST_TEXT, MOST_CAPTION = 4096, 1024


def say(
    world: World,
    by: int,
    text: str,
    chat: int | None = None,
    *,
    reply_to: int | None = None,
    thread: int | None = None,
    as_: str = "user",
    as_channel: int | None = None,
    entities: list[JSON] | None = None,
) -> JSON:
    """A message in the private chat or a group, a post in a channel."""
    place = room(world, chat, by)
    content = write(text, entities)
    need(content.text != "", "an empty message is not sent")
    sender = sender_in(world, place, by, as_, as_channel)
    return put(world, place, content, sender, reply_to=reply_to if reply_to is not None else thread)


def comment(
    world: World, by: int, *, chat: int, post_id: int, text: str, reply_to: int | None = None
) -> JSON:
    """From the comments screen of a channel's post: a reply to its copy, or to another comment there."""
    channel = room(world, chat, by)
    post = find(channel, post_id, by)
    if post.album is not None:
        first = next(first for album, first in channel.albums.values() if album == post.album)
        post = find(channel, first, by)
    copy = post.copy
    if channel.linked is None or copy is None or copy.chat_id != channel.linked:
        raise PeopleError("this post takes no comments: no group is linked, or none was when it was posted")
    group = world.chats[channel.linked]
    need(copy.id in group.messages, "comments are off for this post: its copy was deleted")
    return say(world, by, text, group.id, reply_to=reply_to if reply_to is not None else copy.id)


def forward(world: World, by: int, *, source: int | None, message_id: int, chat: int | None = None) -> JSON:
    """A message to another chat.  A copy of a copy names the first sender, as in Telegram."""
    original = find(room(world, source, by), message_id, by)
    need(not posting.protected(world, original), "this message is protected: it cannot be forwarded")
    original = posting.first(original)
    place = room(world, chat, by)
    message = posting.post(
        world, place, original.content, sender_in(world, place, by, "user", None), forwarded=original
    )
    return render.message(world, message)


def send_file(
    world: World,
    by: int,
    *,
    name: str,
    data: str,
    chat: int | None = None,
    caption: str | None = None,
    mime: str | None = None,
) -> JSON:
    """``data`` is base64, since it travels as JSON."""
    place = room(world, chat, by)
    try:
        content = base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise PeopleError("the file's data must be base64") from error
    file = world.add_file(name, mime or "application/octet-stream", content)
    return put_media(world, place, by, document(world, file.id, len(content)), caption=caption)


def send_photo(
    world: World,
    by: int,
    chat: int | None = None,
    caption: str | None = None,
    media_group: str | None = None,
) -> JSON:
    """Photos with the same ``media_group``, whatever it is called, are one album."""
    place = room(world, chat, by)
    file = world.add_file("photo.jpg", "image/jpeg", b"\xff\xd8 a picture \xff\xd9")
    return put_media(world, place, by, photo(file.id, len(file.data)), caption=caption, album=media_group)


def send_sticker(world: World, by: int, chat: int | None = None) -> JSON:
    place = room(world, chat, by)
    file = world.add_file("sticker.webp", "image/webp", b"RIFF")
    sticker = {
        "file_id": file.id,
        "file_unique_id": f"u{file.id}",
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
        "emoji": "👍",
    }
    return put_media(world, place, by, {"sticker": sticker})


def start(world: World, by: int, payload: str = "") -> JSON:
    """The start button, or a link with a payload.  Whoever had blocked the bot unblocks it by that."""
    person = world.person(by)
    need(bool(PAYLOAD.fullmatch(payload)), "a start payload has up to 64 of A-Z, a-z, 0-9, _ and -")
    set_blocked(world, person, False)
    return say(world, by, f"/start {payload}".strip())


def edit(world: World, by: int, message_id: int, text: str, chat: int | None = None) -> JSON:
    place = room(world, chat, by)
    message = find(place, message_id, by)
    own = message.sender.user == by and message.origin is None
    edits_all = place.type == "channel" and place.member(by).may("can_edit_messages")
    need(own or edits_all, "only one's own messages can be edited")
    old = message.content
    content = write(text, None, MOST_TEXT if old.media is None else MOST_CAPTION)
    new = Content(content.text, content.entities, old.media, old.preview)
    posting.edit(world, message, new, message.markup)
    return render.message(world, message)


def delete(world: World, by: int, message_id: int, chat: int | None = None, for_all: bool = True) -> None:
    """In the private chat also for oneself only: the bot's side keeps it."""
    place = room(world, chat, by)
    message = find(place, message_id, by)
    if not for_all:
        need(place.type == "private", "here a message is deleted for everybody")
        message.hidden_from.add(by)
        return
    own = message.sender.user == by or place.type == "private"
    need(own or place.member(by).may("can_delete_messages"), "only one's own messages can be deleted")
    posting.delete(world, message)


def tap(world: World, by: int, message_id: int, button: str, chat: int | None = None) -> str:
    """The button whose label is, or starts with, this text; or which carries exactly this data."""
    place = room(world, chat, by)
    message = find_shown(place, message_id, by)
    keys = buttons(message.markup)
    tests: list[Any] = [
        lambda key: key["text"] == button,
        lambda key: key["text"].startswith(button),
        lambda key: key.get("callback_data") == button,
    ]
    key = next((key for test in tests for key in keys if test(key)), None)
    if key is None:
        raise PeopleError(f"no button {button!r} among {[each['text'] for each in keys]}")
    need("callback_data" in key, f"the button {key['text']!r} asks nothing of the bot")
    return pressing.press(world, place, message, by, key["callback_data"]).id


def forge(world: World, by: int, message_id: int, data: str, chat: int | None = None) -> str:
    """A modified app presses a button that is not there."""
    place = room(world, chat, by)
    return pressing.press(world, place, find_shown(place, message_id, by), by, data).id


def vote(world: World, by: int, chat: int, message_id: int, options: list[int]) -> None:
    """In a poll of Telegram's own; no options takes the vote back."""
    polls.vote(world, find(room(world, chat, by), message_id, by), by, options)


def react(world: World, by: int, chat: int, message_id: int, emoji: str | None = None) -> None:
    """One emoji, or none any more.  A post and its copy share reactions; only their totals are told."""
    message = find(room(world, chat, by), message_id, by)
    old = message.reactions.pop(by, ())
    new = (emoji,) if emoji else ()
    if new:
        message.reactions[by] = new
    post = message.origin or message
    for shown in (post, post.copy):
        if shown is None:
            continue
        place = world.chats[shown.chat_id]
        if place.type != "private" and not place.member(world.bot.id).admin:
            continue
        head = {"chat": render.chat(world, place), "message_id": shown.id, "date": world.now}
        if place.type == "channel" or shown.origin is not None:
            world.inbox.put("message_reaction_count", head | {"reactions": totals(shown)})
            continue
        change = {
            "user": render.user(world.person(by)),
            "old_reaction": [render.reaction(each) for each in old],
            "new_reaction": [render.reaction(each) for each in new],
        }
        world.inbox.put("message_reaction", head | change)


def totals(message: Message) -> list[JSON]:
    given = [emoji for chosen in message.reactions.values() for emoji in chosen]
    return [
        {"type": render.reaction(emoji), "total_count": given.count(emoji)} for emoji in dict.fromkeys(given)
    ]


def history(world: World, by: int, chat: int | None = None) -> list[JSON]:
    """As this person's app shows it: with what a new member may not see left out, and ForceReply if it is for them."""
    place = room(world, chat, by)
    return [
        shown(world, place, message, by)
        for message in place.messages.values()
        if seeing.visible(place, message, by)
    ]


def shown(world: World, place: Chat, message: Message, by: int) -> JSON:
    face = render.message(world, message)
    if message.force_reply is None or not addressed(world, place, message, by):
        return face
    return face | {"reply_markup": message.force_reply}


def addressed(world: World, place: Chat, message: Message, by: int) -> bool:
    """A selective ForceReply opens only for those who are mentioned or answered."""
    if place.type == "private" or not (message.force_reply or {}).get("selective"):
        return True
    replied = place.messages.get(message.reply_to or 0)
    name = world.person(by).username
    mentioned = any(
        (each.get("user") or {}).get("id") == by
        or (each["type"] == "mention" and name and f"@{name.lower()}" in message.content.text.lower())
        for each in message.content.entities
    )
    return mentioned or (replied is not None and replied.sender.user == by)


def room(world: World, chat: int | None, by: int) -> Chat:
    """The chat as far as this person sees it: their own with the bot, public ones, theirs, and discussions."""
    person = world.person(by)
    if chat is None:
        return world.private(person.id)
    place = world.chat(chat)
    need(place.type != "private" or place.id == by, "this is somebody else's private chat")
    need(place.type == "private" or sees(world, place, by), f"{person.first_name} is not in «{place.title}»")
    return place


def sees(world: World, place: Chat, by: int) -> bool:
    held = place.member(by)
    if held.status == "kicked":
        return False
    if held.inside or place.username is not None:
        return True
    linked = world.chats.get(place.linked or 0)
    return place.type == "supergroup" and linked is not None and sees(world, linked, by)


def sender_in(world: World, place: Chat, by: int, as_: str, as_channel: int | None) -> Sender:
    """Whom the others, and the bot, see as the sender."""
    person, held = world.person(by), place.member(by)
    match place.type, as_:
        case "private", "user":
            need(not person.blocked, f"{person.first_name} has blocked the bot")
            person.started = person.met = True
            return Sender(by)
        case "channel", "user":
            need(held.may("can_post_messages"), f"{person.first_name} may not post in «{place.title}»")
            if place.shows_profiles:
                return Sender(by)
            return Sender(by, chat=place.id, signature=person.first_name if place.signs else None)
        case "supergroup", "user":
            outside = place.linked is not None and not place.join_to_send and held.status != "restricted"
            need(held.inside or outside, f"{person.first_name} is not in «{place.title}»")
            need(held.status != "restricted", f"{person.first_name} may only read in «{place.title}»")
            need(held.admin or not place.muted, f"only administrators may write in «{place.title}»")
            return Sender(by)
        case "supergroup", "anonymous":
            need(held.admin, "only administrators write anonymously")
            return Sender(by, ANONYMOUS, place.id, held.title)
        case "supergroup", "channel":
            channel = world.chat(as_channel or place.linked or 0)
            need(channel.member(by).admin, "one writes as a channel that one administers")
            return Sender(by, AS_CHANNEL, channel.id)
    raise PeopleError(f"nobody writes as {as_!r} in a {place.type} chat")


def put_media(
    world: World, place: Chat, by: int, media: JSON, *, caption: str | None = None, album: str | None = None
) -> JSON:
    text = write(caption or "", None, MOST_CAPTION)
    sender = sender_in(world, place, by, "user", None)
    return put(world, place, Content(text.text, text.entities, media), sender, album=album)


def put(
    world: World,
    place: Chat,
    content: Content,
    sender: Sender,
    *,
    reply_to: int | None = None,
    album: str | None = None,
) -> JSON:
    if reply_to is not None:
        find(place, reply_to, sender.user or 0)
    message = posting.post(world, place, content, sender, reply_to=reply_to, album=album)
    return render.message(world, message)


def write(text: str, entities: list[JSON] | None, most: int = MOST_TEXT) -> Content:
    try:
        formatted = format_text(text, entities=entities)
    except ApiError as error:
        raise PeopleError(error.description) from error
    need(len(formatted.text) <= most, f"the app takes up to {most} characters here")
    return Content(formatted.text, tuple(formatted.entities))


def find(place: Chat, message_id: int, by: int) -> Message:
    message = place.messages.get(message_id)
    if message is None or not seeing.visible(place, message, by):
        raise PeopleError(f"there is no message {message_id} in this chat")
    return message


def find_shown(place: Chat, message_id: int, by: int) -> Message:
    """A deleted message can still stand on somebody's screen."""
    deleted = place.deleted.get(message_id)
    if deleted is not None and seeing.visible(place, deleted, by):
        return deleted
    return find(place, message_id, by)


VERBS = (
    say,
    comment,
    send_file,
    send_photo,
    send_sticker,
    start,
    forward,
    edit,
    delete,
    tap,
    forge,
    vote,
    react,
    history,
)
