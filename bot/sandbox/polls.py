"""Telegram's own polls, as far as a channel needs them."""

from typing import Any

from bot.sandbox import access, posting, render
from bot.sandbox.arguments import Arguments
from bot.sandbox.errors import PeopleError, bad_request
from bot.sandbox.keyboard import read_markup
from bot.sandbox.sending import own_message, put, read_reply
from bot.sandbox.text import format_text
from bot.sandbox.world import JSON, Chat, Content, Message, Poll, World

MOST_QUESTION, MOST_OPTION, MOST_OPTIONS, MOST_COUNTRIES, MOST_DESCRIPTION = 300, 100, 12, 12, 1024
SHORTEST, LONGEST = 5, 2_628_000


def send_poll(world: World, args: Arguments) -> JSON:
    question = format_text(args.text("question"), args.text("question_parse_mode")).text
    if not question:
        raise bad_request("poll question must be non-empty")
    if len(question) > MOST_QUESTION:
        raise bad_request(f"poll question length must not exceed {MOST_QUESTION}")
    options = read_options(args.json("options"))
    chat = access.writable(world, args, "polls")
    check_settings(chat, args)
    poll = Poll(
        id=str(5_000_000_000_000_000_000 + world.serial()),
        question=question,
        options=options,
        chat_id=chat.id,
        settings={key: value for key, value in args.values.items() if key in SETTINGS},
        is_anonymous=anonymous(args),
        many=args.flag("allows_multiple_answers"),
        revoting=bool(args.values.get("allows_revoting", args.text("type") != "quiz")),
        close_date=closing_time(world, args),
        closed=args.flag("is_closed"),
    )
    world.polls[poll.id] = poll
    markup = read_markup(world, chat, args.json("reply_markup"))
    reply_to = read_reply(world, chat, args)
    content = Content(media={"poll": poll.id})
    return own_message(world, put(world, chat, args, content, reply_to, markup))


SETTINGS = frozenset(
    [
        "hide_results_until_closes",
        "members_only",
        "country_codes",
        "open_period",
        "type",
        "correct_option_ids",
        "explanation",
        "description",
    ]
)


def anonymous(args: Arguments) -> bool:
    return bool(args.values.get("is_anonymous", True))


def read_options(given: Any) -> list[str]:
    if not isinstance(given, list) or not given:
        raise bad_request("poll must have at least one answer option")
    if len(given) > MOST_OPTIONS:
        raise bad_request(f"poll can't have more than {MOST_OPTIONS} options")
    raw = [option if isinstance(option, str) else str(option.get("text", "")) for option in given]
    options = [format_text(text).text for text in raw]
    if not all(options):
        raise bad_request("poll options must be non-empty")
    if any(len(option) > MOST_OPTION for option in options):
        raise bad_request(f"poll options length must not exceed {MOST_OPTION}")
    return options


def check_settings(chat: Chat, args: Arguments) -> None:
    channel = chat.type == "channel"
    countries = args.json("country_codes") or []
    if channel and not anonymous(args):
        raise bad_request("non-anonymous polls can't be sent to channel chats")
    if not channel and (args.flag("members_only") or countries):
        raise bad_request("poll voters can be restricted only in channel chats")
    if len(countries) > MOST_COUNTRIES:
        raise bad_request("too many countries specified")
    if not all(isinstance(code, str) and len(code) == 2 and code.isupper() for code in countries):
        raise bad_request("invalid country code specified")
    if len(args.text("description")) > MOST_DESCRIPTION:
        raise bad_request("poll description is too long")
    if args.text("type") == "quiz":
        check_quiz(args.json("correct_option_ids"))


def check_quiz(correct: Any) -> None:
    if not correct:
        raise bad_request("correct quiz option list must be non-empty")
    if list(correct) != sorted(set(correct)):
        raise bad_request("correct quiz option list must be increasing")


def closing_time(world: World, args: Arguments) -> int | None:
    period, date = args.number("open_period"), args.number("close_date")
    if not period and not date:
        return None
    if period and date:
        raise bad_request("can't use both open_period and close_date")
    left = period or date - world.now
    if not SHORTEST <= left <= LONGEST:
        raise bad_request("wrong poll close time specified")
    return world.now + left


def stop_poll(world: World, args: Arguments) -> JSON:
    chat = access.find_chat(world, args.chat())
    if chat.type != "private":
        access.check_inside(world, chat)
    access.count(world, chat)
    message = chat.messages.get(args.number("message_id"))
    if message is None:
        raise bad_request("message with poll to stop not found")
    poll = poll_of(world, message)
    if poll is None:
        raise bad_request("message is not a poll")
    if message.sender.user != world.bot.id or not access.may_edit(world, chat, message):
        raise bad_request("poll can't be stopped")
    close_due(world)
    if poll.closed:
        raise bad_request("poll has already been closed")
    poll.closed = True
    posting.edit(world, message, message.content, read_markup(world, chat, args.json("reply_markup"), True))
    return render.poll(poll)


def poll_of(world: World, message: Message) -> Poll | None:
    return world.polls.get((message.content.media or {}).get("poll", ""))


def close_due(world: World) -> None:
    """Polls close by themselves.  Looked at whenever the bot asks, so no timer runs beside the world's clock."""
    for poll in world.polls.values():
        if poll.close_date is not None and not poll.closed and world.clock() >= poll.close_date:
            poll.closed = True
            world.inbox.put("poll", render.poll(poll))


def vote(world: World, message: Message, person: int, options: list[int]) -> None:
    """A vote, a changed one or, without options, none any more.  The bot hears totals only."""
    poll = poll_of(world, message)
    close_due(world)
    if poll is None:
        raise PeopleError("this message is no poll")
    if poll.closed:
        raise PeopleError("the poll is closed")
    if person in poll.votes and not poll.revoting:
        raise PeopleError("the poll takes no second vote")
    if any(not 0 <= at < len(poll.options) for at in options) or (len(options) > 1 and not poll.many):
        raise PeopleError("the poll has no such choice")
    poll.votes.pop(person, None)
    if options:
        poll.votes[person] = tuple(options)
    world.inbox.put("poll", render.poll(poll))
    if not poll.is_anonymous:
        ids = [f"{poll.id}-{at}" for at in options]
        who = render.user(world.people[person], with_language=True)
        answer = {"poll_id": poll.id, "user": who, "option_ids": options, "option_persistent_ids": ids}
        world.inbox.put("poll_answer", answer)
