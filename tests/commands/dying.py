"""A command in a process of its own that is killed at a chosen instant: before or after its nth call of the kind that
reaches a disk.

    python -m tests.commands.dying FOLDER INSTANT WORDS...

prints, when it was not killed, how many instants there were.
"""

import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

DEEDS = {
    "connect",
    "execute",
    "close",
    "fsync",
    "link",
    "replace",
    "rename",
    "unlink",
    "open",
    "decrypt_io",
    "truncate",
}


def main() -> None:
    folder, instant, *words = sys.argv[1:]
    os.chdir(folder)
    from bot.__main__ import main as command  # noqa: PLC0415
    from bot.commands import restore  # noqa: F401, PLC0415 - its imports are no instants

    reached = 0

    def on_event(frame: FrameType, event: str, called: Any) -> None:
        nonlocal reached
        if event not in {"c_call", "c_return"} or called.__name__ not in DEEDS:
            return
        if reached == int(instant):
            os.kill(os.getpid(), signal.SIGKILL)
        reached += 1

    sys.argv = ["dumka", *words]
    threading.setprofile(on_event)
    sys.setprofile(on_event)
    code = 0
    try:
        command()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    sys.setprofile(None)
    sys.stdout.write(f"{reached}\n")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
