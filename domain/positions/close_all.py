"""Emergency close: which orders to cancel and which positions to square off, decided before anything is sent."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey
from jainam_prop.domain.orders.order import Order, Product, Side
from jainam_prop.domain.positions.position import Position, PositionKey, closing_side, key_of

_CLOSABLE: Final = frozenset(Product)
"""A cover or bracket position (CO, BO) has calls of its own and must not stop the rest from being closed."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One open position and the market order that squares it off; never more units than are held.

    Attributes:
        net: signed units to square off.
        delivered: units that were sold out of the depository, on top of a negative ``net``; they stay.
    """

    key: PositionKey
    instrument: Instrument
    net: int
    delivered: int = 0

    @property
    def side(self) -> Side:
        """The side that reduces the position."""
        return closing_side(self.net)

    @property
    def quantity(self) -> int:
        """Units held, whatever their sign."""
        return abs(self.net)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A position that cannot or must not be closed here, and why; ``is_open`` is False where it only may be open."""

    key: PositionKey
    broker_symbol: str
    net: int
    reason: str
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class ClosePlan:
    """What an emergency close will do, in the order in which it will do it.

    Attributes:
        cancels: the working orders of the legs.
        entries: working orders of contracts that are flat; they could open a position again.
        deliveries: positions that are only shares sold out of the depository, with the units; nothing is bought back.
        legs: the open positions.
        skipped: open positions that stay.
        doubtful: positions that look flat, but that a fill of this moment may have opened; their ``net`` is zero.
    """

    cancels: tuple[Order, ...]
    legs: tuple[Leg, ...]
    skipped: tuple[Skipped, ...]
    doubtful: tuple[Leg, ...] = ()
    entries: tuple[Order, ...] = ()
    deliveries: tuple[tuple[PositionKey, int], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no position is open and nothing works that could open one, as far as can be known yet."""
        return self.finds_nothing and not self.skipped

    @property
    def finds_nothing(self) -> bool:
        """Whether there is nothing to close, to cancel or to look at again."""
        return not (self.legs or self.doubtful or self.entries)


def plan_close_all(
    positions: Sequence[Position],
    orders: Iterable[Order],
    instrument_of: Callable[[InstrumentKey], Instrument | None],
    products: frozenset[str] | None = None,
    hidden: Iterable[PositionKey] = (),
) -> ClosePlan:
    """Plan the close of every open position, and of every order that could open one again.

    Working orders of the positions to be closed are cancelled first, stops above all: a stop that fires after the
    square off would open the opposite position.

    Args:
        positions: the net position book.
        orders: the order book.
        instrument_of: today's instrument for a key, or None when the master does not list it.
        products: close only these; None closes all.
        hidden: positions that the book does not show open, but that may be.
    """
    legs: list[Leg] = []
    skipped: list[Skipped] = []
    for position in positions:
        if position.net == 0:
            continue
        planned = _plan_one(position, instrument_of(position.key.instrument), products)
        if isinstance(planned, Leg):
            legs.append(planned)
        else:
            skipped.append(planned)
    working = [order for order in orders if order.is_working]
    known: list[Leg] = []
    for key in (each for each in hidden if products is None or each.product in products):
        leg = _doubtful(key, instrument_of(key.instrument))
        known += [] if leg is None else [leg]
        names = [order.broker_symbol for order in working if key_of(order) == key] if leg is None else []
        skipped += [Skipped(key, name, 0, "whether it is open is not known, and its orders work") for name in names[:1]]
    keys, left_alone = {leg.key for leg in legs}, {skip.key for skip in skipped} | {leg.key for leg in known}
    cancels = tuple(order for order in working if key_of(order) in keys)
    entries = tuple(
        order
        for order in working
        if key_of(order) not in keys | left_alone and (products is None or order.product in products)
    )
    return ClosePlan(cancels, tuple(legs), tuple(skipped), tuple(known), entries)


def without_deliveries(plan: ClosePlan, delivered: Mapping[PositionKey, int] | None) -> ClosePlan:
    """Take shares that were sold out of the depository out of a plan: to buy them back would open a position.

    Args:
        plan: made from the position book alone.
        delivered: units of negative CNC positions that the depository covers; None when that is not known.
    """
    legs: list[Leg] = []
    skipped, deliveries = list(plan.skipped), []
    for leg in plan.legs:
        units = 0 if delivered is None else delivered.get(leg.key, 0)
        if leg.key.product != Product.CNC or leg.net > 0:
            legs.append(leg)
        elif delivered is None:
            reason = "whether it is a delivery out of the depository is not known"
            skipped.append(Skipped(leg.key, leg.instrument.broker_symbol, leg.net, reason))
        elif units + leg.net >= 0:
            deliveries.append((leg.key, -leg.net))
        else:
            legs.append(replace(leg, net=leg.net + units, delivered=units))
    keys, gone = {leg.key for leg in legs}, {key for key, _ in deliveries}
    cancels = tuple(order for order in plan.cancels if key_of(order) in keys)
    entries = (*plan.entries, *(order for order in plan.cancels if key_of(order) in gone))
    return ClosePlan(cancels, tuple(legs), tuple(skipped), plan.doubtful, entries, tuple(deliveries))


def _doubtful(key: PositionKey, instrument: Instrument | None) -> Leg | None:
    return Leg(key, instrument, 0) if key.product in _CLOSABLE and instrument is not None else None


def _plan_one(position: Position, instrument: Instrument | None, products: frozenset[str] | None) -> Leg | Skipped:
    if products is not None and position.key.product not in products:
        return _skip(position, "outside the products to close")
    if position.key.product not in _CLOSABLE:
        return _skip(position, f"product {position.key.product} is closed by its own call or at the broker's terminal")
    if instrument is None:
        return _skip(position, "unknown to today's instrument master")
    return Leg(position.key, instrument, position.net)


def _skip(position: Position, reason: str) -> Skipped:
    return Skipped(position.key, position.broker_symbol, position.net, reason)
