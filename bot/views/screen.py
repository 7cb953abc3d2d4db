"""Screens and keyboards as the Bot API takes them."""

from datetime import datetime
from typing import Any

from babel.dates import format_datetime, get_timezone

from bot.buttons import pack
from bot.chat import Key, Keyboard, Screen
from bot.texts import Say

TOAST_LIMIT = 200  # characters of answerCallbackQuery
LABEL_LIMIT = 64  # Telegram has no limit; a phone shows about thirty characters of a key


def shorten(text: str, limit: int) -> str:
    """The beginning, with an ellipsis, where it is longer; white space folded."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def moment(say: Say, when: datetime, time_zone: str) -> str:
    """In the installation's time zone, as people of the language write it."""
    return format_datetime(when, "d MMMM yyyy, HH:mm", tzinfo=get_timezone(time_zone), locale=say.language)


def markup(keyboard: Keyboard) -> dict[str, Any]:
    return {"inline_keyboard": [[_key(key) for key in row] for row in keyboard]}


def _key(key: Key) -> dict[str, str]:
    if key.url is not None:
        return {"text": key.label, "url": key.url}
    if key.button is None:
        raise ValueError("a key without a button or a link")
    return {"text": key.label, "callback_data": pack(key.button)}


def content(screen: Screen) -> dict[str, Any]:
    """The parameters that sendMessage and editMessageText share."""
    params: dict[str, Any] = {"text": screen.text, "link_preview_options": {"is_disabled": True}}
    if screen.entities is None:
        params["parse_mode"] = "HTML"
    elif screen.entities:
        params["entities"] = list(screen.entities)
    if screen.keyboard:
        params["reply_markup"] = markup(screen.keyboard)
    elif screen.asks is not None:
        params["reply_markup"] = {
            "force_reply": True,
            "selective": True,
            "input_field_placeholder": shorten(screen.asks, LABEL_LIMIT),
        }
    return params
