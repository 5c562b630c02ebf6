"""Sending orders and commands about positions to the broker."""

from typing import Protocol

from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.linked_order import BracketChange, BracketRequest, CoverIds, CoverRequest
from jainam_prop.domain.orders.order import OrderChange, OrderRequest
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Session


class OrderGateway(Protocol):
    """Sends commands to the broker, each exactly once; who retries, decides on the error.

    Safe to call from many threads. An error says what is known: Rejected only for the broker's own refusal, NotSent
    only when no byte can have arrived, SessionExpired and RateLimited when the broker answered so (nothing was done),
    and OutcomeUnknown for everything else.
    """

    def place(
        self, session: Session, order: OrderRequest, timeout_seconds: float, *, exits: bool = False
    ) -> Result[str, BrokerError]:
        """Send one order with its identifier and return the broker's order id.

        Acceptance means that the broker queued it; margin and exchange refusals show later in the order book. An order
        that ``exits`` only reduces a position: it has connections and renewals of the session in reserve.
        """

    def modify(self, session: Session, change: OrderChange, timeout_seconds: float) -> Result[str, BrokerError]:
        """Send new terms for a working order and return its id."""

    def cancel(self, session: Session, order_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for one working order to be cancelled and return its id; whether it was shows in the order book."""


class LinkedOrders(Protocol):
    """Sends commands about linked orders, each exactly once; who retries, decides on the error.

    Safe to call from many threads. Errors are those of `OrderGateway`; a server that has no such call refuses it, and
    that is Rejected as well, since nothing can have been done.
    """

    def place_cover(
        self, session: Session, order: CoverRequest, timeout_seconds: float
    ) -> Result[CoverIds, BrokerError]:
        """Send a cover order with its identifier and return the broker's numbers for entry and exit.

        Acceptance means that the broker queued it; margin and exchange refusals show later in the order book.
        """

    def exit_cover(self, session: Session, exit_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for the stop of a cover order to be turned into a market order, and return its id."""

    def place_bracket(
        self, session: Session, order: BracketRequest, timeout_seconds: float
    ) -> Result[str, BrokerError]:
        """Send a bracket order with its identifier and return the entry's id; as `place_cover`."""

    def modify_bracket(
        self, session: Session, change: BracketChange, timeout_seconds: float
    ) -> Result[str, BrokerError]:
        """Send new terms for a bracket and return the entry's id."""

    def cancel_bracket(self, session: Session, entry_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for everything of a bracket that still works to be cancelled, and return the entry's id.

        What the entry has filled stays held, without the stop that protected it.
        """


class PositionGateway(Protocol):
    """Sends commands about positions, each exactly once; who retries, decides on the error.

    Safe to call from many threads. Errors are those of `OrderGateway`. Success says that the broker took the request;
    what came of it shows in the position book alone.
    """

    def convert(
        self, session: Session, conversion: Conversion, timeout_seconds: float, *, of_today: bool
    ) -> Result[None, BrokerError]:
        """Ask for units to be carried under another product; ``of_today`` says that none of them was carried in."""

    def square_off(
        self, session: Session, key: PositionKey, quantity: int, timeout_seconds: float
    ) -> Result[None, BrokerError]:
        """Ask the broker to cancel the working orders of a position and to close so many units of it at market."""

    def square_off_all(self, session: Session, timeout_seconds: float) -> Result[None, BrokerError]:
        """Ask the broker to close every position of the account at market."""
