"""What the account owns."""

from typing import Protocol

from returns.result import Result

from jainam_prop.domain.account_books import Funds, Holding
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.session import Session


class Account(Protocol):
    """Reads limits and holdings."""

    def funds(self, session: Session, timeout_seconds: float) -> Result[Funds, BrokerError]:
        """Return the account's limits in rupees; `Funds.known` is False where the broker keeps none."""
        ...

    def holdings(self, session: Session, timeout_seconds: float) -> Result[tuple[Holding, ...], BrokerError]:
        """Return the shares in the depository."""
        ...
