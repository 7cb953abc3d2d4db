"""The private chat with a reader."""

from bot.buttons import ChangeOpinion, ChooseDiscussion, StopWriting, WithdrawOpinion
from bot.chat import Key, Screen
from bot.domain.discussion import Discussion
from bot.domain.ids import OpinionId
from bot.services.opinion import Taken, WhichOne
from bot.texts import Say
from bot.views.screen import LABEL_LIMIT, shorten

TITLE = 200  # characters of a title in a message


def ask(say: Say, discussion: Discussion) -> Screen:
    text = say.html(
        "opinion-ask", title=shorten(discussion.title, TITLE), question=discussion.ballot.question
    )
    return Screen(text, ((Key(say.plain("button-stop-writing"), StopWriting(discussion.id)),),))


def taken(say: Say, done: Taken) -> Screen:
    if done.again:
        return Screen(say.html("opinion-replaced"), _own_keys(say, done.opinion))
    text = say.html("opinion-taken", title=shorten(done.discussion.title, TITLE))
    return Screen(text, _own_keys(say, done.opinion))


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
