"""The flood of ``1105-json-partial`` that a live server sends unasked: price bands and dates, and never a price."""

from collections.abc import Iterator
from itertools import cycle

from jainam_prop.adapters.simulator.catalogue.universe import Universe
from jainam_prop.adapters.simulator.rows.vocabulary import EXCHANGES
from jainam_prop.domain.instruments.instrument import InstrumentKey

_SEGMENT = "NSECM"
_NUMBER = 1


class BandNoise:
    """Writes one line after another, each about the next share of the list and in the next of the forms seen."""

    def __init__(self, universe: Universe) -> None:
        self._universe = universe
        self._tokens = cycle(sorted(universe.tokens(_SEGMENT)))
        self._forms: Iterator[int] = cycle(range(3))

    def line(self, subscribed: frozenset[int]) -> str:
        """Return the next line, about a share outside the numbers given."""
        token = next(token for token in self._tokens if token not in subscribed)
        form = next(self._forms)
        if form == 0:
            return f"t:{_NUMBER}_{token}"
        if form == 1:
            dates = ",".join(f"{number}:01-01-1980 00:00:00" for number in (8, 10, 14))
            return f"t:{_NUMBER}_{token},{dates},24:\0\0,28:1"
        listing = self._universe.find(InstrumentKey(EXCHANGES[_SEGMENT], token))
        low, high = (listing.lower, listing.upper) if listing else (0, 0)
        return f"t:{_NUMBER}_{token},88:{high},87:{low},110:{high},111:{low}"
