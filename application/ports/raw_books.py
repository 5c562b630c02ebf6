"""Books as the broker words them, for callers who fetched them by themselves."""

from typing import Protocol

from returns.result import Result

from jainam_prop.domain.account_books import Holding
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.order import Order, Trade
from jainam_prop.domain.position import Position


class RawBooks(Protocol):
    """Reads a whole answer of the broker, or only its rows, as plain JSON values.

    An answer that says that something failed is that failure, and one that is not understood is Unreadable; only what
    the broker says when a book has no rows is an empty book.
    """

    def orders(self, answer: object) -> Result[tuple[Order, ...], BrokerError]:
        """Read an order book."""
        ...

    def trades(self, answer: object) -> Result[tuple[Trade, ...], BrokerError]:
        """Read a trade book."""
        ...

    def positions(self, answer: object) -> Result[tuple[Position, ...], BrokerError]:
        """Read net positions."""
        ...

    def holdings(self, answer: object) -> Result[tuple[Holding, ...], BrokerError]:
        """Read holdings."""
        ...
