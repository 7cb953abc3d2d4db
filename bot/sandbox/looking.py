"""The methods that look at chats and members, and the small ones that act on a chat as a whole."""

import re
from typing import Any

from bot.sandbox import access, posting, render
from bot.sandbox.arguments import Arguments
from bot.sandbox.errors import bad_request
from bot.sandbox.rights import RIGHTS
from bot.sandbox.world import JSON, Chat, Member, World

ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)
LARGEST_DOWNLOAD = 20 * 1024 * 1024


def get_me(world: World, args: Arguments) -> JSON:
    return render.me(world)


def get_chat(world: World, args: Arguments) -> JSON:
    return render.full_chat(world, access.readable(world, args.chat()))


def get_chat_member(world: World, args: Arguments) -> JSON:
    chat = access.readable(world, args.chat())
    who = args.number("user_id")
    if chat.type == "private":
        if who not in (chat.id, world.bot.id):
            raise bad_request("member not found")
        return render.member(world, chat, who, Member("member"))
    inside = chat.member(world.bot.id)
    if chat.type == "channel" and not inside.admin and who != world.bot.id:
        raise bad_request("member list is inaccessible")
    if who not in world.people:
        raise bad_request("member not found")
    return render.member(world, chat, who, chat.member(who))


def get_chat_administrators(world: World, args: Arguments) -> list[JSON]:
    chat = group_or_channel(world, args)
    if chat.type == "channel" and not chat.member(world.bot.id).admin:
        raise bad_request("member list is inaccessible")
    bots = args.flag("return_bots")
    return [
        render.member(world, chat, who, held)
        for who, held in chat.members.items()
        if held.admin and (bots or not world.people[who].is_bot or who == world.bot.id)
    ]


def get_chat_member_count(world: World, args: Arguments) -> int:
    chat = access.readable(world, args.chat())
    return 2 if chat.type == "private" else sum(held.inside for held in chat.members.values())


def group_or_channel(world: World, args: Arguments) -> Chat:
    chat = access.readable(world, args.chat())
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    return chat


def get_file(world: World, args: Arguments) -> JSON:
    file = world.files.get(args.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id")
    size = len(file.data)
    if size > LARGEST_DOWNLOAD:
        raise bad_request("file is too big")
    return {"file_id": file.id, "file_unique_id": f"u{file.id}", "file_size": size, "file_path": file.path}


def send_chat_action(world: World, args: Arguments) -> bool:
    if args.text("action") not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = access.find_chat(world, args.chat())
    if chat.type == "private":
        access.check_person(world, chat)
    else:
        access.check_inside(world, chat)
    return True


def pin_chat_message(world: World, args: Arguments) -> bool:
    chat = access.find_chat(world, args.chat())
    if chat.type != "private":
        access.check_inside(world, chat)
        right = "can_edit_messages" if chat.type == "channel" else "can_pin_messages"
        if not chat.member(world.bot.id).may(right):
            raise bad_request("not enough rights to manage pinned messages in the chat")
    message = chat.messages.get(args.number("message_id"))
    if message is None:
        raise bad_request("message to pin not found")
    chat.pinned.append(message.id)
    return True


def leave_chat(world: World, args: Arguments) -> bool:
    chat = access.find_chat(world, args.chat())
    if chat.type == "private":
        raise bad_request("chat member status can't be changed in private chats")
    access.check_inside(world, chat)
    posting.set_member(world, chat, world.bot.id, Member("left"), by=world.bot.id)
    return True


# What the bot says about itself.

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
SCOPES = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}
TEXT_LIMITS = {"name": 64, "description": 512, "short_description": 120}


def set_my_commands(world: World, args: Arguments) -> bool:
    commands = args.json("commands")
    if not isinstance(commands, list) or not all(isinstance(each, dict) for each in commands):
        raise bad_request("expected an Array of BotCommand")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for each in commands:
        if not COMMAND.fullmatch(str(each.get("command", "")).removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(each.get("description", ""))) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    kept = [
        {"command": each["command"].removeprefix("/"), "description": each["description"]}
        for each in commands
    ]
    world.profile.commands[commands_key(world, args)] = kept
    return True


def get_my_commands(world: World, args: Arguments) -> list[JSON]:
    return world.profile.commands.get(commands_key(world, args), [])


def delete_my_commands(world: World, args: Arguments) -> bool:
    world.profile.commands.pop(commands_key(world, args), None)
    return True


def commands_key(world: World, args: Arguments) -> tuple[str, str]:
    scope: Any = args.json("scope") or {"type": "default"}
    kind = scope.get("type") if isinstance(scope, dict) else None
    if kind not in SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    if "chat_id" in SCOPES[kind]:
        access.find_chat(world, scope.get("chat_id", ""))
    return ":".join([kind, *(str(scope.get(name)) for name in SCOPES[kind])]), language(args)


def language(args: Arguments) -> str:
    code = args.text("language_code")
    if code and not re.fullmatch("[a-z]{2}", code):
        raise bad_request("LANG_CODE_INVALID")
    return code


def set_my_text(what: str, world: World, args: Arguments) -> bool:
    """An empty text takes the translation away again."""
    text = args.text(what)
    if len(text) > TEXT_LIMITS[what]:
        world.violation(f"{what} of more than {TEXT_LIMITS[what]} characters")
        raise bad_request(f"the bot's {what.replace('_', ' ')} is too long")
    world.profile.texts[what, language(args)] = text
    return True


def get_my_text(what: str, world: World, args: Arguments) -> JSON:
    texts = world.profile.texts
    default = texts.get((what, ""), "") or (world.bot.first_name if what == "name" else "")
    return {what: texts.get((what, language(args)), "") or default}


def set_default_rights(world: World, args: Arguments) -> bool:
    world.profile.rights[args.flag("for_channels")] = args.json("rights") or {}
    return True


def get_default_rights(world: World, args: Arguments) -> JSON:
    names = ("is_anonymous", *RIGHTS["channel" if args.flag("for_channels") else "supergroup"])
    held = world.profile.rights.get(args.flag("for_channels"), {})
    return {name: bool(held.get(name)) for name in names}
