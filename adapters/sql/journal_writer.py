"""Writing the journal's transactions, in any database that SQLAlchemy knows."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias, final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from jainam_prop.adapters.sql.database import reason_of
from jainam_prop.adapters.sql.journal_tables import ADD_EVENT, ADD_INTENT, CHANGE_INTENT

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
