"""Signs of brigading in words, and adjusted counts beside the raw ones."""

from collections.abc import Sequence

from bot.domain.ballot import Ballot
from bot.domain.brigading import Adjusted, Sign
from bot.domain.discussion import Discussion
from bot.texts import Say
from bot.views.screen import shorten

TITLE = 200  # characters of a title in a message
LABEL = 40  # of an option: it stands above in full


def notice(say: Say, discussion: Discussion, signs: Sequence[Sign]) -> str:
    """To the channel's owner; it names nobody."""
    return say.html(
        "brigading-notice",
        title=shorten(discussion.title, TITLE),
        signs=_signs(say, signs),
        id=str(discussion.id),
    )


def beside(say: Say, ballot: Ballot, adjusted: Adjusted) -> str:
    """Plain text, to stand below the raw counts."""
    lines = [say.plain("brigading-signs", signs=_signs(say, adjusted.signs))]
    cells = adjusted.cells
    if cells is None:
        lines.append(say.plain("brigading-no-sample"))
    else:
        lines.append(say.plain("brigading-members"))
        lines += [
            say.plain("brigading-line", option=shorten(option.label, LABEL), votes=votes)
            for option, votes in zip(ballot.options, cells, strict=True)
            if votes is not None
        ]
    return "\n".join(lines)


def _signs(say: Say, signs: Sequence[Sign]) -> str:
    return "; ".join(say.plain(f"sign-{sign}") for sign in signs)
