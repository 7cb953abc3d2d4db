"""Commands without the second that Python takes to import them: a process that has done so forks for each.

What runs is ``bot.__main__.main`` in a process of its own, with its own files as standard streams.
"""

import contextlib
import json
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any


class Forker:
    """One command at a time; each call blocks until it has ended."""

    def __init__(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DUMKA_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.commands.forking"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=kept | {"PYTHONUTF8": "1"},
        )

    def run(self, words: list[str], folder: Path, streams: Path, stdin: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        paths = [streams / name for name in ("in", "out", "err")]
        paths[0].write_text(stdin, "utf-8")
        request = {"words": words, "folder": str(folder), "streams": list(map(str, paths))}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return code, paths[1].read_text("utf-8"), paths[2].read_text("utf-8")

    def close(self) -> None:
        self._process.communicate(timeout=10)


def serve() -> None:
    from bot.commands import (  # noqa: F401, PLC0415 - imported once, here
        close,
        doctor,
        errors,
        init,
        list,  # noqa: A004 - the command's name
        migrate,
        opinions,
        post,
        tally,
    )

    while line := sys.stdin.readline():
        child = os.fork()
        if child == 0:
            run_child(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


def run_child(request: dict[str, Any]) -> None:
    from bot.__main__ import main  # noqa: PLC0415 - imported once, here

    os.chdir(request["folder"])
    for number, (path, flags) in enumerate(
        zip(request["streams"], (os.O_RDONLY, *[os.O_WRONLY | os.O_CREAT | os.O_TRUNC] * 2), strict=True)
    ):
        os.dup2(os.open(path, flags, 0o600), number)
    sys.stdin = os.fdopen(0, encoding="utf-8")
    sys.argv = ["dumka", *request["words"]]
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:  # noqa: BLE001 - as Python itself ends a program
        traceback.print_exc()
        code = 1
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    serve()
