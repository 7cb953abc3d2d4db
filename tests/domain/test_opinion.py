import pytest

from bot.domain.opinion import MAX_OPINION, check_opinion
from bot.domain.refusals import OpinionInvalid


@pytest.mark.parametrize(
    "text",
    [
        "Я за",
        "<b>не жирне</b> & так",
        "слово\u00a0слово",
        "👩\u200d👩\u200d👧 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f 🇺🇦",
        "\u200fمرحبا",
        "рядок\nрядок",
        "а" * MAX_OPINION,
    ],
)
def test_what_a_reader_wrote_is_kept_to_the_letter(text: str) -> None:
    assert check_opinion(text) == text


def test_white_space_around_and_control_characters_go() -> None:
    assert check_opinion(" \n Я\x00 за\x1b[31m \n") == "Я за[31m"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "kind"),
        ("", "empty"),
        (" \n\t", "empty"),
        ("\u200b\u200d\ufeff", "empty"),
        ("а" * 4001, "long"),
    ],
)
def test_what_cannot_be_printed_is_refused(text: str | None, problem: str) -> None:
    with pytest.raises(OpinionInvalid) as refused:
        check_opinion(text)

    assert refused.value.details["problem"] == problem
