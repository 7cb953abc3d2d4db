"""The buttons under a message, checked as Telegram checks them."""

from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.errors import bad_request
from bot.sandbox.world import JSON, Chat, World

ACTIONS = frozenset(
    [
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    ]
)
LOOKS = frozenset(("text", "icon_custom_emoji_id", "style"))
STYLES = frozenset(("danger", "success", "primary"))
KEPT_IN_ROW, KEPT_IN_ALL = 12, 300
ADVISED_IN_ROW, ADVISED_IN_ALL = 8, 100
MOST_PLACEHOLDER = 64


def read_markup(world: World, chat: Chat, markup: Any, inline_only: bool = False) -> JSON | None:
    """What is kept with the message.  Reply keyboards belong to the person's app, so they are not."""
    if markup in (None, "", {}):
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" not in markup:
        if inline_only or chat.type == "channel":
            raise bad_request("inline keyboard expected")
        return None
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    remark_size(world, rows)
    left, kept = KEPT_IN_ALL, []
    for row in rows:
        keys = [read_button(world, chat, key) for key in row]
        shown = [key for key in keys if key is not None][:KEPT_IN_ROW][: max(left, 0)]
        left -= len(shown)
        if shown:
            kept.append(shown)
    return {"inline_keyboard": kept} if kept else None


def read_force_reply(world: World, chat: Chat, markup: Any) -> JSON | None:
    """What opens the answer field in the person's app; an inline keyboard wins over it."""
    if not isinstance(markup, dict) or not markup.get("force_reply") or markup.get("inline_keyboard"):
        return None
    kept: JSON = {"force_reply": True}
    placeholder = markup.get("input_field_placeholder")
    if placeholder is not None and not isinstance(placeholder, str):
        raise bad_request('can\'t parse reply markup: Field "input_field_placeholder" must be of type String')
    if placeholder:
        if len(placeholder) > MOST_PLACEHOLDER:
            world.violation(f"a placeholder of more than {MOST_PLACEHOLDER} characters")
            raise bad_request("REPLY_MARKUP_INVALID")
        kept["input_field_placeholder"] = placeholder
    if markup.get("selective"):
        kept["selective"] = True
    return kept


def remark_size(world: World, rows: list[list[Any]]) -> None:
    if any(len(row) > ADVISED_IN_ROW for row in rows):
        world.violation(f"more than {ADVISED_IN_ROW} buttons in a row")
    if sum(map(len, rows)) > ADVISED_IN_ALL:
        world.violation(f"more than {ADVISED_IN_ALL} buttons in all")


def read_button(world: World, chat: Chat, key: Any) -> JSON | None:
    """One button with exactly one action; without a text it is skipped, as Telegram skips it."""
    if not isinstance(key, dict):
        raise bad_request("can't parse inline keyboard button: expected an Object")
    unknown = set(key) - ACTIONS - LOOKS
    if unknown:
        world.violation(f"unknown fields of a button: {', '.join(sorted(unknown))}")
    text = key.get("text")
    if not isinstance(text, str):
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
    actions = [name for name in ACTIONS if key.get(name) is not None]
    if not actions:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(actions) > 1:
        world.violation("a button with more than one action")
    if key.get("style") not in STYLES | {None}:
        raise bad_request("can't parse inline keyboard button: invalid button style specified")
    check_action(world, chat, key)
    if not text.strip():
        world.violation("a button without text is skipped")
        return None
    return {name: value for name, value in key.items() if value is not None}


def check_action(world: World, chat: Chat, key: JSON) -> None:
    data, url, copied = key.get("callback_data"), key.get("url"), key.get("copy_text")
    if data is not None and not (isinstance(data, str) and 1 <= len(data.encode()) <= 64):
        raise bad_request("BUTTON_DATA_INVALID")
    if url is not None and not good_url(url):
        raise bad_request("BUTTON_URL_INVALID")
    if key.get("web_app") is not None and chat.type != "private":
        raise bad_request("BUTTON_TYPE_INVALID")
    if copied is not None and not 1 <= len(str(copied.get("text", ""))) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")


def good_url(url: Any) -> bool:
    if not isinstance(url, str):
        return False
    parts = urlsplit(url if "://" in url else f"http://{url}")
    return parts.scheme == "tg" or (parts.scheme in ("http", "https") and "." in parts.netloc.split(":")[0])


def buttons(markup: JSON | None) -> list[JSON]:
    return [key for row in (markup or {}).get("inline_keyboard", ()) for key in row]
