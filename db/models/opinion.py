"""Opinions, and what a private chat with a reader has to remember until one is said."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.ids import DiscussionId, DraftId, OpinionId, Pseudonym
from db.models.base import Base


class OpinionRow(Base):
    """Ids are random: the order of rows tells nothing.  No author's number, no message's number, no time."""

    __tablename__ = "opinion"
    __table_args__ = (Index("ix_opinion_discussion", "discussion_id", "id"),)

    id: Mapped[OpinionId] = mapped_column(primary_key=True, autoincrement=False)
    discussion_id: Mapped[DiscussionId] = mapped_column(ForeignKey("discussion.id", ondelete="CASCADE"))
    source: Mapped[str]
    author: Mapped[Pseudonym]  # keyed for this discussion
    origin: Mapped[Pseudonym] = mapped_column(
        unique=True
    )  # the message it was said in, keyed: edits find it again
    text: Mapped[str]
    edited: Mapped[bool] = mapped_column(default=False)


class PromptRow(Base):
    """A reader opened a discussion's link in private.  ``chosen``: the next message belongs to it."""

    __tablename__ = "prompt"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    person: Mapped[Pseudonym] = mapped_column(primary_key=True)
    discussion_id: Mapped[DiscussionId] = mapped_column(
        ForeignKey("discussion.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    chosen: Mapped[bool]
    replaces: Mapped[OpinionId | None]  # the opinion that the next message replaces
    day: Mapped[int] = mapped_column(index=True)  # days since 1970: old prompts are forgotten


class DraftRow(Base):
    """An article that an editor sent in private and has not published yet."""

    __tablename__ = "draft"

    id: Mapped[DraftId] = mapped_column(primary_key=True, autoincrement=False)
    editor: Mapped[Pseudonym] = mapped_column(index=True)
    article: Mapped[dict[str, Any]]
    begun: Mapped[dict[str, Any] | None]  # the text so far, where the next message may be its continuation
    created_at: Mapped[datetime] = mapped_column(index=True)
