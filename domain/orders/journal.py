"""What the journal remembers of an order: the intent before its bytes leave, then every turn of its fate."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.memo import Memo
from jainam_prop.domain.money import ZERO
from jainam_prop.domain.orders.linked_order import BracketRequest, CoverRequest
from jainam_prop.domain.orders.order import OrderRequest, Side
from jainam_prop.domain.positions.position import PositionKey

REQUEST_ENDED: Final = "The request is over."
"""In the note of an order of unknown outcome: its request cannot arrive any more, so that order books can prove it."""

ARRIVED_LATE: Final = "arrived late"
"""Begins the note of an order that has arrived after reads had shown that it never did."""

CLEARANCE: Final = "CLEARANCE"
CONVERSION: Final = "CONVERT"
"""In the place of the price type: cancels before an exit, and a change of product."""


class IntentState(StrEnum):
    """How far an intent has come; ``INTENDED``, ``SENT`` and ``UNKNOWN`` are unresolved.

    ``RESOLVED`` and ``NEVER_ARRIVED`` end an unknown outcome by what the books show, or do not show.
    """

    INTENDED = "intended"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_SENT = "not sent"
    UNKNOWN = "unknown"
    RESOLVED = "resolved"
    NEVER_ARRIVED = "never arrived"

    @property
    def is_open(self) -> bool:
        """Whether it is not known yet what became of the order."""
        return self in _OPEN


_OPEN: Final = frozenset({IntentState.INTENDED, IntentState.SENT, IntentState.UNKNOWN})

_POSITION: Final[Memo[tuple[str, int, str], PositionKey]] = Memo(
    lambda words: PositionKey(InstrumentKey(Exchange(words[0]), words[1]), words[2])
)
"""By exchange, token and product: a decision asks it of every recent entry, several times."""


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
    def of(cls, order: OrderRequest | CoverRequest | BracketRequest, made_at: datetime) -> "Intent":
        """Describe an order that carries its identifier; ``made_at`` is UTC. Of a linked one, the entry."""
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

    @classmethod
    def to_change(  # noqa: PLR0913 (an intent is that many facts)
        cls, key: PositionKey, units: int, *, symbol: str, how: str, identifier: str, made_at: datetime
    ) -> "Intent":
        """Describe what a command of the broker's own is to do to a position: signed units, without an order of ours.

        ``how`` takes the place of the price type. Such an intent is never ``ACCEPTED``, because no order carries
        its identifier: it ends with what the position book shows.
        """
        return cls(
            identifier=identifier,
            exchange=key.instrument.exchange,
            token=key.instrument.token,
            symbol=symbol,
            side=Side.BUY if units > 0 else Side.SELL,
            product=key.product,
            price_type=how,
            quantity=abs(units),
            price=ZERO,
            trigger_price=ZERO,
            made_at=made_at,
        )

    @property
    def position(self) -> PositionKey:
        """The position that its fills go to."""
        return _POSITION[self.exchange, self.token, self.product]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An intent with its latest state, the broker's order id where known, and the reason for the state."""

    intent: Intent
    state: IntentState
    order_id: str
    note: str
    changed_at: datetime

    @property
    def is_live(self) -> bool:
        """Whether the broker is known to have taken an order for it, which may have ended since."""
        return self.state in {IntentState.ACCEPTED, IntentState.RESOLVED} and self.order_id != ""


@dataclass(frozen=True, slots=True)
class JournalEvent:
    """One change of state of an intent, at a moment in UTC; events are added and never changed."""

    state: IntentState
    order_id: str
    note: str
    happened_at: datetime
