"""Writing the journal's transactions, in any database that SQLAlchemy knows."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeAlias, final

from sqlalchemy import Engine, bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from jainam_prop.adapters.sql.database import reason_of
from jainam_prop.adapters.sql.journal_tables import ADD_EVENT, ADD_INTENT, CHANGE_INTENT
from jainam_prop.adapters.sql.shared_state import FENCES
from jainam_prop.application.ports.journal import TAKEN_OVER

_FENCE: Final = select(FENCES.c.number).where(FENCES.c.name == bindparam("of"))

Fields: TypeAlias = Mapping[str, object]


class Fence(Protocol):
    """How often a lock had been taken when this process took it."""

    @property
    def name(self) -> str:
        """The lock."""
        ...

    @property
    def number(self) -> int:
        """How often."""
        ...

    @property
    def is_lost(self) -> bool:
        """Whether it is known to be lost."""
        ...


class NotWrittenError(Exception):
    """The journal took nothing; the message says why, without paths or values."""


class JournalWriter(Protocol):
    """Writes whole transactions, from many threads; `NotWrittenError` means that nothing was written."""

    def add(self, intents: Sequence[Fields], fences: Sequence[Fence] = ()) -> None:
        """Write new intents, all or none; not where a lock was taken since its fence."""
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

    def add(self, intents: Sequence[Fields], fences: Sequence[Fence] = ()) -> None:
        """Write new intents; see `JournalWriter`."""
        try:
            with self._engine.begin() as sql:
                for fence in fences:  # locked until the intents are written, so that a new holder reads them
                    number = sql.execute(_FENCE.with_for_update(read=True), {"of": fence.name}).scalar_one_or_none()
                    if number != fence.number:
                        raise NotWrittenError(TAKEN_OVER)
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
