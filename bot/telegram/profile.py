"""What Telegram shows about the bot: command menus for each kind of chat and language, and descriptions."""

from typing import Any

import structlog

from bot.telegram.api import Api
from bot.texts import DEFAULT, Say, languages

log = structlog.get_logger()

# A scope is a menu, no access control: who may do what is checked when it is done.
SCOPES: dict[str, tuple[str, ...]] = {
    "all_private_chats": (
        *("start", "help", "privacy", "mydata", "forget"),
        *("post", "tally", "list", "close", "moderate_here", "staff", "audit", "checkin", "panic"),
    ),
    "all_chat_administrators": ("poll", "close", "moderate_here"),
}


def profile() -> list[tuple[str, dict[str, Any]]]:
    """The calls that set it: for everybody in the default language, then for each language in its own."""
    calls: list[tuple[str, dict[str, Any]]] = []
    for code in ("", *languages()):
        say = Say(code or DEFAULT)
        where = {"language_code": code} if code else {}
        for scope, names in SCOPES.items():
            commands = [
                {"command": name, "description": say.plain(f"command-{name.replace('_', '-')}")}
                for name in names
            ]
            calls.append(("setMyCommands", {"commands": commands, "scope": {"type": scope}, **where}))
        calls.append(("setMyDescription", {"description": say.plain("bot-description"), **where}))
        calls.append(
            ("setMyShortDescription", {"short_description": say.plain("bot-short-description"), **where})
        )
    rights = {
        name: name in {"can_post_messages", "can_edit_messages", "can_delete_messages"}
        for name in (
            "is_anonymous",
            "can_manage_chat",
            "can_delete_messages",
            "can_manage_video_chats",
            "can_restrict_members",
            "can_promote_members",
            "can_change_info",
            "can_invite_users",
            "can_post_stories",
            "can_edit_stories",
            "can_delete_stories",
            "can_post_messages",
            "can_edit_messages",
        )
    }
    calls.append(("setMyDefaultAdministratorRights", {"rights": rights, "for_channels": True}))
    return calls


async def describe(api: Api) -> None:
    """Raises NoAnswer.  A refusal is told and does not stop the bot: it can work without a menu."""
    for method, params in profile():
        reply = await api.call(method, params)
        if not reply.ok:
            log.warning("profile.refused", method=method, code=reply.code)
            if reply.code == 429:
                return
