"""Writing the journal's transactions: into a SQLite file as fast as an order needs it, and into any database."""

import os
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from functools import cache
from operator import itemgetter
from typing import Any, Final, Protocol, TypeAlias, cast, final

from sqlalchemy import ClauseElement, Engine, Executable, bindparam, event, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError

from jainam_prop.adapters.sql.database import is_read_only, reason_of
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

    @property
    def number(self) -> int:
        """How often."""

    @property
    def is_lost(self) -> bool:
        """Whether it is known to be lost."""


class NotWrittenError(Exception):
    """The journal took nothing; the message says why, without paths or values."""


class JournalWriter(Protocol):
    """Writes whole transactions, from many threads; `NotWrittenError` means that nothing was written."""

    def add(self, intents: Sequence[Fields], fences: Sequence[Fence] = ()) -> None:
        """Write new intents, all or none; not where a lock was taken since its fence."""

    def change(self, fields: Fields) -> None:
        """Write one turn of an intent's fate; nothing when there is no such intent."""


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


_BUSY_SECONDS: Final = 2.0
"""An order waits no longer than this for another process's write, which takes a fraction of a millisecond; and no
longer for its turn among the threads that wait, lest each of ten waits for those before it as well."""

_NOTES_BETWEEN_CHECKPOINTS: Final = 250
"""Notes after which the log is folded back into the file; it grows by about 10 kB an order."""

_LARGEST_LOG_BYTES: Final = 8_000_000
"""What a burst of orders may leave the log at, once it has been folded back."""

_LEFT_BY_FORKS: Final[list[sqlite3.Connection]] = []
"""Connections of a parent process: SQLite forbids that a child closes them, which forgetting them would do."""


@final
class _Prepared:
    """A statement as the driver takes it fastest: values by position, and the text the same object every time."""

    def __init__(self, statement: ClauseElement) -> None:
        compiled: Any = statement.compile(dialect=sqlite.dialect(paramstyle="qmark"))
        self.text = str(compiled)
        self.values_of = itemgetter(*(compiled.positiontup or ()))


_prepared: Final = cache(_Prepared)


@final
class SqliteWriter:
    """Writes through one connection of the driver, opened at the first order and kept.

    SQLAlchemy's own way costs four times as much, and a connection for each thread would make threads meet at
    SQLite's lock, which is waited for in steps of milliseconds, instead of at ours. The log is folded back into the
    file on another connection and only after a note: it waits for the disk, and no order should.
    """

    _ADD_INTENT: Final = _Prepared(ADD_INTENT)
    _CHANGE_INTENT: Final = _Prepared(CHANGE_INTENT)
    _ADD_EVENT: Final = _Prepared(ADD_EVENT)

    def __init__(self, engine: Engine, busy_seconds: float = _BUSY_SECONDS) -> None:
        """Write to a file; nothing is opened yet, and ``engine.dispose()`` closes it.

        Args:
            engine: of the file.
            busy_seconds: how long a write waits for another process, and how long for its turn to do so.
        """
        self._engine = engine
        self._busy_seconds = busy_seconds
        event.listen(engine, "engine_disposed", self._close)
        self._lock = threading.RLock()
        self._driver: sqlite3.Connection | None = None
        self._process = 0
        self._notes = 0
        self._is_over = False

    def add(self, intents: Sequence[Fields], fences: Sequence[Fence] = ()) -> None:
        """Write new intents; see `JournalWriter`. Locks of files are lost only with their process."""
        del fences
        self._write([(self._ADD_INTENT, fields) for fields in intents])

    def change(self, fields: Fields) -> None:
        """Write one turn; see `JournalWriter`."""
        self._write([(self._CHANGE_INTENT, fields), (self._ADD_EVENT, fields)])
        self._notes += 1
        if self._notes % _NOTES_BETWEEN_CHECKPOINTS == 0:
            with suppress(SQLAlchemyError), self._engine.connect() as sql:
                sql.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def read(self, wanted: Executable, values: Fields) -> list[tuple[Any, ...]]:
        """Return the rows of a statement that is kept, from a connection that no write is waited for on."""
        prepared = _prepared(cast("ClauseElement", wanted))
        with closing(self._engine.raw_connection()) as pooled:
            return list(cast("Any", pooled.driver_connection).execute(prepared.text, prepared.values_of(values)))

    def _write(self, steps: Sequence[tuple[_Prepared, Fields]]) -> None:
        if not self._lock.acquire(timeout=self._busy_seconds):
            message = "database is locked"
            raise NotWrittenError(message)
        try:
            _transact(self._connection(), steps)
        except (sqlite3.Error, SQLAlchemyError) as error:
            self._roll_back()
            if is_read_only(error):
                self._engine.dispose()  # ours as well: the next write opens another
                self._is_over = False
            raise NotWrittenError(reason_of(error)) from None
        finally:
            if self._is_over:  # a thread that was late opened another, and nothing else would close it
                self._close(self._engine)
            self._lock.release()

    def _connection(self) -> sqlite3.Connection:
        if self._driver is not None and self._process == os.getpid():
            return self._driver
        if self._driver is not None:  # a fork: the parent's connections must be neither used nor closed
            _LEFT_BY_FORKS.append(self._driver)
            self._driver = None
            self._engine.dispose(close=False)
            self._is_over = False
        pooled = self._engine.raw_connection()
        driver: sqlite3.Connection = cast("Any", pooled.driver_connection)
        pooled.detach()
        driver.execute(f"PRAGMA busy_timeout={int(self._busy_seconds * 1000)}")
        driver.execute("PRAGMA wal_autocheckpoint=0")
        driver.execute(f"PRAGMA journal_size_limit={_LARGEST_LOG_BYTES}")
        self._driver, self._process = driver, os.getpid()
        return driver

    def _close(self, _engine: Engine) -> None:
        with self._lock:
            if self._driver is not None:
                self._driver.close()
            self._driver, self._is_over = None, True

    def _roll_back(self) -> None:
        if self._driver is not None and self._driver.in_transaction:
            with suppress(sqlite3.Error):
                self._driver.execute("ROLLBACK")


def _transact(driver: sqlite3.Connection, steps: Sequence[tuple[_Prepared, Fields]]) -> None:
    if len(steps) == 1:  # a statement alone is a transaction, at a third of the calls
        _execute(driver, *steps[0])
        return
    driver.execute("BEGIN IMMEDIATE")
    for statement, fields in steps:
        if not _execute(driver, statement, fields).rowcount:
            break  # no such intent, so there is no turn to add
    driver.execute("COMMIT")


def _execute(driver: sqlite3.Connection, statement: _Prepared, fields: Fields) -> sqlite3.Cursor:
    return driver.execute(statement.text, statement.values_of(fields))
