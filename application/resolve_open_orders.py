"""After a crash: find out what became of every order that the journal knows no end of."""

from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.journal import JournalUnreadableError, OrderJournal
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.positions.books import Books
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.orders.journal import IntentState, JournalEntry
from jainam_prop.domain.orders.order import Order, Side, bearing
from jainam_prop.domain.positions.exposure import VISIBLE_WITHIN
from jainam_prop.domain.sessions.session import Session


@dataclass(frozen=True, slots=True)
class Resolution:
    """How many open intents were found in the broker's book, and which stay unknown."""

    resolved: int
    unknown: tuple[JournalEntry, ...]


@final
@dataclass(frozen=True, slots=True)
class ResolveOpenOrders:
    """Compares the journal's open intents with one read of the order book."""

    journal: OrderJournal
    books: Books
    clock: Clock
    timing: Timing

    def __call__(self, session: Session) -> Result[Resolution, BrokerError]:
        """Resolve what the book shows; what it does not show stays openly unknown."""
        try:
            pending = self.journal.open_entries()
        except JournalUnreadableError as error:
            return Failure(Unreadable(f"the order journal: {error}"))
        if not pending:
            return Success(Resolution(0, ()))
        orders = self.books.orders(session, Deadline(self.clock.monotonic() + self.timing.call))
        if not is_successful(orders):
            return Failure(orders.failure())
        unknown = tuple(entry for entry in pending if not self._is_resolved(entry, orders.unwrap()))
        return Success(Resolution(len(pending) - len(unknown), unknown))

    def _is_resolved(self, entry: JournalEntry, orders: tuple[Order, ...]) -> bool:
        order = bearing(orders, entry.intent.identifier, Side(entry.intent.side))
        if order is None:
            self._doubt(entry)
            return False
        state = IntentState.REJECTED if order.was_refused else IntentState.RESOLVED
        self.journal.note(order.identifier, state, order.order_id, order.reason or order.state.value)
        return True

    def _doubt(self, entry: JournalEntry) -> None:
        """Note that nobody sends an order any more that the book does not show."""
        if entry.state is not IntentState.UNKNOWN and self.clock.now() - entry.intent.made_at > VISIBLE_WITHIN:
            self.journal.note(entry.intent.identifier, IntentState.UNKNOWN, note="not in the order book")
