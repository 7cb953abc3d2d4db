"""How a command ends.  Light: ``--help`` needs it."""

from collections.abc import Callable
from typing import NoReturn


def finish(command: Callable[[], int]) -> NoReturn:
    """Run it, and end with its exit code: 2 and a sentence on stderr for a mistake of the operator."""
    from bot.commands.errors import told

    with told():
        raise SystemExit(command())
