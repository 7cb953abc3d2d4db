"""What the crowd knows of itself, and how the bot's tally compares with it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

JSON = dict[str, Any]
COMMENT, PRIVATE = "comment", "private"


@dataclass(slots=True)
class Truth:
    """Kept by the readers as they act; nothing in it was asked of the bot."""

    labels: tuple[str, ...] = ()
    votes: dict[int, str] = field(default_factory=dict)  # by reader
    comments: dict[int, str] = field(default_factory=dict)  # by message in the group
    private: dict[tuple[int, int], str] = field(default_factory=dict)  # by reader and message

    def count(self) -> dict[str, int]:
        """Votes for each option."""
        counted = Counter(self.votes.values())
        return {label: counted[label] for label in self.labels}

    def words(self, source: str) -> Counter[str]:
        texts: Iterable[str] = (self.comments if source == COMMENT else self.private).values()
        return Counter(text.strip() for text in texts)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that two have counted."""

    what: str
    bot: str
    crowd: str
    differences: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        return self.bot == self.crowd and not self.differences


def compare(
    truth: Truth, tally: JSON, opinions: Sequence[JSON], shown: dict[str, int] | None = None
) -> list[Row]:
    """``tally`` and ``opinions`` as the commands print them, ``shown`` as the closed ballot shows it in the channel."""
    counted = {option["label"]: option["votes"] for option in tally["ballot"]["options"]}
    known = truth.count()
    rows = [number(label, counted.get(label), known.get(label)) for label in {**known, **counted}]
    rows.append(number("voters", tally["ballot"]["voters"], len(truth.votes)))
    if shown is not None:
        same = shown == known
        total = sum(shown.values())
        rows.append(
            Row("shown in the channel", str(total), str(len(truth.votes)), () if same else (f"{shown}",))
        )
    rows.append(number("comments", tally["opinions"]["comments"], len(truth.comments)))
    rows.append(number("private opinions", tally["opinions"]["private"], len(truth.private)))
    rows += [texts(truth, opinions, COMMENT), texts(truth, opinions, PRIVATE)]
    return rows


def number(what: str, bot: int | None, crowd: int | None) -> Row:
    return Row(what, "-" if bot is None else str(bot), "-" if crowd is None else str(crowd))


def texts(truth: Truth, opinions: Sequence[JSON], source: str) -> Row:
    """The words themselves, each as often as it was said."""
    theirs = Counter(opinion["text"] for opinion in opinions if opinion["source"] == source)
    ours = truth.words(source)
    differences = [f"only the bot: {text!r}" for text in (theirs - ours).elements()]
    differences += [f"only the crowd: {text!r}" for text in (ours - theirs).elements()]
    return Row(
        f"texts ({source})", f"{theirs.total()} texts", f"{ours.total()} texts", tuple(sorted(differences))
    )
