"""The harness finds what it is there to find: a comparison that cannot fail would prove nothing."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from bot.domain.ids import BallotId, DiscussionId, UserId
from bot.vault import ReaderKey
from tests.chaos import reckoning
from tests.chaos.reckoning import Book, Stored
from tests.chaos.strikes import Severity, plan_kills, plan_strikes
from tests.chaos.truth import COMMENT, PRIVATE, Case, Edited, Press, Replaced, Said, Truth, Withdrawn, percent

KEY = ReaderKey(bytes(range(32)))
ANN, BOB, EVE = 1, 2, 3
CASE = Case("1х", -100, "Справа 1х: так?", ("Так", "Ні"), 2, 7)
SEVERITY = Severity(seconds=26, kills=25, outage=2.5, away=3.5, long_wait=6, jump=7200)


def truth() -> Truth:
    kept = Truth({CASE.mark: CASE})
    kept.acts += [
        Press("t1", ANN, "1х", "Так"),
        Press("t2", ANN, "1х", "Ні"),
        Press("t3", BOB, "1х", "Так"),
        Press("t4", BOB, "1х", None),
        Press("t5", EVE, "1х", "Ні"),
        Said((-200, 1), ANN, "1х", "перше", COMMENT),
        Edited((-200, 1), "виправлене"),
        Said((BOB, 5), BOB, "1х", "приватне", PRIVATE),
        Withdrawn((BOB, 5), "t6"),
        Said((EVE, 5), EVE, "1х", "старе", PRIVATE),
        Replaced((EVE, 5), (EVE, 9), "нове"),
    ]
    return kept


def stored() -> Stored:
    """As an honest bot would have it: Ann and Eve say no, two opinions stand."""
    ballot, discussion = BallotId(70), DiscussionId(7)
    return Stored(
        held=[(70, KEY.voter(ballot, UserId(who)), "Ні") for who in (ANN, EVE)],
        foreign=0,
        counted=[(7, "Так", 0), (7, "Ні", 2)],
        opinions=[
            (7, COMMENT, KEY.author(discussion, ANN), "виправлене"),
            (7, PRIVATE, KEY.author(discussion, EVE), "нове"),
        ],
        discussions=[(7, "open", 1, 1, 70, b"")],
        posts=[(7, 0, "sent", 11), (7, 1, "sent", 12)],
        failed=[],
    )


def book(lost: tuple[str, ...] = ()) -> Book:
    kept = truth()
    return Book(kept.cases, kept.outcome(lost), lambda _: KEY, (ANN, BOB, EVE))


def test_honest_database_agrees() -> None:
    assert book().differences(stored()) == []


TAMPERED: dict[str, Callable[[Stored], Stored]] = {
    "a vote is gone": lambda s: replace(s, held=s.held[1:]),
    "a vote is another": lambda s: replace(s, held=[(70, s.held[0][1], "Так"), s.held[1]]),
    "a withdrawn vote is back": lambda s: replace(
        s, held=[*s.held, (70, KEY.voter(BallotId(70), UserId(BOB)), "Так")]
    ),
    "a vote of nobody": lambda s: replace(s, held=[*s.held, (70, b"0" * 16, "Так")]),
    "a vote for another ballot's option": lambda s: replace(s, foreign=1),
    "counted twice": lambda s: replace(s, counted=[(7, "Так", 0), (7, "Ні", 3)]),
    "an opinion is gone": lambda s: replace(s, opinions=s.opinions[1:]),
    "an opinion is there twice": lambda s: replace(s, opinions=[*s.opinions, s.opinions[0]]),
    "an edit is lost": lambda s: replace(s, opinions=[(*s.opinions[0][:3], "перше"), s.opinions[1]]),
    "a withdrawn opinion is back": lambda s: replace(
        s, opinions=[*s.opinions, (7, PRIVATE, KEY.author(DiscussionId(7), BOB), "приватне")]
    ),
    "an opinion is somebody else's": lambda s: replace(
        s, opinions=[(7, COMMENT, KEY.author(DiscussionId(7), BOB), "виправлене"), s.opinions[1]]
    ),
    "a counter of opinions is wrong": lambda s: replace(s, discussions=[(7, "open", 2, 1, 70, b"")]),
    "the discussion is gone": lambda s: replace(s, discussions=[]),
    "an update met a bug": lambda s: replace(s, failed=[(1, "KeyError at bot/x.py:1")]),
}


@pytest.mark.parametrize("tampered", list(TAMPERED))
def test_tampered_database_is_found(tampered: str) -> None:
    assert book().differences(TAMPERED[tampered](stored())) != []


def test_press_that_telegram_dropped_is_not_expected() -> None:
    assert book(lost=("t2",)).outcome.votes["1х"] == {ANN: "Так", EVE: "Ні"}


def test_post_that_went_out_twice_is_found() -> None:
    messages = [{"message_id": 11}, {"message_id": 12}]

    assert reckoning.posts(CASE, stored(), messages, Counter("аб")) == []
    assert reckoning.posts(CASE, stored(), messages, Counter("ааб")) != []
    assert reckoning.posts(CASE, stored(), [*messages, {"message_id": 13}], Counter("аб")) != []
    doubtful = replace(stored(), posts=[(7, 0, "sent", 11), (7, 1, "uncertain", None)])
    assert reckoning.posts(CASE, doubtful, messages, Counter("аб")) != []


def test_keys_and_results_that_are_not_exact_are_found() -> None:
    outcome = truth().outcome()

    def keys(yes: int, no: int) -> dict[str, object]:
        labels = [f"Так · {yes} %", f"Ні · {no} %", "↩️ Забрати голос"]
        return {
            "reply_markup": {"inline_keyboard": [[{"text": label, "callback_data": "x"}] for label in labels]}
        }

    assert reckoning.shown(CASE, outcome, keys(0, 100)) == []
    assert reckoning.shown(CASE, outcome, keys(1, 99)) != []
    lines = "Так — 0 % (0)\nНі — 100 % (2)\n\n2 голоси · 2 думки\n🔒 Голосування завершено. Хто як голосував, стерто."
    assert reckoning.closed(CASE, outcome, {"text": lines}) == []
    assert reckoning.closed(CASE, outcome, {"text": lines.replace("(2)", "(3)")}) != []
    assert reckoning.closed(CASE, outcome, {"text": lines.replace("2 думки", "3 думки")}) != []


def test_broken_limit_is_found_and_a_late_answer_excused() -> None:
    late = {"method": "answerCallbackQuery", "what": "answer to a press came too late"}
    flood = {"method": "sendMessage", "what": "flood: more than 20 sends and edits a minute in one chat"}

    assert reckoning.broken([late]) == []
    assert reckoning.broken([late, flood, flood]) == [
        "a limit was broken, 2 times: sendMessage: flood: more than 20 sends and edits a minute in one chat"
    ]


def test_halves_are_rounded_up() -> None:
    assert [percent(1, 8), percent(1, 3), percent(2, 3), percent(1, 200)] == [13, 33, 67, 1]


def test_same_seed_plans_the_same_chaos() -> None:
    def plan(seed: int) -> tuple[object, object]:
        rng = Random(seed)
        return plan_kills(rng, SEVERITY), plan_strikes(rng, SEVERITY)

    assert plan(7) == plan(7)
    assert plan(7) != plan(8)
    assert len(plan_kills(Random(1), SEVERITY)) == 25
