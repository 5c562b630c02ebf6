"""Polling the order book for an order until it is as expected."""

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful

from jainam_prop.application.books.books import Books
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.orders.order import Order, Side, bearing
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class OrderWatch:
    """Reads the order book again and again, with backoff or at a fixed interval, until a deadline."""

    books: Books
    clock: Clock
    timing: Timing

    def find(self, session: Session, identifier: str, side: Side, deadline: Deadline) -> Order | None:
        """Return the order that was sent with a client order id, or None when no readable book shows it in time.

        None proves nothing: the broker shows an order only some time after it was accepted. All parts of a cover or
        bracket order carry the same id; ``side`` distinguishes the entry from its exits.
        """
        looks = 0
        while True:
            found = bearing(self.books.orders(session, deadline).value_or(()), identifier, side)
            if found is not None:
                return found
            wait = self.timing.looks[min(looks, len(self.timing.looks) - 1)]
            looks += 1
            if not deadline.allows(self.clock.monotonic(), wait):
                return None
            self.clock.sleep(wait)

    def until(
        self, session: Session, order_id: str, deadline: Deadline, condition: Callable[[Order], bool]
    ) -> Order | None:
        """Return the order once it meets a condition, or None at the deadline."""
        while True:
            orders = self.books.orders(session, deadline)
            if is_successful(orders):
                for order in orders.unwrap():
                    if order.order_id == order_id and condition(order):
                        return order
            if not deadline.allows(self.clock.monotonic(), self.timing.poll):
                return None
            self.clock.sleep(self.timing.poll)

    def until_ended(self, session: Session, order_ids: Set[str], deadline: Deadline) -> dict[str, Order]:
        """Wait until orders are terminal; return those that are by the deadline, by order id."""
        ended: dict[str, Order] = {}
        while len(ended) < len(order_ids):
            orders = self.books.orders(session, deadline)
            for order in orders.value_or(()):
                if order.order_id in order_ids and order.state.is_terminal:
                    ended[order.order_id] = order
            if not deadline.allows(self.clock.monotonic(), self.timing.poll):
                break
            if len(ended) < len(order_ids):
                self.clock.sleep(self.timing.poll)
        return ended
