"""The private chat with a reader."""

from typing import assert_never

from bot.buttons import (
    ChangeOpinion,
    ChooseDiscussion,
    KeepBack,
    SendAsItIs,
    SendTrimmed,
    StopWriting,
    TakeLane,
    WithdrawOpinion,
)
from bot.chat import Key, Keyboard, Screen
from bot.domain.discussion import Discussion
from bot.domain.ids import OpinionId
from bot.domain.opinion import Lane
from bot.services.opinion import Betraying, Taken, WhichOne
from bot.texts import Say
from bot.views.screen import LABEL_LIMIT, shorten

TITLE = 200  # characters of a title in a message
MOST_FOUND = 12  # things found in a text that are shown one by one
FOUND = 80  # characters of each
TRIMMED = 1500  # characters of what is left without them


def ask(say: Say, discussion: Discussion, lane: Lane) -> Screen:
    text = say.html(
        "opinion-ask", title=shorten(discussion.title, TITLE), question=discussion.ballot.question
    )
    if not lane.leaves_trace:
        text += "\n\n" + say.html("lane-traceless", answers=_answers(lane))
    return Screen(text, (*_lanes(say, discussion, lane), _stop(say, discussion)))


def _answers(lane: Lane) -> str:
    """For the texts to choose their words."""
    return "yes" if lane is Lane.ANSWERABLE else "no"


def _stop(say: Say, discussion: Discussion) -> tuple[Key, ...]:
    return (Key(say.plain("button-stop-writing"), StopWriting(discussion.id)),)


def _lanes(say: Say, discussion: Discussion, lane: Lane) -> Keyboard:
    """A key for each lane that may be taken instead."""
    plain = Key(say.plain("button-lane-plain"), TakeLane(discussion.id, Lane.PLAIN))
    traceless = TakeLane(discussion.id, Lane.TRACELESS)
    answerable = Key(say.plain("button-lane-answerable"), TakeLane(discussion.id, Lane.ANSWERABLE))
    match lane:
        case Lane.PLAIN:
            return ((Key(say.plain("button-lane-traceless"), traceless),),)
        case Lane.TRACELESS:
            return ((answerable,), (plain,))
        case Lane.ANSWERABLE:
            return ((Key(say.plain("button-lane-unanswered"), traceless),), (plain,))
        case _:
            assert_never(lane)


def taken(say: Say, done: Taken) -> Screen:
    title = shorten(done.discussion.title, TITLE)
    if not done.lane.leaves_trace:
        return Screen(say.html("opinion-traceless", title=title, answers=_answers(done.lane)))
    if done.again:
        return Screen(say.html("opinion-replaced"), _own_keys(say, done.opinion))
    return Screen(say.html("opinion-taken", title=title), _own_keys(say, done.opinion))


def betraying(say: Say, asked: Betraying) -> Screen:
    """Sent as a reply to the text, which is kept nowhere: Telegram hands it over with the tap."""
    found = [
        say.html(
            "betrayal-line",
            kind=say.plain(f"betrayal-{one.kind}"),
            words=shorten(asked.text[one.start : one.end], FOUND),
        )
        for one in asked.found[:MOST_FOUND]
    ]
    if (more := len(asked.found) - MOST_FOUND) > 0:
        found.append(say.html("betrayal-more", count=more))
    head, tail = say.html("opinion-betrays"), say.html("opinion-betrays-choose")
    choice = asked.choice
    about = (choice.discussion, choice.replaces or OpinionId(0), choice.lane)
    rows = [
        (Key(say.plain("button-send-as-it-is"), SendAsItIs(*about)),),
        (Key(say.plain("button-keep-back"), KeepBack(choice.discussion, choice.lane)),),
    ]
    shown = ""
    if asked.trimmed is not None:
        rows.insert(0, (Key(say.plain("button-send-trimmed"), SendTrimmed(*about)),))
        shown = "\n\n" + say.html("opinion-trimmed", text=shorten(asked.trimmed, TRIMMED))
    return Screen(f"{head}\n\n{chr(10).join(found)}{shown}\n\n{tail}", tuple(rows))


def edited(say: Say, opinion: OpinionId) -> Screen:
    return Screen(say.html("opinion-edited"), _own_keys(say, opinion))


def _own_keys(say: Say, opinion: OpinionId) -> tuple[tuple[Key, ...], ...]:
    change = Key(say.plain("button-change-opinion"), ChangeOpinion(opinion))
    return ((change, Key(say.plain("button-withdraw-opinion"), WithdrawOpinion(opinion))),)


def which_one(say: Say, question: WhichOne) -> Screen:
    """Sent as a reply to the text in question, so that it need not be kept until the answer."""
    if not question.choices:
        return Screen(say.html("opinion-none-open"))
    rows = tuple(
        (Key(shorten(choice.title, LABEL_LIMIT), ChooseDiscussion(choice.id)),) for choice in question.choices
    )
    return Screen(say.html("opinion-which"), rows)
