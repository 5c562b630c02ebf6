"""Prices of days gone by."""

from typing import Protocol

from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.history import Bar, Span
from jainam_prop.domain.instrument import InstrumentKey
from jainam_prop.domain.session import Session


class PriceHistory(Protocol):
    """Reads historical bars from the market-data application."""

    def bars(
        self, session: Session, key: InstrumentKey, seconds: int, span: Span, timeout_seconds: float
    ) -> Result[tuple[Bar, ...], BrokerError]:
        """Return the bars of so many seconds that begin on these days, as the broker stamped them; it may have none.

        A day counts 86,400 seconds; the bar of a day that is not over yet is missing.
        """
        ...
