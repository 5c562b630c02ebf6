"""Named locks between all processes that share a PostgreSQL database, on however many machines."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, final

from sqlalchemy import Connection, Engine, NullPool, func, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from jainam_prop.adapters.sql.postgres import PATIENCE_SECONDS, open_postgres
from jainam_prop.application.ports.runtime import LockState

_LOG: Final = logging.getLogger(__name__)

_LOCK_NOT_AVAILABLE: Final = "55P03"
"""PostgreSQL's SQLSTATE for a lock that was not had within ``lock_timeout``."""


@final
class AdvisoryLocks:
    """Locks by transaction, on connections of their own; a lock ends with its connection, however that ends.

    Waiting connections come from no pool, so that other work is never short of one.
    """

    def __init__(self, engine: Engine) -> None:
        """Lock in this database."""
        self._engine = open_postgres(engine.url, poolclass=NullPool)

    @contextmanager
    def hold(self, name: str, timeout_seconds: float, *, first: bool = False) -> Iterator[LockState]:  # noqa: ARG002
        """Hold a lock for the length of the block, unless it was busy for all of the timeout or is unavailable.

        Args:
            name: any text.
            timeout_seconds: how long to wait at most.
            first: of no effect; the server lets waiters in as they came.
        """
        taken = self._lock(name, timeout_seconds)
        try:
            yield taken if isinstance(taken, LockState) else LockState.HELD
        finally:
            if isinstance(taken, Connection):
                _end(taken)

    def _lock(self, name: str, timeout_seconds: float) -> Connection | LockState:
        """Return the connection whose transaction holds the lock, or why there is none."""
        connection: Connection | None = None
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        milliseconds = max(1, round(timeout_seconds * 1000))  # zero would mean for ever
        try:
            engine = self._engine.execution_options(patience=timeout_seconds + PATIENCE_SECONDS)
            connection = engine.connect()
            connection.execute(select(func.set_config("lock_timeout", str(milliseconds), True)))  # noqa: FBT003
            connection.execute(select(func.pg_advisory_xact_lock(number)))
        except SQLAlchemyError as error:
            if connection is not None:
                _end(connection)
            if _is_timeout(error):
                return LockState.BUSY
            _LOG.error("a lock cannot be asked for: %s", type(error).__name__)
            return LockState.UNAVAILABLE
        return connection


def _is_timeout(error: SQLAlchemyError) -> bool:
    return isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def _end(connection: Connection) -> None:
    """End the transaction and with it the lock; closing a connection that broke changes nothing more."""
    try:
        connection.close()
    except SQLAlchemyError as error:
        _LOG.warning("a lock's connection broke: %s", type(error).__name__)
