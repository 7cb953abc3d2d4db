"""Buttons under messages."""

from typing import Any

import pytest

from bot.sandbox import People
from tests.sandbox.conftest import Room
from tests.sandbox.talk import Api


def rows(*keys: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(keys)]}


@pytest.mark.parametrize(
    ("markup", "refusal"),
    [
        (rows({"text": "a", "callback_data": "я" * 33}), "BUTTON_DATA_INVALID"),
        (rows({"text": "a", "callback_data": ""}), "BUTTON_DATA_INVALID"),
        (rows({"text": "a", "url": "nothing"}), "BUTTON_URL_INVALID"),
        (rows({"text": "a", "web_app": {"url": "https://a.com"}}), "BUTTON_TYPE_INVALID"),
        (rows({"text": "a", "copy_text": {"text": "x" * 257}}), "BUTTON_COPY_TEXT_INVALID"),
        (
            rows({"text": "a"}),
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        ({"keyboard": [[{"text": "a"}]]}, "inline keyboard expected"),
        ([], "object expected as reply markup"),
    ],
)
async def test_bad_keyboard_is_refused(api: Api, room: Room, markup: object, refusal: str) -> None:
    answer = await api.error("sendMessage", chat_id=room.channel, text="x", reply_markup=markup)

    assert answer == f"Bad Request: {refusal}"


async def test_64_bytes_of_data_and_a_link_are_fine(api: Api, people: People, room: Room) -> None:
    markup = rows(
        {"text": "a", "callback_data": "я" * 32, "style": "success"},
        {"text": "b", "url": "https://t.me/dumka_sandbox_bot?start=x"},
    )

    sent = await api.send(room.channel, reply_markup=markup)

    assert (sent["reply_markup"], await people.violations()) == (markup, [])


async def test_large_keyboards_are_recorded_and_cut(api: Api, people: People, room: Room) -> None:
    key = {"text": "a", "callback_data": "a"}
    wide = await api.send(room.channel, reply_markup={"inline_keyboard": [[key] * 13]})
    tall = await api.send(room.channel, reply_markup={"inline_keyboard": [[key]] * 301})

    assert len(wide["reply_markup"]["inline_keyboard"][0]) == 12
    assert len(tall["reply_markup"]["inline_keyboard"]) == 300
    assert [each["what"] for each in await people.violations()] == [
        "more than 8 buttons in a row",
        "more than 100 buttons in all",
    ]


async def test_button_without_text_or_with_unknown_fields_is_recorded(
    api: Api, people: People, room: Room
) -> None:
    empty, odd = {"text": " ", "callback_data": "a"}, {"text": "a", "callback_data": "a", "colour": "red"}

    sent = await api.send(room.channel, reply_markup=rows(empty, odd))

    assert sent["reply_markup"] == rows(odd)
    assert len(await people.violations()) == 2


async def test_reply_keyboard_in_private_chat_is_not_part_of_the_message(
    api: Api, people: People, room: Room
) -> None:
    await people.start(by=room.reader)

    sent = await api.send(room.reader, reply_markup={"force_reply": True})

    assert "reply_markup" not in sent
