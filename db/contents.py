"""What a database holds, in figures: rows by table, votes by ballot and option.  Works on every schema since the first."""

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, func, inspect, select, table, text

from db import migrate
from db.models import LeaseRow
from db.queries.lease import Lease

REVISIONS = "alembic_version"

# What a database may hold before anything has happened in it.
_BY_ITSELF = frozenset({REVISIONS, "fact", "lease", "pace", "applied_update"})


def revision(connection: Connection) -> str | None:
    """``None``: nothing was ever migrated here."""
    return MigrationContext.configure(connection).get_current_revision()


def knows(revision: str) -> bool:
    """Whether this release can migrate a database from there; not, when a newer release made it."""
    try:
        return bool(ScriptDirectory.from_config(migrate.configuration()).get_revision(revision))
    except CommandError:
        return False


def rows(connection: Connection) -> dict[str, int]:
    """By table, without the one of the migrations."""
    names = sorted(set(inspect(connection).get_table_names()) - {REVISIONS})
    return {
        name: connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in names
    }


def tallies(connection: Connection) -> list[tuple[int, int, int]]:
    """(ballot, option, votes), counted one by one."""
    counted = connection.execute(
        text("SELECT ballot_id, option_id, count(*) FROM vote GROUP BY ballot_id, option_id ORDER BY 1, 2")
    )
    return [(ballot, option, votes) for ballot, option, votes in counted]


def encrypted(connection: Connection) -> int:
    """Opinions whose words are encrypted under a key of the key store; 0 on a schema that knew none."""
    if not any(column["name"] == "sealed" for column in inspect(connection).get_columns("opinion")):
        return 0
    return int(connection.execute(text("SELECT count(*) FROM opinion WHERE sealed IS NOT NULL")).scalar_one())


def holds_data(connection: Connection) -> bool:
    """Whether somebody would miss something."""
    names = sorted(set(inspect(connection).get_table_names()) - _BY_ITSELF)
    return any(connection.execute(text(f'SELECT 1 FROM "{name}" LIMIT 1')).first() for name in names)  # noqa: S608 - names of tables


def leases(connection: Connection) -> list[Lease]:
    """Empty on a schema that knew none."""
    if not inspect(connection).has_table(LeaseRow.__tablename__):
        return []
    found = connection.execute(select(LeaseRow.name, LeaseRow.holder, LeaseRow.until))
    return [Lease(name, holder, until) for name, holder, until in found]


def key(connection: Connection) -> str | None:
    """The fingerprint of the key that the database was made with."""
    found: str | None = connection.execute(text("SELECT value FROM fact WHERE name = 'key'")).scalar()
    return found
