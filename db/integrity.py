"""What a database itself can say about its own soundness."""

from collections.abc import Iterator

from sqlalchemy import Connection, and_, func, inspect, select, text
from sqlalchemy.exc import DatabaseError, DBAPIError

from db.dialect import is_sqlite
from db.models import Base

MOST = 5  # faults that are told; more say no more

UNCHECKED_CONSTRAINTS = (
    "SELECT conname FROM pg_constraint WHERE NOT convalidated AND connamespace = 'public'::regnamespace"
)
BROKEN_INDEXES = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid OR NOT indisready"
OUR_BTREES = """
SELECT c.oid FROM pg_class c JOIN pg_am a ON a.oid = c.relam
WHERE c.relkind = 'i' AND a.amname = 'btree' AND c.relnamespace = 'public'::regnamespace
"""
LOST_PAGES = "SELECT coalesce(checksum_failures, 0) FROM pg_stat_database WHERE datname = current_database()"


def faults(connection: Connection) -> Iterator[str]:
    """What is broken, a sentence each."""
    yield from (_faults_of_file if is_sqlite(connection.dialect) else _faults_on_server)(connection)


def unchecked(connection: Connection) -> str | None:
    """What could not be looked at, and why."""
    if is_sqlite(connection.dialect) or _has_amcheck(connection):
        return None
    return "the pages of indexes were not checked, since the extension amcheck is not there (CREATE EXTENSION amcheck)"


def _faults_of_file(connection: Connection) -> Iterator[str]:
    grouped = 'SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2'
    try:
        for (said,) in connection.exec_driver_sql(f"PRAGMA integrity_check({MOST})"):
            if said != "ok":
                yield " ".join(said.split())
        for table, parent, number in connection.execute(text(grouped)):
            yield f"{number} rows of {table} belong to no {parent}"
    except DatabaseError as error:  # so broken that it cannot even be looked through
        yield str(error.orig)


def _faults_on_server(connection: Connection) -> Iterator[str]:
    for (name,) in connection.execute(text(UNCHECKED_CONSTRAINTS)):
        yield f"the constraint {name} was never checked; run ALTER TABLE … VALIDATE CONSTRAINT {name}"
    for (name,) in connection.execute(text(BROKEN_INDEXES)):
        yield f"the index {name} cannot be used; run REINDEX INDEX {name}"
    lost = connection.execute(text(LOST_PAGES)).scalar_one()
    if lost:
        yield f"the server counted {lost} pages whose checksum was wrong; its disk may be failing"
    yield from _orphans(connection)
    if _has_amcheck(connection):
        yield from _broken_trees(connection)


def _orphans(connection: Connection) -> Iterator[str]:
    """PostgreSQL trusts that nobody switched its triggers off."""
    there = set(inspect(connection).get_table_names())
    for table in Base.metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda key: str(key.parent)):
            target = key.column.table.name
            if not {table.name, target} <= there:
                continue  # of an older schema
            parent = key.column.table.alias()
            lonely = and_(key.parent.is_not(None), parent.c[key.column.name].is_(None))
            joined = table.outerjoin(parent, key.parent == parent.c[key.column.name])
            number = connection.execute(select(func.count()).select_from(joined).where(lonely)).scalar_one()
            if number:
                yield f"{number} rows of {table.name} belong to no {target}"


def _broken_trees(connection: Connection) -> Iterator[str]:
    for (index,) in connection.execute(text(OUR_BTREES)).all():
        try:
            with connection.begin_nested():
                connection.execute(
                    text("SELECT bt_index_check(CAST(:index AS oid)::regclass)"), {"index": index}
                )
        except DBAPIError as error:
            yield str(error.orig).splitlines()[0].rpartition(">: ")[2]


def _has_amcheck(connection: Connection) -> bool:
    return (
        connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'amcheck'")).first() is not None
    )
