"""``dumka opinions``: what readers said in their own words, and nothing about who they are."""

import asyncio
import json
import sys
import unicodedata
from pathlib import Path

from bot.commands.recording import note, recorded
from bot.commands.settings import settings_at
from bot.commands.terminal import visible
from bot.config import Settings
from bot.domain.audit import Act
from bot.domain.ids import DiscussionId
from bot.domain.opinion import Opinion
from bot.sections import SettingsError
from bot.services import discussion as discussions
from bot.storage import opener
from db.engine import Database
from db.queries import opinion as opinions

SEPARATOR = "-" * 40


def show_opinions(config: Path | None, number: int, search: str | None, as_json: bool) -> int:
    if search is not None and not search.strip():
        raise SettingsError("--search: name a word")
    asyncio.run(_print(config, DiscussionId(number), search, as_json))
    return 0


async def _print(config: Path | None, number: DiscussionId, search: str | None, as_json: bool) -> None:
    """One after another: a million of them need no more memory than one."""
    settings = settings_at(config)
    async with recorded(settings) as (db, vault):
        async with db.write() as tx:
            discussion = await discussions.find(tx, number)
            await note(tx, vault, Act.READ_OPINIONS, discussion.channel.id, number)
        await _print_all(db, settings, number, search, as_json)


async def _print_all(
    db: Database, settings: Settings, number: DiscussionId, search: str | None, as_json: bool
) -> None:
    """Encrypted or not, texts are searched here: no index of their words lies anywhere."""
    wanted = "" if search is None else folded(search)
    async with db.read() as tx:
        async for opinion in opinions.each_of(tx, number, opener(settings)):
            if wanted not in folded(opinion.text):
                continue
            sys.stdout.write(_line(opinion) if as_json else _paragraph(opinion))


def folded(text: str) -> str:
    """Capitals, white space and ways of writing one letter make no difference."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _line(opinion: Opinion) -> str:
    said = {"id": opinion.id, "source": opinion.source, "text": opinion.text, "edited": opinion.edited}
    return json.dumps(said, ensure_ascii=False) + "\n"


def _paragraph(opinion: Opinion) -> str:
    edited = ", edited" if opinion.edited else ""
    return f"{visible(opinion.text)}\n({opinion.source}{edited})\n{SEPARATOR}\n"
