"""``dumka channel``: what is asked, how it looks and how numbers are shown, in one channel."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from bot.commands.recording import note, recorded
from bot.commands.settings import settings_at
from bot.domain.audit import Act
from bot.domain.ballot import Results
from bot.domain.discussion import Channel, Layout
from bot.domain.opinion import Moderation
from bot.sections import HIGHEST_MINIMUM, HIGHEST_STEP, SettingsError
from bot.services import channel as service
from bot.storage import existing_database
from bot.texts import languages
from db.engine import Tx
from db.queries import channel as channels

DEFAULT = "default"  # the word that gives a setting back to the installation


@dataclass(frozen=True, slots=True)
class Wished:
    """As typed; ``None`` and an empty tuple: as it is."""

    language: str | None = None
    layout: Layout | None = None
    question: str | None = None
    options: tuple[str, ...] = ()
    results: str | None = None
    step: str | None = None
    minimum: str | None = None
    watch: bool | None = None
    moderation: str | None = None


def channel(config: Path | None, name: str | None, wished: Wished) -> int:
    for line in asyncio.run(_channel(config, name, wished)):
        print(line)
    return 0


async def _channel(config: Path | None, name: str | None, wished: Wished) -> list[str]:
    if wished.language is not None and wished.language not in languages():
        raise SettingsError(f"--language must be one of {', '.join(languages())}")
    if name is None:
        async with existing_database(settings_at(config)) as db, db.read() as tx:
            found = await channels.all_active(tx)
        return [describe(each) for each in found] or ["No channel is connected yet."]
    async with recorded(settings_at(config)) as (db, vault), db.write() as tx:
        known = await _find(tx, name)
        changed = _change(known, wished)
        await service.configure(tx, changed)
        if changed != known:
            await note(tx, vault, Act.CONFIGURED, known.id)
        return [describe(changed)]


def _change(known: Channel, wished: Wished) -> Channel:
    """Raises SettingsError for numbers and words that cannot be."""
    question, options = wished.question, wished.options
    return replace(
        known,
        language=wished.language or known.language,
        layout=wished.layout or known.layout,
        question=known.question if question is None else None if question == DEFAULT else question,
        options=known.options if not options else None if options == (DEFAULT,) else options,
        results=_results(wished.results, known.results),
        step=_number("--step", wished.step, known.step, HIGHEST_STEP),
        minimum=_number("--minimum", wished.minimum, known.minimum, HIGHEST_MINIMUM),
        watch=known.watch if wished.watch is None else wished.watch,
        moderation=_moderation(wished.moderation, known.moderation),
    )


def _results(typed: str | None, known: Results | None) -> Results | None:
    if typed is None or typed == DEFAULT:
        return known if typed is None else None
    return Results(typed)


def _moderation(typed: str | None, known: Moderation | None) -> Moderation | None:
    if typed is None or typed == DEFAULT:
        return known if typed is None else None
    return Moderation(typed)


def _number(option: str, typed: str | None, known: int | None, highest: int) -> int | None:
    if typed is None or typed == DEFAULT:
        return known if typed is None else None
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= len(str(highest)) else 0
    if not 1 <= number <= highest:
        raise SettingsError(f"{option} must be 1 to {highest}, or {DEFAULT}")
    return number


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
        f"  results {_or_default(channel.results)}, step {_or_default(channel.step)},"
        f" minimum {_or_default(channel.minimum)}, watch {_yes_or_no(channel.watch)}",
        f"  moderation {_or_default(channel.moderation)}",
    ]
    return "\n".join(lines)


def _or_default(value: object) -> str:
    return DEFAULT if value is None else str(value)


def _yes_or_no(value: bool | None) -> str:
    return DEFAULT if value is None else "yes" if value else "no"
