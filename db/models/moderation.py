"""Where opinions are moderated, the cards on which they are shown, quotations, and answers to authors.  No author anywhere."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.ids import (
    AnswerId,
    CardId,
    ChannelId,
    ChatId,
    DiscussionId,
    MessageId,
    OpinionId,
    Pseudonym,
    QuoteId,
    RoomId,
)
from db.models.base import Base


class RoomRow(Base):
    """A staff group, or the private chat of one of the staff, to which a channel's cards go."""

    __tablename__ = "room"
    __table_args__ = (UniqueConstraint("channel_id", "chat"),)

    id: Mapped[RoomId] = mapped_column(primary_key=True)
    channel_id: Mapped[ChannelId] = mapped_column(ForeignKey("channel.id", ondelete="CASCADE"))
    chat: Mapped[Pseudonym] = mapped_column(index=True)
    address: Mapped[bytes]  # sealed; the private chat's number is one of the staff's
    kind: Mapped[str]  # bot.domain.room.RoomKind
    members: Mapped[int | None]  # as many as came in with approval
    trouble: Mapped[str | None]  # why nothing is delivered
    told: Mapped[str | None]  # the trouble that the owner knows of


class CardRow(Base):
    """An opinion on its way to the rooms, and what was decided about it there."""

    __tablename__ = "card"
    __table_args__ = (Index("ix_card_state", "state", "discussion_id"),)

    id: Mapped[CardId] = mapped_column(primary_key=True, autoincrement=False)  # random: order tells nothing
    opinion_id: Mapped[OpinionId | None] = mapped_column(
        ForeignKey("opinion.id", ondelete="SET NULL"), index=True
    )  # None: its author withdrew it, and what is shown of it goes
    discussion_id: Mapped[DiscussionId] = mapped_column(
        ForeignKey("discussion.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[str]  # bot.domain.card.CardState
    language: Mapped[str | None]
    hour: Mapped[datetime | None]  # whole hours; forgotten once the card is delivered
    reasons: Mapped[list[str]]  # why it is shown, where not every opinion is
    chosen_by: Mapped[Pseudonym | None] = mapped_column(index=True)  # of the staff: for one answer to several
    muted: Mapped[bool] = mapped_column(default=False)  # pressed on this card: another's says nothing of it
    answered: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(SmallInteger, default=0)  # grows with what its keys show


class CardPostRow(Base):
    """A card in a room."""

    __tablename__ = "card_post"
    __table_args__ = (UniqueConstraint("room_id", "message"), {"sqlite_with_rowid": False})

    card_id: Mapped[CardId] = mapped_column(ForeignKey("card.id", ondelete="CASCADE"), primary_key=True)
    room_id: Mapped[RoomId] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"), primary_key=True)
    message: Mapped[MessageId | None]  # None: its answer was lost
    drawn: Mapped[int] = mapped_column(SmallInteger)  # the card's version that its keys show


class QuoteRow(Base):
    """An opinion in the discussion group, without its author."""

    __tablename__ = "quote"

    id: Mapped[QuoteId] = mapped_column(
        primary_key=True, autoincrement=False
    )  # random: so they go in no order
    opinion_id: Mapped[OpinionId | None] = mapped_column(
        ForeignKey("opinion.id", ondelete="SET NULL"), index=True
    )  # None: it was withdrawn, and the message goes
    discussion_id: Mapped[DiscussionId] = mapped_column(
        ForeignKey("discussion.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[str] = mapped_column(index=True)  # bot.domain.quote.QuoteState
    not_before: Mapped[datetime | None]
    claimed_by: Mapped[str | None]  # the process that is sending it
    chat: Mapped[ChatId | None]
    message: Mapped[MessageId | None]


class AnswerRow(Base):
    """An editor's answer to authors before it is sent.  ``text`` is None while the editor is still to write it."""

    __tablename__ = "answer"

    id: Mapped[AnswerId] = mapped_column(primary_key=True, autoincrement=False)
    editor: Mapped[Pseudonym] = mapped_column(index=True)
    room_id: Mapped[RoomId] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"), index=True)
    cards: Mapped[list[int]]
    text: Mapped[bytes | None]  # sealed
    created_at: Mapped[datetime] = mapped_column(index=True)
