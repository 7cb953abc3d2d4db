"""Column types that every table shares."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, LargeBinary, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

from bot.domain.ids import (
    AnswerId,
    BallotId,
    CardId,
    ChannelId,
    ChatId,
    DiscussionId,
    DraftId,
    KeyName,
    MessageId,
    OpinionId,
    OptionId,
    PostId,
    Pseudonym,
    QuoteId,
    RoomId,
)
from db.dialect import COUNTING_KEY, is_sqlite


class UtcDateTime(TypeDecorator[datetime]):
    """Aware and in UTC on every database; SQLite keeps no zone of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if is_sqlite(dialect) else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return (
            None
            if value is None
            else value.replace(tzinfo=UTC)
            if value.tzinfo is None
            else value.astimezone(UTC)
        )


class Words(TypeDecorator[str]):
    """Text that may come from anybody.  PostgreSQL stores no zero character: it becomes U+FFFD, on every database."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None else value.replace("\0", "\ufffd")


# None is NULL, which queries find; not JSON's null, which SQLAlchemy would store where None takes the place of a value.
_JSON = JSON(none_as_null=True)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcDateTime(),
        str: Words(),
        bytes: LargeBinary(),
        Pseudonym: LargeBinary(16),
        KeyName: LargeBinary(16),
        ChannelId: COUNTING_KEY,
        DiscussionId: COUNTING_KEY,
        BallotId: COUNTING_KEY,
        OptionId: COUNTING_KEY,
        PostId: COUNTING_KEY,
        RoomId: COUNTING_KEY,
        OpinionId: BigInteger(),
        DraftId: BigInteger(),
        CardId: BigInteger(),
        QuoteId: BigInteger(),
        AnswerId: BigInteger(),
        ChatId: BigInteger(),
        MessageId: BigInteger(),
        list[str]: _JSON,
        list[int]: _JSON,
        list[dict[str, Any]]: _JSON,
        dict[str, Any]: _JSON,
    }
