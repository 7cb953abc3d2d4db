"""Whether what is stored agrees with itself.  Every check is a few statements over one moment; none holds a table in memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from bot.domain.discussion import PostState, State
from bot.domain.ids import BallotId, DiscussionId, KeyName, OptionId
from bot.domain.opinion import Source, Standing
from db import contents, integrity, migrate
from db.models import (
    AnswerRow,
    AuditRow,
    BallotRow,
    ChannelRow,
    DiscussionRow,
    FailedUpdateRow,
    InvitationRow,
    LeaseRow,
    OpinionRow,
    OptionCountRow,
    OptionRow,
    OutboxRow,
    PostRow,
    RoleRow,
    RoomRow,
    VoteRow,
)
from db.queries.forgetting import TEXT_KEYS

FORGOTTEN = timedelta(minutes=10)  # after its end a claim should have been taken up long ago


@dataclass(frozen=True, slots=True)
class Finding:
    """``wrong``: somebody has to do what ``text`` says.  ``damage``: stored things are lost or contradict each other."""

    check: str
    text: str
    wrong: bool = False
    damage: bool = False

    def __str__(self) -> str:
        return f"{'!!' if self.wrong else 'OK'} {self.check}: {self.text}"


def damage(check: str, text: str) -> Finding:
    return Finding(check, text, wrong=True, damage=True)


def care(check: str, text: str) -> Finding:
    return Finding(check, text, wrong=True)


def examine(connection: Connection, now: datetime) -> Iterator[Finding]:
    """All but the key, which is not the database's.  Stops where the rest cannot be read."""
    sound = True
    for finding in _summed_up("integrity", integrity.faults(connection), _sound(connection)):
        sound = sound and not finding.wrong
        yield finding
    if not sound:
        return  # what the other checks would say means nothing
    revision, newest = contents.revision(connection), migrate.newest()
    if revision != newest:
        yield care("schema", f"it is at {revision or 'nothing'} instead of {newest}; run `dumka migrate`")
        return
    yield Finding("schema", f"it is at this release's, {newest}")
    yield from _summed_up("orphans", _orphans(connection), "every row has what it belongs to")
    yield _votes(connection)
    yield _opinions(connection)
    yield from _claims(connection, now)
    yield from _doubts(connection)


def _sound(connection: Connection) -> str:
    not_looked_at = integrity.unchecked(connection)
    return "the database finds no fault in itself" + (f"; {not_looked_at}" if not_looked_at else "")


def _summed_up(check: str, faults: Iterable[str], fine: str) -> Iterator[Finding]:
    found = False
    for fault in faults:
        found = True
        yield damage(check, f"{fault}; restore a backup, or ask for help before the bot goes on")
    if not found:
        yield Finding(check, fine)


def _orphans(connection: Connection) -> Iterator[str]:
    """What no constraint of the tables forbids."""
    votes = select(func.count()).select_from(VoteRow).join(OptionRow, VoteRow.option_id == OptionRow.id)
    counters = select(func.count()).select_from(OptionCountRow)
    counters = counters.join(OptionRow, OptionCountRow.option_id == OptionRow.id)
    discussions, ballots = (select(func.count()).select_from(row) for row in (DiscussionRow, BallotRow))
    faults = {
        "votes name an option of another ballot": votes.where(VoteRow.ballot_id != OptionRow.ballot_id),
        "counters name an option of another ballot": counters.where(
            OptionCountRow.ballot_id != OptionRow.ballot_id
        ),
        "discussions have no ballot": discussions.where(
            DiscussionRow.id.not_in(select(BallotRow.discussion_id))
        ),
        "ballots have no options": ballots.where(BallotRow.id.not_in(select(OptionRow.ballot_id))),
    }
    for fault, statement in faults.items():
        number = connection.execute(statement).scalar_one()
        if number:
            yield f"{number} {fault}"


def wrong_counters(
    connection: Connection, ballot: BallotId | None = None
) -> list[tuple[BallotId, OptionId, int, int]]:
    """(ballot, option, votes counted, counter) where they differ, of one ballot or of all whose votes are not erased.

    One statement, so one moment on every database.
    """
    known = (
        select(BallotRow.id)
        .join(DiscussionRow, DiscussionRow.id == BallotRow.discussion_id)
        .where(DiscussionRow.keyless_at.is_(None))
    )
    counted = select(
        VoteRow.ballot_id, VoteRow.option_id, func.count().label("counted"), literal(0).label("kept")
    ).group_by(VoteRow.ballot_id, VoteRow.option_id)
    kept = select(
        OptionCountRow.ballot_id, OptionCountRow.option_id, literal(0), func.sum(OptionCountRow.votes)
    ).group_by(OptionCountRow.ballot_id, OptionCountRow.option_id)
    if ballot is not None:
        counted, kept = (
            counted.where(VoteRow.ballot_id == ballot),
            kept.where(OptionCountRow.ballot_id == ballot),
        )
    counted = counted.where(VoteRow.ballot_id.in_(known))
    kept = kept.where(OptionCountRow.ballot_id.in_(known))
    both = union_all(counted, kept).subquery()
    truth, told = func.sum(both.c.counted), func.sum(both.c.kept)
    found = connection.execute(
        select(both.c.ballot_id, both.c.option_id, truth, told)
        .group_by(both.c.ballot_id, both.c.option_id)
        .having(truth != told)
        .order_by(both.c.ballot_id, both.c.option_id)
    )
    return [(number, option, int(votes), int(counter)) for number, option, votes, counter in found]


