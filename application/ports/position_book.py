"""What the account holds now."""

from typing import Protocol

from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.position import Position
from jainam_prop.domain.session import Session


class PositionBook(Protocol):
    """Reads net positions; dealers read the dealer positions of their client."""

    def positions(self, session: Session, timeout_seconds: float) -> Result[tuple[Position, ...], BrokerError]:
        """Return one row per contract and product, flat ones of the day included.

        Empty means that the broker proved it on the right endpoint; a row that cannot be understood makes the whole
        answer Unreadable, since a position that is left out would be traded upon.
        """
        ...
