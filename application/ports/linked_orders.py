"""Cover and bracket orders, for servers that have them switched on."""

from typing import Protocol

from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.linked_order import BracketChange, BracketRequest, CoverIds, CoverRequest
from jainam_prop.domain.session import Session


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
        ...

    def exit_cover(self, session: Session, exit_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for the stop of a cover order to be turned into a market order, and return its id."""
        ...

    def place_bracket(
        self, session: Session, order: BracketRequest, timeout_seconds: float
    ) -> Result[str, BrokerError]:
        """Send a bracket order with its identifier and return the entry's id; as `place_cover`."""
        ...

    def modify_bracket(
        self, session: Session, change: BracketChange, timeout_seconds: float
    ) -> Result[str, BrokerError]:
        """Send new terms for a bracket and return the entry's id."""
        ...

    def cancel_bracket(self, session: Session, entry_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for everything of a bracket that still works to be cancelled, and return the entry's id.

        What the entry has filled stays held, without the stop that protected it.
        """
        ...
