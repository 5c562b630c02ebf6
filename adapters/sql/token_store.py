"""Logins kept in SQL: one row a profile, sealed by AES-256-GCM under a key that never enters the database."""

import hashlib
import json
import logging
import os
import secrets
import stat
from collections.abc import Callable
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from returns.result import Failure, Result, Success
from sqlalchemy import Column, Connection, Engine, LargeBinary, String, Table, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from jainam_prop.adapters.sql.database import for_writing, make_tables, reason_of
from jainam_prop.adapters.sql.schema import metadata
from jainam_prop.application.sessions.auth_string import read_auth_string, write_auth_string
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.sessions.session import Session
from jainam_prop.domain.sessions.session_life import Refusal

_LOG: Final = logging.getLogger(__name__)
_PROBE: Final = "(write test)"

SESSIONS: Final = Table(
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
        return self._change(lambda sql: sql.execute(delete(SESSIONS).where(SESSIONS.c.profile == profile)))

    def try_write(self) -> Result[None, BrokerError]:
        """Write a row and take it back; see the port."""

        def write_and_undo(sql: Connection) -> None:
            self._put(sql, _PROBE, refusal="")
            sql.rollback()

        return self._change(write_and_undo)

    def _read(self, profile: str, column: str) -> Result[str | None, BrokerError]:
        wanted = select(SESSIONS.c[column]).where(SESSIONS.c.profile == profile)
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
        changed = sql.execute(update(SESSIONS).where(SESSIONS.c.profile == profile).values(values))
        if changed.rowcount == 0:
            sql.execute(insert(SESSIONS).values(profile=profile, **values))

    @cached_property
    def _seal(self) -> "Seal":
        return Seal(self._key())

    @cached_property
    def _ready(self) -> Engine:
        make_tables(self._engine, SESSIONS)
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


_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_SALT: Final = b"jainam-prop token store"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class Seal:
    """Seals texts under one key; a text sealed for one name cannot be opened under another."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, name: str, text: str) -> bytes:
        """Encrypt a text for a row."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), name.encode())

    def unseal(self, name: str, sealed: bytes) -> str | None:
        """Decrypt a row's text; None when it was sealed with another key, for another row, or was changed since."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode()).decode()
        except (InvalidTag, ValueError):
            return None


@lru_cache(maxsize=4)  # a process may open more than one desk; the text stays in its settings anyhow
def key_from_secret(secret: str) -> bytes:
    """Derive the key from a text that a person or the host has set; takes some 50 ms the first time, on purpose."""
    return hashlib.scrypt(secret.encode(), salt=_SALT, n=2**14, r=8, p=1, dklen=_KEY_BYTES)


def key_from_file(path: Path) -> bytes:
    """Return the key in a file of ours, which is made on first use, readable by its owner only.

    Processes that start at the same moment agree on one key.
    """
    if not path.exists():
        _make_key_file(path)
    if os.name == "posix":
        _close_to_others(path, 0o600, "key file of the token store")
        _close_to_others(path.parent, 0o700, "data folder")
    return hashlib.sha256(path.read_bytes()).digest()


def _close_to_others(path: Path, mode: int, name: str) -> None:
    if path.stat().st_mode & _OTHERS:
        _LOG.warning("The %s was open to others; it is closed now", name)
        path.chmod(mode)


def _make_key_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        try:
            os.link(draft, path)  # appears whole, or not at all when another process was first
        except FileExistsError:
            return
    finally:
        draft.unlink()
