"""Alembic's entry.  ``db.migrate`` hands over an open connection; there is no alembic.ini."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from db.models import Base
from db.models.base import UtcDateTime, Words


def render_item(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """A migration imports nothing of ours, so that it goes on meaning what it meant when it was released."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Words):
        return "sa.String()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters a table by rebuilding it
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
