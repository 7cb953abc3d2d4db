"""What goes out in private, and what came in."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.ids import Pseudonym
from db.dialect import COUNTING_KEY
from db.models.base import Base


class OutboxRow(Base):
    """One call to be made.  Sealed as a whole, since its address is a reader's number and its text may quote one."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "not_before"), Index("ix_outbox_chat", "chat", "id"))

    id: Mapped[int] = mapped_column(COUNTING_KEY, primary_key=True)
    chat: Mapped[Pseudonym]  # keyed: messages of one chat go out in order
    call: Mapped[bytes]  # sealed JSON: method, parameters
    subject: Mapped[int | None] = mapped_column(
        BigInteger, index=True
    )  # what it is about: it may become outdated
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]


class AppliedUpdateRow(Base):
    """Ids of updates whose effects are stored: delivered twice, they fall away."""

    __tablename__ = "applied_update"

    update_id: Mapped[int] = mapped_column(COUNTING_KEY, primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(index=True)  # days since 1970, no finer: it must not date a vote


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
