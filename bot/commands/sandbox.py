"""``dumka sandbox``: a Bot API server on this computer, with people in it, for trying things out."""

import sys

from bot.sandbox import run
from bot.sections import SettingsError

HINT = """A Bot API for trying things out, until Ctrl-C.  The line of JSON says its url and token; in another terminal:
DUMKA_TELEGRAM__API_BASE_URL=<url> DUMKA_TELEGRAM__TOKEN=<token> dumka run"""


def serve_sandbox(port: int) -> int:
    print(HINT, file=sys.stderr, flush=True)
    try:
        run(port)
    except OSError as error:
        raise SettingsError(f"--port: cannot listen on port {port}: {error.strerror}") from None
    return 0
