"""The rules an order must satisfy before it leaves; every broken one is named, with the nearest valid value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.money import ZERO, is_on_tick, nearest_ticks
from jainam_prop.domain.orders.capability import ProductTable
from jainam_prop.domain.orders.order import OrderChange, OrderRequest, PriceType, Product

_LARGE_CONTRACT: Final = 100
"""From this contract size on a quantity that is a multiple of it is more likely a quantity of the underlying."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of an order as far as they are known; None is what could not be read and has its own problem already.

    Quantities are units, prices rupees.
    """

    product: Product | None
    price_type: PriceType | None
    quantity: int | None
    price: Decimal | None
    trigger_price: Decimal | None
    disclosed_quantity: int | None


def order_problems(order: OrderRequest | OrderChange, products: ProductTable) -> tuple[str, ...]:
    """Name every rule of the exchange that an order, or new terms for one, would break; empty when it may go."""
    terms = Terms(
        order.product,
        order.price_type,
        order.quantity,
        order.price,
        order.trigger_price,
        order.disclosed_quantity,
    )
    return (*terms_problems(terms, order.instrument, products), *_freeze(order))


def terms_problems(terms: Terms, instrument: Instrument | None, products: ProductTable | None) -> tuple[str, ...]:
    """Name every broken rule that can be judged from what is known of the terms and of the instrument.

    Args:
        terms: as far as they are known.
        instrument: None when it is not known.
        products: the broker's; None for orders with products of their own, as cover and bracket orders are.
    """
    if instrument is not None and not instrument.is_tradable:
        return (f"{instrument.symbol} is an index and cannot be traded",)
    problems = [*_prices(terms), *_quantity(terms), *_disclosed(terms)]
    if instrument is not None:
        problems += [
            *_product(terms, instrument, products),
            *_ticks(terms, instrument),
            *lot_problems(terms.quantity, instrument.lot_size),
        ]
    return tuple(problems)


def tick_problems(prices: Mapping[str, Decimal | None], tick: Decimal) -> Iterator[str]:
    """Name every price or distance, by its field, that is no whole number of ticks; one that is not known is none."""
    for name, value in prices.items():
        if value is not None and value > ZERO and not is_on_tick(value, tick):
            below, above = nearest_ticks(value, tick)
            nearest = f"{below} and {above}" if below > ZERO else f"{above}"
            yield f"{name} {value} is off the tick of {tick}: nearest are {nearest}"


def lot_problems(quantity: int | None, lot: int) -> Iterator[str]:
    """Say why a quantity in units is not one of whole lots; one that is not known, or not positive, is none."""
    if quantity is not None and quantity > 0 and quantity % lot:
        below = quantity // lot * lot
        lots = f"one lot is {lot}" + (f", {quantity} lots are {quantity * lot}" if quantity > 1 else "")
        nearest = f"nearest are {below} and {below + lot}" if below else lots
        yield f"quantity {quantity} is not a whole number of lots of {lot}: {nearest}"


def units_problem(quantity: int, instrument: Instrument) -> str | None:
    """Return why a quantity looks like one of the underlying where quantities count lots; None where it does not.

    That is a whole multiple of the contract size which as lots is either more than one order may carry or a hundred
    lots and more.
    """
    size = instrument.contract_size
    if size <= 1 or quantity <= 0 or quantity % (size * instrument.lot_size):
        return None
    largest = instrument.largest_order
    if size < _LARGE_CONTRACT and (largest is None or quantity <= largest):
        return None
    lots, meant = quantity // instrument.lot_size, quantity // size
    return (
        f"quantity {quantity} of {instrument.symbol} is {lots} lots of {size} each. If it counts the underlying, that "
        f"is {meant // instrument.lot_size} lots: send quantity {meant}. If {lots} lots are meant, send smaller orders"
    )


def single_order_problems(quantity: int | None, instrument: Instrument) -> Iterator[str]:
    """Say why a quantity in units does not fit into one order, for what cannot go out in slices."""
    largest = instrument.largest_order
    if quantity is not None and largest is not None and quantity > largest:
        yield f"quantity {quantity} is above the largest single order of {largest}"


def _prices(terms: Terms) -> Iterator[str]:
    kind = terms.price_type
    for name, value, needed in (
        ("price", terms.price, kind is not None and kind.has_limit),
        ("trigger_price", terms.trigger_price, kind is not None and kind.has_trigger),
    ):
        if value is not None and value < ZERO:
            yield f"{name} must not be negative"
        elif value == ZERO and needed:
            yield f"{name} must be above zero for pricetype {kind}"


def _disclosed(terms: Terms) -> Iterator[str]:
    if terms.disclosed_quantity is None:
        return
    if terms.disclosed_quantity < 0:
        yield "disclosed_quantity must not be negative"
    elif terms.quantity is not None and 0 < terms.quantity < terms.disclosed_quantity:
        yield "disclosed_quantity must not exceed quantity"


def _product(terms: Terms, instrument: Instrument, products: ProductTable | None) -> Iterator[str]:
    if terms.product is None or products is None:
        return
    problem = products.problem(instrument.exchange, terms.product)
    if problem is not None:
        yield problem


def _ticks(terms: Terms, instrument: Instrument) -> Iterator[str]:
    tick, kind = instrument.tick_size, terms.price_type
    price = terms.price if kind is None or kind.has_limit else None
    trigger = terms.trigger_price if kind is None or kind.has_trigger else None
    yield from tick_problems({"price": price, "trigger_price": trigger}, tick)


def _quantity(terms: Terms) -> Iterator[str]:
    if terms.quantity is not None and terms.quantity <= 0:
        yield f"quantity {terms.quantity} must be above zero"


def _freeze(order: OrderRequest | OrderChange) -> Iterator[str]:
    """A new order above the freeze quantity goes out in slices; a working one cannot be split."""
    if isinstance(order, OrderChange):
        yield from single_order_problems(order.quantity, order.instrument)
