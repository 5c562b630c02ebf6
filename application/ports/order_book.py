"""What the broker's books say of orders and trades."""

from typing import Protocol

from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.order import Order, Trade
from jainam_prop.domain.session import Session


class OrderBook(Protocol):
    """Reads the day's orders and trades; dealers read the dealer books.

    Empty means that the broker proved it on the right endpoint; everything that could not be read is an error, never
    an empty book. Reads may be retried inside, within the timeout.
    """

    def orders(self, session: Session, timeout_seconds: float) -> Result[tuple[Order, ...], BrokerError]:
        """Return every order of the day in its latest state."""
        ...

    def trades(self, session: Session, timeout_seconds: float) -> Result[tuple[Trade, ...], BrokerError]:
        """Return every execution of the day, one row each."""
        ...

    def history(
        self, session: Session, order_id: str, timeout_seconds: float
    ) -> Result[tuple[Order, ...], BrokerError]:
        """Return the states of one order, oldest first; empty when the broker does not show it (yet)."""
        ...
