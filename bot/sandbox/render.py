"""The world as JSON: what a bot, or a person's app, would get."""

from typing import Any

from bot.sandbox.rights import PERMISSIONS, RIGHTS
from bot.sandbox.world import JSON, Chat, InviteLink, Member, Message, Person, Poll, World


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
    if "username" in shown:
        shown["active_usernames"] = [shown["username"]]
    if place.available_reactions is not None:
        shown["available_reactions"] = place.available_reactions
    if place.linked is not None:
        shown["linked_chat_id"] = place.linked
    bot = place.member(world.bot.id)
    if bot.admin and place.visible_history:
        shown["has_visible_history"] = True
    if bot.may("can_invite_users"):
        shown["invite_link"] = place.primary_link(world.bot.id).url
    flags = {
        "join_to_send_messages": place.join_to_send,
        "join_by_request": place.join_by_request,
        "has_protected_content": place.protected,
    }
    shown |= {name: True for name, on in flags.items() if on}
    if place.type == "supergroup":
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
        case "restricted":
            shown |= dict.fromkeys(PERMISSIONS, False)
            shown |= {"is_member": held.inside, "until_date": 0}
    if held.title:
        shown["custom_title"] = held.title
    return shown


def invite_link(world: World, place: Chat, link: InviteLink) -> JSON:
    """Of another administrator's link the bot sees only the beginning."""
    waiting = sum(request.link is link for request in place.requests.values())
    own = link.creator == world.bot.id
    shown: JSON = {
        "invite_link": link.url if own else f"{link.url[:-8]}...",
        "creator": user(world.people[link.creator]),
        "creates_join_request": link.approval,
        "is_primary": link.primary,
        "is_revoked": link.revoked,
    }
    if link.name is not None:
        shown["name"] = link.name
    if waiting:
        shown["pending_join_request_count"] = waiting
    return shown


def join_request(world: World, place: Chat, person: int) -> JSON:
    request = place.requests[person]
    shown: JSON = {
        "chat": chat(world, place),
        "from": user(world.people[person], with_language=True),
        "user_chat_id": person,
        "date": request.date,
    }
    if request.link is not None:
        shown["invite_link"] = invite_link(world, place, request.link)
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
    if what.protected:
        shown["has_protected_content"] = True
    shown |= content(world, what)
    if what.markup is not None:
        shown["reply_markup"] = what.markup
    return shown


def forward_origin(world: World, first: Message) -> JSON:
    place, sender = world.chats[first.chat_id], first.sender
    shown: JSON
    if place.type != "channel" and sender.chat is None and sender.user is not None:
        author = world.people[sender.user]
        if author.hides_forwards:
            return {"type": "hidden_user", "sender_user_name": author.first_name, "date": first.date}
        return {"type": "user", "sender_user": user(author), "date": first.date}
    if place.type == "channel":
        shown = {"type": "channel", "chat": chat(world, place), "message_id": first.id, "date": first.date}
    else:
        shown = {
            "type": "chat",
            "sender_chat": chat(world, world.chats[sender.chat or first.chat_id]),
            "date": first.date,
        }
    if sender.signature is not None:
        shown["author_signature"] = sender.signature
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
