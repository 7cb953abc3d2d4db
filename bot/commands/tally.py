"""``dumka tally``: the counts of a discussion at this moment."""

import asyncio
import json
from pathlib import Path
from typing import Any

from rich.table import Table

from bot.commands.settings import settings_at
from bot.commands.terminal import cell, console
from bot.domain.ballot import share
from bot.domain.brigading import Adjusted
from bot.domain.discussion import Channel, Discussion
from bot.domain.ids import DiscussionId
from bot.domain.shown import ShownTally, Withheld, begins_at, rounds_opinions, shown_opinions, shown_tally
from bot.services import brigading
from bot.services import discussion as discussions
from bot.storage import existing_database


def show_tally(config: Path | None, number: int, as_json: bool) -> int:
    discussion, adjusted = asyncio.run(_find(config, DiscussionId(number)))
    if as_json:
        print(json.dumps(tally(discussion, adjusted), ensure_ascii=False))
    else:
        _print_table(discussion, adjusted)
    return 0


async def _find(config: Path | None, number: DiscussionId) -> tuple[Discussion, Adjusted | None]:
    async with existing_database(settings_at(config)) as db, db.read() as tx:
        found = await discussions.find(tx, number)
        return found, await brigading.adjusted(tx, found)


def tally(discussion: Discussion, adjusted: Adjusted | None) -> dict[str, Any]:
    """What scripts read; a share is a part of all voters.  While the ballot is open, as far as numbers are shown."""
    ballot, numbers = discussion.ballot, shown_tally(discussion.ballot)
    opinions = shown_opinions(ballot, discussion.opinions)
    return {
        "discussion": discussion.id,
        "title": discussion.title,
        "question": ballot.question,
        "state": str(discussion.state),
        "channel": name_of(discussion.channel),
        "messages": list(discussion.messages),
        "ballot": {
            "exact": numbers.exact,
            "step": numbers.step,
            "withheld": None if numbers.withheld is None else str(numbers.withheld),
            "voters": total(numbers),
            "options": [
                {"label": option.label, "votes": votes, "share": _share(votes, numbers)}
                for option, votes in zip(ballot.options, numbers.cells, strict=True)
            ],
        },
        "brigading": None if adjusted is None else _brigading(adjusted),
        "opinions": {"comments": opinions.comments, "private": opinions.private},
    }


def _brigading(adjusted: Adjusted) -> dict[str, Any]:
    """``adjusted``: for each option, in their order; null where the sample is too small."""
    return {
        "signs": [str(sign) for sign in adjusted.signs],
        "adjusted": None if adjusted.cells is None else list(adjusted.cells),
    }


def total(numbers: ShownTally) -> int | None:
    """``None`` where no numbers are shown; where some are, there are as many votes at least."""
    return None if numbers.withheld is not None else numbers.total


def _share(votes: int | None, numbers: ShownTally) -> float | None:
    return None if votes is None or not numbers.whole else round(share(votes, numbers.total), 4)


def total_in_words(numbers: ShownTally) -> str:
    if numbers.withheld is not None:
        return "-"
    return f"{numbers.total}" if numbers.whole else f"{numbers.total} or more"


WITHHELD = {
    Withheld.MINIMUM: "No numbers are shown before {minimum} people have voted.",
    Withheld.CLOSE: "The numbers are shown when the ballot is closed.",
}


def name_of(channel: Channel) -> str:
    return f"@{channel.username}" if channel.username else str(channel.chat)


def _print_table(discussion: Discussion, adjusted: Adjusted | None) -> None:
    ballot, out = discussion.ballot, console()
    numbers, opinions = shown_tally(ballot), shown_opinions(ballot, discussion.opinions)
    out.print(cell(discussion.title, "bold"))
    out.print(f"No. {discussion.id} · {discussion.state} · {name_of(discussion.channel)}")
    out.print(cell(ballot.question))
    table = Table(show_footer=True)
    table.add_column("Option", "Voters", overflow="fold")
    table.add_column("Votes", total_in_words(numbers), justify="right", no_wrap=True)
    table.add_column("Share", "", justify="right", no_wrap=True)
    if adjusted is not None:
        table.add_column("Adjusted", "", justify="right", no_wrap=True)
    for place, option in enumerate(ballot.options):
        beside = () if adjusted is None else (_adjusted(adjusted, place),)
        table.add_row(cell(option.label), *_cells(numbers, place), *beside)
    out.print(table)
    if adjusted is not None:
        out.print(f"Signs of brigading: {', '.join(adjusted.signs)}; the rule is in docs/brigading.md.")
    if numbers.withheld is not None:
        out.print(WITHHELD[numbers.withheld].format(minimum=begins_at(ballot)))
    elif numbers.step > 1:
        out.print(
            f"The numbers move in steps of at least {numbers.step} votes; at the end they will be exact."
        )
    more = " or more" if rounds_opinions(ballot) else ""
    out.print(
        f"Opinions: {opinions.total}{more} ({opinions.comments} comments, {opinions.private}{more} private)"
    )


def _cells(numbers: ShownTally, place: int) -> tuple[str, str]:
    votes, percent = numbers.cells[place], numbers.percent(place)
    if numbers.withheld is not None:
        return "-", ""
    shown = f"<{numbers.step}" if votes is None else str(votes)
    return shown, "" if percent is None else f"{percent} %"


def _adjusted(adjusted: Adjusted, place: int) -> str:
    votes = None if adjusted.cells is None else adjusted.cells[place]
    return "-" if votes is None else f"~{votes}"
