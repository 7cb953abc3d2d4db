"""Presses of buttons and the bot's answers to them."""

import re

from bot.sandbox import render
from bot.sandbox.arguments import Arguments
from bot.sandbox.errors import PeopleError, bad_request
from bot.sandbox.html_mode import utf16_length
from bot.sandbox.world import Chat, Message, Query, World

MOST_TEXT = 200
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def press(world: World, chat: Chat, message: Message, person: int, data: str) -> Query:
    """The update carries the message as it is now; of a deleted one only where it was."""
    if (message.origin or message).sender.user != world.bot.id:
        raise PeopleError("only messages of the bot take presses")
    number = str(4_000_000_000_000_000_000 + world.serial())
    query = Query(number, person, chat.id, message.id, data)
    world.queries[number] = query
    world.people[person].met = True
    reached = message.id in chat.messages
    world.inbox.put(
        "callback_query",
        {
            "id": number,
            "from": render.user(world.people[person], with_language=True),
            "message": render.message(world, message) if reached else render.unreachable(world, message),
            "chat_instance": str(chat.id * 7919),
            "data": data,
        },
    )
    return query


def answer_callback_query(world: World, args: Arguments) -> bool:
    query = world.queries.get(args.text("callback_query_id"))
    text, url = args.text("text"), args.text("url")
    fetched = world.inbox.query_fetched_at.get(query.id) if query is not None else None
    if len(text) > MOST_TEXT or utf16_length(text) > MOST_TEXT:
        world.violation(f"answer to a press of more than {MOST_TEXT} characters")
    if query is None or query.answer is not None or fetched is None:
        raise bad_request(TOO_OLD)
    if world.clock() - fetched > world.answer_window:
        world.violation("answer to a press came too late")
        raise bad_request(TOO_OLD)
    if len(text) > MOST_TEXT:
        raise bad_request("MESSAGE_TOO_LONG")
    if url and not re.match(rf"(?:https://t\.me/|tg://resolve\?domain=){world.bot.username}[?&]start=", url):
        raise bad_request("URL_INVALID")
    query.answer = {"text": text or None, "show_alert": args.flag("show_alert"), "url": url or None}
    if query.answered is not None:
        query.answered.set()
    return True
