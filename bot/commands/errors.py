"""What went wrong, told to the operator: one sentence on stderr, and the exit code."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bot.domain.refusals import Refusal
from bot.sections import SettingsError

FAILED = 2  # nothing was done


@contextmanager
def told() -> Iterator[None]:
    """An operator's mistake or a rule's no ends the command with a sentence.  A bug keeps its traceback."""
    try:
        yield
    except (SettingsError, Refusal) as error:
        print(sentence(error), file=sys.stderr)
    except _database_away() as error:
        print(f"The database cannot be used ({error}).", file=sys.stderr)
    else:
        return
    raise SystemExit(FAILED)


def _database_away() -> type[Exception]:
    """Asked for only when something went wrong: importing it takes half a second, and `dumka run` shall listen at once."""
    from db.dialect import DatabaseAway  # noqa: PLC0415

    return DatabaseAway


def sentence(error: SettingsError | Refusal) -> str:
    if isinstance(error, SettingsError):
        return f"{error}."
    from bot.texts import Say  # noqa: PLC0415 - as above
    from bot.views import refusal  # noqa: PLC0415

    return refusal.words(Say("en"), error)
