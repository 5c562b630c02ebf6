"""The database that every process of a desk shares: one engine, set up so that readers never wait for a writer."""

import re
import sqlite3
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, ExceptionContext, Table, create_engine, event, make_url
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from jainam_prop.adapters.sql import schema

BUSY_TIMEOUT_SECONDS: Final = 15.0
"""How long a writer waits for another one: longer than the replacement of a whole instrument master."""

PAGE_BYTES: Final = 4096
"""SQLite's own choice."""

_NAP_SECONDS: Final = 0.01
_POOL_SECONDS: Final = 2.0
"""How long a thread waits for one of PostgreSQL's connections while others have them all."""
_WORK_SECONDS: Final = 120.0
_BULK_SECONDS: Final = 30.0

_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",  # readers go on while a writer works, and a killed writer leaves the old rows
    "PRAGMA synchronous=NORMAL",  # what was committed survives the death of the process
    "PRAGMA foreign_keys=ON",
)


def open_database(url: str, page_bytes: int = PAGE_BYTES, busy_seconds: float = BUSY_TIMEOUT_SECONDS) -> Engine:
    """Open a database by its SQLAlchemy URL; a SQLite file and its folder are made, readable by the owner only.

    Threads share the engine; ``engine.dispose()`` closes its connections.

    Args:
        url: which.
        page_bytes: what a new SQLite file is written in; one that exists keeps what it was made with.
        busy_seconds: how long a write to a SQLite file waits for another process.
    """
    where = database_url(url)
    if where.get_backend_name() == "postgresql":
        from jainam_prop.adapters.sql.postgres import open_postgres  # noqa: PLC0415 (an extra)

        return closing_late(open_postgres(where, pool_timeout=_POOL_SECONDS, pool_size=10, max_overflow=20))
    if where.get_backend_name() != "sqlite":
        return create_engine(where, pool_pre_ping=True)
    _make_private_file(where.database)
    engine = create_engine(where, connect_args={"timeout": busy_seconds})
    event.listen(engine, "connect", partial(_set_up_sqlite, f"PRAGMA page_size={page_bytes}"))
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _forget_read_only)
    return closing_late(engine)


def closing_late(engine: Engine) -> Engine:
    """Have an engine close what a thread gives back after the engine was disposed: no pool would ever."""
    disposed = threading.Event()

    def close(_connection: object, record: ConnectionPoolEntry) -> None:
        if disposed.is_set():
            record.invalidate()

    event.listen(engine, "engine_disposed", lambda _engine: disposed.set())
    event.listen(engine, "checkin", close)
    return engine


def database_url(url: str) -> URL:
    """Read the usual URLs of a database: ``postgres://`` and every driver of PostgreSQL mean psycopg, which is ours."""
    return make_url(re.sub(r"^postgres(ql)?(\+\w+)?:", "postgresql+psycopg:", url))


def journal_url(database_url: str) -> str:
    """Return where the journal of a database belongs: beside a SQLite file, since that has one writer at a time.

    An instrument master takes seconds to replace, and no order can wait for that.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return database_url
    path = Path(url.database)
    return url.set(database=str(path.with_name(f"{path.stem}-orders{path.suffix}"))).render_as_string(
        hide_password=False
    )


def patiently(engine: Engine) -> Engine:
    """Return the same engine for statements that move many rows, which PostgreSQL may take longer for."""
    return engine.execution_options(patience=_WORK_SECONDS)


def in_bulk(engine: Engine) -> Engine:
    """Return the same engine for reading many rows, which may take longer while they keep coming."""
    return engine.execution_options(patience=_BULK_SECONDS, in_bulk=True)


def for_writing(engine: Engine) -> Engine:
    """Return the same engine for transactions that write: on SQLite they take the write lock at their start.

    One that begins by reading and then writes would fail at once when another writer came between.
    """
    return engine.execution_options(writes=True)


def reason_of(error: Exception) -> str:
    """Say what went wrong without the statement and its values."""
    cause = getattr(error, "orig", None) or error
    if isinstance(error, IntegrityError) or isinstance(cause, sqlite3.IntegrityError):
        return "an identifier was used before"
    lost = "the connection to the database failed"  # a server's words name its address and its users
    unsaid = lost if isinstance(error, OperationalError) else type(cause).__name__
    plain = str(cause) if isinstance(cause, sqlite3.Error) else unsaid
    return str(getattr(cause, "reason", plain))


def make_tables(engine: Engine, *tables: Table) -> None:
    """Bring the database up to date and make the tables that are missing; see `schema.make_tables`."""
    schema.make_tables(for_writing(engine), *tables)


def is_read_only(error: BaseException | None) -> bool:
    """Whether a write failed on a file that cannot be written; a connection opened to one stays so for its life."""
    return (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF == sqlite3.SQLITE_READONLY


def _forget_read_only(context: ExceptionContext) -> None:
    if is_read_only(context.original_exception):
        context.is_disconnect = True  # type: ignore[misc]  # the pool gives its connections up


def _make_private_file(database: str | None) -> None:
    if not database or database == ":memory:" or database.startswith("file:"):
        return
    path = Path(database)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():  # one that cannot be written may be read, and exits need no more
        path.touch(mode=0o600)


def _set_up_sqlite(page_size: str, connection: Any, _record: object) -> None:  # noqa: ANN401 (the driver's own one)
    # The driver's own habit is to begin only before some statements; _begin_sqlite does it for all.
    connection.isolation_level = None
    try:
        for pragma in (page_size, *_PRAGMAS):
            _run_when_free(connection, pragma)
    except sqlite3.Error:
        connection.close()  # the pool does not know it yet
        raise


def _run_when_free(connection: sqlite3.Connection, pragma: str) -> None:
    """Run a pragma; SQLite does not wait by itself for another process that is making the database WAL just now."""
    give_up_at = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute(pragma).close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= give_up_at:
                raise
            time.sleep(_NAP_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
