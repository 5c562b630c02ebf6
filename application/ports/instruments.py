"""Downloading and storing the instrument master."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from returns.result import Result

from jainam_prop.application.ports.runtime import StoreUnreadableError
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.generation import Generation
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey
from jainam_prop.domain.instruments.search import InstrumentQuery


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


class InstrumentsUnreadableError(StoreUnreadableError):
    """The instruments cannot be read now, and none are in memory."""


class InstrumentSource(Protocol):
    """Downloads the instrument master; needs no session."""

    def exchanges(self) -> tuple[Exchange, ...]:
        """Return the exchanges that `download` knows, the required ones first."""

    def download(self, exchange: Exchange) -> Result[InstrumentList, BrokerError]:
        """Download and parse one exchange.

        An answer that is not a master of this exchange is Unreadable; a venue that lists nothing today is a success
        without instruments.
        """


class InstrumentStore(Protocol):
    """Holds one generation of instruments, shared by all processes and safe across threads.

    A newer generation that another process wrote is noticed without being asked, within a second of use. A look-up
    raises `InstrumentsUnreadableError` where the store cannot be read and nothing is in memory.
    """

    def replace(
        self, instruments: Iterable[Instrument], keep: Collection[Exchange] = (), *, for_host: bool = False
    ) -> int:
        """Swap in a new generation, whole or not at all, and return how many instruments were given.

        Args:
            instruments: the new generation.
            keep: exchanges whose present instruments stay; none of the new ones may be theirs.
            for_host: whether the table of the host, where there is one, gets them in the same step. It has room
                for one broker, so only a host that asks for ours may have it filled.

        Raises:
            ValueError: a key or a symbol stands twice in one exchange, or nothing was given; the old rows stay.
        """

    def find(self, symbol: str, exchange: str) -> Instrument | None:
        """Return the instrument with exactly this symbol on an exchange (or its code), or None."""

    def find_key(self, key: InstrumentKey) -> Instrument | None:
        """Return the instrument with this number on this exchange, or None."""

    def nearest(self, symbol: str, exchange: str, limit: int = 3) -> tuple[str, ...]:
        """Return symbols of the exchange that look like a misspelt one, the likeliest first; for messages only."""

    def search(self, query: InstrumentQuery) -> tuple[Instrument, ...]:
        """Return what the query matches, in the query's order.

        Expired contracts are left out, as are those whose symbol is not theirs alone; both are found by `find_key`.
        """

    def generation(self) -> Generation | None:
        """Return which generation is in use, or None before the first."""

    def count(self) -> int:
        """Return the number of instruments of the present generation."""
