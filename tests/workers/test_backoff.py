"""How long to wait after a refusal, and for whom."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import ChatId, PostId, Pseudonym
from bot.domain.pace import LONGEST_WAIT
from bot.telegram.limits import LONGEST_HOLD, Budget, chat_key, private_key
from bot.telegram.verdict import Reason, TryLater
from bot.workers.outbox import backoff

READER = Pseudonym(b"reader".ljust(16))


@given(st.integers(0, 10_000))
def test_backoff_is_bounded_however_often_it_was_tried(attempts: int) -> None:
    assert 0.8 <= backoff(attempts) <= LONGEST_WAIT * 1.2


def test_one_calls_long_wait_holds_all_others_only_briefly() -> None:
    budget = Budget({}, 1000.0)

    budget.obey(private_key(READER), TryLater(None, True, Reason.SERVER), 300.0)

    assert budget.post_at(ChatId(-1), since=0.0) == 1000.0 + LONGEST_HOLD


def test_flood_refusal_holds_its_chat_as_long_as_told() -> None:
    budget = Budget({}, 1000.0)

    budget.obey(chat_key(ChatId(-1)), TryLater(40.0, False, Reason.FLOOD), 40.0)

    assert budget.post_at(ChatId(-1), since=0.0) == 1040.0
    assert budget.post_at(ChatId(-2), since=0.0) < 1000.0


def test_posts_and_redraws_that_both_wait_take_turns() -> None:
    budget, chat = Budget({}, 1000.0), ChatId(-1)
    taken = ""
    budget.posts_wait = budget.redraws_wait = [chat]
    while len(taken) < 20:
        post, redraw = budget.post_at(chat, since=0.0), budget.redraw_at(chat, PostId(1), since=0.0)
        budget.now = max(budget.now, min(post, redraw))
        if post <= budget.now:
            budget.spend_post(chat)
            taken += "p"
        else:
            budget.spend_redraw(chat, PostId(1))
            taken += "r"

    assert "pp" not in taken[4:]
    assert "rr" not in taken


def test_private_answers_go_first_where_all_is_short_but_nobody_waits_for_ever() -> None:
    budget, went = Budget({}, 1000.0), dict.fromkeys("apr", 0)
    begin, first = budget.now, dict[str, float]()
    for place in range(2400):  # a flood of answers to ever new people, for a minute
        kinds = {
            "r": budget.redraw_at(ChatId(-1), PostId(1), since=begin),
            "p": budget.post_at(ChatId(-2), since=begin),
            "a": budget.private_at(Pseudonym(place.to_bytes(16))),
        }
        kind = next((kind for kind, at in kinds.items() if at <= budget.now), None)
        if kind is None:
            budget.now = min(kinds.values())
            continue
        first.setdefault(kind, budget.now - begin)
        went[kind] += 1
        if kind == "r":
            budget.spend_redraw(ChatId(-1), PostId(1))
        elif kind == "p":
            budget.spend_post(ChatId(-2))
        else:
            budget.spend_private(Pseudonym(place.to_bytes(16)))

    assert min(went.values()) > 0
    assert went["a"] > 10 * (went["p"] + went["r"])
    assert first["a"] < 1
