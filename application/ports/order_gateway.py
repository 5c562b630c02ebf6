"""The one way by which orders leave."""

from typing import Protocol

from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.order import OrderChange, OrderRequest
from jainam_prop.domain.session import Session


class OrderGateway(Protocol):
    """Sends commands to the broker, each exactly once; who retries, decides on the error.

    Safe to call from many threads. An error says what is known: Rejected only for the broker's own refusal, NotSent
    only when no byte can have arrived, SessionExpired and RateLimited when the broker answered so (nothing was done),
    and OutcomeUnknown for everything else.
    """

    def place(self, session: Session, order: OrderRequest, timeout_seconds: float) -> Result[str, BrokerError]:
        """Send one order with its identifier and return the broker's order id.

        Acceptance means that the broker queued it; margin and exchange refusals show later in the order book.
        """
        ...

    def modify(self, session: Session, change: OrderChange, timeout_seconds: float) -> Result[str, BrokerError]:
        """Send new terms for a working order and return its id."""
        ...

    def cancel(self, session: Session, order_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for one working order to be cancelled and return its id; whether it was shows in the order book."""
        ...
