"""Orders with their state history, and executions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from jainam_prop.adapters.simulator.catalogue.universe import Listing
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import OrderState, PriceType, Side, Validity


class Terms(NamedTuple):
    """The terms of an order, which a modification replaces; units and rupees."""

    product: str
    price_type: PriceType
    quantity: int
    price: Decimal
    trigger: Decimal
    disclosed: int
    validity: Validity


class Intake(NamedTuple):
    """A new order as it reaches the exchange.

    Attributes:
        login: the sender's user id.
        account: the client it is booked to, five asterisks for a PRO dealer's own book.
        category: ``NORMAL``, or the category of a cover or bracket leg.
        entry_id: the entry order of a cover or bracket leg, 0 for other orders.
    """

    login: str
    account: str
    listing: Listing
    side: Side
    terms: Terms
    identifier: str = ""
    source: str = ""
    category: str = "NORMAL"
    entry_id: int = 0


class OrderUpdate(NamedTuple):
    """One state in an order's history."""

    state: OrderState
    terms: Terms
    filled: int
    average: Decimal
    reason: str
    exchange_id: str
    at: datetime


@dataclass(slots=True, eq=False)
class SimOrder:
    """One order.

    Attributes:
        turn: its time priority at its price; a change of price or a larger quantity loses it.
        visible_at, history_at: from when on books and history show it.
        triggered: whether a stop has been triggered.
        blocked, unit_margin: rupees of margin blocked, in total and per unit that has not traded.
        resting_price: the price at which it rests; the last fill for the remainder of a market order.
        on_change: called with every state that it enters.
    """

    order_id: int
    intake: Intake
    terms: Terms
    placed_at: datetime
    visible_at: datetime
    history_at: datetime
    turn: int
    on_change: Callable[["SimOrder", OrderUpdate], object]
    state: OrderState = OrderState.PENDING_NEW
    filled: int = 0
    value: Decimal = Decimal(0)
    reason: str = ""
    exchange_id: str = ""
    triggered: bool = False
    resting_price: Decimal = Decimal(0)
    blocked: Decimal = Decimal(0)
    unit_margin: Decimal = Decimal(0)
    history: list[OrderUpdate] = field(default_factory=list)

    @property
    def key(self) -> InstrumentKey:
        """The instrument."""
        return self.intake.listing.key

    @property
    def side(self) -> Side:
        """The direction."""
        return self.intake.side

    @property
    def left(self) -> int:
        """Units that have not traded, in any state."""
        return self.terms.quantity - self.filled

    @property
    def average(self) -> Decimal:
        """Rupees per filled unit, zero before any."""
        return self.value / self.filled if self.filled else Decimal(0)

    @property
    def is_waiting(self) -> bool:
        """Whether it is a stop that has not been triggered."""
        return self.terms.price_type.has_trigger and not self.triggered

    @property
    def limit(self) -> Decimal | None:
        """The worst acceptable price in rupees; None for any price."""
        if self.terms.price_type.has_limit:
            return self.terms.price
        return self.resting_price or None

    def enter(self, state: OrderState, at: datetime, reason: str = "") -> None:
        """Enter a state and append it to the history."""
        self.state = state
        self.reason = reason or self.reason
        entered = OrderUpdate(state, self.terms, self.filled, self.average, self.reason, self.exchange_id, at)
        self.history.append(entered)
        self.on_change(self, entered)


class Execution(NamedTuple):
    """One fill: its own quantity and price, and the order's state right after it.

    Attributes:
        report: its number among all fills of the day.
        visible_at: from when on the position book includes it.
    """

    execution_id: int
    report: int
    order: SimOrder
    quantity: int
    price: Decimal
    product: str
    after: OrderUpdate
    at: datetime
    visible_at: datetime

    @property
    def signed(self) -> int:
        """The change of the position in signed units."""
        return self.order.side.sign * self.quantity
