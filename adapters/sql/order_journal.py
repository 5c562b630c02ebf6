"""The order journal in SQL.

What it costs, on two shared cores with a SQLite file: `begin` and `note` about 30 microseconds each, twice that between
other work; `benchmarks/test_order_path.py` measures the whole. Both are written before they return, on the caller's
thread. A writer in the background would save the second but lose what it holds when the process is killed, and hand an
order's path to the scheduler twice.

What survives: the death of the process, once `begin` has returned. A power cut or a crash of the machine can take the
last seconds with it, since the disk is synchronised only now and then; the file stays sound, and the broker's book
still shows those orders with their identifiers. Waiting for the disk every time would cost ten times as much.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final, final

from returns.result import Failure, Result, Success
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Engine,
    Executable,
    bindparam,
    delete,
    select,
    union_all,
)
from sqlalchemy.exc import SQLAlchemyError

from jainam_prop.adapters.sql.database import for_writing, make_tables, patiently, reason_of
from jainam_prop.adapters.sql.journal_tables import EVENTS, INTENTS, IS_OPEN, entry_of, event_of, microseconds, row_of
from jainam_prop.adapters.sql.journal_writer import Fence, JournalWriter, NotWrittenError, PooledWriter, SqliteWriter
from jainam_prop.adapters.sql.shared_state import STATE
from jainam_prop.application.ports.journal import LOCK_LOST, JournalUnreadableError
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.orders.journal import Intent, IntentState, JournalEntry, JournalEvent
from jainam_prop.domain.positions.position import PositionKey

JOURNAL_PAGE_BYTES: Final = 1024
"""For a new SQLite file: an order changes a few rows, and the log takes whole pages for them."""

BUSY_SECONDS: Final = 2.0
"""How long another write to the journal's file is waited for; no order can wait as long as an instrument master."""

_PRUNED_AT_ONCE: Final = 500
"""Intents forgotten in one transaction, so that no order waits long for it."""

_OLDEST_FIRST: Final = select(INTENTS).order_by(INTENTS.c.made_at, INTENTS.c.identifier)
_NEWEST_FIRST: Final = select(INTENTS).order_by(INTENTS.c.made_at.desc(), INTENTS.c.identifier.desc())


def _made_since(*conditions: ColumnElement[bool]) -> Executable:
    """Select two parts, of which each has an index of its own; written once, since that takes longer than the read."""
    begins: BindParameter[int] = bindparam("since")
    mine = (INTENTS.c.profile == bindparam("owner"), *conditions)
    recent = select(INTENTS).where(*mine, INTENTS.c.made_at >= begins)
    older = select(INTENTS).where(*mine, IS_OPEN, INTENTS.c.made_at < begins)
    return union_all(older, recent).order_by("made_at", "identifier")


_SINCE: Final = _made_since()
_FOR_KEY: Final = _made_since(*(INTENTS.c[name] == bindparam(name) for name in ("exchange", "token", "product")))


