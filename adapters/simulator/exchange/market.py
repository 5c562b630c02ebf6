"""The market of one instrument: synthetic depth, price-time matching, and the day's prices and minute bars."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias

from jainam_prop.adapters.simulator.catalogue.universe import Listing
from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.domain.orders.order import Side

DEPTH: Final = 5
_LOTS_PER_LEVEL: Final = 2_000
_UNITS_PER_LEVEL: Final = 200_000

OnFill: TypeAlias = Callable[[SimOrder, int, Decimal], None]
"""Called for every fill with the order, units and rupees."""


@dataclass(slots=True)
class Level:
    """Units at one price that belong to no client."""

    price: Decimal
    size: int


class SyntheticBook:
    """Five levels on either side of a reference price, one tick apart, which refill after every match.

    Levels that a test sets do not refill until the price is moved.
    """

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._refills = True
        self._full = listing.lot * _LOTS_PER_LEVEL if listing.lot > 1 else _UNITS_PER_LEVEL
        self._levels: dict[Side, list[Level]] = {Side.BUY: [], Side.SELL: []}
        self.quote_around(listing.price)

    def levels(self, side: Side) -> Sequence[Level]:
        """Return the levels of a side, best first."""
        return self._levels[side]

    def best(self, side: Side) -> Level | None:
        """Return the best level of a side that has units."""
        return next((level for level in self._levels[side] if level.size > 0), None)

    def quote_around(self, price: Decimal) -> None:
        """Replace all levels by those around another reference price."""
        self._refills = True
        for side in (Side.BUY, Side.SELL):
            prices = (price - side.sign * step * self._listing.tick for step in range(1, DEPTH + 1))
            self._levels[side] = [Level(price, self._full) for price in prices if price > 0]

    def replace(self, bids: Iterable[tuple[Decimal, int]], asks: Iterable[tuple[Decimal, int]]) -> None:
        """Replace all levels by given ones, which do not refill; a side may be empty."""
        self._refills = False
        self._levels[Side.BUY] = sorted((Level(*row) for row in bids), key=lambda level: -level.price)
        self._levels[Side.SELL] = sorted((Level(*row) for row in asks), key=lambda level: level.price)

    def refill(self) -> None:
        """Restore traded units, unless the levels were given."""
        if not self._refills:
            return
        for side in (Side.BUY, Side.SELL):
            for level in self._levels[side]:
                level.size = self._full


@dataclass(slots=True)
class MinuteBar:
    """The prices of one minute, which opens where the last one closed; ``minute`` is its Indian wall clock."""

    minute: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int = 0


class Market:
    """One instrument's order book.

    The remainder of a market order rests at the price of the last trade. A resting order trades at its own price
    when the market moves across it. An account does not trade with itself.

    Attributes:
        last_price, open, high, low: rupees of the day, from trades here and from `move`.
        previous_close: the last price of the day before, in rupees.
        last_quantity: units of the last fill, one lot before any.
        volume: units traded today.
        bars: the minutes with a trade or a move since the start, oldest first.
    """

    def __init__(self, listing: Listing, on_fill: OnFill, wall_clock: Callable[[], datetime]) -> None:
        self.listing = listing
        self.last_price = self.previous_close = self.open = self.high = self.low = listing.price
        self.volume = 0
        self.last_quantity = listing.lot
        self.synthetic = SyntheticBook(listing)
        self.bars: list[MinuteBar] = []
        self._finished_bars = 0
        self._on_fill = on_fill
        self._wall_clock = wall_clock
        self._day = wall_clock().date()
        self._resting: dict[Side, list[SimOrder]] = {Side.BUY: [], Side.SELL: []}
        self._stops: list[SimOrder] = []

    def add(self, order: SimOrder) -> None:
        """Match an accepted order, rest its remainder, and trigger the stops that its trades reach."""
        if order.is_waiting:
            self._stops.append(order)
        else:
            self._match(order)
        self._settle()

    def remove(self, order: SimOrder) -> None:
        """Remove an order from the book, if it is there."""
        for queue in (self._resting[order.side], self._stops):
            if order in queue:
                queue.remove(order)

    def move(self, price: Decimal) -> None:
        """Trade at a price, and quote around it from now on."""
        self.synthetic.quote_around(price)
        self._sweep()
        self._record(price)  # after the resting orders that the move has crossed
        self._settle()

    def set_levels(self, bids: Iterable[tuple[Decimal, int]], asks: Iterable[tuple[Decimal, int]]) -> None:
        """Replace the synthetic book by (rupees, units) levels that do not refill."""
        self.synthetic.replace(bids, asks)
        self._sweep()
        self._settle()

    def start_day(self) -> None:
        """Reset the day's prices if the date has changed since the last call."""
        today = self._wall_clock().date()
        if today != self._day:
            self._day = today
            self.previous_close = self.open = self.high = self.low = self.last_price
            self.volume = 0

    def current_bar(self) -> MinuteBar:
        """Return the bar of this minute, flat before its first trade."""
        minute, last = self._wall_clock().replace(second=0, microsecond=0), self.last_price
        if self.bars and self.bars[-1].minute == minute:
            return self.bars[-1]
        return MinuteBar(minute, last, last, last, last)

    def take_finished_bar(self) -> MinuteBar | None:
        """Return the bar before the newest one, once."""
        finished = len(self.bars) - 1
        if finished <= self._finished_bars:
            return None
        self._finished_bars = finished
        return self.bars[finished - 1]

    def _match(self, order: SimOrder) -> None:
        """Trade an order against the best of the other side, older orders first at a price, then rest it."""
        while order.left > 0 and (found := self._best_against(order)) is not None:
            price, other = found
            if isinstance(other, SimOrder):
                units = min(order.left, other.left)
                self._record(price, units)
                self._fill(other, units, price)
            else:
                units = min(order.left, other.size)
                self._record(price, units)
                other.size -= units
            self._fill(order, units, price)
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
        self._on_fill(order, units, price)

    def _sweep(self) -> None:
        """Trade resting orders that the new synthetic book crosses, each at its own price."""
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
                self._record(order.resting_price, units)
                self._fill(order, units, order.resting_price)

    def _settle(self) -> None:
        """Trigger stops until none is reached, then refill the synthetic book."""
        while (stop := next((stop for stop in self._stops if self._is_reached(stop)), None)) is not None:
            self._stops.remove(stop)
            stop.triggered = True
            self._match(stop)
        self.synthetic.refill()

    def _is_reached(self, stop: SimOrder) -> bool:
        gap = self.last_price - stop.terms.trigger
        return gap >= 0 if stop.side is Side.BUY else gap <= 0

    def _record(self, price: Decimal, units: int = 0) -> None:
        """Record a trade, or a move without units, in the day's prices and in the minute's bar."""
        bar = self.current_bar()
        if not self.bars or self.bars[-1] is not bar:
            self.bars.append(bar)
        bar.high, bar.low, bar.close = max(bar.high, price), min(bar.low, price), price
        bar.volume += units
        self.last_price = price
        self.high, self.low = max(self.high, price), min(self.low, price)
        self.volume += units
        self.last_quantity = units or self.last_quantity


def _beats(side: Side, price: Decimal, other: Decimal) -> bool:
    """Return whether a resting price has priority over another: higher bids and lower asks do."""
    return price > other if side is Side.BUY else price < other
