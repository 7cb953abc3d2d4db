"""What editors see: previews, tallies, lists, and what went wrong."""

from dataclasses import replace
from html import escape

from bot.buttons import (
    AskClose,
    CancelDraft,
    ChooseChannel,
    Close,
    PostAgain,
    PostIsThere,
    Publish,
    ShowTally,
)
from bot.chat import Key, Keyboard, Screen
from bot.domain.article import Article
from bot.domain.brigading import Adjusted
from bot.domain.discussion import Channel, Discussion, Post, PostPlan, Question, State
from bot.domain.ids import DraftId
from bot.domain.shown import rounds_opinions, shown_opinions, shown_tally
from bot.texts import Say
from bot.views.ballot import counts, result_lines, withheld
from bot.views.brigading import beside
from bot.views.opinion import TITLE
from bot.views.screen import LABEL_LIMIT, moment, shorten

EXCERPT = 300  # characters of a message by which an editor finds it in the channel


def which_channel(say: Say, draft: DraftId, article: Article, channels: list[Channel]) -> Screen:
    text = say.html("draft-which-channel", title=shorten(article.title, TITLE))
    rows = tuple((Key(shorten(c.title, LABEL_LIMIT), ChooseChannel(draft, c.id)),) for c in channels)
    return Screen(text, (*rows, (Key(say.plain("button-cancel"), CancelDraft(draft)),)))


def preview(
    say: Say, draft: DraftId, channel: Channel, question: Question, plan: tuple[PostPlan, ...]
) -> tuple[Screen, Screen]:
    """The first message as it will look, and what will be done with the keys that do it."""
    text = say.html(
        "draft-preview",
        channel=channel.title,
        parts=len(plan),
        question=question.text,
        options="\n".join(question.options),
    )
    publish = Key(say.plain("button-publish"), Publish(draft, channel.id))
    cancel = Key(say.plain("button-cancel"), CancelDraft(draft))
    return Screen(plan[0].text, (), plan[0].entities), Screen(text, ((publish,), (cancel,)))


def queued(say: Say, channel: Channel, number: int) -> Screen:
    return Screen(say.html("draft-queued", channel=channel.title, id=str(number)))


def state(say: Say, what: State) -> str:
    return say.plain(f"state-{what}")


def tally(
    say: Say,
    discussion: Discussion,
    time_zone: str,
    doubtful: Post | None = None,
    *,
    acts: bool = True,
    adjusted: Adjusted | None = None,
) -> Screen:
    """``doubtful``: its message of which nobody knows whether it arrived, to be decided here.  ``acts``: for whoever may
    decide and close; others get no keys for it.  ``adjusted``: where there are signs of brigading.
    """
    ballot = discussion.ballot
    numbers, opinions = shown_tally(ballot), shown_opinions(ballot, discussion.opinions)
    text = say.html(
        "tally",
        title=shorten(discussion.title, TITLE),
        question=ballot.question,
        options=result_lines(say, ballot, numbers),
        counts=counts(say, numbers, opinions),
        comments=opinions.comments,
        private=opinions.private,
        least="yes" if rounds_opinions(ballot) else "no",
        id=str(discussion.id),
        state=state(say, discussion.state),
    )
    if adjusted is not None:
        text += "\n\n" + escape(beside(say, ballot, adjusted), quote=False) + "\n"
    if numbers.withheld is not None:
        text += "\n" + escape(withheld(say, ballot, numbers.withheld, time_zone), quote=False)
    elif numbers.step > 1:
        text += "\n" + say.html("numbers-steps", step=numbers.step)
    if ballot.closes_at is not None and discussion.state is not State.CLOSED:
        text += "\n" + say.html("closes-at", when=moment(say, ballot.closes_at, time_zone))
    refresh = Key(say.plain("button-refresh"), ShowTally(discussion.id))
    if discussion.state is State.CLOSED or not acts:
        return Screen(text, ((refresh,),))
    keys: Keyboard = ((refresh, Key(say.plain("button-close"), AskClose(discussion.id))),)
    if doubtful is None:
        return Screen(text, keys)
    decision = uncertain(say, discussion, doubtful)
    return Screen(f"{text}\n\n{decision.text}", (*decision.keyboard, *keys))


def with_waiting(say: Say, screen: Screen, count: int) -> Screen:
    """Opinions that nobody has approved yet count for nobody; staff learns that they are there."""
    if not count:
        return screen
    return replace(screen, text=f"{screen.text}\n{say.html('tally-waiting', count=count)}")


def listing(say: Say, discussions: list[Discussion]) -> Screen:
    if not discussions:
        return Screen(say.html("list-empty"))
    rows = tuple((Key(shorten(_line(say, d), LABEL_LIMIT), ShowTally(d.id)),) for d in discussions)
    return Screen(say.html("list-head"), rows)


def _line(say: Say, discussion: Discussion) -> str:
    return say.plain(
        "list-line", id=str(discussion.id), state=state(say, discussion.state), title=discussion.title
    )


def close_sure(say: Say, discussion: Discussion) -> Screen:
    text = say.html("close-sure", title=shorten(discussion.title, TITLE))
    sure = Key(say.plain("button-close-sure"), Close(discussion.id))
    return Screen(text, ((sure,), (Key(say.plain("button-cancel"), ShowTally(discussion.id)),)))


def closed(say: Say, discussion: Discussion, now_closed: bool) -> Screen:
    message = "close-done" if now_closed else "close-already"
    return Screen(say.html(message, title=shorten(discussion.title, TITLE)))


def uncertain(say: Say, discussion: Discussion, post: Post) -> Screen:
    text = say.html(
        "post-uncertain",
        place=_place(discussion),
        channel=discussion.channel.title,
        title=shorten(discussion.title, TITLE),
        text=shorten(post.text, EXCERPT),
    )
    there = Key(say.plain("button-post-there"), PostIsThere(post.id))
    return Screen(text, ((there,), (Key(say.plain("button-post-again"), PostAgain(post.id)),)))


def _place(discussion: Discussion) -> str:
    """Where it stands, for the texts to choose their words."""
    return "channel" if discussion.chat == discussion.channel.chat else "group"


def trouble(say: Say, discussion: Discussion, what: str) -> Screen:
    values = {
        "place": _place(discussion),
        "title": shorten(discussion.title, TITLE),
        "channel": discussion.channel.title,
    }
    if what == "refused":
        values["id"] = str(discussion.id)
    return Screen(say.html(f"trouble-{what}", **values))
