"""Databases with something in them: rows of every table that a column can hold, and a newsroom that agrees with itself."""

import math
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    UniqueConstraint,
    insert,
    null,
)

from bot.domain.discussion import PostState, State
from bot.domain.ids import BallotId, UserId
from bot.domain.opinion import Source
from bot.vault import FIRST_KEY, ReaderKey, Vault
from db.models import Base
from db.models.base import UtcDateTime

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEXTS = (
    "",
    "Так",
    "ні\nі не так",
    "👩‍👩‍👧 \N{COMBINING ACUTE ACCENT}",
    "'; --",
    "\\N",
    "a\tb\\.",
    "x" * 5000,
    '"q"',
)
JSONS: tuple[Any, ...] = ([], ["Так", "Ні"], {"a": [1, None, {"ї": "\u2028"}]}, {"big": 2**53, "n": -1.5})
BYTES = (b"", b"\0\xff\0", bytes(range(256)))
FLOATS = (0.0, -0.5, math.pi, 1.7e308, 5e-324)
MOMENTS = (0, 1, 999_999, -(10**15))  # microseconds from noon


def anything(connection: Connection, seed: int, rows: int = 3) -> None:
    """``rows`` of each table, of values at the edges of what its columns hold."""
    random = Random(seed)
    stored: dict[Column[Any], list[Any]] = {}
    for table in Base.metadata.sorted_tables:
        made = [_row(table, number, random, stored) for number in range(rows)]
        for row in made:
            connection.execute(insert(table).values(row))
        stored |= {column: [row[column.name] for row in made] for column in table.columns}


def _row(table: Table, number: int, random: Random, stored: dict[Column[Any], list[Any]]) -> dict[str, Any]:
    row = {}
    for column in table.columns:
        parents = [stored[key.column] for key in column.foreign_keys]
        row[column.name] = parents[0][number] if parents else _value(column, number, random)
    return row


def _value(column: Column[Any], number: int, random: Random) -> Any:
    """``number`` keeps apart what must differ."""
    kind = column.type
    if column.nullable and random.random() < 0.3:
        return null()
    together = [key for key in column.table.constraints if isinstance(key, UniqueConstraint)]
    lonely = column.unique or column.primary_key or any(column.name in key.columns for key in together)
    if isinstance(kind, Boolean):
        return random.random() < 0.5
    if isinstance(kind, JSON):
        return random.choice((*JSONS, None) if column.nullable else JSONS)  # None: JSON's null, not SQL's
    if isinstance(kind, UtcDateTime):
        return NOON + timedelta(microseconds=random.choice(MOMENTS))
    if isinstance(kind, LargeBinary):
        return number.to_bytes(4) + random.randbytes(12) if lonely else random.choice(BYTES)
    if isinstance(kind, Float):
        return random.choice(FLOATS)
    if isinstance(kind, Integer):
        bits = 15 if isinstance(kind, SmallInteger) else 63 if str(kind.compile()) == "BIGINT" else 31
        if lonely:
            return random.choice((1, -1)) * (2**bits - 1 - number)
        return random.choice((0, 2**bits - 1, -(2**bits)))
    return f"{number} {random.choice(TEXTS)}" if lonely else random.choice(TEXTS)


def newsroom(connection: Connection, vault: Vault, voters: int = 30) -> None:
    """A channel, an open ballot of two options with votes from two processes, opinions, things sealed."""
    tables, readers = Base.metadata.tables, ReaderKey(b"7" * 32)
    one = {"channel": 1, "discussion": 7, "ballot": 3}

    def store(table: str, *rows: dict[str, Any]) -> None:
        connection.execute(insert(tables[table]), list(rows))

    store("fact", {"name": "key", "value": vault.fingerprint()})
    store(
        "channel",
        {
            "id": one["channel"], "chat": -1001, "title": "Новини", "username": "novyny", "group_chat": None,
            "group_seen": False, "active": True, "language": "uk", "question": None, "options": None,
            "layout": "auto", "owner": vault.seal(4242), "checked_at": NOON,
        },
    )  # fmt: skip
    store(
        "discussion",
        {
            "id": one["discussion"], "channel_id": one["channel"], "chat": -1001, "state": State.OPEN,
            "title": "Мости", "token": "t0ken", "created_at": NOON, "target": None, "trouble": None, "told": None,
            "editor": vault.seal(4242), "comments": 1, "private": 2, "key": FIRST_KEY,
        },
    )  # fmt: skip
    store(
        "ballot",
        {
            "id": one["ballot"], "discussion_id": one["discussion"], "question": "За?", "version": 0,
            "drawn_version": 0, "drawn": None, "closes_at": None, "closed_at": None,
        },
    )  # fmt: skip
    labels = ("Так", "Ні")
    store(
        "option",
        *(
            {"id": 10 + at, "ballot_id": one["ballot"], "position": at, "label": label}
            for at, label in enumerate(labels)
        ),
    )
    store(
        "vote",
        *(
            {
                "ballot_id": one["ballot"],
                "voter": readers.voter(BallotId(3), UserId(voter)),
                "option_id": 10 + voter % 2,
            }
            for voter in range(voters)
        ),
    )
    ours = (voters + 1) // 2
    store(
        "option_count",
        {"ballot_id": one["ballot"], "option_id": 10, "shard": 0, "votes": ours + 2, "version": 1},
        {"ballot_id": one["ballot"], "option_id": 10, "shard": 1, "votes": -2, "version": 1},
        {"ballot_id": one["ballot"], "option_id": 11, "shard": 0, "votes": voters - ours, "version": 1},
    )
    store(
        "opinion",
        *(
            {
                "id": 2**50 + at, "discussion_id": one["discussion"], "source": source, "author": bytes([at] * 16),
                "origin": bytes([at + 9] * 16), "text": f"Слова читача {at}", "edited": False,
            }
            for at, source in enumerate((Source.COMMENT, Source.PRIVATE, Source.PRIVATE))
        ),
    )  # fmt: skip
    store(
        "post",
        {
            "id": 5, "discussion_id": one["discussion"], "position": 0, "kind": "ballot", "chat": -1001, "text": "За?",
            "entities": [], "fingerprint": b"", "state": PostState.SENT, "message": 41, "reply_to": None,
            "attempts": 1, "not_before": NOON, "claimed_by": None,
        },
    )  # fmt: skip
    store(
        "outbox",
        {
            "chat": b"c" * 16,
            "call": vault.seal({"method": "sendMessage"}),
            "attempts": 0,
            "not_before": NOON,
            "priority": 1,
        },
    )
    store(
        "failed_update",
        {"update_id": 900, "raw": vault.seal("{}"), "error": "KeyError at x.py:1", "failed_at": NOON},
    )