@final
class SqlOrderJournal:
    """Keeps the intents of one account in two tables that are made when first needed."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        profile: str,
        fence_of: Callable[[PositionKey], Fence | None] = lambda _key: None,
    ) -> None:
        """Keep a journal in a database of `journal_url`.

        Args:
            engine: from `open_database`.
            clock: stamps the notes.
            profile: the account, since accounts that share a database have order books of their own.
            fence_of: the fence of the lock that this process holds on a position.
        """
        self._fence_of = fence_of
        self._engine = engine
        self._clock = clock
        self._profile = profile
        is_sqlite = engine.dialect.name == "sqlite"
        self._writer: JournalWriter = SqliteWriter(engine) if is_sqlite else PooledWriter(engine)
        self._is_ready = False

    def begin(self, intents: Sequence[Intent], *, exits: bool = False) -> Result[None, BrokerError]:
        """Record intents that are about to be sent; see the port."""
        fences = [fence for intent in intents if (fence := self._fence_of(intent.position)) is not None]
        if not exits and any(fence.is_lost for fence in fences):
            return Failure(Blocked(LOCK_LOST))
        try:
            self._make_ready()
            self._writer.add([row_of(intent, self._profile) for intent in intents], fences)
        except NotWrittenError as error:
            return Failure(Blocked(f"the order journal cannot be written: {error}"))
        return Success(None)

    def note(
        self, identifier: str, state: IntentState, order_id: str = "", note: str = ""
    ) -> Result[None, BrokerError]:
        """Record what became of one intent; see the port."""
        fields = {
            "of": identifier,
            "owner": self._profile,
            "new_state": state.value,
            "still_open": int(state.is_open),
            "new_order_id": order_id,
            "new_note": note,
            "now": microseconds(self._clock.now()),
        }
        try:
            self._make_ready()
            self._writer.change(fields)
        except NotWrittenError as error:
            return Failure(Blocked(f"the order journal cannot be written: {error}"))
        return Success(None)

    def open_entries(self) -> tuple[JournalEntry, ...]:
        """Return the intents whose fate nobody knows, oldest first."""
        return self._entries(_OLDEST_FIRST.where(INTENTS.c.profile == self._profile, IS_OPEN))

    def entries_for(self, key: PositionKey, since: datetime) -> tuple[JournalEntry, ...]:
        """Return the intents for one contract and product made at a moment or later, oldest first."""
        exchange, token = key.instrument
        named = {"exchange": str(exchange), "token": token, "product": str(key.product)}
        return self._entries(_FOR_KEY, owner=self._profile, since=microseconds(since), **named)

    def entries_since(self, since: datetime) -> tuple[JournalEntry, ...]:
        """Return all intents made at a moment or later, oldest first."""
        return self._entries(_SINCE, owner=self._profile, since=microseconds(since))

    def recent(self, limit: int = 50) -> tuple[JournalEntry, ...]:
        """Return the latest intents with their present state, newest first."""
        return self._entries(_NEWEST_FIRST.where(INTENTS.c.profile == self._profile).limit(limit))

    def history(self, identifier: str) -> tuple[JournalEvent, ...]:
        """Return every turn of one intent's fate, oldest first."""
        begun = select(INTENTS).where(INTENTS.c.profile == self._profile, INTENTS.c.identifier == identifier)
        turns = select(EVENTS).where(EVENTS.c.identifier == identifier).order_by(EVENTS.c.number)
        with self._reading(), self._engine.connect() as sql:
            intent = sql.execute(begun).one_or_none()
            if intent is None:
                return ()
            first = JournalEvent(IntentState.INTENDED, "", "", entry_of(intent).intent.made_at)
            return (first, *(event_of(row) for row in sql.execute(turns)))

    def prune(self, before: datetime) -> int:
        """Forget closed intents made before a moment, with their turns, some at a time."""
        old = select(INTENTS.c.identifier).where(
            INTENTS.c.profile == self._profile, INTENTS.c.made_at < microseconds(before), INTENTS.c.is_open == 0
        )
        self._make_ready()
        pruned = 0
        while True:
            with for_writing(patiently(self._engine)).begin() as sql:
                names = sql.scalars(old.limit(_PRUNED_AT_ONCE)).all()
                sql.execute(delete(EVENTS).where(EVENTS.c.identifier.in_(names)))
                sql.execute(delete(INTENTS).where(INTENTS.c.identifier.in_(names)))
            pruned += len(names)
            if len(names) < _PRUNED_AT_ONCE:
                return pruned

    def _entries(self, wanted: Executable, **values: object) -> tuple[JournalEntry, ...]:
        with self._reading():
            if values and isinstance(self._writer, SqliteWriter):  # what every decision reads
                return tuple(map(entry_of, self._writer.read(wanted, values)))
            with self._engine.connect() as sql:
                return tuple(map(entry_of, sql.execute(wanted, values)))

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            self._make_ready()
            yield
        except NotWrittenError as error:
            raise JournalUnreadableError(str(error)) from None
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise JournalUnreadableError(reason_of(error)) from None

    def _make_ready(self) -> None:
        if self._is_ready:
            return
        try:
            make_tables(self._engine, INTENTS, EVENTS, STATE)  # to look for a table takes longer than to read it
        except (sqlite3.Error, SQLAlchemyError) as error:
            raise NotWrittenError(reason_of(error)) from None
        self._is_ready = True
