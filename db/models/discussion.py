"""Discussions with their messages, ballots and votes."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    ScalarSelect,
    SmallInteger,
    UniqueConstraint,
    and_,
    case,
    cast,
    false,
    func,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, column_property, mapped_column, relationship

from bot.domain.ids import (
    BallotId,
    ChannelId,
    ChatId,
    DiscussionId,
    KeyName,
    MessageId,
    OptionId,
    PostId,
    Pseudonym,
)
from db.models.base import Base
from db.models.channel import ChannelRow


class DiscussionRow(Base):
    __tablename__ = "discussion"

    id: Mapped[DiscussionId] = mapped_column(primary_key=True)
    channel_id: Mapped[ChannelId] = mapped_column(ForeignKey("channel.id"), index=True)
    chat: Mapped[ChatId]  # where it stands: the channel, or its group
    state: Mapped[str] = mapped_column(index=True)
    title: Mapped[str]
    token: Mapped[str] = mapped_column(
        unique=True
    )  # 128 random bits: the link for private opinions cannot be guessed
    created_at: Mapped[datetime]
    target: Mapped[MessageId | None]  # somebody else's post that is discussed
    trouble: Mapped[str | None]  # why the queue stands still
    told: Mapped[str | None]  # the trouble that the editor knows of
    editor: Mapped[bytes | None]  # sealed
    comments: Mapped[int] = mapped_column(default=0)
    private: Mapped[int] = mapped_column(default=0)
    key: Mapped[KeyName | None] = mapped_column(
        index=True
    )  # of the key store; None once nothing hangs on it any more
    keyless_at: Mapped[
        datetime | None
    ]  # when the key was destroyed: from then on rows of readers are being erased
    wordless_at: Mapped[datetime | None]  # when the time of its opinions was over: they are being erased

    channel: Mapped[ChannelRow] = relationship(lazy="raise")
    ballot: Mapped["BallotRow"] = relationship(lazy="raise", back_populates="discussion")
    posts: Mapped[list["PostRow"]] = relationship(lazy="raise", order_by="PostRow.position")


class OptionCountRow(Base):
    """Votes for an option, kept in the transaction of the votes and never counted anew.

    Each process adds up in a shard of its own, so that voting on one ballot from several processes waits for no common row.
    """

    __tablename__ = "option_count"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    ballot_id: Mapped[BallotId] = mapped_column(ForeignKey("ballot.id", ondelete="CASCADE"), primary_key=True)
    option_id: Mapped[OptionId] = mapped_column(ForeignKey("option.id", ondelete="CASCADE"), primary_key=True)
    shard: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    votes: Mapped[int] = mapped_column(
        BigInteger
    )  # net: may be below zero where votes of another shard moved
    version: Mapped[int] = mapped_column(BigInteger)  # grows with every change


def _summed(column: InstrumentedAttribute[int], *where: ColumnElement[bool]) -> ScalarSelect[int]:
    total = cast(func.coalesce(func.sum(column), 0), BigInteger)  # PostgreSQL sums up to numeric, a Decimal
    return select(total).where(*where).correlate_except(OptionCountRow).scalar_subquery()


_OPEN = text("closed_at IS NULL")
_UNDRAWN = text("closed_at IS NOT NULL AND drawn_version < version")


class BallotRow(Base):
    __tablename__ = "ballot"
    __table_args__ = (  # what the drawer looks for: of thousands of closed ballots hardly ever one
        Index("ix_ballot_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_ballot_undrawn", "id", sqlite_where=_UNDRAWN, postgresql_where=_UNDRAWN),
    )

    id: Mapped[BallotId] = mapped_column(primary_key=True)
    discussion_id: Mapped[DiscussionId] = mapped_column(
        ForeignKey("discussion.id", ondelete="CASCADE"), unique=True
    )
    question: Mapped[str]
    own_version: Mapped[int] = mapped_column(
        "version", default=0
    )  # grows with what readers see besides votes
    drawn_version: Mapped[int] = mapped_column(default=0)  # what its message shows for certain
    drawn: Mapped[str | None]  # a digest of what is shown, so that an edit which changes nothing is not sent
    closes_at: Mapped[datetime | None] = mapped_column(index=True)
    closed_at: Mapped[datetime | None] = mapped_column()
    # How its numbers are shown (bot.domain.shown), as it was when the ballot was opened.
    results: Mapped[str] = mapped_column(server_default="live")
    step: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    minimum: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    shown_version: Mapped[int] = mapped_column(BigInteger, server_default="0")  # grows with the shown numbers
    slack: Mapped[int] = mapped_column(
        SmallInteger, server_default="0"
    )  # random: changes beyond the step before the next numbers are taken
    signs: Mapped[list[str] | None]  # of brigading (bot.domain.brigading), as they were found
    adjusted: Mapped[
        list[int] | None
    ]  # the final counts by what the sample says; in the order of the options
    hushed: Mapped[bool] = mapped_column(
        server_default=false()
    )  # closed by a panic: its message shows no numbers
    version: Mapped[int] = column_property(
        own_version + _summed(OptionCountRow.version, OptionCountRow.ballot_id == id)  # noqa: A003 - the column
    )
    # What its message is drawn from: each vote where they are shown at once, else what was published of them.
    look: Mapped[int] = column_property(
        case(
            (closed_at.is_not(None), own_version),
            (
                and_(results == "live", step == 1),
                own_version + _summed(OptionCountRow.version, OptionCountRow.ballot_id == id),  # noqa: A003
            ),
            (results == "live", own_version + shown_version),
            else_=own_version,
        )
    )

    discussion: Mapped[DiscussionRow] = relationship(lazy="raise", back_populates="ballot")
    options: Mapped[list["OptionRow"]] = relationship(lazy="raise", order_by="OptionRow.position")


class OptionRow(Base):
    __tablename__ = "option"
    __table_args__ = (UniqueConstraint("ballot_id", "position"),)

    id: Mapped[OptionId] = mapped_column(primary_key=True)
    ballot_id: Mapped[BallotId] = mapped_column(ForeignKey("ballot.id", ondelete="CASCADE"))
    position: Mapped[int]
    label: Mapped[str]
    shown: Mapped[int] = mapped_column(BigInteger, server_default="0")  # what readers and editors are shown
    published: Mapped[int] = mapped_column(BigInteger, server_default="0")  # the count that it was taken from
    taken: Mapped[int | None] = mapped_column(BigInteger)  # the count that is published next
    votes: Mapped[int] = column_property(
        _summed(
            OptionCountRow.votes,
            OptionCountRow.ballot_id == ballot_id,
            OptionCountRow.option_id == id,  # noqa: A003 - the column
        )
    )


class VoteRow(Base):
    """The primary key is the rule "one vote each".  Rows lie in the order of the pseudonyms, which tells nothing."""

    __tablename__ = "vote"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    ballot_id: Mapped[BallotId] = mapped_column(ForeignKey("ballot.id", ondelete="CASCADE"), primary_key=True)
    voter: Mapped[Pseudonym] = mapped_column(primary_key=True)  # keyed for this ballot
    option_id: Mapped[OptionId] = mapped_column(ForeignKey("option.id"))
    # no time here: beside a voter it would tell who was online


class ArrivalRow(Base):
    """How many first votes came in a minute, in whole steps only; nothing says whose or for what."""

    __tablename__ = "arrival"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    discussion_id: Mapped[DiscussionId] = mapped_column(
        ForeignKey("discussion.id", ondelete="CASCADE"), primary_key=True
    )
    minute: Mapped[int] = mapped_column(primary_key=True)  # minutes since 1970
    votes: Mapped[int]


class SampleRow(Base):
    """Of a sample of votes: how many came from members of the channel and how many from outside.  Sums alone."""

    __tablename__ = "sample"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    ballot_id: Mapped[BallotId] = mapped_column(ForeignKey("ballot.id", ondelete="CASCADE"), primary_key=True)
    option_id: Mapped[OptionId] = mapped_column(ForeignKey("option.id", ondelete="CASCADE"), primary_key=True)
    members: Mapped[int] = mapped_column(default=0)
    strangers: Mapped[int] = mapped_column(default=0)


class PostRow(Base):
    """A message of a discussion, from the queue to the channel."""

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("discussion_id", "position"),
        UniqueConstraint("chat", "message"),
        Index("ix_post_state", "state", "not_before"),
    )

    id: Mapped[PostId] = mapped_column(primary_key=True)
    discussion_id: Mapped[DiscussionId] = mapped_column(ForeignKey("discussion.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[str]
    chat: Mapped[ChatId]
    text: Mapped[str]
    entities: Mapped[list[dict[str, Any]]]
    fingerprint: Mapped[bytes]  # of the text as it may come back in a copy
    state: Mapped[str]
    message: Mapped[MessageId | None]
    reply_to: Mapped[MessageId | None]
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    claimed_by: Mapped[str | None]  # the process that is sending it
