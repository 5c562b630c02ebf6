"""Watching one order until it is as expected."""

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.positions.books import Books
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class OrderWatch:
    """Reads the order book again and again until an order meets a condition."""

    books: Books
    clock: Clock
    timing: Timing

    def __call__(
        self, session: Session, order_id: str, deadline: Deadline, *, until: Callable[[Order], bool]
    ) -> Order | None:
        """Return the order once it meets the condition, or None at the deadline."""
        while True:
            orders = self.books.orders(session, deadline)
            if is_successful(orders):
                for order in orders.unwrap():
                    if order.order_id == order_id and until(order):
                        return order
            if not deadline.allows(self.clock.monotonic(), self.timing.poll):
                return None
            self.clock.sleep(self.timing.poll)

    def until_ended(self, session: Session, order_ids: Set[str], deadline: Deadline) -> dict[str, Order]:
        """Wait until orders are terminal and return those that are, by id; the others were not when time ran out."""
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
