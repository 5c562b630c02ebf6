"""The market of one instrument: synthetic depth and price-time matching."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from jainam_prop.adapters.simulator.catalogue.listing import Listing
from jainam_prop.adapters.simulator.exchange.orders import SimOrder
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


OnFill: TypeAlias = Callable[[SimOrder, int, Decimal], None]
"""Told of every fill: the order, units, rupees."""


class Market:
    """One instrument's book.

    What is left of a market order rests at the price of the last trade. A resting order trades at its own price when
    the market moves across it. Nobody trades with himself: the exchange prevents it.

    Attributes:
        last_price, high, low: rupees, of trades here and of `move`.
        last_quantity: units of the last fill, one lot before any.
        volume: units traded here.
    """

    def __init__(self, listing: Listing, on_fill: OnFill) -> None:
        self.listing = listing
        self.last_price = self.high = self.low = listing.price
        self.volume = 0
        self.last_quantity = listing.lot
        self.synthetic = SyntheticBook(listing)
        self._on_fill = on_fill
        self._resting: dict[Side, list[SimOrder]] = {Side.BUY: [], Side.SELL: []}
        self._stops: list[SimOrder] = []

    def add(self, order: SimOrder) -> None:
        """Take an accepted order: match it, keep what is left of it, fire the stops that its trades reach."""
        if order.is_waiting:
            self._stops.append(order)
        else:
            self._match(order)
        self._settle()

    def remove(self, order: SimOrder) -> None:
        """Take an order off the book, if it is there."""
        for queue in (self._resting[order.side], self._stops):
            if order in queue:
                queue.remove(order)

    def move(self, price: Decimal) -> None:
        """Let the market trade at a price and quote around it from now on."""
        self.synthetic.stand_at(price)
        self._sweep()
        self._print(price)  # the last word, after the orders on the way there
        self._settle()

    def set_levels(self, bids: Iterable[tuple[Decimal, int]], asks: Iterable[tuple[Decimal, int]]) -> None:
        """Replace the synthetic book by levels of rupees and units that are consumed as they trade."""
        self.synthetic.replace(bids, asks)
        self._sweep()
        self._settle()

    def _match(self, order: SimOrder) -> None:
        """Trade an order against the best of the other side, older orders first at a price, then let it rest."""
        while order.left > 0 and (found := self._best_against(order)) is not None:
            price, other = found
            if isinstance(other, SimOrder):
                units = min(order.left, other.left)
                self._fill(other, units, price)
            else:
                units = min(order.left, other.size)
                other.size -= units
            self._fill(order, units, price)
            self.volume += units
        if order.left > 0:
            self._rest(order)

    def _best_against(self, order: SimOrder) -> tuple[Decimal, SimOrder | Level] | None:
        other, account = order.side.opposite, order.intake.account
        level = self.synthetic.best(other)
        client = next((rest for rest in self._resting[other] if rest.intake.account != account), None)
        best: tuple[Decimal, SimOrder | Level] | None = (level.price, level) if level else None
        if client is not None and (best is None or _beats(other, client.resting_price, best[0])):
            best = (client.resting_price, client)
        if best is None or (order.limit is not None and _beats(other, order.limit, best[0])):
            return None
        return best

    def _rest(self, order: SimOrder) -> None:
        order.resting_price = order.limit or self.last_price
        queue = self._resting[order.side]
        queue.append(order)
        queue.sort(key=lambda resting: (-order.side.sign * resting.resting_price, resting.turn))

    def _fill(self, order: SimOrder, units: int, price: Decimal) -> None:
        order.filled += units
        order.value += units * price
        queue = self._resting[order.side]
        if order.left == 0 and order in queue:
            queue.remove(order)
        self.last_quantity = units
        self._print(price)
        self._on_fill(order, units, price)

    def _sweep(self) -> None:
        """Trade resting orders that the new synthetic book has crossed, each at its own price."""
        for side in (Side.BUY, Side.SELL):
            for order in tuple(self._resting[side]):
                self._sweep_one(order)

    def _sweep_one(self, order: SimOrder) -> None:
        other = order.side.opposite
        for level in self.synthetic.levels(other):
            is_crossed = not _beats(other, order.resting_price, level.price)
            units = min(order.left, level.size) if is_crossed else 0
            if units > 0:
                level.size -= units
                self.volume += units
                self._fill(order, units, order.resting_price)

    def _settle(self) -> None:
        """Fire stops until none is reached, then let the synthetic book refill."""
        while (stop := next((stop for stop in self._stops if self._is_reached(stop)), None)) is not None:
            self._stops.remove(stop)
            stop.triggered = True
            self._match(stop)
        self.synthetic.refill()

    def _is_reached(self, stop: SimOrder) -> bool:
        gap = self.last_price - stop.terms.trigger
        return gap >= 0 if stop.side is Side.BUY else gap <= 0

    def _print(self, price: Decimal) -> None:
        self.last_price = price
        self.high, self.low = max(self.high, price), min(self.low, price)


def _beats(side: Side, price: Decimal, other: Decimal) -> bool:
    """Whether a resting price of a side stands before another: higher bids and lower asks do."""
    return price > other if side is Side.BUY else price < other
