"""A newsroom's installation in a folder, and the commands that look after it."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine

from bot.vault import Vault
from tests.commands.conftest import Ended
from tests.commands.forking import Forker
from tests.filling import newsroom

KEY = bytes(range(32))
WORDS = "Слова читача"  # in every opinion


@dataclass
class Place:
    folder: Path
    forker: Forker
    streams: Path

    @property
    def database(self) -> Path:
        return self.folder / "dumka.db"

    def dumka(self, *words: object) -> Ended:
        return Ended(*self.forker.run(list(map(str, words)), self.folder, self.streams, ""))

    def files(self) -> dict[str, bytes]:
        """Without the lock, which stays where it was once taken."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.suffix != ".lock"}

    def sql(self, statement: str, database: str = "dumka.db") -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / database, isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()


def found(tmp_path: Path, forker: Forker, migrated: Path, key: bytes = KEY) -> Place:
    folder, streams = tmp_path / "office", tmp_path / "streams"
    folder.mkdir()
    streams.mkdir()
    (folder / "config.toml").write_text('[telegram]\ntoken = "123456:ABC"\n')
    (folder / "dumka.key").write_text(key.hex())
    (folder / "dumka.key").chmod(0o600)
    place = Place(folder, forker, streams)
    place.database.write_bytes(migrated.read_bytes())
    fill(place.database, key)
    return place


def fill(database: Path, key: bytes = KEY, voters: int = 30) -> None:
    engine = create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        newsroom(connection, Vault(key), voters)
    engine.dispose()
