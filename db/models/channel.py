"""Channels, who edits them, and the copies of their posts in their discussion groups."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.ids import ChannelId, ChatId, MessageId, Pseudonym
from db.models.base import Base


class ChannelRow(Base):
    __tablename__ = "channel"

    id: Mapped[ChannelId] = mapped_column(primary_key=True)
    chat: Mapped[ChatId] = mapped_column(unique=True)
    title: Mapped[str]
    username: Mapped[str | None]
    group_chat: Mapped[ChatId | None] = mapped_column(unique=True)
    group_seen: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str]
    question: Mapped[str | None]
    options: Mapped[list[str] | None]
    layout: Mapped[str]
    # Where the channel sets nothing of its own, the installation's settings hold.
    results: Mapped[str | None]
    step: Mapped[int | None]
    minimum: Mapped[int | None]
    moderation: Mapped[str | None]
    watch: Mapped[bool | None]
    owner: Mapped[bytes | None]  # sealed; who is told when the channel needs something
    checked_at: Mapped[datetime]  # when Telegram was last asked about it


class StaffRow(Base):
    """Who is known to administer a channel: a hint for where to ask, never a right.  Keyed, like readers."""

    __tablename__ = "staff"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    channel_id: Mapped[ChannelId] = mapped_column(
        ForeignKey("channel.id", ondelete="CASCADE"), primary_key=True
    )
    person: Mapped[Pseudonym] = mapped_column(primary_key=True, index=True)


class ThreadRow(Base):
    """A channel post's automatic copy.  Its id is the thread id of the post's comments."""

    __tablename__ = "thread"
    __table_args__ = (
        Index("ix_thread_post", "channel_chat", "post_message"),
        Index("ix_thread_album", "group_chat", "album"),
        {"sqlite_with_rowid": False},
    )

    group_chat: Mapped[ChatId] = mapped_column(primary_key=True)
    message: Mapped[MessageId] = mapped_column(primary_key=True)
    channel_chat: Mapped[ChatId]
    post_message: Mapped[MessageId]
    album: Mapped[str | None]  # Telegram's media_group_id: comments on an album hang under its first item


class PaceRow(Base):
    """How far the budget of a chat or a message is spent (``bot.domain.pace``): one for all processes, kept by restarts."""

    __tablename__ = "pace"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    key: Mapped[str] = mapped_column(primary_key=True)
    tat: Mapped[float]  # Unix seconds
    held_until: Mapped[float]  # Unix seconds; Telegram's retry_after
    last: Mapped[float] = mapped_column(server_default="0")  # Unix seconds of the last call
    redrew: Mapped[bool | None]  # whether the last call in a chat was a redraw
    failures: Mapped[int] = mapped_column(server_default="0")  # of a message's redraw, one after the other
    claimed_by: Mapped[str | None]  # the process whose call is under way in this chat
    claimed_until: Mapped[float] = mapped_column(
        server_default="0"
    )  # Unix seconds; a claim that died ends here
