"""Finding an order in the broker's books when its reply was lost."""

from dataclasses import dataclass
from typing import final

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.positions.books import Books
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.orders.order import Order, Side, bearing
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class OrderFinder:
    """Looks an order up by the identifier it was sent with, again and again until the deadline."""

    books: Books
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, identifier: str, deadline: Deadline, side: Side) -> Order | None:
        """Return the order, or None when no book that could be read in time shows it.

        None proves nothing: XTS shows an order only some time after it was taken. Of a cover or bracket order all parts
        bear the identifier; ``side`` tells the entry from what protects it.
        """
        looks = 0
        while True:
            orders = self.books.orders(session, deadline).value_or(())
            found = bearing(orders, identifier, side)
            if found is not None:
                return found
            wait = self.timing.looks[min(looks, len(self.timing.looks) - 1)]
            looks += 1
            if not deadline.allows(self.clock.monotonic(), wait):
                return None
            self.clock.sleep(wait)
