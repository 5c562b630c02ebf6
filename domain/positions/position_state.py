"""What is held of one position and which orders could still change it, as one value that plans are made from."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from jainam_prop.domain.orders.journal import JournalEntry
from jainam_prop.domain.orders.order import Order, PriceType, Side
from jainam_prop.domain.positions.account_state import KnownOrder
from jainam_prop.domain.positions.lost_orders import UnresolvedOrder

VISIBLE_WITHIN: Final = timedelta(minutes=2)
"""An accepted order that the order book does not show after this long is not there."""


class Urgency(IntEnum):
    """When a working order trades: at once (MARKET, or a triggered SL-M), at its limit, or after its trigger."""

    IMMEDIATE = 0
    RESTING = 1
    WAITING = 2


@dataclass(frozen=True, slots=True)
class WorkingOrder:
    """A working order, or an accepted one that the book does not show yet.

    Attributes:
        units: what it could still trade, signed.
        urgency: when it trades.
        is_unseen: whether the order book does not show it yet.
        row: its row in the order book, with all its terms; None while it is unseen.
    """

    order_id: str
    units: int
    urgency: Urgency = Urgency.RESTING
    is_unseen: bool = False
    row: Order | None = field(default=None, compare=False, repr=False)

    def protects(self, net: int) -> bool:
        """Whether it is a stop that protects a position: protection, not intent.

        To count it as an exit under way would buy the position a second time. A stop on a flat account, or one that
        adds to a position, is an entry like any other.
        """
        return self.urgency is Urgency.WAITING and self.units * net < 0


@dataclass(frozen=True, slots=True)
class PositionState:
    """One position that is certain, in units.

    Attributes:
        net: what is held, signed.
        filled: what today's orders added, signed.
        working: the orders that could still trade.
        unresolved: orders of ours of unknown outcome.
        doubt: why the position is not certain, where an exit may trade what all evidence allows: then that is ``net``.
    """

    net: int
    filled: int = 0
    working: tuple[WorkingOrder, ...] = ()
    unresolved: tuple[UnresolvedOrder, ...] = ()
    doubt: str = ""

    @property
    def is_flat(self) -> bool:
        """Whether nothing is held and nothing works."""
        return not self.net and not self.has_working

    @property
    def intended(self) -> tuple[WorkingOrder, ...]:
        """The orders under way that are meant to change the position; stops that guard it are not."""
        return tuple(order for order in self.working if not order.protects(self.net))

    @property
    def protective_stops(self) -> tuple[WorkingOrder, ...]:
        """The stops under way that guard the position."""
        return tuple(order for order in self.working if order.protects(self.net))

    @property
    def in_flight(self) -> int:
        """What working orders are meant to add, signed."""
        return sum(order.units for order in self.intended)

    @property
    def has_working(self) -> bool:
        """Whether anything could fill between two reads, or after them."""
        return bool(self.working or self.unresolved)

    @property
    def unprotected(self) -> int:
        """Units that are held and that no order but a stop may still close."""
        return self._left_by(self.intended)

    @property
    def safe_to_close(self) -> int:
        """Units that can be squared off now without any chance of a reversal, should every open exit trade too."""
        return self._left_by(self.working)

    def _left_by(self, orders: Iterable[WorkingOrder]) -> int:
        units = [order.units for order in orders] + [order.units for order in self.unresolved]
        return max(0, abs(self.net) - sum(abs(each) for each in units if each * self.net < 0))


def working_order(order: KnownOrder, since: float | None = None) -> WorkingOrder:
    """Return what an order of the account state could still do to its position.

    One that this store sent ``since`` a moment (monotonic) is immediate unless it waits: a caller of that moment had it
    sent for a signal of now, and a LIMIT that market protection made trades at once as a rule.
    """
    urgency = urgency_of(order.price_type, has_traded=order.filled > 0)
    if since is not None and order.sent_at is not None and order.sent_at >= since and urgency is Urgency.RESTING:
        urgency = Urgency.IMMEDIATE
    return WorkingOrder(order.order_id, order.units, urgency, is_unseen=order.row is None, row=order.row)


def urgency_of(price_type: PriceType | None, *, has_traded: bool = False) -> Urgency:
    """Return when an order trades; a stop that has traded a unit was triggered, so that its rest does not wait."""
    if price_type is not None and price_type.has_trigger and not has_traded:
        return Urgency.WAITING
    return Urgency.IMMEDIATE if price_type in {PriceType.MARKET, PriceType.SL_M} else Urgency.RESTING


def unseen(entries: Iterable[JournalEntry], orders: Iterable[Order], now: datetime) -> list[WorkingOrder]:
    """Return the accepted orders that the book does not show yet.

    An order is known by its identifier or by its id, since not every book is certain to return identifiers.
    """
    shown = {mark for order in orders for mark in (order.identifier, order.order_id) if mark}
    return [
        WorkingOrder(
            entry.order_id,
            Side(entry.intent.side).sign * entry.intent.quantity,
            urgency_of(PriceType(entry.intent.price_type)),
            is_unseen=True,
        )
        for entry in entries
        if entry.is_live
        and now - entry.intent.made_at <= VISIBLE_WITHIN
        and shown.isdisjoint({entry.intent.identifier, entry.order_id})
    ]
