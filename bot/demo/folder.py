"""The folder that a demo leaves behind: configuration, database, key and logs."""

from dataclasses import dataclass
from pathlib import Path

from bot.demo.process import DemoRefused, Place

MARKER = ".dumka-demo"
OURS = (
    "config.toml",
    "dumka.db",
    "dumka.db-wal",
    "dumka.db-shm",
    "dumka.key",
    "bot.log",
    "sandbox.log",
)


@dataclass(frozen=True, slots=True)
class Folder:
    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config.toml"

    @property
    def bot_log(self) -> Path:
        return self.path / "bot.log"

    @property
    def sandbox_log(self) -> Path:
        return self.path / "sandbox.log"

    def prepare(self) -> None:
        """Empty but for the marker.  Raises DemoRefused for a folder that no demo made."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if not (self.path / MARKER).exists() and any(self.path.iterdir()):
                raise DemoRefused(
                    f"{self.path} holds something that no demo has left there; name another folder with --folder"
                )
            for name in OURS:
                (self.path / name).unlink(missing_ok=True)
            (self.path / MARKER).write_text("Made by dumka demo; the next demo replaces it.\n", "utf-8")
        except OSError as error:
            raise DemoRefused(f"{self.path} cannot be used: {error.strerror}") from None

    def configure(self, place: Place) -> None:
        """Paths are relative to the file, so the folder can be moved."""
        self.config.write_text(
            f'[telegram]\ntoken = "{place.token}"\napi_base_url = "{place.url}"\n\n'
            '[database]\nurl = "sqlite+aiosqlite:///dumka.db"\n\n'
            '[secrets]\nkey_file = "dumka.key"\n\n'
            '[metrics]\nlisten = ""\n',
            "utf-8",
        )
