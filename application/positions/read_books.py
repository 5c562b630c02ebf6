"""The books of the day, as a trader asks for them."""

from dataclasses import dataclass
from typing import final

from returns.result import Result

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.positions.books import Books
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.order import Order, Trade
from jainam_prop.domain.positions.position import Position
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class ReadBooks:
    """Reads orders, trades and positions; an error is never an empty book."""

    books: Books
    clock: Clock
    timing: Timing

    def orders(self, session: Session) -> Result[tuple[Order, ...], BrokerError]:
        """Return every order of the day in its latest state."""
        return self.books.orders(session, self._deadline())

    def trades(self, session: Session) -> Result[tuple[Trade, ...], BrokerError]:
        """Return every execution of the day."""
        return self.books.trades(session, self._deadline())

    def positions(self, session: Session) -> Result[tuple[Position, ...], BrokerError]:
        """Return the net positions, those closed today included."""
        return self.books.positions(session, self._deadline())

    def _deadline(self) -> Deadline:
        return Deadline(self.clock.monotonic() + self.timing.call)
