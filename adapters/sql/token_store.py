"""Logins kept in SQL: one row a profile, everything in it sealed."""

import json
import logging
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Final

from returns.result import Failure, Result, Success
from sqlalchemy import Column, Connection, Engine, LargeBinary, String, Table, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from jainam_prop.adapters.sql.database import for_writing, make_tables, reason_of
from jainam_prop.adapters.sql.schema import metadata
from jainam_prop.adapters.sql.sealing import Seal
from jainam_prop.application.sessions.auth_string import read_auth_string, write_auth_string
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.sessions.session import Session
from jainam_prop.domain.sessions.session_life import Refusal

_LOG: Final = logging.getLogger(__name__)
_PROBE: Final = "(write test)"

_SESSIONS: Final = Table(
    "jainam_sessions",
    metadata,
    Column("profile", String(80), primary_key=True),
    Column("session", LargeBinary),
    Column("refusal", LargeBinary),
)


class SqlTokenStore:
    """A `TokenStore` in a table of its own; the key is derived when it is first needed."""

    def __init__(self, engine: Engine, key: Callable[[], bytes]) -> None:
        """Keep sessions in this database, sealed with the key that ``key`` returns."""
        self._engine = engine
        self._key = key

    def load(self, profile: str) -> Result[Session | None, BrokerError]:
        """Return the session last saved; see the port."""
        return self._read(profile, "session").map(lambda text: _session(profile, text))

    def save(self, profile: str, session: Session) -> Result[None, BrokerError]:
        """Replace the profile's session; see the port."""
        text = write_auth_string(profile, session)
        return self._change(lambda sql: self._put(sql, profile, session=text, refusal=None))

    def refusal(self, profile: str) -> Result[Refusal | None, BrokerError]:
        """Return the refusal on record; see the port."""
        return self._read(profile, "refusal").map(_refusal)

    def refuse(self, profile: str, refusal: Refusal) -> Result[None, BrokerError]:
        """Record a refusal; see the port."""
        text = json.dumps([refusal.reason, refusal.made_at.isoformat(), refusal.until.isoformat()])
        return self._change(lambda sql: self._put(sql, profile, refusal=text))

    def forget(self, profile: str) -> Result[None, BrokerError]:
        """Drop the profile's row; see the port."""
        return self._change(lambda sql: sql.execute(delete(_SESSIONS).where(_SESSIONS.c.profile == profile)))

    def try_write(self) -> Result[None, BrokerError]:
        """Write a row and take it back; see the port."""

        def write_and_undo(sql: Connection) -> None:
            self._put(sql, _PROBE, refusal="")
            sql.rollback()

        return self._change(write_and_undo)

    def _read(self, profile: str, column: str) -> Result[str | None, BrokerError]:
        wanted = select(_SESSIONS.c[column]).where(_SESSIONS.c.profile == profile)
        try:
            with self._ready.connect() as sql:
                sealed: bytes | None = sql.execute(wanted).scalar_one_or_none()
            return Success(None if sealed is None else self._seal.unseal(f"{column}:{profile}", sealed))
        except (SQLAlchemyError, OSError) as error:
            return _failed("read", error)

    def _change(self, change: Callable[[Connection], object]) -> Result[None, BrokerError]:
        try:
            with for_writing(self._ready).connect() as sql:
                change(sql)
                sql.commit()
        except (SQLAlchemyError, OSError) as error:
            return _failed("written", error)
        return Success(None)

    def _put(self, sql: Connection, profile: str, **texts: str | None) -> None:
        values = {
            column: None if text is None else self._seal.seal(f"{column}:{profile}", text)
            for column, text in texts.items()
        }
        changed = sql.execute(update(_SESSIONS).where(_SESSIONS.c.profile == profile).values(values))
        if changed.rowcount == 0:
            sql.execute(insert(_SESSIONS).values(profile=profile, **values))

    @cached_property
    def _seal(self) -> Seal:
        return Seal(self._key())

    @cached_property
    def _ready(self) -> Engine:
        make_tables(self._engine, _SESSIONS)
        return self._engine


def _session(profile: str, text: str | None) -> Session | None:
    stored = read_auth_string(text) if text is not None else None
    return stored.session if stored is not None and stored.profile == profile else None


def _refusal(text: str | None) -> Refusal | None:
    if text is None:
        return None
    reason, made_at, until = json.loads(text)
    return Refusal(reason, datetime.fromisoformat(made_at), datetime.fromisoformat(until))


def _failed(verb: str, error: SQLAlchemyError | OSError) -> Failure[BrokerError]:
    """Name a failure without the texts of SQLAlchemy, which hold the statement with its values."""
    reason = (isinstance(error, OSError) and error.strerror) or reason_of(error)
    _LOG.error("The session store cannot be %s: %s", verb, reason)
    return Failure(Blocked(f"the session store cannot be {verb}: {reason}"))
