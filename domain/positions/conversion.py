"""Carrying a position, or part of it, under another product."""

from collections.abc import Iterator
from dataclasses import dataclass

from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.capability import ProductTable
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.orders.validation import lot_problems
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.positions.position_state import PositionState


@dataclass(frozen=True, slots=True)
class Conversion:
    """Units, whatever their sign, that leave one product for another; the position keeps its side."""

    instrument: Instrument
    quantity: int
    source: Product
    target: Product

    @property
    def source_key(self) -> PositionKey:
        """The position that gets smaller."""
        return PositionKey(self.instrument.key, self.source)

    @property
    def target_key(self) -> PositionKey:
        """The position that takes the units."""
        return PositionKey(self.instrument.key, self.target)


def conversion_problems(conversion: Conversion, products: ProductTable) -> tuple[str, ...]:
    """Name every rule that a conversion would break whatever is held."""
    return tuple(_rules(conversion, products))


def holding_problems(conversion: Conversion, held: PositionState) -> tuple[str, ...]:
    """Say why what is held does not allow a conversion; ``held`` is a settled read of the position it comes from.

    Units that working orders may still close are not free: once converted, such an order would open the opposite
    position under the old product.
    """
    quantity, units = conversion.quantity, abs(held.net)
    name = f"{conversion.instrument.symbol} {conversion.source}"
    if not units:
        return (f"there is no open position in {name}",)
    if quantity > units:
        return (f"quantity {quantity} is above the {units} units held in {name}",)
    if quantity > held.safe_to_close:
        reserved = units - held.safe_to_close
        return (f"working orders may still close {reserved} of the {units} units held in {name}: cancel them first",)
    return ()


def is_of_today(held: PositionState) -> bool:
    """Whether a position was opened today as a whole, which brokers call day-wise; one carried in is net-wise."""
    return held.net == held.filled


def _rules(conversion: Conversion, products: ProductTable) -> Iterator[str]:
    instrument = conversion.instrument
    if not instrument.is_tradable:
        yield f"{instrument.symbol} is an index and cannot be traded"
        return
    if conversion.source is conversion.target:
        yield f"the position is carried as {conversion.source} already"
    for product in dict.fromkeys((conversion.source, conversion.target)):
        problem = products.problem(instrument.exchange, product)
        if problem is not None:
            yield problem
    if conversion.quantity <= 0:
        yield f"quantity {conversion.quantity} must be above zero"
    yield from lot_problems(conversion.quantity, instrument.lot_size)
