"""Reading the broker's order, trade and position books, funds, holdings and margins."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.order import Order, OrderRequest, Trade
from jainam_prop.domain.positions.position import Funds, Holding, Position
from jainam_prop.domain.sessions.session import Session


class OrderBook(Protocol):
    """Reads the day's orders and trades; dealers read the dealer books.

    Empty means that the broker proved it on the right endpoint; everything that could not be read is an error, never
    an empty book. Reads may be retried inside, within the timeout.
    """

    def orders(self, session: Session, timeout_seconds: float) -> Result[tuple[Order, ...], BrokerError]:
        """Return every order of the day in its latest state."""

    def trades(self, session: Session, timeout_seconds: float) -> Result[tuple[Trade, ...], BrokerError]:
        """Return every execution of the day, one row each."""

    def history(
        self, session: Session, order_id: str, timeout_seconds: float
    ) -> Result[tuple[Order, ...], BrokerError]:
        """Return the states of one order, oldest first; empty when the broker does not show it (yet)."""


class PositionBook(Protocol):
    """Reads net positions; dealers read the dealer positions of their client."""

    def positions(
        self, session: Session, timeout_seconds: float, *, of_today: bool = False
    ) -> Result[tuple[Position, ...], BrokerError]:
        """Return one row per contract and product, flat ones of the day included.

        ``of_today`` asks for what today's trades made, without the units that were carried into the day.

        Empty means that the broker proved it on the right endpoint; a row that cannot be understood makes the whole
        answer Unreadable, since a position that is left out would be traded upon.
        """


class Account(Protocol):
    """Reads limits and holdings."""

    def funds(self, session: Session, timeout_seconds: float) -> Result[Funds, BrokerError]:
        """Return the account's limits in rupees; `Funds.known` is False where the broker keeps none."""

    def holdings(self, session: Session, timeout_seconds: float) -> Result[tuple[Holding, ...], BrokerError]:
        """Return the shares in the depository."""


class Margins(Protocol):
    """Asks the broker's risk management; nothing is placed."""

    def required(
        self, session: Session, orders: Sequence[OrderRequest], timeout_seconds: float
    ) -> Result[Decimal | None, BrokerError]:
        """Return the rupees for all orders together; None when the server has no such call, as not every one has."""


class RawBooks(Protocol):
    """Reads a whole answer of the broker, or only its rows, as plain JSON values.

    An answer that says that something failed is that failure, and one that is not understood is Unreadable; only what
    the broker says when a book has no rows is an empty book.
    """

    def orders(self, answer: object) -> Result[tuple[Order, ...], BrokerError]:
        """Read an order book."""

    def trades(self, answer: object) -> Result[tuple[Trade, ...], BrokerError]:
        """Read a trade book."""

    def positions(self, answer: object) -> Result[tuple[Position, ...], BrokerError]:
        """Read net positions."""

    def holdings(self, answer: object) -> Result[tuple[Holding, ...], BrokerError]:
        """Read holdings."""
