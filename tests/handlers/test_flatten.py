"""Rich messages (Bot API 10.1) arrive without text: their words are found in the tree."""

import json
from typing import Any

import msgspec

from bot.handlers.message import flatten
from tests.flows.conftest import Chat, chat

__all__ = ["chat"]  # the fixture

BLOCKS: list[dict[str, Any]] = [
    {"type": "heading", "size": 1, "text": "Заголовок"},
    {
        "type": "paragraph",
        "text": ["Я ", {"type": "bold", "text": ["дуже ", {"type": "italic", "text": "за"}]}, "!"],
    },
    {
        "type": "list",
        "items": [
            {"label": "1.", "blocks": [{"type": "paragraph", "text": "перше"}]},
            {"label": "2.", "blocks": [{"type": "paragraph", "text": "друге"}]},
        ],
    },
    {"type": "blockquote", "blocks": [{"type": "paragraph", "text": "цитата"}], "credit": "хтось"},
    {"type": "table", "cells": [[{"text": "а"}, {"text": "б"}], [{}, {"text": "г"}]], "caption": "таблиця"},
    {"type": "details", "summary": "докладніше", "blocks": [{"type": "paragraph", "text": "сховане"}]},
    {"type": "photo", "photo": [], "caption": {"text": "підпис", "credit": "автор"}},
    {"type": "mathematical_expression", "expression": "x^2"},
    {"type": "paragraph", "text": {"type": "custom_emoji", "custom_emoji_id": "1", "alternative_text": "🙂"}},
    {"type": "divider"},
    {"type": "not_known_yet", "text": "нове"},
]


def test_every_word_is_found_a_line_a_block() -> None:
    assert flatten(BLOCKS) == "\n".join(
        [
            "Заголовок",
            "Я дуже за!",
            "перше",
            "друге",
            "цитата",
            "хтось",
            "а | б",
            " | г",
            "таблиця",
            "докладніше",
            "сховане",
            "підписавтор",
            "x^2",
            "🙂",
            "нове",
        ]
    )


def test_broken_tree_has_no_words() -> None:
    trees: list[Any] = [None, 17, "text", {}, [1, None], [{"text": 5}]]
    assert [flatten(tree) for tree in trees] == [""] * 6


async def test_rich_comment_is_an_opinion(chat: Chat) -> None:
    discussion = await chat.publish("Вугілля\n\nТекст.\n\nЩо скажете?")
    copy = (await chat.people.history(chat.group, by=chat.owner))[0]
    update = {
        "update_id": 90_000,
        "message": {
            "message_id": 5000,
            "date": 1_795_435_200,
            "chat": {"id": chat.group, "type": "supergroup", "title": "Розмова"},
            "from": {"id": 555, "is_bot": False, "first_name": "Оля"},
            "message_thread_id": copy["message_id"],
            "reply_to_message": copy,
            "rich_message": {"blocks": BLOCKS[:2]},
        },
    }

    await chat.app.intake.take([msgspec.Raw(json.dumps(update).encode())])

    assert [o.text for o in await chat.opinions(discussion.id)] == ["Заголовок\nЯ дуже за!"]
