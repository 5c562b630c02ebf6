"""Commands about positions that the broker carries out by itself."""

from enum import StrEnum
from typing import Protocol

from returns.result import Result

from jainam_prop.domain.conversion import Conversion
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.position import PositionKey
from jainam_prop.domain.session import Session


class Asked(StrEnum):
    """How a command went out: the broker took it, or it was a rehearsal and never left."""

    TAKEN = "taken"
    REHEARSED = "rehearsed"


class PositionGateway(Protocol):
    """Sends commands about positions, each exactly once; who retries, decides on the error.

    Safe to call from many threads. Errors are those of `OrderGateway`. Success says that the broker took the request;
    what came of it shows in the position book alone.
    """

    def convert(
        self, session: Session, conversion: Conversion, timeout_seconds: float, *, of_today: bool
    ) -> Result[Asked, BrokerError]:
        """Ask for units to be carried under another product; ``of_today`` says that none of them was carried in."""
        ...

    def square_off(
        self, session: Session, key: PositionKey, quantity: int, timeout_seconds: float
    ) -> Result[Asked, BrokerError]:
        """Ask the broker to cancel the working orders of a position and to close so many units of it at market."""
        ...

    def square_off_all(self, session: Session, timeout_seconds: float) -> Result[Asked, BrokerError]:
        """Ask the broker to close every position of the account at market."""
        ...
