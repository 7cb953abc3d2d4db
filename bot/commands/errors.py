"""What went wrong, told to the operator: one sentence on stderr, and the exit code."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from bot.config import SettingsError
from bot.domain.refusals import Refusal
from bot.texts import Say
from bot.views import refusal

FAILED = 2  # nothing was done


@contextmanager
def told() -> Iterator[None]:
    """An operator's mistake or a rule's no ends the command with a sentence.  A bug keeps its traceback."""
    try:
        yield
    except (SettingsError, Refusal) as error:
        print(sentence(error), file=sys.stderr)
    except OperationalError as error:  # another program holds it, the disk is full
        print(f"The database cannot be used: {error.orig}.", file=sys.stderr)
    else:
        return
    raise SystemExit(FAILED)


def sentence(error: SettingsError | Refusal) -> str:
    return refusal.words(Say("en"), error) if isinstance(error, Refusal) else f"{error}."
