from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import buttons
from bot.buttons import BY_TAG, MAX_BYTES, MAX_NUMBER, Button, pack, unpack
from bot.domain.refusals import StaleButton
from bot.routes import handlers

KINDS = sorted(BY_TAG.values(), key=lambda kind: kind.tag)


def any_button() -> st.SearchStrategy[Button]:
    numbers = st.integers(0, MAX_NUMBER)
    kinds = [st.builds(kind, **{f.name: numbers for f in fields(kind)}) for kind in KINDS]
    return st.one_of(*kinds)


@given(any_button())
def test_unpacking_what_was_packed_gives_the_button_back(button: Button) -> None:
    wire = pack(button)

    assert unpack(wire) == button
    assert 1 <= len(wire.encode()) <= MAX_BYTES


@given(st.text(max_size=70))
def test_foreign_data_is_stale_or_means_just_itself(data: str) -> None:
    try:
        button = unpack(data)
    except StaleButton:
        return
    assert pack(button) == data


def test_tags_are_never_shared() -> None:
    kinds = [kind for kind in vars(buttons).values() if isinstance(kind, type) and issubclass(kind, Button)]

    assert len(BY_TAG) == len(kinds) - 1  # all but Button itself


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_button_has_a_handler(kind: type[Button]) -> None:
    data = pack(kind(*(1 for _ in fields(kind))))

    patterns = [getattr(handler, "pattern", None) for handler in handlers()]
    first = next(p for p in patterns if callable(p) and p(data))

    assert getattr(first, "__self__", None) is kind
