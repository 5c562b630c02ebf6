"""Cover and bracket orders: an entry that the broker links with the orders that protect it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.money import ZERO
from jainam_prop.domain.orders.order import Order, PriceType, Side


class LinkedProduct(StrEnum):
    """What the broker's books call the orders and the position of a cover (CO) or bracket (BO) order."""

    COVER = "CO"
    BRACKET = "BO"


@dataclass(frozen=True, slots=True)
class CoverRequest:
    """An entry, MARKET or LIMIT, with a stop on the other side that the broker places once the entry has filled.

    Attributes:
        quantity: units, never lots.
        trigger_price: where the stop fires, in rupees.
        price: limit of the entry in rupees; zero for MARKET.
        disclosed_quantity: units shown to the market; zero shows all.
        identifier: the order's own mark, by which all its parts are found again.
    """

    instrument: Instrument
    side: Side
    price_type: PriceType
    quantity: int
    trigger_price: Decimal
    price: Decimal = ZERO
    disclosed_quantity: int = 0
    identifier: str = ""

    @property
    def product(self) -> LinkedProduct:
        """What the books call it."""
        return LinkedProduct.COVER


@dataclass(frozen=True, slots=True)
class BracketRequest:
    """A LIMIT entry with a target and a stop, of which the first to fill cancels the other.

    Attributes:
        quantity: units, never lots.
        price: limit of the entry in rupees.
        target, stop_loss: rupees between the entry's limit and each exit; always positive.
        trailing_stop: rupees by which the stop follows the market; zero leaves it where it is.
        disclosed_quantity: units shown to the market; zero shows all.
        identifier: the order's own mark, by which all its parts are found again.
    """

    instrument: Instrument
    side: Side
    quantity: int
    price: Decimal
    target: Decimal
    stop_loss: Decimal
    trailing_stop: Decimal = ZERO
    disclosed_quantity: int = 0
    identifier: str = ""

    @property
    def product(self) -> LinkedProduct:
        """What the books call it."""
        return LinkedProduct.BRACKET

    @property
    def price_type(self) -> PriceType:
        """How the entry is priced: the exits are distances from its limit, so that it needs one."""
        return PriceType.LIMIT

    @property
    def trigger_price(self) -> Decimal:
        """None of its own: the entry waits for no trigger."""
        return ZERO


@dataclass(frozen=True, slots=True)
class BracketChange:
    """New terms for a bracket with a working entry; the quantity is the new total in units, prices are rupees.

    Attributes:
        order_id: the entry's.
        stop_loss: rupees between the entry's limit and the stop.
        identifier: the mark that the bracket was placed with, where it is known.
    """

    order_id: str
    instrument: Instrument
    quantity: int
    price: Decimal
    stop_loss: Decimal
    identifier: str = ""


class CoverIds(NamedTuple):
    """The broker's numbers for the two parts of a cover order; ``exit`` is "" while it is not known."""

    entry: str
    exit: str


def exits_of(entry: Order, orders: Iterable[Order]) -> tuple[Order, ...]:
    """Return the orders that protect an entry: on the other side, with its client order id; none without one."""
    if not entry.identifier:
        return ()
    return tuple(order for order in orders if order.identifier == entry.identifier and order.side is not entry.side)


def parts_of(entry_id: str, orders: Sequence[Order]) -> tuple[Order, ...]:
    """Return an entry and the orders that protect it, as far as an order book shows them."""
    entry = next((order for order in orders if order.order_id == entry_id), None)
    return () if entry is None else (entry, *exits_of(entry, orders))
