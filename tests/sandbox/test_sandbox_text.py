"""Texts as they are stored: limits, trimming, entities."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox import People
from bot.sandbox.html_mode import utf16_length
from bot.sandbox.text import format_text
from tests.sandbox.conftest import Room
from tests.sandbox.talk import Api


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"text": ""}, "message text is empty"),
        ({}, "message text is empty"),
        ({"text": " \n "}, "text must be non-empty"),
        ({"text": "<b> </b>", "parse_mode": "HTML"}, "text must be non-empty"),
        ({"text": "я" * 4097}, "message is too long"),
        ({"text": "я" * 16384 + "a"}, "text is too long"),
        ({"text": "x", "parse_mode": "rich"}, "unsupported parse_mode"),
        ({"text": "x", "entities": "["}, "can't parse entities JSON object"),
        (
            {"text": "x", "entities": [{"type": "bold", "offset": 0, "length": 2}]},
            "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 2",
        ),
        (
            {"text": "x", "entities": [{"type": "loud", "offset": 0, "length": 1}]},
            "can't parse MessageEntity: Unsupported type specified",
        ),
        ({"text": "\ud800"}, "strings must be encoded in UTF-8"),
    ],
)
async def test_bad_text_is_refused(api: Api, room: Room, params: dict[str, str], refusal: str) -> None:
    assert await api.error("sendMessage", chat_id=room.channel, **params) == f"Bad Request: {refusal}"


async def test_4096_characters_after_parsing_are_fine(api: Api, people: People, room: Room) -> None:
    sent = await api.send(room.channel, f"<b>{'я' * 4096}</b>\n", parse_mode="HTML")

    assert (sent["text"], await people.violations()) == ("я" * 4096, [])


async def test_more_than_4096_utf16_units_are_sent_but_recorded(api: Api, people: People, room: Room) -> None:
    await api.send(room.channel, "😀" * 2049)

    assert [each["what"] for each in await people.violations()] == ["text of more than 4096 UTF-16 units"]


async def test_refused_long_text_is_recorded_too(api: Api, people: People, room: Room) -> None:
    await api.error("sendMessage", chat_id=room.channel, text="я" * 4097)

    assert [each["what"] for each in await people.violations()] == ["text of more than 4096 UTF-16 units"]


async def test_parse_mode_that_the_sandbox_lacks_is_named(api: Api, people: People, room: Room) -> None:
    answer = await api.call("sendMessage", chat_id=room.channel, text="*x*", parse_mode="MarkdownV2")

    assert answer["description"] == "Not Implemented: the sandbox does not do parse_mode MarkdownV2"
    assert len(await people.violations()) == 1


async def test_text_is_trimmed_up_to_the_first_entity(api: Api, room: Room) -> None:
    plain = await api.send(room.channel, " \n a \n ")
    marked = await api.send(room.channel, " <b> a</b> ", parse_mode="HTML")

    assert plain["text"] == "a"
    assert (marked["text"], marked["entities"]) == (" a", [{"type": "bold", "offset": 0, "length": 2}])


async def test_entities_count_in_utf16(api: Api, room: Room) -> None:
    sent = await api.send(room.channel, "😀 так", entities=[{"type": "bold", "offset": 3, "length": 3}])

    assert sent["entities"] == [{"type": "bold", "offset": 3, "length": 3}]


async def test_entities_after_the_hundredth_are_dropped_and_recorded(
    api: Api, people: People, room: Room
) -> None:
    sent = await api.send(room.channel, "<b>a</b> " * 101, parse_mode="HTML")

    assert len(sent["entities"]) == 100
    assert [each["what"] for each in await people.violations()] == [
        "101 entities: those after the 100th are dropped"
    ]


async def test_mention_by_id_needs_a_person_that_the_bot_met(api: Api, people: People, room: Room) -> None:
    stranger = await people.user("Ніхто")
    await people.start(by=room.reader)
    text = f'<a href="tg://user?id={room.reader}">a</a><a href="tg://user?id={stranger}">b</a>'

    sent = await api.send(room.channel, text, parse_mode="HTML")

    user = {"id": room.reader, "is_bot": False, "first_name": "Оля"}
    assert sent["entities"] == [{"type": "text_mention", "offset": 0, "length": 1, "user": user}]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start abc", [("bot_command", "/start")]),
        ("/poll@dumka_sandbox_bot так", [("bot_command", "/poll@dumka_sandbox_bot")]),
        ("і/або, 1/2, http://a.ua/b", [("url", "http://a.ua/b")]),
        ("див. https://example.com/x?y=1, #новини @novyny", None),
        ("пишіть на a.b@example.com", [("email", "a.b@example.com")]),
        ("(pravda.com.ua)", [("url", "pravda.com.ua")]),
    ],
)
def test_commands_and_links_are_found(text: str, found: list[tuple[str, str]] | None) -> None:
    shown = [
        (entity["type"], text[entity["offset"] : entity["offset"] + entity["length"]])
        for entity in format_text(text).entities
    ]

    every = [("url", "https://example.com/x?y=1"), ("hashtag", "#новини"), ("mention", "@novyny")]
    assert shown == (every if found is None else found)


def test_nothing_is_found_inside_links_and_code() -> None:
    formatted = format_text("<code>/start</code> <a href='https://a.com/'>@novyny</a>", "HTML")

    assert [entity["type"] for entity in formatted.entities] == ["code", "text_link"]


def test_entities_of_one_span_keep_telegrams_order() -> None:
    formatted = format_text("<i><b><blockquote>a</blockquote></b></i>", "HTML")

    assert [entity["type"] for entity in formatted.entities] == ["blockquote", "bold", "italic"]


def test_removed_characters_move_the_entities() -> None:
    formatted = format_text("a\r\nb", entities=[{"type": "bold", "offset": 3, "length": 1}])

    assert (formatted.text, formatted.entities) == ("a\nb", [{"type": "bold", "offset": 2, "length": 1}])


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.integers(0, 80), st.integers(0, 80))
def test_entities_never_leave_the_text(text: str, offset: int, length: int) -> None:
    size = utf16_length(text)
    offset = min(offset, size)
    bold = {"type": "bold", "offset": offset, "length": min(length, size - offset)}

    formatted = format_text(text, entities=[bold])

    ends = [entity["offset"] + entity["length"] for entity in formatted.entities]
    assert all(end <= utf16_length(formatted.text) for end in ends)
    assert formatted.text == formatted.text.rstrip(" \n")
