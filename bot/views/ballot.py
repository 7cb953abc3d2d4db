"""A ballot as readers see it: keys with counts, toasts, and the final result."""

import hashlib
import json
from datetime import timedelta
from typing import assert_never

from bot.buttons import Vote, WithdrawVote
from bot.chat import Key, Keyboard, Screen, Toast
from bot.domain.article import RichText, bold, join
from bot.domain.ballot import (
    Ballot,
    NoVote,
    Option,
    VoteCast,
    VoteChange,
    VoteKept,
    VoteMoved,
    VoteWithdrawn,
)
from bot.domain.brigading import Adjusted
from bot.domain.discussion import Discussion, Post
from bot.domain.opinion import OpinionCounts
from bot.domain.shown import Audience, ShownTally, Withheld, begins_at, shown_opinions, shown_tally
from bot.texts import Say
from bot.views.article import entities, from_entities
from bot.views.brigading import beside
from bot.views.privacy import promise, without_promise
from bot.views.screen import TOAST_LIMIT, markup, moment, shorten


def link(username: str, token: str) -> str:
    """Opens the private chat with the bot; its Start says which discussion."""
    return f"https://t.me/{username}?start={token}"


def keyboard(say: Say, ballot: Ballot, write_link: str) -> Keyboard:
    """A key for each option with what is shown of it, one to withdraw the vote, one to write in private."""
    tally = shown_tally(ballot, Audience.EVERYBODY)
    options = [
        (Key(_label(say, option, tally, place), Vote(ballot.id, option.id)),)
        for place, option in enumerate(ballot.options)
    ]
    withdraw = Key(say.plain("button-withdraw-vote"), WithdrawVote(ballot.id))
    write = Key(say.plain("button-write"), url=write_link)
    return (*options, (withdraw,), (write,))


def _label(say: Say, option: Option, tally: ShownTally, place: int) -> str:
    """Shares where each can be known, else votes: never both on one keyboard."""
    if tally.withheld is not None or not tally.total:
        return option.label
    votes, percent = tally.cells[place], tally.percent(place)
    if votes is None:
        return say.plain("option-few", option=option.label, step=tally.step)
    if percent is None:
        return say.plain("option-votes", option=option.label, votes=votes)
    return say.plain("option-share", option=option.label, percent=percent)


def toast(say: Say, change: VoteChange, ballot: Ballot, time_zone: str) -> Toast:
    """What the tap did and, for who holds a vote now, what is shown of the count."""
    match change:
        case VoteCast(option):
            text = say.plain(
                "vote-cast", option=option.label, numbers=_numbers(say, ballot, option, time_zone)
            )
        case VoteMoved(option):
            text = say.plain(
                "vote-moved", option=option.label, numbers=_numbers(say, ballot, option, time_zone)
            )
        case VoteKept(option):
            text = say.plain(
                "vote-kept", option=option.label, numbers=_numbers(say, ballot, option, time_zone)
            )
        case VoteWithdrawn():
            text = say.plain("vote-withdrawn")
        case NoVote():
            text = say.plain("vote-none")
        case _:
            assert_never(change)
    return Toast(shorten(text, TOAST_LIMIT))


def _numbers(say: Say, ballot: Ballot, option: Option, time_zone: str) -> str:
    """How many think so, as far as that is shown."""
    tally = shown_tally(ballot, Audience.VOTER)
    if tally.withheld is not None:
        return withheld(say, ballot, tally.withheld, time_zone)
    place = next(place for place, known in enumerate(ballot.options) if known.id == option.id)
    votes, percent = tally.cells[place], tally.percent(place)
    if votes is None:
        return say.plain("numbers-few", step=tally.step, voters=tally.total)
    if percent is None:
        return say.plain("numbers-least", votes=votes, voters=tally.total)
    message = "numbers-now" if tally.step == 1 else "numbers-shown"
    return say.plain(message, votes=votes, voters=tally.total, percent=percent)


def withheld(say: Say, ballot: Ballot, why: Withheld, time_zone: str) -> str:
    """When there will be numbers."""
    match why:
        case Withheld.MINIMUM:
            return say.plain("numbers-minimum", minimum=begins_at(ballot))
        case Withheld.VOTE_FIRST:
            return say.plain("numbers-vote-first")
        case Withheld.CLOSE if ballot.closes_at is None:
            return say.plain("numbers-close")
        case Withheld.CLOSE:
            return say.plain("numbers-close-at", when=moment(say, ballot.closes_at, time_zone))
        case _:
            assert_never(why)


def counts(say: Say, tally: ShownTally, opinions: OpinionCounts) -> str:
    """«1 284 голоси · 97 думок»."""
    thoughts = say.plain("thoughts", count=opinions.total)
    if tally.withheld is not None:
        return thoughts
    voices = say.plain("voices" if tally.whole else "voices-least", count=tally.total)
    return f"{voices} · {thoughts}"


def result_lines(say: Say, ballot: Ballot, tally: ShownTally) -> str:
    return "\n".join(_line(say, option, tally, place) for place, option in enumerate(ballot.options))


def _line(say: Say, option: Option, tally: ShownTally, place: int) -> str:
    if tally.withheld is not None:
        return option.label
    votes, percent = tally.cells[place], tally.percent(place)
    if votes is None:
        return say.plain("result-line-few", option=option.label, step=tally.step)
    if percent is None:
        return say.plain("result-line-votes", option=option.label, votes=votes)
    return say.plain("result-line", option=option.label, percent=percent, votes=votes)


def question(say: Say, text: str, keys: timedelta | None) -> RichText:
    """What is asked, and what becomes of the answers.  ``keys``: how long readers can be told apart after the end."""
    return join((bold(text), promise(say, keys)), "\n\n")


def final(say: Say, discussion: Discussion, post: Post) -> Screen:
    """The ballot's message after its end: what it said, the exact result, and no keys."""
    said = without_promise(from_entities(post.text, post.entities))
    tally = shown_tally(discussion.ballot)
    if discussion.ballot.hushed:
        text = join((said, RichText(say.plain("closed-quietly"))), "\n\n")
        return Screen(text.text, (), tuple(entities(text)))
    result = RichText(result_lines(say, discussion.ballot, tally))
    line = RichText(
        f"{counts(say, tally, shown_opinions(discussion.ballot, discussion.opinions))}\n{_end(say, discussion)}"
    )
    parts = [said, result, line]
    if discussion.ballot.signs:
        adjusted = Adjusted(discussion.ballot.signs, discussion.ballot.adjusted)
        parts.insert(2, RichText(beside(say, discussion.ballot, adjusted)))
    text = join(tuple(parts), "\n\n")
    return Screen(text.text, (), tuple(entities(text)))


def _end(say: Say, discussion: Discussion) -> str:
    """Once nothing links a vote to anybody, that is said, too."""
    return say.plain("closed-line") if discussion.key is not None else say.plain("closed-forgotten")


def live(say: Say, discussion: Discussion, username: str) -> Keyboard:
    return keyboard(say, discussion.ballot, link(username, discussion.token))


def digest(shown: Screen | Keyboard) -> str:
    """Equal for what looks equal, so that an edit which changes nothing is not sent."""
    whole = (
        [shown.text, [dict(e) for e in shown.entities or ()]] if isinstance(shown, Screen) else markup(shown)
    )
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:32]
