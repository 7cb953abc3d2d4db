"""Opinions, and what a private chat with a reader has to remember until one is said."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.ids import DiscussionId, DraftId, OpinionId, Pseudonym
from db.models.base import Base

_UNSCREENED = sql("flags IS NULL")


class OpinionRow(Base):
    """Ids are random: the order of rows tells nothing.  No author's number, no message's number, no time.

    What links it to anybody (author, origin, address) is keyed or sealed under the discussion's key and goes with it.
    """

    __tablename__ = "opinion"
    __table_args__ = (
        Index("ix_opinion_discussion", "discussion_id", "id"),
        Index(  # what screening looks for each second: of all opinions hardly ever one
            "ix_opinion_unscreened", "id", sqlite_where=_UNSCREENED, postgresql_where=_UNSCREENED
        ),
    )

    id: Mapped[OpinionId] = mapped_column(primary_key=True, autoincrement=False)
    discussion_id: Mapped[DiscussionId] = mapped_column(ForeignKey("discussion.id", ondelete="CASCADE"))
    source: Mapped[str]
    author: Mapped[Pseudonym | None] = mapped_column(index=True)  # keyed for this discussion
    origin: Mapped[Pseudonym | None] = mapped_column(
        unique=True
    )  # the message it was said in, keyed: edits find it again
    address: Mapped[
        bytes | None
    ]  # the private chat, sealed under the discussion's key: for an editor's answer
    text: Mapped[str | None]  # None: it is in ``sealed``
    sealed: Mapped[bytes | None]  # the text, encrypted under a key of the key store
    edited: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(server_default="approved")  # bot.domain.opinion.Standing
    flags: Mapped[list[str] | None]  # what screening found; None: not screened yet


class PromptRow(Base):
    """A reader opened a discussion's link in private.  ``chosen``: the next message belongs to it."""

    __tablename__ = "prompt"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    person: Mapped[Pseudonym] = mapped_column(primary_key=True)  # keyed for this discussion
    discussion_id: Mapped[DiscussionId] = mapped_column(
        ForeignKey("discussion.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    chosen: Mapped[bool]
    replaces: Mapped[OpinionId | None]  # the opinion that the next message replaces
    lane: Mapped[int] = mapped_column(SmallInteger, server_default="0")  # bot.domain.opinion.Lane
    screens: Mapped[
        bytes | None
    ]  # sealed under the discussion's key: messages of the private chat that go with it
    day: Mapped[int] = mapped_column(index=True)  # days since 1970: old prompts are forgotten


class QuotaRow(Base):
    """How much an author has said on a day, for the daily limit."""

    __tablename__ = "quota"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    discussion_id: Mapped[DiscussionId] = mapped_column(
        ForeignKey("discussion.id", ondelete="CASCADE"), primary_key=True
    )
    author: Mapped[Pseudonym] = mapped_column(primary_key=True)
    day: Mapped[int]  # days since 1970
    said: Mapped[int]


class MuteRow(Base):
    """Nothing more is taken from this author in this discussion."""

    __tablename__ = "mute"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    discussion_id: Mapped[DiscussionId] = mapped_column(
        ForeignKey("discussion.id", ondelete="CASCADE"), primary_key=True
    )
    author: Mapped[Pseudonym] = mapped_column(primary_key=True)


class ReportRow(Base):
    """A reader says that a published opinion should not stand there; once each."""

    __tablename__ = "report"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    opinion_id: Mapped[OpinionId] = mapped_column(
        ForeignKey("opinion.id", ondelete="CASCADE"), primary_key=True
    )
    reporter: Mapped[Pseudonym] = mapped_column(primary_key=True)  # keyed for this discussion


class DraftRow(Base):
    """An article that an editor sent in private and has not published yet."""

    __tablename__ = "draft"

    id: Mapped[DraftId] = mapped_column(primary_key=True, autoincrement=False)
    editor: Mapped[Pseudonym] = mapped_column(index=True)
    article: Mapped[dict[str, Any]]
    begun: Mapped[dict[str, Any] | None]  # the text so far, where the next message may be its continuation
    created_at: Mapped[datetime] = mapped_column(index=True)
