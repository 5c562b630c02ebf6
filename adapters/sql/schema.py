"""Versions of the tables: forward migrations, run under a lock by the first process that needs them.

A version is a row in a table of its own; a database without it, but with tables of ours, is of version 1. Each
migration is one transaction with the new version in it, so that a process that dies leaves the step before. Alembic
does the same, but would bring a folder of scripts and a template engine into every host that has this package.
Migrations only add, so that the version before goes on beside the new one while a desk is upgraded.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias
from weakref import WeakSet

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Pool,
    Table,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable

metadata: Final = MetaData()
"""Every table of ours; a store makes its own with `make_tables`."""

SCHEMA: Final = Table("jainam_schema", metadata, Column("version", Integer, primary_key=True))

_OF_THE_FIRST: Final = frozenset({"jainam_sessions", "jainam_order_intents", "symbol_token_generation"})
"""Each database of the first release has one of these."""

_LOCK: Final = int.from_bytes(b"schema", "big")
_CHECKED: Final[WeakSet[Pool]] = WeakSet()

Migration: TypeAlias = Callable[[Connection], object]


class NewerSchemaError(SQLAlchemyError):
    """The tables were made by a newer version of this package.

    Attributes:
        reason: that, with both versions.
    """

    def __init__(self, found: int, known: int) -> None:
        self.reason = f"the store is of a newer jainam-prop (schema {found}, this one knows {known}): upgrade this one"
        super().__init__(self.reason)


def _add_shared_tables(sql: Connection) -> None:
    """Add the tables of the journal's database that came after the first release."""
    if sql.dialect.has_table(sql, "jainam_order_intents"):
        sql.execute(text("CREATE TABLE IF NOT EXISTS jainam_trading_state (state TEXT PRIMARY KEY)"))
        fences = "CREATE TABLE IF NOT EXISTS jainam_fences (name TEXT PRIMARY KEY, number BIGINT NOT NULL)"
        sql.execute(text(fences))


MIGRATIONS: Final[Mapping[int, Migration]] = {2: _add_shared_tables}
"""What makes each version out of the one before."""


def make_tables(
    writing: Engine, *tables: Table, migrations: Mapping[int, Migration] = MIGRATIONS, check_again: bool = False
) -> None:
    """Bring a database up to date and make the tables that are missing; where nothing is to do, nothing is written.

    Args:
        writing: an engine whose transactions may write.
        tables: those that are needed.
        migrations: by the version that they make.
        check_again: look at the version although this process has.

    Raises:
        NewerSchemaError: the database is of a version that is not known here.
    """
    reading = writing.execution_options(writes=False)
    present = set(inspect(reading).get_table_names())
    if writing.pool not in _CHECKED or check_again:
        _bring_up_to_date(writing, present, migrations)
        _CHECKED.add(writing.pool)
    if not present.issuperset(table.name for table in tables):
        with writing.begin() as sql:
            _keep_others_out(sql)
            create(sql, *tables)


def create(sql: Connection, *tables: Table) -> None:
    """Create tables that are missing, with their indexes."""
    for table in tables:
        sql.execute(CreateTable(table, if_not_exists=True))
        for index in table.indexes:
            sql.execute(CreateIndex(index, if_not_exists=True))
        for statement in table.info.get("indexes", ()):
            sql.execute(statement)


def version_of(sql: Connection) -> int:
    """Return the version of a database; 0 where there is no table of ours."""
    names = set(inspect(sql).get_table_names())
    if SCHEMA.name in names:
        return int(sql.execute(select(func.coalesce(func.max(SCHEMA.c.version), 1))).scalar_one())
    return 1 if names & _OF_THE_FIRST else 0


def _bring_up_to_date(writing: Engine, present: set[str], migrations: Mapping[int, Migration]) -> None:
    newest = max(migrations)
    reading = writing.execution_options(writes=False)
    with reading.connect() as sql:
        version = version_of(sql)
    if version > newest:
        raise NewerSchemaError(version, newest)
    while version < newest:
        with writing.begin() as sql:
            _keep_others_out(sql)
            version = version_of(sql)
            if version < newest:
                _take_step(sql, version, newest, migrations)
        present.update(inspect(reading).get_table_names())


def _take_step(sql: Connection, version: int, newest: int, migrations: Mapping[int, Migration]) -> None:
    """Make the next version; tables that are not there yet are made as the newest has them."""
    following = version + 1 if version else newest
    if version:
        migrations[following](sql)
    create(sql, SCHEMA)
    sql.execute(delete(SCHEMA))
    sql.execute(insert(SCHEMA), {"version": following})


def _keep_others_out(sql: Connection) -> None:
    if sql.dialect.name == "postgresql":  # SQLite has one writer at a time
        sql.execute(select(func.pg_advisory_xact_lock(_LOCK)))
