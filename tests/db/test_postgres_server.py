"""The server that the tests start leaves nothing behind."""

import subprocess
import sys
import time
from pathlib import Path

STARTING = """
import sys, time
from tests.postgres import PostgresServer
server = PostgresServer.make()
server.start()
print(server.folder, flush=True)
time.sleep(600)
"""


def test_server_goes_when_who_started_it_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", STARTING], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        server = Path("/proc") / (folder / "data/postmaster.pid").read_text().split()[0]
        assert folder.is_dir()
        process.kill()

    deadline = time.monotonic() + 30
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not folder.exists()
    if Path("/proc/self").exists():
        assert not server.exists() or " Z " in (server / "stat").read_text()
