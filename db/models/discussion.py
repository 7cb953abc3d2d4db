"""Discussions with their messages, ballots and votes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.domain.ids import BallotId, ChannelId, ChatId, DiscussionId, MessageId, OptionId, PostId, Pseudonym
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

    channel: Mapped[ChannelRow] = relationship(lazy="raise")
    ballot: Mapped["BallotRow"] = relationship(lazy="raise", back_populates="discussion")
    posts: Mapped[list["PostRow"]] = relationship(lazy="raise", order_by="PostRow.position")


class BallotRow(Base):
    __tablename__ = "ballot"

    id: Mapped[BallotId] = mapped_column(primary_key=True)
    discussion_id: Mapped[DiscussionId] = mapped_column(
        ForeignKey("discussion.id", ondelete="CASCADE"), unique=True
    )
    question: Mapped[str]
    version: Mapped[int] = mapped_column(default=0)  # grows with what a reader could see
    drawn_version: Mapped[int] = mapped_column(default=0)  # what its message shows for certain
    drawn: Mapped[str | None]  # a digest of what is shown, so that an edit which changes nothing is not sent
    closes_at: Mapped[datetime | None] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]

    discussion: Mapped[DiscussionRow] = relationship(lazy="raise", back_populates="ballot")
    options: Mapped[list["OptionRow"]] = relationship(lazy="raise", order_by="OptionRow.position")


class OptionRow(Base):
    __tablename__ = "option"
    __table_args__ = (UniqueConstraint("ballot_id", "position"),)

    id: Mapped[OptionId] = mapped_column(primary_key=True)
    ballot_id: Mapped[BallotId] = mapped_column(ForeignKey("ballot.id", ondelete="CASCADE"))
    position: Mapped[int]
    label: Mapped[str]
    votes: Mapped[int] = mapped_column(default=0)  # kept in the transaction of the votes, never counted anew


class VoteRow(Base):
    """The primary key is the rule "one vote each".  Rows lie in the order of the pseudonyms, which tells nothing."""

    __tablename__ = "vote"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    ballot_id: Mapped[BallotId] = mapped_column(ForeignKey("ballot.id", ondelete="CASCADE"), primary_key=True)
    voter: Mapped[Pseudonym] = mapped_column(primary_key=True)  # keyed for this ballot
    option_id: Mapped[OptionId] = mapped_column(ForeignKey("option.id"))
    # no time here: beside a voter it would tell who was online


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
