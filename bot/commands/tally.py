"""``dumka tally``: the counts of a discussion at this moment."""

import asyncio
import json
from pathlib import Path
from typing import Any

from rich.table import Table

from bot.commands.settings import settings_at
from bot.commands.terminal import cell, console
from bot.domain.ballot import percent, share
from bot.domain.discussion import Channel, Discussion
from bot.domain.ids import DiscussionId
from bot.services import discussion as discussions
from bot.storage import existing_database


def show_tally(config: Path | None, number: int, as_json: bool) -> int:
    discussion = asyncio.run(_find(config, DiscussionId(number)))
    if as_json:
        print(json.dumps(tally(discussion), ensure_ascii=False))
    else:
        _print_table(discussion)
    return 0


async def _find(config: Path | None, number: DiscussionId) -> Discussion:
    async with existing_database(settings_at(config)) as db, db.read() as tx:
        return await discussions.find(tx, number)


def tally(discussion: Discussion) -> dict[str, Any]:
    """What scripts read; a share is a part of all voters."""
    ballot = discussion.ballot
    return {
        "discussion": discussion.id,
        "title": discussion.title,
        "question": ballot.question,
        "state": str(discussion.state),
        "channel": name_of(discussion.channel),
        "messages": list(discussion.messages),
        "ballot": {
            "voters": ballot.voters,
            "options": [
                {"label": o.label, "votes": o.votes, "share": round(share(o.votes, ballot.voters), 4)}
                for o in ballot.options
            ],
        },
        "opinions": {"comments": discussion.opinions.comments, "private": discussion.opinions.private},
    }


def name_of(channel: Channel) -> str:
    return f"@{channel.username}" if channel.username else str(channel.chat)


def _print_table(discussion: Discussion) -> None:
    ballot, opinions, out = discussion.ballot, discussion.opinions, console()
    out.print(cell(discussion.title, "bold"))
    out.print(f"No. {discussion.id} · {discussion.state} · {name_of(discussion.channel)}")
    out.print(cell(ballot.question))
    table = Table(show_footer=True)
    table.add_column("Option", "Voters", overflow="fold")
    table.add_column("Votes", str(ballot.voters), justify="right", no_wrap=True)
    table.add_column("Share", "", justify="right", no_wrap=True)
    for option in ballot.options:
        table.add_row(cell(option.label), str(option.votes), f"{percent(option.votes, ballot.voters)} %")
    out.print(table)
    out.print(f"Opinions: {opinions.total} ({opinions.comments} comments, {opinions.private} private)")
