"""How long to wait after a refusal, and for whom."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import ChatId, PostId
from bot.telegram.limits import LONGEST_HOLD, Budget
from bot.telegram.verdict import Reason, TryLater
from bot.workers.outbox import LONGEST_WAIT, backoff


@given(st.integers(0, 10_000))
def test_backoff_is_bounded_however_often_it_was_tried(attempts: int) -> None:
    assert 0.8 <= backoff(attempts) <= LONGEST_WAIT * 1.2


def test_one_calls_long_wait_holds_all_others_only_briefly() -> None:
    budget = Budget()

    budget.obey(b"reader", TryLater(None, True, Reason.SERVER), 300.0, 1000.0)

    assert budget.post_at(ChatId(-1)) == 1000.0 + LONGEST_HOLD


def test_flood_refusal_holds_its_chat_as_long_as_told() -> None:
    budget = Budget()

    budget.obey(ChatId(-1), TryLater(40.0, False, Reason.FLOOD), 40.0, 1000.0)

    assert budget.post_at(ChatId(-1)) == 1040.0
    assert budget.post_at(ChatId(-2)) < 1000.0


def test_posts_and_redraws_that_both_wait_take_turns() -> None:
    budget, chat, now = Budget(), ChatId(-1), 1000.0
    taken = ""
    budget.posts_wait = budget.redraws_wait = frozenset([chat])
    while len(taken) < 20:
        post, redraw = budget.post_at(chat), budget.redraw_at(chat, PostId(1))
        now = max(now, min(post, redraw))
        if post <= now:
            budget.spend_post(chat, now)
            taken += "p"
        else:
            budget.spend_redraw(chat, PostId(1), now)
            taken += "r"

    assert "pp" not in taken[4:]
    assert "rr" not in taken
