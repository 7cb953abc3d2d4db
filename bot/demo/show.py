"""The demo on the terminal: a picture that changes in place, or plain lines where there is no terminal."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bot.demo.truth import Row

WIDTH = 80
EVERY = 2.0  # seconds between two plain lines


@dataclass(frozen=True, slots=True)
class Look:
    """One moment.  ``shares`` as the channel shows them; the rest is what the readers have done so far."""

    seconds: float
    done: int
    planned: int
    shares: tuple[tuple[str, str], ...]
    votes: int
    taps: int
    comments: int
    private: int
    edits: int
    latest: tuple[str, ...]


class Show(Protocol):
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
    def say(self, line: str) -> None: ...
    def look(self, look: Look) -> None: ...
    def rows(self, rows: Sequence[Row]) -> None: ...


def one_line(text: str) -> str:
    """Other people's words: nothing in them moves the cursor, turns the line around or recolours it."""
    shown = "".join(c if c.isprintable() or c in "\u200d\u200c" else " " for c in text)
    return " ".join(shown.split())


def cut(text: str, width: int) -> Text:
    shown = Text(one_line(text), no_wrap=True)
    shown.truncate(width, overflow="ellipsis")
    return shown


class Plain:
    """A line every two seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = float("-inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def say(self, line: str) -> None:
        self._console.print(line, soft_wrap=True)

    def look(self, look: Look) -> None:
        if look.seconds - self._last < EVERY and look.done < look.planned:
            return
        self._last = look.seconds
        shares = "  ".join(f"{one_line(label)} {number}" for label, number in look.shares)
        self.say(
            f"{look.seconds:5.1f} s  {look.done}/{look.planned} done, {look.votes} votes, "
            f"{look.comments} comments, {look.private} private  |  {shares}"
        )

    def rows(self, rows: Sequence[Row]) -> None:
        self._console.print(comparison(rows))
        for row in rows:
            for difference in row.differences:
                self.say(f"  {row.what}: {difference}")


class Animated(Plain):
    """One panel, redrawn in place while the crowd is at work."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._live = Live(console=console, auto_refresh=False, transient=False)
        self._shown = False

    def __exit__(self, *_: object) -> None:
        self._end()

    def say(self, line: str) -> None:
        self._end()
        super().say(line)

    def look(self, look: Look) -> None:
        if not self._shown:
            self._live.start()
            self._shown = True
        self._live.update(picture(look), refresh=True)

    def _end(self) -> None:
        if self._shown:
            self._live.stop()
            self._live = Live(console=self._console, auto_refresh=False)
            self._shown = False


def picture(look: Look) -> RenderableType:
    width = WIDTH - 4
    progress = Table.grid(padding=(0, 1))
    progress.add_row(
        ProgressBar(total=max(1, look.planned), completed=look.done, width=50),
        f"{look.done}/{look.planned}",
        f"{look.seconds:.0f} s",
    )
    bars = Table.grid(padding=(0, 1))
    bars.add_column(max_width=26, no_wrap=True)
    for label, number in look.shares:
        percent = int(number.removesuffix("%")) if number.endswith("%") else 0
        bar = ProgressBar(total=100, completed=percent, width=38, complete_style="cyan")
        bars.add_row(cut(label, 26), bar, f"{number:>5}")
    counts = Text(
        f"{look.votes} votes ({look.taps} taps) · {look.comments} comments · {look.private} private · "
        f"{look.edits} edits",
        no_wrap=True,
    )
    latest = [Text.assemble(("» ", "dim"), cut(text, width - 2)) for text in look.latest]
    padding = [Text("")] * (5 - len(latest))
    title = Text("In the channel", style="bold")
    heard = Text("Latest words", style="bold")
    body = Group(progress, Text(""), title, bars, Text(""), counts, Text(""), heard, *latest, *padding)
    return Panel(body, title="dumka demo", width=WIDTH)


def comparison(rows: Sequence[Row]) -> Table:
    table = Table(title="The tally beside the crowd's own count", title_justify="left", width=WIDTH)
    table.add_column("What", overflow="fold")
    table.add_column("The bot", justify="right", no_wrap=True)
    table.add_column("The crowd", justify="right", no_wrap=True)
    table.add_column("", justify="center", no_wrap=True)
    for row in rows:
        mark = Text("✓ збігається", "green") if row.agrees else Text("✗ differs", "bold red")
        table.add_row(one_line(row.what), row.bot, row.crowd, mark)
    return table


def show_for(plain: bool) -> Show:
    """Standard output as it is now."""
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    if plain or not console.is_terminal:
        width = max(WIDTH, console.width) if console.is_terminal else 100
        return Plain(Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=width))
    return Animated(console)
