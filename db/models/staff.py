"""Who may do what besides Telegram's own administrators, and what staff did."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.ids import ChannelId, DiscussionId, Pseudonym
from db.dialect import COUNTING_KEY
from db.models.base import Base


class RoleRow(Base):
    """A moderator or an analyst, named by an owner."""

    __tablename__ = "role"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    channel_id: Mapped[ChannelId] = mapped_column(
        ForeignKey("channel.id", ondelete="CASCADE"), primary_key=True
    )
    person: Mapped[Pseudonym] = mapped_column(primary_key=True, index=True)
    role: Mapped[str]
    label: Mapped[bytes]  # sealed: the name by which the owner knows them, and their number
    since: Mapped[datetime]


class InvitationRow(Base):
    """A link that makes whoever opens it first a moderator or an analyst.  Of its 128 random bits only a digest is here."""

    __tablename__ = "invitation"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    channel_id: Mapped[ChannelId] = mapped_column(ForeignKey("channel.id", ondelete="CASCADE"), index=True)
    role: Mapped[str]
    inviter: Mapped[bytes]  # sealed
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AuditRow(Base):
    """One act of staff.  Each row's digest covers the one before it, so that cutting or changing any of them shows."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(COUNTING_KEY, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[Pseudonym | None]  # None: the operator, or the bot itself
    label: Mapped[bytes | None]  # sealed: the name and number of who did it
    act: Mapped[str]
    channel: Mapped[ChannelId | None] = mapped_column(
        COUNTING_KEY
    )  # no foreign key: it outlives what it tells of
    discussion: Mapped[DiscussionId | None] = mapped_column(COUNTING_KEY)
    detail: Mapped[str | None]  # never about a reader
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
