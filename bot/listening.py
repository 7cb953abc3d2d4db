"""Sockets, opened before anything else is loaded: the kernel keeps what comes meanwhile."""

import errno
import socket
import time

from bot.sections import SettingsError, host_and_port

BACKLOG = 1024  # connections that the kernel keeps while we are busy
FREED_WITHIN = 3.0  # seconds; processes whose parent was killed have its socket until they have ended
LOOK_AGAIN = 0.05  # seconds


def bind(setting: str, address: str, plus: int = 0) -> socket.socket:
    """A listening socket at ``host:port``, ``plus`` ports further on.

    Waits a little for an address that is in use.  Raises SettingsError that names ``setting``.
    """
    host, port = host_and_port(address)
    deadline = time.monotonic() + FREED_WITHIN
    while True:
        try:
            family = socket.getaddrinfo(host, port + plus, type=socket.SOCK_STREAM)[0][0]
            return socket.create_server((host, port + plus if port else 0), family=family, backlog=BACKLOG)
        except (OSError, OverflowError) as error:
            if getattr(error, "errno", None) == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(LOOK_AGAIN)
                continue
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            reason, _, _ = reason.partition(" (while attempting")  # the address is told already
            raise SettingsError(f"{setting}: cannot listen on {address} ({reason.lower()})") from None
