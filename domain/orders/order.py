"""An order: what is asked for, the states it passes through, and the record the broker keeps of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey
from jainam_prop.domain.money import ZERO


class Side(StrEnum):
    """The direction of an order."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """+1 for a purchase, -1 for a sale: what one unit does to the net position."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The side that undoes this one."""
        return Side.SELL if self is Side.BUY else Side.BUY


class Product(StrEnum):
    """How a position is carried: MIS is squared off by the broker the same day, NRML carried, CNC delivered."""

    MIS = "MIS"
    NRML = "NRML"
    CNC = "CNC"


class PriceType(StrEnum):
    """How an order is priced; SL rests as a limit order once triggered, SL-M as a market order."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    SL = "SL"
    SL_M = "SL-M"

    @property
    def has_limit(self) -> bool:
        """Whether it carries a limit price."""
        return self in {PriceType.LIMIT, PriceType.SL}

    @property
    def has_trigger(self) -> bool:
        """Whether it waits for a trigger price."""
        return self in {PriceType.SL, PriceType.SL_M}


class Validity(StrEnum):
    """How long an order rests: until the close, or not at all."""

    DAY = "DAY"
    IOC = "IOC"


class OrderState(StrEnum):
    """Every state in which the broker can hold an order.

    ``UNRECOGNISED`` is a word that this version does not know; such an order counts as working, because an order
    that might be live must never be forgotten.
    """

    PENDING_NEW = "PendingNew"
    NEW = "New"
    PARTIALLY_FILLED = "PartiallyFilled"
    PENDING_REPLACE = "PendingReplace"
    REPLACED = "Replaced"
    PENDING_CANCEL = "PendingCancel"
    FILLED = "Filled"
    CANCELLED = "Cancelled"
    REJECTED = "Rejected"
    EXPIRED = "Expired"
    UNRECOGNISED = "Unrecognised"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more can happen to the order."""
        return self in TERMINAL_STATES

    @property
    def is_working(self) -> bool:
        """Whether the order can still trade; after a modification (``Replaced``) and while part filled it can."""
        return self not in TERMINAL_STATES


TERMINAL_STATES: Final = frozenset({OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED})


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """A complete order for a known instrument, ready to be checked and sent.

    Attributes:
        quantity: units, never lots.
        price: limit in rupees; zero for the price types that have none.
        trigger_price: rupees; zero for the price types that have none.
        disclosed_quantity: units shown to the market; zero shows all.
        identifier: the order's own mark, at most 20 letters and digits, by which it is found again.
    """

    instrument: Instrument
    side: Side
    product: Product
    price_type: PriceType
    quantity: int
    price: Decimal = ZERO
    trigger_price: Decimal = ZERO
    disclosed_quantity: int = 0
    validity: Validity = Validity.DAY
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class OrderChange:
    """New terms for a working order; the quantity is the new total in units, not what remains.

    Attributes:
        identifier: the mark that the order was placed with, where the caller knows it.
    """

    order_id: str
    instrument: Instrument
    product: Product
    price_type: PriceType
    quantity: int
    price: Decimal = ZERO
    trigger_price: Decimal = ZERO
    disclosed_quantity: int = 0
    validity: Validity = Validity.DAY
    identifier: str = ""


class Order(NamedTuple):
    """The broker's record of one order, as last reported.

    A tuple rather than a dataclass: order books run to thousands of rows and are mapped whole at every refresh.

    Attributes:
        order_id: the broker's number as text, since it outgrows a float.
        identifier: the mark given when the order was placed; "" if none was.
        price, trigger_price, average_price: rupees; the average covers the filled units and is zero before any.
        quantity, filled, pending: units.
        reason: why it was rejected or cancelled, in the broker's words.
        placed_at, updated_at: wall clock in IST without zone, None when the broker sent none.
    """

    order_id: str
    identifier: str
    instrument: InstrumentKey
    broker_symbol: str
    side: Side
    product: str
    price_type: PriceType | None
    state: OrderState
    quantity: int
    filled: int
    pending: int
    price: Decimal
    trigger_price: Decimal
    average_price: Decimal
    reason: str
    placed_at: datetime | None
    updated_at: datetime | None

    @property
    def is_working(self) -> bool:
        """Whether it can still trade."""
        return self.state not in TERMINAL_STATES

    @property
    def could_trade(self) -> int:
        """Units that it could still trade: the larger figure where what is left and what was filled contradict."""
        return max(self.pending, self.quantity - self.filled)

    @property
    def has_ended_early(self) -> bool:
        """Whether it ended, without being refused, before all of it had traded."""
        return self.state in {OrderState.CANCELLED, OrderState.EXPIRED} and self.filled < self.quantity

    @property
    def was_refused(self) -> bool:
        """Whether broker or exchange refused it before it traded at all."""
        return self.state is OrderState.REJECTED and self.filled == 0

    @property
    def is_conditional(self) -> bool:
        """Whether it waits for a trigger; the broker reports a waiting stop as new like any resting order.

        One that has traded a unit was triggered, so that its rest is an order like any other.
        """
        return self.price_type is not None and self.price_type.has_trigger and self.filled == 0


class Trade(NamedTuple):
    """One execution.

    Attributes:
        quantity: units of this execution alone.
        price: rupees of this execution alone.
        executed_at: wall clock in IST without zone, None when the broker sent none.
    """

    trade_id: str
    order_id: str
    identifier: str
    instrument: InstrumentKey
    broker_symbol: str
    side: Side
    product: str
    quantity: int
    price: Decimal
    executed_at: datetime | None


def bearing(orders: Iterable[Order], identifier: str, side: Side) -> Order | None:
    """Return the order that was sent with an identifier, None if none of these is it.

    Of a cover or bracket order all parts have the identifier, and ``side`` distinguishes the entry from its exits.
    Should several still fit, one that was not refused says more than one that was.
    """
    found = [order for order in orders if order.identifier == identifier and order.side is side]
    return min(found, key=lambda order: order.was_refused, default=None)
