"""Today's instruments, found by symbol or by number in microseconds."""

from collections.abc import Iterable
from typing import Protocol

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instrument import Instrument, InstrumentKey


class InstrumentStore(Protocol):
    """Holds one generation of instruments, shared by all processes; a newer one is noticed without being asked."""

    def replace(self, instruments: Iterable[Instrument]) -> int:
        """Swap in a new generation, whole or not at all, and return the number of rows.

        Raises:
            ValueError: a key or a symbol stands twice in one exchange, or nothing was given; the old rows stay.
        """
        ...

    def find(self, symbol: str, exchange: Exchange) -> Instrument | None:
        """Return the instrument with exactly this OpenAlgo symbol, or None."""
        ...

    def find_key(self, key: InstrumentKey) -> Instrument | None:
        """Return the instrument with this number on this exchange, or None."""
        ...

    def nearest(self, symbol: str, exchange: Exchange, limit: int = 3) -> tuple[str, ...]:
        """Return symbols of the exchange that look like a misspelt one, the likeliest first; for messages only."""
        ...

    def count(self) -> int:
        """Return the number of instruments of the present generation."""
        ...
