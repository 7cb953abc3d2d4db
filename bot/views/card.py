"""Cards in rooms: an opinion with nothing about its author, what can be done with it, and what was done."""

from datetime import datetime

from babel.dates import format_datetime, get_timezone

from bot.buttons import (
    Approve,
    AskAnswer,
    CancelAnswer,
    Choose,
    Mute,
    NameRoom,
    Quote,
    Reject,
    Report,
    SendAnswer,
    Unchoose,
    Unmute,
)
from bot.chat import Key, Keyboard, Screen
from bot.domain.card import Card, CardState
from bot.domain.discussion import Channel, Discussion
from bot.domain.ids import AnswerId, ChatId, QuoteId, UserId
from bot.domain.opinion import Opinion, Source
from bot.domain.quote import QuoteState
from bot.domain.room import Trouble
from bot.texts import Say
from bot.views.opinion import TITLE
from bot.views.screen import LABEL_LIMIT, shorten

MOST_TEXT = 3500  # UTF-16 units of an opinion on a card, which leaves room for what stands above it
TITLE_IN_ANSWER = 100


def card(
    say: Say, shown: Card, opinion: Opinion, discussion: Discussion, quoted: QuoteState | None, time_zone: str
) -> Screen:
    """``say``: the channel's language."""
    lines = [
        say.html(
            "card-head",
            id=str(discussion.id),
            title=shorten(discussion.title, TITLE),
            channel=discussion.channel.title,
            source=opinion.source,
        )
    ]
    if shown.hour is not None:
        lines.append(say.html("card-hour", when=hour(say, shown.hour, time_zone)))
    if shown.language is not None:
        lines.append(say.html("card-language", language=shown.language))
    if shown.reasons:
        words = ", ".join(say.plain("card-reason", reason=reason) for reason in shown.reasons)
        lines.append(say.html("card-reasons", reasons=words))
    text = cut(say, opinion.text)
    return Screen(
        "\n".join(lines) + "\n\n" + say.html("card-text", text=text), keys(say, shown, opinion, quoted)
    )


def cut(say: Say, text: str) -> str:
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MOST_TEXT:
        return text
    beginning = units[: 2 * MOST_TEXT].decode("utf-16-le", errors="ignore").rstrip()
    return f"{beginning}…\n{say.plain('card-cut', length=len(text))}"


def hour(say: Say, when: datetime, time_zone: str) -> str:
    return format_datetime(when, "d MMMM, HH:00", tzinfo=get_timezone(time_zone), locale=say.language)


def keys(say: Say, shown: Card, opinion: Opinion, quoted: QuoteState | None) -> Keyboard:
    """Without the name of whoever decided."""
    number = shown.id
    approved = "done" if shown.state is CardState.APPROVED else "do"
    rejected = "done" if shown.state is CardState.REJECTED else "do"
    rows: list[tuple[Key, ...]] = [
        (
            Key(say.plain("button-approve", state=approved), Approve(number)),
            Key(say.plain("button-reject", state=rejected), Reject(number)),
        )
    ]
    mute = Unmute(number) if shown.muted else Mute(number)
    mute_key = Key(say.plain("button-mute", state="done" if shown.muted else "do"), mute)
    if opinion.source is Source.COMMENT:
        return (*rows, (mute_key,))
    answered = "done" if shown.answered else "do"
    rows.append(
        (
            Key(say.plain("button-quote", state=quoted or "do"), Quote(number)),
            Key(say.plain("button-answer", state=answered), AskAnswer(number, 0)),
        )
    )
    if shown.chosen_by is None:
        rows.append((Key(say.plain("button-choose", state="do"), Choose(number)), mute_key))
    else:
        rows.append((Key(say.plain("button-choose", state="done"), Unchoose(number)), mute_key))
        rows.append((Key(say.plain("button-answer-chosen"), AskAnswer(number, 1)),))
    return tuple(rows)


def gone(say: Say, shown: Card) -> Screen:
    """In the place of a card whose opinion is not there any more, or stands on another one."""
    return Screen(say.html("card-withdrawn") if shown.opinion is None else say.html("card-replaced"))


def which_channel(say: Say, channels: list[Channel], group: ChatId | None) -> Screen:
    number = 0 if group is None else -group
    rows = tuple((Key(shorten(c.title, LABEL_LIMIT), NameRoom(c.id, number)),) for c in channels)
    return Screen(say.html("room-which"), rows)


def named(say: Say, channel: Channel, trouble: Trouble | None, *, private: bool) -> Screen:
    where = "private" if private else "group"
    text = say.html("room-named", channel=channel.title, where=where)
    if trouble is not None:
        text += "\n\n" + trouble_line(say, channel, trouble)
    return Screen(text)


def trouble_line(say: Say, channel: Channel, trouble: Trouble) -> str:
    return say.html(f"insecure-{trouble}", channel=channel.title)


def left(say: Say, channels: list[Channel]) -> Screen:
    if not channels:
        return Screen(say.html("room-none"))
    return Screen(say.html("room-left", channels=", ".join(c.title for c in channels)))


def ask_answer(say: Say, user: UserId, name: str, count: int) -> Screen:
    """Addresses whoever pressed, so that the field for the reply opens for them alone."""
    text = say.html("answer-ask", count=count)
    mention = f'<a href="tg://user?id={user}">{say.html("answer-mention", name=name)}</a>'
    return Screen(f"{mention}{text}", asks=say.plain("answer-placeholder"))


def answer_preview(say: Say, number: AnswerId, text: str, count: int) -> Screen:
    send = Key(say.plain("button-send-answer"), SendAnswer(number))
    cancel = Key(say.plain("button-cancel"), CancelAnswer(number))
    return Screen(say.html("answer-preview", text=text, count=count), ((send, cancel),))


def answer(say: Say, title: str, text: str) -> Screen:
    """What the author of the opinion gets, from the bot alone."""
    return Screen(say.html("answer-to-reader", title=shorten(title, TITLE_IN_ANSWER), text=text))


def quote(say: Say, number: QuoteId, opinion: Opinion) -> Screen:
    report = Key(say.plain("button-report"), Report(number))
    return Screen(say.html("quote", text=cut(say, opinion.text)), ((report,),))


def quote_trouble(say: Say, discussion: Discussion, problem: str) -> Screen:
    return Screen(say.html("quote-trouble", problem=problem, title=shorten(discussion.title, TITLE)))
