"""What the broker would block for orders that are not placed yet."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.order import OrderRequest
from jainam_prop.domain.session import Session


class Margins(Protocol):
    """Asks the broker's risk management; nothing is placed."""

    def required(
        self, session: Session, orders: Sequence[OrderRequest], timeout_seconds: float
    ) -> Result[Decimal | None, BrokerError]:
        """Return the rupees for all orders together; None when the server has no such call, as not every one has."""
        ...
