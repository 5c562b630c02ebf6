"""Logins kept in SQL: one row a profile, everything in it sealed."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Final

from sqlalchemy import Column, Engine, LargeBinary, String, Table, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from jainam_prop.adapters.sql.database import for_writing, make_tables, metadata
from jainam_prop.adapters.sql.sealing import Seal
from jainam_prop.application.sessions.auth_string import read_auth_string, write_auth_string
from jainam_prop.domain.sessions.session import Session
from jainam_prop.domain.sessions.session_life import Refusal

_LOG: Final = logging.getLogger(__name__)

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

    def load(self, profile: str) -> Session | None:
        """Return the session last saved."""
        text = self._read(profile, "session")
        stored = read_auth_string(text) if text is not None else None
        return stored.session if stored is not None and stored.profile == profile else None

    def save(self, profile: str, session: Session) -> None:
        """Replace the profile's session, and drop its refusal."""
        sealed = self._seal.seal(f"session:{profile}", write_auth_string(profile, session))
        self._write(profile, {"session": sealed, "refusal": None})

    def refusal(self, profile: str) -> Refusal | None:
        """Return the refusal that stands on record."""
        text = self._read(profile, "refusal")
        if text is None:
            return None
        reason, made_at, until = json.loads(text)
        return Refusal(reason, datetime.fromisoformat(made_at), datetime.fromisoformat(until))

    def refuse(self, profile: str, refusal: Refusal) -> None:
        """Record a refusal beside the profile's session."""
        text = json.dumps([refusal.reason, refusal.made_at.isoformat(), refusal.until.isoformat()])
        self._write(profile, {"refusal": self._seal.seal(f"refusal:{profile}", text)})

    def forget(self, profile: str) -> None:
        """Drop the profile's row."""
        with self._reported("changed"), self._writing.begin() as sql:
            sql.execute(delete(_SESSIONS).where(_SESSIONS.c.profile == profile))

    def _read(self, profile: str, column: str) -> str | None:
        wanted = select(_SESSIONS.c[column]).where(_SESSIONS.c.profile == profile)
        sealed: bytes | None = None
        with self._reported("read"), self._ready.connect() as sql:
            sealed = sql.execute(wanted).scalar_one_or_none()
        return None if sealed is None else self._seal.unseal(f"{column}:{profile}", sealed)

    def _write(self, profile: str, values: dict[str, bytes | None]) -> None:
        with self._reported("changed"), self._writing.begin() as sql:
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

    @property
    def _writing(self) -> Engine:
        return for_writing(self._ready)

    @contextmanager
    def _reported(self, verb: str) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            # Its text would hold the statement with its parameters.
            _LOG.error("The token store could not be %s: %s", verb, type(error).__name__)