def _votes(connection: Connection) -> Finding:
    wrong = wrong_counters(connection)
    if wrong:
        ballot, option, votes, counter = wrong[0]
        return care(
            "votes",
            f"{len(wrong)} counters differ from the votes, the first one of ballot {ballot}, option {option}: "
            f"{abs(counter - votes)} {'too many' if counter > votes else 'too few'}; run `dumka check --repair`",
        )
    return Finding("votes", "the counters equal the votes")  # not how many: nobody shall watch them fall


def wrong_opinions(connection: Connection) -> list[DiscussionId]:
    """Discussions whose counters of opinions are not how many there are."""
    counted = (
        select(
            OpinionRow.discussion_id,
            func.count().filter(OpinionRow.source == Source.COMMENT).label("comments"),
            func.count().filter(OpinionRow.source == Source.PRIVATE).label("private"),
        )
        .where(OpinionRow.state == Standing.APPROVED)
        .group_by(OpinionRow.discussion_id)
        .subquery()
    )
    found = connection.execute(
        select(DiscussionRow.id)
        .outerjoin(counted, counted.c.discussion_id == DiscussionRow.id)
        .where(
            DiscussionRow.wordless_at.is_(None),  # their number outlives them
            (DiscussionRow.comments != func.coalesce(counted.c.comments, 0))
            | (DiscussionRow.private != func.coalesce(counted.c.private, 0)),
        )
        .order_by(DiscussionRow.id)
    )
    return list(found.scalars())


def _opinions(connection: Connection) -> Finding:
    wrong = wrong_opinions(connection)
    if wrong:
        return care(
            "opinions",
            f"the counters of {len(wrong)} discussions differ from the opinions, the first one of discussion {wrong[0]}; "
            "run `dumka check --repair`",
        )
    number = connection.execute(select(func.count()).select_from(OpinionRow)).scalar_one()
    return Finding("opinions", f"the counters equal the opinions, {number} in all")


def _claims(connection: Connection, now: datetime) -> Iterator[Finding]:
    """Work that somebody took and did not end.  Without a living process nothing can be late."""
    alive = connection.execute(
        select(func.count()).select_from(LeaseRow).where(LeaseRow.until > now)
    ).scalar_one()
    overdue = connection.execute(
        select(func.count())
        .select_from(OutboxRow)
        .where(OutboxRow.claimed_by.is_not(None), OutboxRow.claimed_until < now - FORGOTTEN)
    ).scalar_one()
    if overdue and alive:
        yield care("claims", f"{overdue} calls were taken up to be sent and forgotten; start the bot anew")
    elif overdue:
        yield Finding(
            "claims", f"{overdue} calls were being sent when the bot ended; the next start takes them up"
        )
    else:
        yield Finding("claims", "no call is forgotten")
    ended = connection.execute(
        select(func.count()).select_from(LeaseRow).where(LeaseRow.until <= now - FORGOTTEN)
    ).scalar_one()
    left = f"; {ended} ended with processes that were killed" if ended else ""
    yield Finding("leases", f"{alive} held by running processes{left}")


def _doubts(connection: Connection) -> Iterator[Finding]:
    """Posts of which nobody knows whether they are in the chat."""
    found = connection.execute(
        select(PostRow.discussion_id)
        .where(PostRow.state == PostState.UNCERTAIN)
        .union(select(DiscussionRow.id).where(DiscussionRow.state == State.UNCERTAIN))
        .order_by("discussion_id")
    ).scalars()
    numbers = list(found)
    if numbers:
        named = ", ".join(map(str, numbers[:10])) + (", …" if len(numbers) > 10 else "")
        yield care(
            "posts",
            f"nobody knows whether the posts of {named} reached the channel; their editor was asked and has to answer the bot",
        )
    else:
        yield Finding("posts", "none is in doubt")


WAITING = frozenset({"outbox", "failed_update"})  # sealed under a key of a day, which may be over


def keys_named(connection: Connection) -> set[KeyName]:
    """The keys that should be in the key store."""
    named = select(DiscussionRow.key).where(
        DiscussionRow.key.is_not(None), DiscussionRow.keyless_at.is_(None)
    )
    return {key for key in connection.execute(named).scalars() if key is not None}


def text_keys(connection: Connection) -> set[KeyName]:
    """The keys under which opinions are encrypted."""
    return {KeyName(bytes(name)) for name in connection.execute(TEXT_KEYS).scalars()}


def sealed(connection: Connection) -> Iterator[tuple[str, bytes]]:
    """(table, sealed box), all of them, in pieces."""
    columns: dict[str, InstrumentedAttribute[bytes] | InstrumentedAttribute[bytes | None]] = {
        "channel": ChannelRow.owner,
        "discussion": DiscussionRow.editor,
        "outbox": OutboxRow.call,
        "failed_update": FailedUpdateRow.raw,
        "room": RoomRow.address,
        "role": RoleRow.label,
        "invitation": InvitationRow.inviter,
        "audit": AuditRow.label,
        "answer": AnswerRow.text,
    }
    for table, column in columns.items():
        boxes = select(column).where(column.is_not(None)).execution_options(yield_per=500)
        for box in connection.execute(boxes).scalars():
            if box is not None:
                yield table, box
