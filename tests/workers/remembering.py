"""A discussion that knows its readers, and what must be gone when it has forgotten them."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from bot.domain.ballot import Results
from bot.domain.discussion import Layout, PostKind
from bot.domain.ids import (
    BallotId,
    ChatId,
    DiscussionId,
    KeyName,
    MessageId,
    OpinionId,
    OptionId,
    Pseudonym,
    UserId,
)
from bot.domain.opinion import Opinion, Source
from bot.services.ballot import Tap, cast_votes
from bot.vault import ReaderKey, Vault
from db.engine import Database
from db.models import (
    ArrivalRow,
    Base,
    CardRow,
    DiscussionRow,
    MuteRow,
    OpinionRow,
    OptionCountRow,
    OptionRow,
    PromptRow,
    QuotaRow,
    ReportRow,
    VoteRow,
)
from db.queries import channel as channels
from db.queries import discussion as discussions
from db.queries import opinion as opinions
from db.queries.opinion import Prompt

CHAT = ChatId(-1001)
FIRST = 5_000_000_000  # the first reader's number


@dataclass
class Remembered:
    discussion: DiscussionId
    ballot: BallotId
    options: list[OptionId]
    key: KeyName
    names: list[Pseudonym]  # pseudonyms of readers, of each kind


async def remembered(
    db: Database,
    vault: Vault,
    now: datetime,
    voters: int = 20,
    texts: bool = False,
    key: KeyName | None = None,
) -> Remembered:
    """``voters`` people, of whom every second one holds the first option; ten of them wrote, one of them twice."""
    name = key or vault.new_discussion(int(now.timestamp()) // 86_400, texts=texts)
    async with db.write() as tx:
        channel = await channels.by_chat(tx, CHAT) or await channels.store(
            tx,
            chat=CHAT,
            title="Новини",
            username=None,
            group=None,
            group_seen=False,
            now=now,
            language="uk",
            layout=Layout.AUTO,
            owner=None,
        )
        post: dict[str, Any] = {
            "kind": PostKind.BALLOT,
            "text": "?",
            "entities": [],
            "fingerprint": b"",
            "reply_to": None,
        }
        number = await discussions.store(
            tx,
            channel=channel.id,
            chat=CHAT,
            title="Мости",
            token=name.hex() + str(now.timestamp()),
            question="За?",
            options=["Так", "Ні"],
            now=now,
            closes_at=None,
            target=None,
            editor=None,
            key=name,
            results=Results.LIVE,
            posts=[post],
        )
    readers = vault.readers(name)
    assert readers is not None
    async with db.read() as tx:
        found = await discussions.find(tx, number)
    assert found is not None
    ballot, options = found.ballot.id, [option.id for option in found.ballot.options]
    taps = [Tap(ballot, options[at % 2], UserId(FIRST + at), CHAT, MessageId(10)) for at in range(voters)]
    for shard, part in enumerate((taps[: voters // 2], taps[voters // 2 :])):
        async with db.write() as tx:
            await cast_votes(tx, vault, part, now, shard)
    names = [readers.voter(ballot, UserId(FIRST + at)) for at in range(voters)]
    names += await _write(db, vault, readers, number, name, now)
    return Remembered(number, ballot, options, name, names)


async def _write(
    db: Database, vault: Vault, readers: ReaderKey, number: DiscussionId, name: KeyName, now: datetime
) -> list[Pseudonym]:
    authors = [readers.author(number, FIRST + at) for at in (0, *range(10))]
    origins = [readers.origin(ChatId(FIRST + at), MessageId(number)) for at in range(11)]
    person = readers.person(UserId(FIRST))
    async with db.write() as tx:
        for at, (author, origin) in enumerate(zip(authors, origins, strict=True)):
            said = Opinion(OpinionId(number * 1000 + at), number, Source.PRIVATE, f"слово {at}", edited=False)
            sealed = vault.seal_text(name, said.text)
            address = readers.seal(FIRST + at)
            await opinions.store(tx, said, author, origin, sealed=sealed, address=address)
        await opinions.choose(tx, person, Prompt(number), now)
        day = int(now.timestamp()) // 86_400
        of = {"discussion_id": number, "author": authors[0]}
        await tx.execute(insert(QuotaRow).values(**of, day=day, said=2))
        await tx.execute(insert(MuteRow).values(**of))
        await tx.execute(insert(ReportRow).values(opinion_id=number * 1000, reporter=person))
        for at, state in enumerate(("approved", "waiting")):
            card = {"id": number * 1000 + at, "opinion_id": number * 1000 + at, "discussion_id": number}
            await tx.execute(insert(CardRow).values(**card, state=state, reasons=[]))
        await tx.execute(insert(ArrivalRow).values(discussion_id=number, minute=1, votes=5))
    return [*authors, *origins, person]


async def close(db: Database, number: DiscussionId, now: datetime) -> None:
    async with db.write() as tx:
        await discussions.close(tx, number, now)


@dataclass(frozen=True)
class Left:
    """``linked``: rows that name a reader, by table."""

    key: KeyName | None
    counts: list[int]
    opinions: int
    linked: dict[str, int]


async def left(db: Database, of: Remembered) -> Left:
    async with db.read() as tx:
        key = (
            await tx.execute(select(DiscussionRow.key).where(DiscussionRow.id == of.discussion))
        ).scalar_one()
        counted = await tx.execute(
            select(OptionCountRow.option_id, func.sum(OptionCountRow.votes))
            .where(OptionCountRow.ballot_id == of.ballot)
            .group_by(OptionCountRow.option_id)
        )
        counts = {option: int(votes) for option, votes in counted}
        mine = OpinionRow.discussion_id == of.discussion
        said = await tx.scalar(select(func.count()).where(mine))
        linked = {
            "vote": select(func.count()).where(VoteRow.ballot_id == of.ballot),
            "author": select(func.count()).where(mine, OpinionRow.author.is_not(None)),
            "origin": select(func.count()).where(mine, OpinionRow.origin.is_not(None)),
            "address": select(func.count()).where(mine, OpinionRow.address.is_not(None)),
            "prompt": select(func.count()).where(PromptRow.discussion_id == of.discussion),
            "quota": select(func.count()).where(QuotaRow.discussion_id == of.discussion),
            "mute": select(func.count()).where(MuteRow.discussion_id == of.discussion),
            "arrival": select(func.count()).where(ArrivalRow.discussion_id == of.discussion),
            "card": select(func.count()).where(
                CardRow.discussion_id == of.discussion, CardRow.state == "approved"
            ),
            "waiting card": select(func.count()).where(
                CardRow.discussion_id == of.discussion, CardRow.state == "waiting"
            ),
            "report": select(func.count()).select_from(ReportRow),
        }
        rows = {name: await tx.scalar(statement) or 0 for name, statement in linked.items()}
    return Left(key, [counts.get(option, 0) for option in of.options], said or 0, rows)


LINKS = ("vote", "author", "origin", "address", "prompt", "quota", "mute", "arrival", "card", "report")
NOTHING = dict.fromkeys(LINKS, 0) | {"waiting card": 1}  # staff has yet to see it; it knows no author


async def labels(db: Database, of: Remembered) -> list[int]:
    async with db.read() as tx:
        rows = await tx.scalars(
            select(OptionRow).where(OptionRow.ballot_id == of.ballot).order_by(OptionRow.position)
        )
        return [row.votes for row in rows]


async def stored(db: Database) -> bytes:
    """All that the database's files hold; of a server, what its tables do."""
    path = db.engine.url.database
    if db.engine.dialect.name == "sqlite" and path is not None:
        return files(path)
    everything = BytesIO()
    async with db.engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        for table in Base.metadata.tables:
            await driver.copy_from_table(table, output=everything, format="binary")
    return everything.getvalue()


def files(path: str) -> bytes:
    file = Path(path)
    return b"".join(f.read_bytes() for f in sorted(file.parent.iterdir()) if f.name.startswith(file.name))
