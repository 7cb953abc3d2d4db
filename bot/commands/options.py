"""What the commands can be told.  Light: ``--help`` needs it."""

from pathlib import Path
from typing import Annotated, Literal

from typer import Argument, Context, Option


def _chosen(context: Context, path: Path | None) -> Path | None:
    """Before the command or after it; after it wins."""
    return path or context.find_object(Path)


Config = Annotated[
    Path | None,
    Option(
        "--config",
        metavar="PATH",
        callback=_chosen,
        help="The settings; without it config.toml here, if there is one.",
    ),
]
Number = Annotated[int, Argument(metavar="ID", min=1, help="The number that `dumka post` printed.")]
Json = Annotated[bool, Option("--json", help="For programs.")]

Search = Annotated[
    str | None, Option(metavar="WORD", help="Only those in which it stands, in capitals or not.")
]
DestroyKey = Annotated[
    int | None, Option("--destroy", metavar="ID", min=1, help="Close it and forget its readers now.")
]
AcceptLoss = Annotated[
    bool, Option("--accept-loss", help="Make a new key store; discussions of the lost one are closed.")
]

Workers = Annotated[int, Option(min=1, max=64, help="Processes that share the work.")]
Place = Annotated[str | None, Option(hidden=True, help="Given by the parent of several processes.")]

File = Annotated[Path, Argument(metavar="FILE", help="The article, .txt or .md; - is standard input.")]
Channel = Annotated[str, Option(metavar="@NAME", help="The channel's public name, or its number.")]
Known = Annotated[str | None, Argument(metavar="[@NAME]", help="Its public name or number; none lists all.")]
Language = Annotated[str | None, Option(metavar="uk|en", help="Of its posts and ballots.")]
LayoutOf = Annotated[
    Literal["auto", "together", "apart"] | None, Option(help="Article and ballot in one message?")
]
ModerationOf = Annotated[
    Literal["none", "pre", "post", "default"] | None,
    Option(help="Private opinions count at once, when approved, or until rejected?"),
]
Question = Annotated[
    str | None, Option(metavar="TEXT", help="Its own question; the word default takes it back.")
]
ResultsOf = Annotated[
    Literal["live", "after_vote", "after_close", "default"] | None, Option(help="When readers see numbers.")
]
Step = Annotated[
    str | None,
    Option(metavar="5", help="Votes by which shown numbers move at least; 1 shows each; or default."),
]
Minimum = Annotated[
    str | None, Option(metavar="10", help="No numbers before this many people have voted; or default.")
]
Watch = Annotated[
    bool | None, Option("--watch/--no-watch", help="Whether to look for votes that were brought together.")
]
Ask = Annotated[str | None, Option(metavar="TEXT", help="The question to the readers.")]
Options = Annotated[list[str] | None, Option(metavar="TEXT", help="What readers choose from; 2 to 12 times.")]
CloseIn = Annotated[str | None, Option(metavar="24h", help="When the ballot ends: 90m, 1h30m, 7d.")]
Wait = Annotated[bool, Option("--wait", help="Wait up to 30 s until it is posted, as on a terminal.")]

Limit = Annotated[int, Option(min=1, help="How many, newest first.")]

Force = Annotated[bool, Option("--force", help="Replace the settings that are there.")]
Server = Annotated[str | None, Option(metavar="URL", help="The root of a self-hosted Bot API server.")]

Port = Annotated[int, Option(min=0, max=65535, help="0 takes any free one.")]

Article = Annotated[Path | None, Argument(help="Your own; without it a sample is posted.")]
Readers = Annotated[int, Option(min=1, help="How many people the crowd has.")]
Seed = Annotated[int, Option(help="The same seed makes the same crowd.")]
Folder = Annotated[Path, Option(help="Where the database is left.")]
Plain = Annotated[bool, Option("--plain", help="Lines instead of a live display.")]

BackupFile = Annotated[Path, Argument(metavar="FILE", help="Replaced only when the new one is complete.")]
StoredFile = Annotated[Path, Argument(metavar="FILE", help="What `dumka backup` wrote.")]
PgDump = Annotated[Path | None, Option(metavar="PATH", help="PostgreSQL's pg_dump, where it is not on PATH.")]
PgRestore = Annotated[
    Path | None, Option(metavar="PATH", help="PostgreSQL's pg_restore, where it is not on PATH.")
]
Replace = Annotated[bool, Option("--replace", help="Though the database holds data; they are kept aside.")]
Verify = Annotated[bool, Option("--verify", help="Look at every row, and at what the key store remembers.")]
Yes = Annotated[bool, Option("--yes", help="Do not ask.")]
EndPanic = Annotated[bool, Option("--end", help="After one: let the bot run again.")]
Abandon = Annotated[
    bool,
    Option("--abandon", help="With --end: give up what is left to be done in Telegram.", show_default=False),
]
Quiet = Annotated[bool, Option("--quiet", help="No progress, only the result.")]
Repair = Annotated[bool, Option("--repair", help="Count the counters anew first.")]
From = Annotated[str, Argument(metavar="FROM", help="An address as in database.url.", show_default=False)]
To = Annotated[str, Argument(metavar="TO", help="Another; empty, or not there yet.", show_default=False)]
Updates = Annotated[
    list[int] | None,
    Argument(metavar="[UPDATE_ID]...", help="Which ones; without any, all.", show_default=False),
]
ListOnly = Annotated[bool, Option("--list", help="Only show which are kept: id, time, error.")]
Drop = Annotated[bool, Option("--drop", help="Forget the named ones instead.")]
