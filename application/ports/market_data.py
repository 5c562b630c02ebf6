"""Prices on request."""

from collections.abc import Sequence
from typing import Protocol

from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.instrument import InstrumentKey
from jainam_prop.domain.quote import Quote
from jainam_prop.domain.session import Session


class MarketData(Protocol):
    """Reads snapshots from the market-data application."""

    def quotes(
        self, session: Session, keys: Sequence[InstrumentKey], timeout_seconds: float
    ) -> Result[dict[InstrumentKey, Quote], BrokerError]:
        """Return a snapshot for each contract that the server answered for; the others are missing, not zero."""
        ...
