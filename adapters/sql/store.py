"""A store as a whole: what is in it, whether it is sound, who holds its locks, and copying it, verified row by row."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, final

from returns.result import Failure, Result, Success
from sqlalchemy import ColumnElement, Connection, Engine, Row, Table, Text, func, insert, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from jainam_prop.adapters.sql.database import for_writing, journal_url, make_tables, open_database, patiently, reason_of
from jainam_prop.adapters.sql.journal_tables import EVENTS, INTENTS, moment
from jainam_prop.adapters.sql.order_journal import JOURNAL_PAGE_BYTES
from jainam_prop.adapters.sql.schema import metadata, version_of
from jainam_prop.adapters.sql.shared_state import CARRIED, STATE
from jainam_prop.adapters.sql.token_store import SESSIONS
from jainam_prop.application.ports.journal import UNCHECKED, DatabaseFacts
from jainam_prop.domain.errors import BrokerError, Invalid, Unreadable

_CHUNK: Final = 5_000
_LOCKS: Final = text(
    "SELECT a.pid, coalesce(host(a.client_addr), 'this machine') AS client, l.granted FROM pg_locks l "
    "JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' ORDER BY a.pid"
)
_RESTART_NUMBERS: Final = text(
    "SELECT setval(pg_get_serial_sequence('jainam_order_events', 'number'), "
    "(SELECT coalesce(max(number), 0) + 1 FROM jainam_order_events), false)"
)


@final
class SqlStore:
    """The databases of one desk: that of the sessions, and that of the journal, which may be the same."""

    def __init__(self, database: Engine, journal_database: Engine, lock_folder: Path) -> None:
        """Look at these; nothing is changed before it is asked for."""
        self._sessions = database
        self._journal = journal_database
        self._lock_folder = lock_folder

    def check(self) -> Result[tuple[DatabaseFacts, ...], BrokerError]:
        """Return what is there. Errors: Unreadable."""
        try:
            return Success(tuple(self._facts(engine) for engine in dict.fromkeys((self._sessions, self._journal))))
        except (SQLAlchemyError, OSError) as error:
            return Failure(Unreadable(f"the store: {reason_of(error)}"))

    def migrate(self) -> Result[tuple[int, int], BrokerError]:
        """Bring the tables up to date and return the versions of the journal's database before and after."""
        try:
            before = self._version(self._journal)
            make_tables(self._sessions, SESSIONS)
            make_tables(self._journal, INTENTS, EVENTS)
            return Success((before, self._version(self._journal)))
        except SQLAlchemyError as error:
            return Failure(Unreadable(f"the store, or brought up to date: {reason_of(error)}"))

    def copy_to(self, url: str) -> Result[dict[str, int], BrokerError]:
        """Copy sessions, journal and shared state into an empty store, compare every row, and return the counts.

        Errors: Invalid when the target has rows, or does not hold the same in the end, which is so when somebody writes
        to the source meanwhile; Unreadable when one of them cannot be used.
        """
        sessions = open_database(url)
        is_one = sessions.dialect.name != "sqlite"
        journal = sessions if is_one else open_database(journal_url(url), JOURNAL_PAGE_BYTES)
        try:
            kept = _copy(self._sessions, sessions, (SESSIONS,))
            kept |= _copy(self._journal, journal, (INTENTS, EVENTS, CARRIED, STATE))
        except SQLAlchemyError as error:
            return Failure(Unreadable(f"the store, or written: {reason_of(error)}"))
        except _NotTheSameError as error:
            return Failure(Invalid((str(error),)))
        finally:
            sessions.dispose()
            journal.dispose()
        return Success(kept)

    def _facts(self, engine: Engine) -> DatabaseFacts:
        with patiently(engine).connect() as sql:
            present = set(inspect(sql).get_table_names()) & set(metadata.tables)
            tables = [metadata.tables[name] for name in sorted(present)]
            oldest = select(func.min(INTENTS.c.made_at))
            first = sql.execute(oldest).scalar_one() if INTENTS.name in present else None
            is_file = engine.dialect.name == "sqlite"
            path = Path(engine.url.database or "")
            size = "SELECT pg_database_size(current_database())"
            return DatabaseFacts(
                name=str(path) if is_file else f"{engine.url.host or 'local'}/{path}",
                size_bytes=path.stat().st_size if is_file else int(sql.execute(text(size)).scalar_one()),
                schema=version_of(sql),
                integrity=str(sql.exec_driver_sql("PRAGMA integrity_check").scalar_one()) if is_file else UNCHECKED,
                rows={table.name: _count(sql, table) for table in tables},
                oldest=None if first is None else moment(first),
                locks=self._held_files() if is_file else _held(sql),
            )

    def _held_files(self) -> tuple[str, ...]:
        names = (path.name for path in self._lock_folder.glob("*.lock"))
        return tuple(f"{name}: held, or left by a process that was killed" for name in sorted(names))

    def _version(self, engine: Engine) -> int:
        with engine.connect() as sql:
            return version_of(sql)


class _NotTheSameError(Exception):
    """The target does not hold what the source does."""


def _copy(source: Engine, target: Engine, tables: Sequence[Table]) -> dict[str, int]:
    make_tables(source, *tables)
    make_tables(target, *tables)
    copied: dict[str, int] = {}
    with patiently(source).connect() as old, for_writing(patiently(target)).begin() as new:
        for table in tables:
            if _count(new, table):
                message = f"the target has rows in {table.name}: only an empty store is written to"
                raise _NotTheSameError(message)
            copied[table.name] = 0
            for chunk in _rows(old, table).partitions(_CHUNK):
                new.execute(insert(table), [row._asdict() for row in chunk])
                copied[table.name] += len(chunk)
        if new.dialect.name == "postgresql" and EVENTS in tables:
            new.execute(_RESTART_NUMBERS)
    for table in tables:
        _compare(source, target, table)
    return copied


def _compare(source: Engine, target: Engine, table: Table) -> None:
    with patiently(source).connect() as old, patiently(target).connect() as new:
        for one, other in zip_longest(_plain(_rows(old, table)), _plain(_rows(new, table))):
            if one != other:
                message = f"{table.name} is not the same in the target: stop all processes of the desk and begin again"
                raise _NotTheSameError(message)


def _plain(rows: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 (SQLAlchemy's own result)
    return (tuple(bytes(each) if isinstance(each, memoryview) else each for each in row) for row in rows)


def _rows(sql: Connection, table: Table) -> Any:  # noqa: ANN401 (SQLAlchemy's own result)
    """Read a table by its key, byte by byte: databases sort words by rules of their own otherwise."""
    keys: list[ColumnElement[Any]] = [
        column.collate("C") if sql.dialect.name == "postgresql" and isinstance(column.type, Text) else column
        for column in table.primary_key
    ]
    return sql.execution_options(yield_per=_CHUNK).execute(select(table).order_by(*keys))


def _count(sql: Connection, table: Table) -> int:
    return int(sql.execute(select(func.count()).select_from(table)).scalar_one())


def _held(sql: Connection) -> tuple[str, ...]:
    held: Sequence[Row[Any]] = sql.execute(_LOCKS).all()
    return tuple(f"session {row.pid} from {row.client} {'holds' if row.granted else 'awaits'} a lock" for row in held)
