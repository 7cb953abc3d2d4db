"""``dumka migrate``: the database at this release's schema."""

import asyncio
from pathlib import Path

from bot.commands.settings import settings_at
from bot.storage import bring_up_to_date


def migrate(config: Path | None) -> int:
    settings = settings_at(config)
    before, after = asyncio.run(bring_up_to_date(settings))
    if before == after:
        print(f"{settings.database} is at {after} already.")
    else:
        print(f"{settings.database}: from {before or 'nothing'} to {after}.")
    return 0
