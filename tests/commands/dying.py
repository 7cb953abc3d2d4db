"""Commands that are killed at a chosen instant: before or after their nth call of a kind that reaches a disk.

As in ``forking``, a process that has imported everything forks for each.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any, Self

DEEDS = {"connect", "execute", "close", "fsync", "link", "replace", "rename", "unlink", "open", "decrypt_io"}


class Dying:
    """One command at a time; each call blocks until it has ended or is dead."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.commands.dying"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=10)

    def run(self, folder: Path, instant: int, *words: str) -> tuple[int, int]:
        """Exit code, -9 when it was killed, and how many instants there were until its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(
            json.dumps({"folder": str(folder), "instant": instant, "words": words}) + "\n"
        )
        self._process.stdin.flush()
        code, reached = json.loads(self._process.stdout.readline())
        return code, reached


def serve() -> None:
    from bot.commands import restore  # noqa: F401, PLC0415 - imported once, here

    while line := sys.stdin.readline():
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            run_child(json.loads(line), writing)
        os.close(writing)
        _, status = os.waitpid(child, 0)
        with os.fdopen(reading) as told:
            reached = int(told.read() or 0)
        print(json.dumps([os.waitstatus_to_exitcode(status), reached]), flush=True)  # noqa: T201 - the answer


def run_child(request: dict[str, Any], tell: int) -> None:
    from bot.__main__ import main  # noqa: PLC0415 - imported once, here

    os.chdir(request["folder"])
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    sys.argv = ["dumka", *request["words"]]
    reached = 0

    def on_event(_: FrameType, event: str, called: Any) -> None:
        nonlocal reached
        if event not in {"c_call", "c_return"} or called.__name__ not in DEEDS:
            return
        if reached == request["instant"]:
            os.kill(os.getpid(), signal.SIGKILL)
        reached += 1

    threading.setprofile(on_event)
    sys.setprofile(on_event)
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    sys.setprofile(None)
    os.write(tell, str(reached).encode())
    os._exit(code)


if __name__ == "__main__":
    serve()
