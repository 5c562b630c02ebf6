"""Recovery after a crash: finding out what became of orders that the journal has as open."""

import logging
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.books import Books
from jainam_prop.application.journal import ProcessJournal
from jainam_prop.application.ports.journal import JournalUnreadableError
from jainam_prop.application.ports.runtime import Clock, TaskRunner
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.orders.journal import IntentState, JournalEntry
from jainam_prop.domain.orders.order import Order, Side, bearing
from jainam_prop.domain.positions.position_state import VISIBLE_WITHIN
from jainam_prop.domain.sessions.session import Session

_LOG: Final = logging.getLogger(__name__)

_PAUSE_SECONDS: Final = 30.0
"""Between two attempts, while the order book could not be read or may not show the orders yet."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """How many open intents the order book showed, and those that stay unknown."""

    resolved: int
    unknown: tuple[JournalEntry, ...]


@final
class Recovery:
    """Compares the journal's open intents with the order book: on demand, and once in the background of a process."""

    def __init__(self, journal: ProcessJournal, books: Books, tasks: TaskRunner, clock: Clock, timing: Timing) -> None:
        """Begin with nothing recovered."""
        self._journal = journal
        self._books = books
        self._tasks = tasks
        self._clock = clock
        self._timing = timing
        self._lock = threading.Lock()
        self._due: float | None = 0.0
        self._began: datetime | None = None

    def resolve(self, session: Session) -> Result[Resolution, BrokerError]:
        """Resolve the open intents that one read of the order book shows; the others stay unknown."""
        try:
            pending = self._journal.open_entries()
        except JournalUnreadableError as error:
            return Failure(Unreadable(f"the order journal: {error}"))
        if not pending:
            return Success(Resolution(0, ()))
        orders = self._books.orders(session, Deadline(self._clock.monotonic() + self._timing.call))
        if not is_successful(orders):
            return Failure(orders.failure())
        unknown = tuple(entry for entry in pending if not self._is_resolved(entry, orders.unwrap()))
        return Success(Resolution(len(pending) - len(unknown), unknown))

    def start(self, session: Session) -> None:
        """Start the recovery in the background where an earlier process left intents open.

        Neither raises nor waits for the broker. Once nothing is left open, a call costs an attribute read.
        """
        if self._due is None or not self._is_turn():
            return
        try:
            if self._left_open():
                self._tasks.start(lambda: self._recover(session))
            else:
                self._due = None
        except JournalUnreadableError as error:
            _LOG.error("orders that were left open cannot be looked up: the journal cannot be read: %s", error)

    def _is_turn(self) -> bool:
        now = self._clock.monotonic()
        with self._lock:
            if self._due is None or now < self._due:
                return False
            self._due = now + _PAUSE_SECONDS
            self._began = self._began or self._clock.now()
            return True

    def _left_open(self) -> list[JournalEntry]:
        """Return what was open before this process began; its own orders are settled by their senders."""
        return [entry for entry in self._journal.open_entries() if self._began and entry.intent.made_at < self._began]

    def _recover(self, session: Session) -> None:
        outcome = self.resolve(session)
        if not is_successful(outcome):
            _LOG.warning("orders that were left open could not be looked up: %s", outcome.failure().message)
            return
        now, left = self._clock.now(), self._left_open()
        if not any(now - entry.intent.made_at <= VISIBLE_WITHIN for entry in left):
            self._due = None
        _LOG.info(
            "%s orders that were left open have been found, %s stay unknown", outcome.unwrap().resolved, len(left)
        )

    def _is_resolved(self, entry: JournalEntry, orders: tuple[Order, ...]) -> bool:
        order = bearing(orders, entry.intent.identifier, Side(entry.intent.side))
        if order is None:
            self._note_unknown(entry)
            return False
        state = IntentState.REJECTED if order.was_refused else IntentState.RESOLVED
        self._journal.note(order.identifier, state, order.order_id, order.reason or order.state.value)
        return True

    def _note_unknown(self, entry: JournalEntry) -> None:
        """Note an intent as unknown once its sender cannot be waiting for it any more."""
        if entry.state is not IntentState.UNKNOWN and self._clock.now() - entry.intent.made_at > VISIBLE_WITHIN:
            self._journal.note(entry.intent.identifier, IntentState.UNKNOWN, note="not in the order book")
