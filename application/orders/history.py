"""Every state that one order has passed through."""

from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result

from jainam_prop.application.ports.books import OrderBook
from jainam_prop.application.ports.runtime import Clock, Throttle
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Invalid, Unreadable
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.domain.sessions.session import Session

_REPEATS = 3
"""How often a history that does not show is looked for again: XTS shows a new order's only after a second or so."""


@final
@dataclass(frozen=True, slots=True)
class OrderHistory:
    """Reads the history of one order at the pace of the order book."""

    book: OrderBook
    throttle: Throttle
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, order_id: str) -> Result[tuple[Order, ...], BrokerError]:
        """Return the states of an order, oldest first and never empty; one that does not show is Unreadable."""
        order_id = order_id.strip()
        if not order_id:
            return Failure(Invalid(("orderid is missing",)))
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        for wait in (0.0, *self.timing.looks[:_REPEATS]):
            if not deadline.allows(self.clock.monotonic(), wait):
                break
            self.clock.sleep(wait)
            found = self._look(session, order_id, deadline)
            if not is_successful(found) or found.unwrap():
                return found
        return Failure(Unreadable(f"the broker does not show the history of order {order_id}, or not yet"))

    def _look(self, session: Session, order_id: str, deadline: Deadline) -> Result[tuple[Order, ...], BrokerError]:
        if not self.throttle.wait(CallFamily.ORDER_BOOK, deadline.remaining(self.clock.monotonic())):
            return Failure(Unreadable("the rate limit left no turn in time"))
        return self.book.history(session, order_id, deadline.remaining(self.clock.monotonic()))
