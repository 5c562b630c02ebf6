"""The rules an order must satisfy before it leaves; every broken one is named, with the nearest valid value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.money import ZERO, is_on_tick, nearest_ticks
from jainam_prop.domain.orders.capability import ProductTable
from jainam_prop.domain.orders.order import OrderChange, OrderRequest, PriceType, Product, Side

_LEAST_DISCLOSED: Final = {Exchange.NSE: 10, Exchange.BSE: 10, Exchange.CDS: 10, Exchange.BCD: 10, Exchange.MCX: 25}
"""Least disclosed quantity, in per cent of an order, where there is one at all."""

_LARGE_CONTRACT: Final = 100
"""From this contract size on a quantity that is a multiple of it is more likely a quantity of the underlying."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of an order as far as they are known; None is what could not be read and has its own problem already.

    Quantities are units, prices rupees; ``side`` is None where it decides nothing.
    """

    product: Product | None
    price_type: PriceType | None
    quantity: int | None
    price: Decimal | None
    trigger_price: Decimal | None
    disclosed_quantity: int | None
    side: Side | None = None


def order_problems(order: OrderRequest | OrderChange, products: ProductTable) -> tuple[str, ...]:
    """Name every rule of the exchange that an order, or new terms for one, would break; empty when it may go."""
    terms = Terms(
        order.product,
        order.price_type,
        order.quantity,
        order.price,
        order.trigger_price,
        order.disclosed_quantity,
        order.side if isinstance(order, OrderRequest) else None,
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
    problems = [*_prices(terms), *_trigger(terms), *_quantity(terms), *_disclosed(terms)]
    if instrument is not None:
        problems += [
            *_disclosure(terms, instrument),
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


def _trigger(terms: Terms) -> Iterator[str]:
    """A stop-limit that is triggered at a worse price than its limit would rest instead of trading."""
    price, trigger = terms.price, terms.trigger_price
    if terms.price_type is not PriceType.SL or terms.side is None or not price or not trigger:
        return
    if (trigger - price) * terms.side.sign > ZERO:
        where = "below" if terms.side is Side.BUY else "above"
        yield f"price {price} of a {terms.side} stop must not be {where} its trigger_price {trigger}"


def _disclosure(terms: Terms, instrument: Instrument) -> Iterator[str]:
    """Say why an order cannot hide a part of its quantity; zero, or all of it, hides nothing.

    Source: order conditions of NSE, BSE and MCX, as brokers quote them (support.zerodha.com and help.upstox.com,
    "disclosed quantity"): none in F&O, at least 10 % of an order in shares and currencies, 25 % in commodities.
    """
    shown, quantity = terms.disclosed_quantity, terms.quantity
    if not shown or shown < 0 or (quantity is not None and quantity <= shown):
        return
    if terms.price_type is not None and terms.price_type is not PriceType.LIMIT:
        yield f"disclosed_quantity is only for LIMIT orders, not for {terms.price_type}: leave it out"
    least = _LEAST_DISCLOSED.get(instrument.exchange)
    if least is None:
        yield f"disclosed_quantity is not offered on {instrument.exchange}: leave it out"
    elif quantity is not None and shown < quantity * least / 100:
        yield f"disclosed_quantity {shown} is below {least} % of quantity {quantity}"


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


def band_warning(order: OrderRequest, band: tuple[Decimal, Decimal] | None) -> str:
    """Say that a price is outside the newest known price band, in rupees; "" when it is not, or there is none.

    It is no reason to refuse: bands move during the day (derivatives, and shares that have them).
    """
    if band is None:
        return ""
    lower, upper = band
    prices = {"price": order.price, "trigger_price": order.trigger_price}
    outside = [f"{name} {price}" for name, price in prices.items() if price and not lower <= price <= upper]
    if not outside:
        return ""
    named = " and ".join(outside)
    return f"{named} is outside the last known price band of {lower} to {upper}: the exchange may refuse it."


_AWAY: Final = Decimal("0.9")
"""Of the last price: far enough not to trade, and near enough for the broker's own limits."""
_TOO_NEAR: Final = Decimal("0.95")


def resting_price(instrument: Instrument, last_price: Decimal | None) -> Decimal | None:
    """Return a buying price in rupees on the tick and inside the day's band, well below the market.

    None where there is no such price: without a last price the market is not known, and where the band begins
    close to it, or the price is down to a few ticks, an order could trade.
    """
    if last_price is None:
        return None
    tick = instrument.tick_size
    price = max(nearest_ticks(last_price * _AWAY, tick)[0], _lowest(instrument))
    return price if tick <= price <= last_price * _TOO_NEAR else None


def _lowest(instrument: Instrument) -> Decimal:
    band = instrument.lower_band
    if band is None:
        return instrument.tick_size
    below, above = nearest_ticks(band, instrument.tick_size)
    return below if below == band else above
