"""The world as JSON: what a bot, or a person's app, would get."""

from typing import Any

from bot.sandbox.world import JSON, RIGHTS, Chat, Member, Message, Person, Poll, World


def user(person: Person, with_language: bool = False) -> JSON:
    shown: JSON = {"id": person.id, "is_bot": person.is_bot, "first_name": person.first_name}
    if person.username:
        shown["username"] = person.username
    if with_language and person.language_code:
        shown["language_code"] = person.language_code
    return shown


def me(world: World) -> JSON:
    return user(world.bot) | {
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy,
        "supports_guest_queries": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
        "supports_join_request_queries": False,
    }


def chat(world: World, place: Chat) -> JSON:
    shown: JSON = {"id": place.id, "type": place.type}
    if place.type == "private":
        person = world.people[place.id]
        shown["first_name"] = person.first_name
        if person.username:
            shown["username"] = person.username
        return shown
    shown["title"] = place.title
    if place.username:
        shown["username"] = place.username
    return shown


def full_chat(world: World, place: Chat) -> JSON:
    shown = chat(world, place) | {
        "accent_color_id": 1,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    if place.description:
        shown["description"] = place.description
    if place.username:
        shown["active_usernames"] = [place.username]
    if place.available_reactions is not None:
        shown["available_reactions"] = place.available_reactions
    if place.linked is not None:
        shown["linked_chat_id"] = place.linked
    if place.type == "supergroup":
        shown["has_visible_history"] = True
        shown["permissions"] = {"can_send_messages": not place.muted, "can_send_polls": not place.muted}
    pinned = next((place.messages[at] for at in reversed(place.pinned) if at in place.messages), None)
    if pinned is not None:
        shown["pinned_message"] = face(world, pinned)
    return shown


def member(world: World, place: Chat, who: int, held: Member) -> JSON:
    shown: JSON = {"status": held.status, "user": user(world.people[who])}
    match held.status:
        case "creator":
            shown["is_anonymous"] = False
        case "administrator":
            shown["can_be_edited"] = False
            shown["is_anonymous"] = "is_anonymous" in held.rights
            shown |= {right: right in held.rights for right in RIGHTS[place.type]}
        case "kicked":
            shown["until_date"] = 0
    if held.title:
        shown["custom_title"] = held.title
    return shown


def message(world: World, what: Message) -> JSON:
    """With what it replies to, which itself comes without."""
    shown = face(world, what)
    replied = world.chats[what.chat_id].messages.get(what.reply_to) if what.reply_to else None
    return {**shown, "reply_to_message": face(world, replied)} if replied else shown


def unreachable(world: World, what: Message) -> JSON:
    """A message that the bot can no longer read: the date 0 says so."""
    return {"chat": chat(world, world.chats[what.chat_id]), "message_id": what.id, "date": 0}


def face(world: World, what: Message) -> JSON:
    """Rendered once and kept until the message changes: thousands of presses quote the same one."""
    if what.face is None or "poll" in what.face:
        what.face = draw_face(world, what)
    return what.face


def draw_face(world: World, what: Message) -> JSON:
    place = world.chats[what.chat_id]
    sender = what.sender
    shown: JSON = {"message_id": what.id, "date": what.date, "chat": chat(world, place)}
    author = sender.shown if sender.shown is not None else None if sender.chat is not None else sender.user
    if author is not None:
        shown["from"] = user(world.people[author], with_language=True)
    if sender.chat is not None:
        shown["sender_chat"] = chat(world, world.chats[sender.chat])
    if sender.signature is not None:
        shown["author_signature"] = sender.signature
    if what.thread is not None:
        shown["message_thread_id"] = what.thread
    if what.edited is not None:
        shown["edit_date"] = what.edited
    if what.album is not None:
        shown["media_group_id"] = what.album
    if what.origin is not None:
        shown["is_automatic_forward"] = True
        shown["forward_origin"] = forward_origin(world, what.origin.forwarded or what.origin)
    if what.forwarded is not None:
        shown["forward_origin"] = forward_origin(world, what.forwarded)
    shown |= content(world, what)
    if what.markup is not None:
        shown["reply_markup"] = what.markup
    return shown


def forward_origin(world: World, post: Message) -> JSON:
    shown: JSON = {
        "type": "channel",
        "chat": chat(world, world.chats[post.chat_id]),
        "message_id": post.id,
        "date": post.date,
    }
    if post.sender.signature is not None:
        shown["author_signature"] = post.sender.signature
    return shown


def content(world: World, what: Message) -> JSON:
    held = what.content
    if held.media is None:
        shown: JSON = {"text": held.text}
        if held.entities:
            shown["entities"] = list(held.entities)
        if held.preview is not None:
            shown["link_preview_options"] = held.preview
        return shown
    if "poll" in held.media:
        return {"poll": poll(world.polls[held.media["poll"]])}
    shown = dict(held.media)
    if held.text:
        shown["caption"] = held.text
        if held.entities:
            shown["caption_entities"] = list(held.entities)
    return shown


def poll(held: Poll) -> JSON:
    counts = [sum(at in chosen for chosen in held.votes.values()) for at in range(len(held.options))]
    hidden = held.settings.get("hide_results_until_closes") and not held.closed
    shown: JSON = {
        "id": held.id,
        "question": held.question,
        "options": [
            {"persistent_id": f"{held.id}-{at}", "text": text, "voter_count": 0 if hidden else counts[at]}
            for at, text in enumerate(held.options)
        ],
        "total_voter_count": len(held.votes),
        "is_closed": held.closed,
        "is_anonymous": held.is_anonymous,
        "type": "regular",
        "allows_multiple_answers": held.many,
        "allows_revoting": held.revoting,
        "members_only": bool(held.settings.get("members_only")),
    }
    if held.close_date is not None:
        shown["close_date"] = held.close_date
    for name in ("open_period", "country_codes", "description", "type", "correct_option_ids", "explanation"):
        if held.settings.get(name):
            shown[name] = held.settings[name]
    return shown


def reaction(emoji: str) -> dict[str, Any]:
    return {"type": "emoji", "emoji": emoji}
