"""Where the day's instruments come from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instrument import Instrument


@dataclass(frozen=True, slots=True)
class InstrumentList:
    """What one venue lists today.

    Attributes:
        exchange: the exchange that was asked for.
        instruments: its tradable contracts and, from a cash market, the indices of the venue (``NSE_INDEX``).
        dropped: how many rows were left out, by reason (spread, test instrument, malformed…).
    """

    exchange: Exchange
    instruments: Sequence[Instrument]
    dropped: dict[str, int] = field(default_factory=dict)


class InstrumentSource(Protocol):
    """Downloads the instrument master; needs no session."""

    def exchanges(self) -> tuple[Exchange, ...]:
        """Return the exchanges that `download` knows, the required ones first."""
        ...

    def download(self, exchange: Exchange) -> Result[InstrumentList, BrokerError]:
        """Download and parse one exchange.

        An answer that is not a master of this exchange is Unreadable; a venue that lists nothing today is a success
        without instruments.
        """
        ...
