"""The line under a question that says what becomes of the votes, and the whole of it in private."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.article import Article, RichText
from bot.domain.ballot import MAX_LABEL, MAX_OPTIONS, MAX_QUESTION, Ballot, Option
from bot.domain.discussion import (
    Channel,
    Discussion,
    Layout,
    Post,
    PostKind,
    PostState,
    Question,
    State,
)
from bot.domain.ids import BallotId, ChannelId, ChatId, DiscussionId, KeyName, OptionId, PostId
from bot.domain.installation import Defaults
from bot.domain.opinion import OpinionCounts
from bot.domain.retention import Retention
from bot.texts import Say, languages
from bot.views import ballot as views
from bot.views.posting import plan_article, plan_ballot
from bot.views.privacy import privacy, span

KEY = KeyName(b"k" * 16)
WEEK = timedelta(days=7)


def closed(language: str, text: str, entities: tuple[dict[str, object], ...], key: KeyName | None) -> str:
    labels = ["Так", "Ні"]
    options = tuple(Option(OptionId(n), label, n) for n, label in enumerate(labels, start=1))
    return final(language, text, entities, key, options)


def final(
    language: str,
    text: str,
    entities: tuple[dict[str, object], ...],
    key: KeyName | None,
    options: tuple[Option, ...],
) -> str:
    channel = Channel(ChannelId(1), ChatId(-1), "Новини", language=language)
    ballot = Ballot(BallotId(1), DiscussionId(1), "Що?", options)
    discussion = Discussion(
        DiscussionId(1),
        channel,
        ChatId(-1),
        State.CLOSED,
        "Назва",
        "token",
        datetime(2026, 11, 23, tzinfo=UTC),
        ballot,
        OpinionCounts(3, 4),
        key=key,
    )
    post = Post(PostId(1), DiscussionId(1), 0, PostKind.BALLOT, ChatId(-1), text, entities, PostState.SENT)
    return views.final(Say(language), discussion, post).text


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("keys", [timedelta(0), WEEK, None])
def test_line_stands_under_the_question_and_goes_when_the_ballot_is_closed(
    language: str, keys: timedelta | None
) -> None:
    channel = Channel(ChannelId(1), ChatId(-1), "Новини", language=language)

    (plan,) = plan_ballot(channel, Question("Що?", ("Так", "Ні")), None, keys)

    question, _, line = plan.text.partition("\n\n")
    assert question == "Що?"
    assert line.startswith("🔒 ")
    assert "\n" not in line
    assert [entity["type"] for entity in plan.entities] == ["bold", "code"]
    assert closed(language, plan.text, plan.entities, KEY).startswith("Що?\n\nТак")
    assert "/privacy" not in closed(language, plan.text, plan.entities, KEY)


def test_line_says_when_the_key_goes() -> None:
    lines = [views.question(Say("uk"), "Що?", keys).text for keys in (timedelta(0), WEEK, None)]

    assert [line.partition("нікому")[2] for line in lines] == [
        ": ключ до голосів знищується, коли голосування закривають. Докладніше: /privacy у боті.",
        ": ключ до голосів знищується за 7 днів після закриття. Докладніше: /privacy у боті.",
        ". Докладніше: /privacy у боті.",
    ]


def test_ballot_from_before_the_line_is_closed_as_it_was() -> None:
    entities = ({"type": "bold", "offset": 0, "length": 3},)

    assert closed("uk", "🔒 Стаття\n\nЩо?", entities, KEY).startswith("🔒 Стаття\n\nЩо?\n\nТак")


@pytest.mark.parametrize(
    ("language", "end"),
    [
        ("uk", "🔒 Голосування завершено. Хто як голосував, стерто: цього не дізнається вже ніхто."),
        ("en", "🔒 The ballot is closed. Who voted how is erased: nobody will ever find it out."),
    ],
)
def test_once_nothing_links_a_vote_to_anybody_it_is_said(language: str, end: str) -> None:
    assert closed(language, "Що?", (), None).endswith(f"\n{end}")


@pytest.mark.parametrize("language", languages())
def test_longest_result_fits_the_message_of_a_ballot(language: str) -> None:
    channel = Channel(ChannelId(1), ChatId(-1), "Новини", language=language, layout=Layout.TOGETHER)
    labels = tuple(f"{n:02} ".ljust(MAX_LABEL, "ї") for n in range(MAX_OPTIONS))
    question = Question("ї" * MAX_QUESTION, labels)
    options = tuple(Option(OptionId(n), label, 999_999) for n, label in enumerate(labels))
    fitting, too_long = 1, 4096  # characters of an article that shares the ballot's message

    while too_long - fitting > 1:
        length = (fitting + too_long) // 2
        plans = plan_article(channel, Article("Назва", RichText("ї" * length)), question, WEEK)
        fitting, too_long = (length, too_long) if len(plans) == 1 else (fitting, length)
    (plan,) = plan_article(channel, Article("Назва", RichText("ї" * fitting)), question, WEEK)

    assert len(final(language, plan.text, plan.entities, None, options)) <= 4096


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("encrypt", [False, True])
def test_whole_text_names_the_spans_of_this_installation_and_fits(language: str, encrypt: bool) -> None:
    say = Say(language)
    kept = Retention(
        keys=timedelta(hours=5),
        longest=timedelta(days=33),
        opinions=timedelta(days=44),
        failed_updates=timedelta(days=3),
        outbox=timedelta(minutes=90),
        applied_updates=timedelta(hours=50),
        logs=timedelta(days=21),
    )
    defaults = replace(Defaults(), retention=kept, encrypt=encrypt)

    text = privacy(say, defaults).text

    assert len(text) < 4096
    for each in (kept.keys, kept.longest, kept.opinions, kept.failed_updates, kept.outbox, kept.logs):
        assert span(say, each) in text
    assert span(say, kept.applied_updates) in text
    endless = privacy(
        say, replace(defaults, retention=Retention(None, None, None, None, None, None, None, None))
    )
    assert len(endless.text) < 4096
    assert span(say, None) in endless.text


def test_spans_are_told_in_whole_units() -> None:
    spans = [timedelta(days=1), timedelta(hours=48), timedelta(hours=5), timedelta(minutes=90), None]

    assert [span(Say("uk"), each) for each in spans] == [
        "1 день",
        "2 дні",
        "5 годин",
        "90 хвилин",
        "без кінця",
    ]
    assert [span(Say("en"), each) for each in spans] == [
        "1 day",
        "2 days",
        "5 hours",
        "90 minutes",
        "without an end",
    ]
