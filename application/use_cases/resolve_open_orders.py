"""After a crash: find out what became of every order that the journal knows no end of."""

from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books import Books
from jainam_prop.application.ports.clock import Clock
from jainam_prop.application.ports.order_journal import OrderJournal
from jainam_prop.application.timing import Timing
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.exposure import VISIBLE_WITHIN
from jainam_prop.domain.journal import IntentState, JournalEntry
from jainam_prop.domain.order import Order, OrderState
from jainam_prop.domain.pacing import Deadline
from jainam_prop.domain.session import Session


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
        pending = self.journal.open_entries()
        if not pending:
            return Success(Resolution(0, ()))
        orders = self.books.orders(session, Deadline(self.clock.monotonic() + self.timing.call))
        if not is_successful(orders):
            return Failure(orders.failure())
        shown = {(order.identifier, order.side.value): order for order in orders.unwrap() if order.identifier}
        unknown = [entry for entry in pending if _mark(entry) not in shown]
        for entry in pending:
            order = shown.get(_mark(entry))
            if order is not None:
                self._note(order)
            elif entry.state is not IntentState.UNKNOWN and self.clock.now() - entry.intent.made_at > VISIBLE_WITHIN:
                self.journal.note(entry.intent.identifier, IntentState.UNKNOWN, note="not in the order book")
        return Success(Resolution(len(pending) - len(unknown), tuple(unknown)))

    def _note(self, order: Order) -> None:
        rejected = order.state is OrderState.REJECTED and order.filled == 0
        state = IntentState.REJECTED if rejected else IntentState.RESOLVED
        self.journal.note(order.identifier, state, order.order_id, order.reason or order.state.value)


def _mark(entry: JournalEntry) -> tuple[str, str]:
    """Return the identifier and the side: all parts of a bracket bear its identifier, but only the entry its side."""
    return entry.intent.identifier, str(entry.intent.side)
