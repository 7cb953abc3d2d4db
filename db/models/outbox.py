"""What goes out in private, and what came in."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.ids import Pseudonym
from db.dialect import COUNTING_KEY
from db.models.base import Base


class OutboxRow(Base):
    """One call to be made.  Sealed as a whole, since its address is a reader's number and its text may quote one."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "not_before"),
        Index("ix_outbox_chat", "chat", "id"),
        Index("ix_outbox_order", "priority", "id"),
    )

    id: Mapped[int] = mapped_column(COUNTING_KEY, primary_key=True)
    chat: Mapped[Pseudonym]  # keyed: messages of one chat go out in order
    call: Mapped[bytes]  # sealed JSON: method, parameters
    subject: Mapped[int | None] = mapped_column(
        BigInteger, index=True
    )  # what it is about: it may become outdated
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    priority: Mapped[int] = mapped_column(SmallInteger, server_default="0")  # lower goes first
    edits: Mapped[Pseudonym | None] = mapped_column(
        index=True
    )  # the message that it edits, keyed: edits of one message merge while they wait
    claimed_by: Mapped[str | None]  # the process that is sending it
    claimed_until: Mapped[datetime | None]  # from then on the claim is nobody's
    day: Mapped[int] = mapped_column(
        server_default="0", index=True
    )  # days since 1970: what nobody took is dropped


class UnreachableRow(Base):
    """A private chat that Telegram says is closed to us: nothing is queued for it until the person writes again."""

    __tablename__ = "unreachable"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    chat: Mapped[Pseudonym] = mapped_column(primary_key=True)
    day: Mapped[int] = mapped_column(index=True)  # days since 1970


class LeaseRow(Base):
    """What only one process does at a time, and for how long it may without renewing."""

    __tablename__ = "lease"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]  # host/pid/nonce
    until: Mapped[datetime]


class AppliedUpdateRow(Base):
    """Ids of updates whose effects are stored: delivered twice, they fall away."""

    __tablename__ = "applied_update"

    update_id: Mapped[int] = mapped_column(COUNTING_KEY, primary_key=True, autoincrement=False)
    # Days since 1970, no finer: it must not date a vote.  Without an index, which would be larger than the table.
    day: Mapped[int]


class FailedUpdateRow(Base):
    """An update that met a bug, kept sealed for a while so that it can be looked into.  Never a vote."""

    __tablename__ = "failed_update"

    update_id: Mapped[int] = mapped_column(COUNTING_KEY, primary_key=True, autoincrement=False)
    raw: Mapped[bytes]
    error: Mapped[str]  # the exception's type and place, never its text
    failed_at: Mapped[datetime] = mapped_column(index=True)


class FactRow(Base):
    """Small facts of the installation, such as which key it was made with."""

    __tablename__ = "fact"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
