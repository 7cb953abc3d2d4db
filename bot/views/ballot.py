"""A ballot as readers see it: keys with counts, toasts, and the final result."""

import hashlib
import json
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
    percent,
)
from bot.domain.discussion import Discussion, Post
from bot.domain.opinion import OpinionCounts
from bot.texts import Say
from bot.views.article import entities, from_entities
from bot.views.screen import TOAST_LIMIT, markup, shorten


def link(username: str, token: str) -> str:
    """Opens the private chat with the bot; its Start says which discussion."""
    return f"https://t.me/{username}?start={token}"


def keyboard(say: Say, ballot: Ballot, write_link: str) -> Keyboard:
    """A key for each option with its share, one to withdraw the vote, one to write in private."""
    options = [(Key(_label(say, ballot, option), Vote(ballot.id, option.id)),) for option in ballot.options]
    withdraw = Key(say.plain("button-withdraw-vote"), WithdrawVote(ballot.id))
    write = Key(say.plain("button-write"), url=write_link)
    return (*options, (withdraw,), (write,))


def _label(say: Say, ballot: Ballot, option: Option) -> str:
    if not ballot.voters:
        return option.label
    return say.plain("option-share", option=option.label, percent=percent(option.votes, ballot.voters))


def toast(say: Say, change: VoteChange, ballot: Ballot) -> Toast:
    """What the tap did, with the count as it is now."""
    match change:
        case VoteCast(option):
            text = _count(say, "vote-cast", ballot, option)
        case VoteMoved(option):
            text = _count(say, "vote-moved", ballot, option)
        case VoteKept(option):
            text = _count(say, "vote-kept", ballot, option)
        case VoteWithdrawn():
            text = say.plain("vote-withdrawn")
        case NoVote():
            text = say.plain("vote-none")
        case _:
            assert_never(change)
    return Toast(shorten(text, TOAST_LIMIT))


def _count(say: Say, message: str, ballot: Ballot, option: Option) -> str:
    counted = ballot.option(option.id) or option
    return say.plain(
        message,
        option=option.label,
        votes=counted.votes,
        voters=ballot.voters,
        percent=percent(counted.votes, ballot.voters),
    )


def counts(say: Say, ballot: Ballot, opinions: OpinionCounts) -> str:
    """«1 284 голоси · 97 думок»."""
    return f"{say.plain('voices', count=ballot.voters)} · {say.plain('thoughts', count=opinions.total)}"


def result_lines(say: Say, ballot: Ballot) -> str:
    return "\n".join(
        say.plain(
            "result-line",
            option=option.label,
            percent=percent(option.votes, ballot.voters),
            votes=option.votes,
        )
        for option in ballot.options
    )


def question(text: str) -> RichText:
    return bold(text)


def final(say: Say, discussion: Discussion, post: Post) -> Screen:
    """The ballot's message after its end: what it said, the exact result, and no keys."""
    said = from_entities(post.text, post.entities)
    result = RichText(result_lines(say, discussion.ballot))
    line = RichText(f"{counts(say, discussion.ballot, discussion.opinions)}\n{say.plain('closed-line')}")
    text = join((said, result, line), "\n\n")
    return Screen(text.text, (), tuple(entities(text)))


def live(say: Say, discussion: Discussion, username: str) -> Keyboard:
    return keyboard(say, discussion.ballot, link(username, discussion.token))


def digest(shown: Screen | Keyboard) -> str:
    """Equal for what looks equal, so that an edit which changes nothing is not sent."""
    whole = (
        [shown.text, [dict(e) for e in shown.entities or ()]] if isinstance(shown, Screen) else markup(shown)
    )
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:32]
