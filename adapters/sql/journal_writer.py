"""Writing the journal's transactions, in any database that SQLAlchemy knows."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeAlias, final

from sqlalchemy import Connection, Engine, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable

from jainam_prop.adapters.sql.database import for_writing, reason_of
from jainam_prop.adapters.sql.journal_tables import ADD_EVENT, ADD_INTENT, CHANGE_INTENT, EVENTS, INDEX_OF_OPEN, INTENTS

_TABLES_LOCK: Final = int.from_bytes(b"journal", "big")

Fields: TypeAlias = Mapping[str, object]


class NotWrittenError(Exception):
    """The journal took nothing; the message says why, without paths or values."""


class JournalWriter(Protocol):
    """Writes whole transactions, from many threads; `NotWrittenError` means that nothing was written."""

    def add(self, intents: Sequence[Fields]) -> None:
        """Write new intents, all or none."""
        ...

    def change(self, fields: Fields) -> None:
        """Write one turn of an intent's fate; nothing when there is no such intent."""
        ...


def make_tables(engine: Engine) -> None:
    """Make the journal's tables where they are missing; where they are not, nothing is written.

    Raises:
        NotWrittenError: there are none, and none can be made.
    """
    try:
        if not inspect(engine).has_table(EVENTS.name):
            with for_writing(engine).begin() as sql:
                _make_tables(sql)
    except (sqlite3.Error, SQLAlchemyError) as error:
        raise NotWrittenError(reason_of(error)) from None


def _make_tables(sql: Connection) -> None:
    if sql.dialect.name == "postgresql":  # which refuses one of two who make the same table at once
        sql.execute(select(func.pg_advisory_xact_lock(_TABLES_LOCK)))
    for table in (INTENTS, EVENTS):
        sql.execute(CreateTable(table, if_not_exists=True))
        for index in table.indexes:
            sql.execute(CreateIndex(index, if_not_exists=True))
    sql.execute(INDEX_OF_OPEN)


@final
class PooledWriter:
    """Writes through SQLAlchemy, for databases that are a network away."""

    def __init__(self, engine: Engine) -> None:
        """Write to a database whose tables exist."""
        self._engine = engine

    def add(self, intents: Sequence[Fields]) -> None:
        """Write new intents; see `JournalWriter`."""
        try:
            with self._engine.begin() as sql:
                sql.execute(ADD_INTENT, list(intents))
        except SQLAlchemyError as error:
            raise NotWrittenError(reason_of(error)) from None

    def change(self, fields: Fields) -> None:
        """Write one turn; see `JournalWriter`."""
        try:
            with self._engine.begin() as sql:
                if sql.execute(CHANGE_INTENT, fields).rowcount:
                    sql.execute(ADD_EVENT, fields)
        except SQLAlchemyError as error:
            raise NotWrittenError(reason_of(error)) from None
