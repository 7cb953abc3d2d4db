"""An article and its question as the messages that will stand in the channel."""

from datetime import timedelta

from bot.domain.article import Article, join
from bot.domain.discussion import (
    RESULT_ROOM,
    Channel,
    PostKind,
    PostPlan,
    Question,
    choose_question,
    together,
)
from bot.domain.ids import MessageId
from bot.texts import Say
from bot.views.article import entities
from bot.views.ballot import question as question_text
from bot.views.splitting import split


def question_of(
    channel: Channel,
    *,
    asked: str | None = None,
    options: tuple[str, ...] = (),
    article: Article | None = None,
    default: str | None = None,
    default_options: tuple[str, ...] | None = None,
) -> Question:
    """What is asked in this channel; raises BallotInvalid.

    ``default`` and ``default_options`` are the installation's settings; without them the words of the channel's
    language are used.
    """
    say = Say(channel.language)
    return choose_question(
        asked,
        options,
        article.question if article else None,
        channel,
        default or say.plain("default-question"),
        default_options or tuple(say.plain("default-options").splitlines()),
    )


def plan_article(
    channel: Channel, article: Article, question: Question, keys: timedelta | None
) -> tuple[PostPlan, ...]:
    """The article's parts and the ballot, in order.  The ballot's message stays short.

    ``keys``: how long readers can be told apart after the end.
    """
    asked = question_text(Say(channel.language), question.text, keys)
    text = join((article.whole(), asked), "\n\n")
    one_message = len(split(text, 4096 - RESULT_ROOM)) == 1
    if one_message and together(channel.layout, channel.group is not None, article, question.text):
        return (PostPlan(PostKind.BALLOT, text.text, tuple(entities(text))),)
    parts = tuple(
        PostPlan(PostKind.ARTICLE, part.text.text, tuple(entities(part.text)))
        for part in split(article.whole())
    )
    return (*parts, PostPlan(PostKind.BALLOT, asked.text, tuple(entities(asked))))


def plan_ballot(
    channel: Channel, question: Question, reply_to: MessageId | None, keys: timedelta | None
) -> tuple[PostPlan, ...]:
    """A ballot alone, or under somebody else's post."""
    asked = question_text(Say(channel.language), question.text, keys)
    return (PostPlan(PostKind.BALLOT, asked.text, tuple(entities(asked)), reply_to),)
