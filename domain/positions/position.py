"""Positions, holdings and funds as the broker's books show them, and what its order feed sends about them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import Order, Side, Trade


class PositionKey(NamedTuple):
    """What makes two fills one position: the contract and the product it is carried under."""

    instrument: InstrumentKey
    product: str


class Position(NamedTuple):
    """One row of the net position book.

    Attributes:
        net: units; positive is long, negative short, zero a position closed today.
        buy_average, sell_average: rupees per unit.
        realised, unrealised: profit in rupees, as the broker marks it to market.
    """

    key: PositionKey
    broker_symbol: str
    net: int
    buy_average: Decimal
    sell_average: Decimal
    realised: Decimal
    unrealised: Decimal
    multiplier: Decimal

    @property
    def average_price(self) -> Decimal:
        """Rupees paid (long) or received (short) per unit of what is open; zero when flat."""
        if self.net == 0:
            return Decimal(0)
        return self.buy_average if self.net > 0 else self.sell_average

    @property
    def profit(self) -> Decimal:
        """Realised and unrealised profit together, in rupees."""
        return self.realised + self.unrealised


def key_of(order: Order) -> PositionKey:
    """The position that an order's fills go to."""
    return PositionKey(order.instrument, order.product)


def closing_side(net: int) -> Side:
    """The side that reduces a position that is not flat."""
    return Side.SELL if net > 0 else Side.BUY


@dataclass(frozen=True, slots=True)
class Funds:
    """Limits of an account, in rupees.

    ``known`` is False when the broker keeps no balance for this kind of account, so that the zeros mean nothing.
    """

    available_cash: Decimal
    collateral: Decimal
    realised: Decimal
    unrealised: Decimal
    utilised: Decimal
    known: bool = True


@dataclass(frozen=True, slots=True)
class Holding:
    """Shares in the depository.

    Attributes:
        instruments: the contract on each exchange that lists it, NSE first.
        quantity: units held, pledged ones included.
        average_price: rupees per unit; None when the broker does not know it.
        pledged: units of them that are pledged as collateral, and cannot be sold before they are released.
    """

    isin: str
    instruments: tuple[InstrumentKey, ...]
    quantity: int
    average_price: Decimal | None
    pledged: int = 0


class PositionChange(NamedTuple):
    """The present state of a position; the day's view and the net view come as separate events."""

    position: Position
    is_net: bool


class PositionConverted(NamedTuple):
    """A conversion between products ended, done or refused with a reason; the quantity is in units."""

    instrument: InstrumentKey
    old_product: str
    new_product: str
    quantity: int
    is_done: bool
    reason: str


OrderFeedEvent: TypeAlias = Order | Trade | PositionChange | PositionConverted
