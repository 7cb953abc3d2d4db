"""What a message says, whichever kind it is."""

from typing import Any

from telegram import Message, MessageOriginChannel, Update

from bot.domain.ids import ChatId, MessageId
from bot.domain.refusals import StaleButton


def message_of(update: Update) -> Message:
    message = update.effective_message
    if message is None:
        raise StaleButton()
    return message


def copied_post(message: Message | None) -> tuple[ChatId, MessageId] | None:
    """The channel's post whose automatic copy this is.

    The copy of a repost names the post's first home as its origin, which is none of this channel's business: whoever
    reposts our article into a channel of their own has no say over it.
    """
    if message is None or not message.is_automatic_forward or message.sender_chat is None:
        return None
    origin = message.forward_origin
    if not isinstance(origin, MessageOriginChannel) or origin.chat.id != message.sender_chat.id:
        return None
    return ChatId(origin.chat.id), MessageId(origin.message_id)


def said_in(message: Message) -> str | None:
    """The words of a message: its text, its caption, or a rich message flattened; ``None`` when it has none."""
    text = message.text or message.caption
    if text:
        return text
    rich = (message.api_kwargs or {}).get("rich_message")
    return flatten(rich.get("blocks")) if isinstance(rich, dict) else None


def flatten(blocks: Any) -> str:
    """The plain text of a rich message (RichMessage.blocks, Bot API 10.1), a line a block.

    The kinds of blocks grow with every version, so kinds are not named: what is a list of blocks or runs of text is
    known by the field that holds it.
    """
    lines = (_block(block) for block in blocks if isinstance(block, dict)) if isinstance(blocks, list) else ()
    return "\n".join(line for line in lines if line)


def _block(block: dict[str, Any]) -> str:
    lines = [_inline(block.get(name)) for name in ("summary", "text", "expression")]
    lines += [flatten(block.get(name)) for name in ("blocks", "items")]
    for row in block.get("cells") or ():
        lines.append(" | ".join(_inline(cell) for cell in row))
    lines += [_inline(block.get(name)) for name in ("caption", "credit")]
    return "\n".join(line for line in lines if line)


def _inline(text: Any) -> str:
    """RichText: a string, a run with its own text, or a list of either."""
    if isinstance(text, str):
        return text
    if isinstance(text, list):
        return "".join(_inline(part) for part in text)
    if isinstance(text, dict):
        return "".join(
            _inline(text.get(name)) for name in ("text", "expression", "alternative_text", "credit")
        )
    return ""
