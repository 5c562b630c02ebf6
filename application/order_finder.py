"""Finding an order in the broker's books when its reply was lost."""

from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful

from jainam_prop.application.ports.clock import Clock
from jainam_prop.application.ports.order_book import OrderBook
from jainam_prop.application.ports.throttle import CallFamily, Throttle
from jainam_prop.application.timing import Timing
from jainam_prop.domain.order import Order, Side
from jainam_prop.domain.pacing import Deadline
from jainam_prop.domain.session import Session


@final
@dataclass(frozen=True, slots=True)
class OrderFinder:
    """Looks an order up by the identifier it was sent with, again and again until the deadline."""

    book: OrderBook
    throttle: Throttle
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, identifier: str, deadline: Deadline, side: Side | None = None) -> Order | None:
        """Return the order, or None when no book that could be read in time shows it.

        None proves nothing: XTS shows an order only some time after it was taken. Of a cover or bracket order all parts
        bear the identifier; ``side`` tells the entry from what protects it.
        """
        looks = 0
        while True:
            found = self._look(session, identifier, deadline, side)
            if found is not None:
                return found
            wait = self.timing.looks[min(looks, len(self.timing.looks) - 1)]
            looks += 1
            if not deadline.allows(self.clock.monotonic(), wait):
                return None
            self.clock.sleep(wait)

    def _look(self, session: Session, identifier: str, deadline: Deadline, side: Side | None) -> Order | None:
        left = deadline.remaining(self.clock.monotonic())
        if not self.throttle.wait(CallFamily.ORDER_BOOK, left, reduces=True):
            return None
        orders = self.book.orders(session, deadline.remaining(self.clock.monotonic()))
        if not is_successful(orders):
            return None
        marked = (order for order in orders.unwrap() if order.identifier == identifier)
        return next((order for order in marked if side is None or order.side is side), None)
