"""``dumka channel``: what is asked, and how it looks, in one channel."""

import asyncio
from dataclasses import replace
from pathlib import Path

from bot.commands.recording import note, recorded
from bot.commands.settings import settings_at
from bot.config import SettingsError
from bot.domain.audit import Act
from bot.domain.discussion import Channel, Layout
from bot.services import channel as service
from bot.storage import existing_database
from bot.texts import languages
from db.engine import Tx
from db.queries import channel as channels

DEFAULT = "default"  # the word that gives a setting back to the installation


def channel(
    config: Path | None,
    name: str | None,
    language: str | None,
    layout: Layout | None,
    question: str | None,
    options: tuple[str, ...],
) -> int:
    for line in asyncio.run(_channel(config, name, language, layout, question, options)):
        print(line)
    return 0


async def _channel(
    config: Path | None,
    name: str | None,
    language: str | None,
    layout: Layout | None,
    question: str | None,
    options: tuple[str, ...],
) -> list[str]:
    if language is not None and language not in languages():
        raise SettingsError(f"--language must be one of {', '.join(languages())}")
    if name is None:
        async with existing_database(settings_at(config)) as db, db.read() as tx:
            found = await channels.all_active(tx)
        return [describe(each) for each in found] or ["No channel is connected yet."]
    async with recorded(settings_at(config)) as (db, vault), db.write() as tx:
        known = await _find(tx, name)
        changed = replace(
            known,
            language=language or known.language,
            layout=layout or known.layout,
            question=known.question if question is None else None if question == DEFAULT else question,
            options=known.options if not options else None if options == (DEFAULT,) else options,
        )
        await service.configure(tx, changed)
        if changed != known:
            await note(tx, vault, Act.CONFIGURED, known.id)
        return [describe(changed)]


async def _find(tx: Tx, name: str) -> Channel:
    known = await channels.by_name(tx, name)
    if known is None:
        known = next((c for c in await channels.all_active(tx) if str(c.chat) == name), None)
    if known is None:
        raise SettingsError(f"no channel {name} is connected; `dumka channel` lists those that are")
    return known


def describe(channel: Channel) -> str:
    name = f"@{channel.username}" if channel.username else str(channel.chat)
    lines = [
        f"{name}  {channel.title}",
        f"  language {channel.language}, layout {channel.layout}, group {'yes' if channel.group else 'none'}",
        f"  question: {channel.question or DEFAULT}",
        f"  options: {' | '.join(channel.options) if channel.options else DEFAULT}",
    ]
    return "\n".join(lines)
