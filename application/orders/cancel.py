"""Cancelling one order, or everything that can still trade."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.orders.order_canceller import OrderCanceller
from jainam_prop.application.ports.journal import JournalUnreadableError, OrderJournal
from jainam_prop.application.ports.runtime import Clock, Crew
from jainam_prop.application.positions.books import Books
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Invalid, OutcomeUnknown, Unreadable
from jainam_prop.domain.positions.exposure import VISIBLE_WITHIN, unseen
from jainam_prop.domain.sessions.session import Session


@dataclass(frozen=True, slots=True)
class Cancellations:
    """Which orders the broker agreed to cancel, and which not, with the reason of each."""

    cancelled: tuple[str, ...]
    failed: tuple[tuple[str, BrokerError], ...]


@final
@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Cancels one order."""

    canceller: OrderCanceller
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, order_id: str) -> Result[str, BrokerError]:
        """Cancel an order and return its id; success is said only when the broker agreed."""
        if not order_id.strip():
            return Failure(Invalid(("orderid is missing",)))
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        return self.canceller(session, order_id.strip(), deadline)


@final
@dataclass(frozen=True, slots=True)
class CancelAllOrders:
    """Cancels every order that is not terminal, whatever word the broker has for its state."""

    books: Books
    journal: OrderJournal
    canceller: OrderCanceller
    crew: Crew
    clock: Clock
    timing: Timing

    def __call__(self, session: Session) -> Result[Cancellations, BrokerError]:
        """Cancel all working orders; fails only when the books cannot be read, and then nothing was done.

        Orders that were just accepted and that the book does not show yet are among them. One whose outcome is unknown
        has no id to cancel it by, so it is among the failed ones, by its identifier.
        """
        orders = self.books.orders(session, Deadline(self.clock.monotonic() + self.timing.call))
        if not is_successful(orders):
            return Failure(orders.failure())
        now = self.clock.now()
        try:
            recent = self.journal.entries_since(now - VISIBLE_WITHIN)
        except JournalUnreadableError as error:
            return Failure(Unreadable(f"the order journal: {error}"))
        accepted, unresolved = unseen(recent, orders.unwrap(), now)
        working = [order.order_id for order in orders.unwrap() if order.is_working]
        working += [order.order_id for order in accepted]
        outcomes = self.crew.run([self._task(session, order_id) for order_id in working])
        pairs = list(zip(working, outcomes, strict=True))
        refused = [(order_id, outcome.failure()) for order_id, outcome in pairs if not is_successful(outcome)]
        return Success(
            Cancellations(
                tuple(order_id for order_id, outcome in pairs if is_successful(outcome)),
                (*refused, *((one.identifier, _lost(one.identifier)) for one in unresolved)),
            )
        )

    def _task(self, session: Session, order_id: str) -> Callable[[], Result[str, BrokerError]]:
        return lambda: self.canceller(session, order_id, Deadline(self.clock.monotonic() + self.timing.close_all))


def _lost(identifier: str) -> BrokerError:
    return OutcomeUnknown("It has no order id yet to be cancelled by.", identifier)
