"""Named locks between all processes that share a PostgreSQL database, on however many machines."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, final

from sqlalchemy import Connection, Engine, NullPool, func, select, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from jainam_prop.adapters.sql.database import make_tables, reason_of
from jainam_prop.adapters.sql.postgres import PATIENCE_SECONDS, open_postgres
from jainam_prop.adapters.sql.shared_state import FENCES
from jainam_prop.application.ports.runtime import LockState

_LOG: Final = logging.getLogger(__name__)

_LOCK_NOT_AVAILABLE: Final = "55P03"
"""PostgreSQL's SQLSTATE for a lock that was not had within ``lock_timeout``."""


_COUNT_UP: Final = text(
    "INSERT INTO jainam_fences (name, number) VALUES (:name, 1) "
    "ON CONFLICT (name) DO UPDATE SET number = jainam_fences.number + 1 RETURNING number"
)


class HeldLock(NamedTuple):
    """How often a lock had been taken when this process took it, and the connection that holds it."""

    name: str
    number: int
    connection: Connection

    @property
    def is_lost(self) -> bool:
        """Whether the connection has ended."""
        driver: Any = self.connection.connection.driver_connection
        return driver is None or driver.has_ended


@final
class AdvisoryLocks:
    """Locks by session, on connections of their own; a lock ends with its connection, however that ends.

    Waiting connections come from no pool, so that other work is never short of one. Each time that a lock is taken its
    fence is counted up: whoever has an earlier number has lost it, also where nothing has told that process so.
    """

    def __init__(self, engine: Engine) -> None:
        """Lock in this database."""
        self._engine = open_postgres(engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._held: dict[str, HeldLock] = {}
        self._has_table = False

    def fence(self, name: str) -> "HeldLock | None":
        """Return the fence of a lock that this process holds, as far as it knows."""
        return self._held.get(name)

    @contextmanager
    def hold(self, name: str, timeout_seconds: float, *, first: bool = False) -> Iterator[LockState]:  # noqa: ARG002
        """Hold a lock for the length of the block, unless it was busy for all of the timeout or is unavailable.

        Args:
            name: any text.
            timeout_seconds: how long to wait at most.
            first: of no effect; the server lets waiters in as they came.
        """
        taken = self._lock(name, timeout_seconds)
        if isinstance(taken, LockState):
            yield taken
            return
        self._held[name] = taken
        try:
            yield LockState.HELD
        finally:
            if self._held.get(name) is taken:
                del self._held[name]
            _end(taken.connection)

    def _lock(self, name: str, timeout_seconds: float) -> "HeldLock | LockState":
        """Return the fence with the connection that holds the lock, or why there is none."""
        connection: Connection | None = None
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        milliseconds = max(1, round(timeout_seconds * 1000))  # zero would mean for ever
        try:
            engine = self._engine.execution_options(patience=timeout_seconds + PATIENCE_SECONDS)
            connection = engine.connect()
            connection.execute(select(func.set_config("lock_timeout", str(milliseconds), False)))  # noqa: FBT003
            connection.execute(select(func.pg_advisory_lock(number)))
            if not self._has_table:
                make_tables(self._engine, FENCES)
                self._has_table = True
            return HeldLock(name, connection.execute(_COUNT_UP, {"name": name}).scalar_one(), connection)
        except SQLAlchemyError as error:
            if connection is not None:
                _end(connection)
            if _is_timeout(error):
                return LockState.BUSY
            _LOG.error("a lock cannot be asked for: %s", reason_of(error))
            return LockState.UNAVAILABLE


def _is_timeout(error: SQLAlchemyError) -> bool:
    return isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def _end(connection: Connection) -> None:
    """Give the lock back with its connection, without a wait for a server that may be silent."""
    connection.invalidate()
    connection.close()
