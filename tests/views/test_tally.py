"""What staff reads of a discussion's opinions while it runs, and at its end."""

from datetime import UTC, datetime

import pytest

from bot.domain.ballot import Ballot, Option
from bot.domain.discussion import Channel, Discussion, State
from bot.domain.ids import BallotId, ChannelId, ChatId, DiscussionId, OptionId
from bot.domain.opinion import OpinionCounts
from bot.texts import Say
from bot.views import discussion as views

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOME = Channel(ChannelId(1), ChatId(-1), "Новини")


def told(language: str, step: int, closed_at: datetime | None) -> str:
    options = (Option(OptionId(1), "Так"), Option(OptionId(2), "Ні"))
    ballot = Ballot(BallotId(1), DiscussionId(1), "Що?", options, closed_at=closed_at, step=step)
    state = State.OPEN if closed_at is None else State.CLOSED
    counts = OpinionCounts(comments=3, private=14)
    discussion = Discussion(
        DiscussionId(1), HOME, HOME.chat, state, "Назва", "token", NOON, ballot, opinions=counts
    )
    return views.tally(Say(language), discussion, "Europe/Kyiv").text


@pytest.mark.parametrize(
    ("language", "live", "stepping", "closed"),
    [
        (
            "uk",
            "17 думок (коментарів: 3, приватних: 14)",
            "13 думок (коментарів: 3, приватних: 10 або більше)",
            "17 думок (коментарів: 3, приватних: 14)",
        ),
        (
            "en",
            "17 opinions (comments: 3, private: 14)",
            "13 opinions (comments: 3, private: 10 or more)",
            "17 opinions (comments: 3, private: 14)",
        ),
    ],
)
def test_private_opinions_of_an_open_ballot_are_told_in_steps(
    language: str, live: str, stepping: str, closed: str
) -> None:
    assert live in told(language, 1, None)
    assert stepping in told(language, 5, None)
    assert closed in told(language, 5, NOON)
