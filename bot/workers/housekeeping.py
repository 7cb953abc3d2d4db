"""What each process does for itself: it takes over what others changed in the key store, and removes its old log files."""

from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.domain.retention import old_logs
from bot.keystore import KeyStoreTrouble
from bot.vault import Vault

log = structlog.get_logger()

LOOK_EVERY = timedelta(seconds=1)  # how long a destroyed key may live on in the memory of another process
LOGS_EVERY = timedelta(hours=1)


class Housekeeping:
    """Call ``step`` each second."""

    def __init__(self, vault: Vault, log_file: Path | None, keep_logs: timedelta | None) -> None:
        self._vault, self._log_file, self._keep_logs = vault, log_file, keep_logs
        self._blind = False
        self._logs_at: datetime | None = None

    async def step(self, now: datetime) -> datetime:
        try:
            self._vault.refresh()
            self._blind = False
        except KeyStoreTrouble as trouble:
            if not self._blind:
                log.error("keys.unreadable", reason=str(trouble))
            self._blind = True
        if self._logs_at is None or not timedelta(0) <= now - self._logs_at < LOGS_EVERY:
            self._logs_at = now
            self._remove_logs(now)
        return now + LOOK_EVERY

    def _remove_logs(self, now: datetime) -> None:
        if self._log_file is None or self._keep_logs is None:
            return
        folder = self._log_file.parent
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        for name in old_logs(self._log_file, names, now - self._keep_logs):
            (folder / name).unlink(missing_ok=True)
            log.info("log.removed", file=name)
