"""The rest of the world in one instrument: levels of a book that stand around a reference price, or as set."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from jainam_prop.adapters.simulator.catalogue.listing import Listing
from jainam_prop.domain.orders.order import Side

DEPTH: Final = 5
_LOTS_A_LEVEL: Final = 2_000
_UNITS_A_LEVEL: Final = 200_000


@dataclass(slots=True)
class Level:
    """Units offered at one price by the rest of the world."""

    price: Decimal
    size: int


class SyntheticBook:
    """Five levels a side, one tick apart from the reference price on, which refill after every match.

    Levels that a test sets are consumed instead, until the price is moved.
    """

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._refills = True
        self._full = listing.lot * _LOTS_A_LEVEL if listing.lot > 1 else _UNITS_A_LEVEL
        self._levels: dict[Side, list[Level]] = {Side.BUY: [], Side.SELL: []}
        self.stand_at(listing.price)

    def levels(self, side: Side) -> Sequence[Level]:
        """Return the levels of a side, best first."""
        return self._levels[side]

    def best(self, side: Side) -> Level | None:
        """Return the best level of a side that has units left."""
        return next((level for level in self._levels[side] if level.size > 0), None)

    def stand_at(self, price: Decimal) -> None:
        """Stand around another reference price."""
        self._refills = True
        for side in (Side.BUY, Side.SELL):
            prices = (price - side.sign * step * self._listing.tick for step in range(1, DEPTH + 1))
            self._levels[side] = [Level(price, self._full) for price in prices if price > 0]

    def replace(self, bids: Iterable[tuple[Decimal, int]], asks: Iterable[tuple[Decimal, int]]) -> None:
        """Take these levels, which do not refill; a side may be empty."""
        self._refills = False
        self._levels[Side.BUY] = sorted((Level(*row) for row in bids), key=lambda level: -level.price)
        self._levels[Side.SELL] = sorted((Level(*row) for row in asks), key=lambda level: level.price)

    def refill(self) -> None:
        """Restore what has traded, unless the levels were set."""
        if not self._refills:
            return
        for side in (Side.BUY, Side.SELL):
            for level in self._levels[side]:
                level.size = self._full
