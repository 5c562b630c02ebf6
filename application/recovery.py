"""Recovery of intents whose outcome is unknown: after a crash, a lost reply, or a command that no book shows."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.account import AccountStates
from jainam_prop.application.books.books import Books
from jainam_prop.application.journal import ProcessJournal
from jainam_prop.application.ports.journal import JournalUnreadableError
from jainam_prop.application.ports.runtime import Clock, TaskRunner
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.market_data.calendar import book_day
from jainam_prop.domain.orders.journal import IntentState, JournalEntry
from jainam_prop.domain.orders.order import PriceType
from jainam_prop.domain.sessions.session import Session

_LOG: Final = logging.getLogger(__name__)

_PAUSE_SECONDS: Final = 3.0
"""Between two reads of the order book in the background, while it may settle something; then, for late orders:"""
_LATE_PAUSE_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Resolution:
    """How many open intents one look at the order book settled, and those that stay unknown."""

    resolved: int
    unknown: tuple[JournalEntry, ...]


@final
@dataclass(slots=True)
class Recovery:
    """Settles the journal's open intents by the books: on demand, and in the background until nothing is unknown.

    The account's state compares every book with what the journal has as open, and notes what that settles.
    """

    journal: ProcessJournal
    books: Books
    states: AccountStates
    tasks: TaskRunner
    clock: Clock
    timing: Timing
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _began: datetime | None = None
    _is_running: bool = False

    def resolve(self, session: Session, *, urgent: bool = True) -> Result[Resolution, BrokerError]:
        """Settle the open intents by one read of the books; those that it does not settle stay unknown."""
        try:
            pending = self.journal.open_entries()
            if not pending and not self.states.of(session).awaits_late_orders:
                return Success(Resolution(0, ()))
            self.states.of(session).take_in(pending)
            deadline = Deadline(self.clock.monotonic() + self.timing.call)
            failure = self._read(session, pending, deadline, urgent=urgent)
            if failure is not None:
                return Failure(failure)
            unknown = self.journal.open_entries()
        except JournalUnreadableError as error:
            return Failure(Unreadable(f"the order journal: {error}"))
        return Success(Resolution(len({*pending} - {*unknown}), unknown))

    def start(self, session: Session) -> None:
        """Settle in the background what earlier processes left open; only the first call of a process does anything.

        Neither raises nor waits for the broker.
        """
        if self._began is None:
            self._began = self.clock.now()
            self.follow(session)

    def follow(self, session: Session) -> None:
        """Settle in the background what has become unknown; as `start`."""
        with self._lock:
            if self._is_running:
                return
            self._is_running = True
        try:
            if self._unknown():
                self.tasks.start(partial(self._run, session))
                return
        except JournalUnreadableError as error:
            _LOG.error("orders that were left open cannot be looked up: the journal cannot be read: %s", error)
        self._is_running = False

    def _run(self, session: Session) -> None:
        """Read the books until they have settled everything; a reason why they cannot is logged once."""
        logged = ""
        try:
            while self.tasks.is_open and (pause := self._pause(session)):
                outcome = self.resolve(session, urgent=False)
                if not is_successful(outcome) and outcome.failure().message != logged:
                    logged = outcome.failure().message
                    _LOG.warning("orders of unknown outcome could not be looked up: %s", logged)
                self.clock.sleep(pause)
        except JournalUnreadableError as error:
            _LOG.error("orders of unknown outcome cannot be looked up: the journal cannot be read: %s", error)
            return
        finally:
            self._is_running = False
        if self.tasks.is_open:
            self.follow(session)  # what became unknown while the last look found nothing had no follower

    def _pause(self, session: Session) -> float:
        """Return the seconds between two reads that may still settle something; 0 when nothing is left."""
        if self._unknown():
            return _PAUSE_SECONDS
        return _LATE_PAUSE_SECONDS if self.states.of(session).awaits_late_orders else 0.0

    def _unknown(self) -> list[JournalEntry]:
        """Return today's intents that no living sender of this process waits for; books show no others."""
        today, began = book_day(self.clock.now()), self._began
        return [
            entry
            for entry in self.journal.open_entries()
            if book_day(entry.intent.made_at) == today
            and (entry.state is IntentState.UNKNOWN or began is None or entry.intent.made_at < began)
        ]

    def _read(
        self, session: Session, pending: Sequence[JournalEntry], deadline: Deadline, *, urgent: bool
    ) -> BrokerError | None:
        """Read the order book; before it the position book where commands about positions are open."""
        if any(entry.intent.price_type not in set(PriceType) for entry in pending):
            positions = self.books.positions(session, deadline, urgent=urgent)
            if not is_successful(positions):
                return positions.failure()
        orders = self.books.orders(session, deadline, urgent=urgent)
        return None if is_successful(orders) else orders.failure()
