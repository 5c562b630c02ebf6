"""How many units of derivatives are open."""

from collections.abc import Sequence
from typing import Protocol

from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.instrument import InstrumentKey
from jainam_prop.domain.session import Session


class OpenInterests(Protocol):
    """Reads open interest from the market-data application, which tells it apart from prices."""

    def open_interest(
        self, session: Session, keys: Sequence[InstrumentKey], timeout_seconds: float
    ) -> Result[dict[InstrumentKey, int], BrokerError]:
        """Return the open units of each derivative that the server answered for; the others are missing, not zero."""
        ...
