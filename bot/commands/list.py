"""``dumka list``: the newest discussions."""

import asyncio
import json
from pathlib import Path

from rich.table import Table

from bot.commands.settings import settings_at
from bot.commands.tally import name_of, total, total_in_words
from bot.commands.terminal import cell, console
from bot.domain.discussion import Discussion
from bot.domain.shown import shown_opinions, shown_tally
from bot.storage import existing_database
from db.queries import discussion as discussions


def show_list(config: Path | None, limit: int, as_json: bool) -> int:
    found = asyncio.run(_newest(config, limit))
    if as_json:
        for discussion in found:
            print(json.dumps(_line(discussion), ensure_ascii=False))
    elif found:
        _print_table(found)
    else:
        print("There are no discussions yet; `dumka post` starts one.")
    return 0


async def _newest(config: Path | None, limit: int) -> list[Discussion]:
    async with existing_database(settings_at(config)) as db, db.read() as tx:
        return await discussions.newest(tx, None, limit)


def _line(discussion: Discussion) -> dict[str, object]:
    return {
        "discussion": discussion.id,
        "title": discussion.title,
        "state": str(discussion.state),
        "channel": name_of(discussion.channel),
        "created": discussion.created_at.isoformat(),
        "voters": total(shown_tally(discussion.ballot)),
        "opinions": shown_opinions(discussion.ballot, discussion.opinions).total,
    }


def _print_table(found: list[Discussion]) -> None:
    table = Table()
    table.add_column("ID", justify="right", no_wrap=True)
    table.add_column("State", no_wrap=True)
    table.add_column("Channel", overflow="fold", max_width=20)
    table.add_column("Votes", justify="right", no_wrap=True)
    table.add_column("Opinions", justify="right", no_wrap=True)
    table.add_column("Title", overflow="ellipsis", no_wrap=True)
    for discussion in found:
        table.add_row(
            str(discussion.id),
            discussion.state,
            name_of(discussion.channel),
            total_in_words(shown_tally(discussion.ballot)),
            str(shown_opinions(discussion.ballot, discussion.opinions).total),
            cell(discussion.title),
        )
    console().print(table)
