"""What the journal remembers of an order: the intent before its bytes leave, then every turn of its fate."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instrument import InstrumentKey
from jainam_prop.domain.order import OrderRequest
from jainam_prop.domain.position import PositionKey


class IntentState(StrEnum):
    """How far an intent has come; ``INTENDED``, ``SENT`` and ``UNKNOWN`` are unresolved."""

    INTENDED = "intended"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_SENT = "not sent"
    UNKNOWN = "unknown"
    RESOLVED = "resolved"

    @property
    def is_open(self) -> bool:
        """Whether nobody knows yet what became of the order."""
        return self in {IntentState.INTENDED, IntentState.SENT, IntentState.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Intent:
    """One order that is about to be sent.

    Attributes:
        identifier: the mark by which the broker's books show it.
        quantity: units; ``price`` and ``trigger_price`` rupees.
        made_at: UTC.
    """

    identifier: str
    exchange: str
    token: int
    symbol: str
    side: str
    product: str
    price_type: str
    quantity: int
    price: Decimal
    trigger_price: Decimal
    made_at: datetime

    @classmethod
    def of(cls, order: OrderRequest, made_at: datetime) -> "Intent":
        """Describe an order that carries its identifier; ``made_at`` is UTC."""
        return cls(
            identifier=order.identifier,
            exchange=order.instrument.exchange,
            token=order.instrument.token,
            symbol=order.instrument.symbol,
            side=order.side,
            product=order.product,
            price_type=order.price_type,
            quantity=order.quantity,
            price=order.price,
            trigger_price=order.trigger_price,
            made_at=made_at,
        )

    @property
    def position(self) -> PositionKey:
        """The position that its fills go to."""
        return PositionKey(InstrumentKey(Exchange(self.exchange), self.token), self.product)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An intent with its latest state, the broker's order id where known, and why it stands so."""

    intent: Intent
    state: IntentState
    order_id: str
    note: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class JournalEvent:
    """One turn of an intent's fate as it was told, at a moment in UTC; events are added and never changed."""

    state: IntentState
    order_id: str
    note: str
    happened_at: datetime
