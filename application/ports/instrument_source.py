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
    """What one exchange lists today.

    Attributes:
        instruments: the tradable contracts, and the indices of that venue.
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
        """Download and parse one exchange; an answer that is not a master is Unreadable."""
        ...
