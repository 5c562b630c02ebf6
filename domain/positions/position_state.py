"""When a position book may be traded upon: does it include every fill that is already known?

Brokers update orders and positions separately, so a position read just after a fill can still show the time before it.
What was carried into the day does not change, so *net = carried + filled today* holds in a settled book only.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import inf
from typing import Final

from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.orders.journal import REQUEST_ENDED, IntentState, JournalEntry
from jainam_prop.domain.orders.order import Order, PriceType, Product, Side
from jainam_prop.domain.positions.position import Position, PositionKey, key_of

SETTLE_SECONDS: Final = 5.0
"""Once no fill has been added for this long, the position book is believed."""

_RECENT_SECONDS: Final = 300.0
"""The server's clock may differ from ours by this much, so a fill that looks younger may be of this moment."""

VISIBLE_WITHIN: Final = timedelta(minutes=2)
"""An accepted order that the order book does not show after this long is not there."""

SETTLED_AFTER: Final = timedelta(seconds=15)
"""For an exit, an order that an error ended never arrived when a read of the order book that began so long after it was
sent does not show it. Assumed: the vendor gives no time within which an order shows; orders that were answered show
within two seconds. After silence the request may still arrive, so that it stays unknown for `VISIBLE_WITHIN`."""


@dataclass(frozen=True, slots=True)
class UnresolvedOrder:
    """An order of ours of unknown outcome.

    Attributes:
        units: signed.
        is_waiting: whether its sender may still be waiting for the reply.
        until: when an order book that does not show it settles it at the latest, UTC.
    """

    identifier: str
    units: int
    is_waiting: bool = field(default=True, compare=False)
    until: datetime | None = field(default=None, compare=False)


class Urgency(StrEnum):
    """When a working order trades: at once (MARKET, or a triggered SL-M), at its limit, or after its trigger."""

    IMMEDIATE = "immediate"
    RESTING = "resting"
    WAITING = "waiting"


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
    """What the books say of one position at about one moment, in units.

    Attributes:
        net: the position book's figure, signed.
        filled: what today's orders added according to the order book, signed.
        traded: what they bought and sold together; it grows with every fill.
        working: the orders that could still trade.
        unresolved: orders of ours of unknown outcome.
        fill_age: seconds since the newest fill by the broker's stamps; zero when it may be of this moment.
        listed: whether the position book has a row for it; a position that was open today keeps its row when flat.
    """

    net: int
    filled: int = 0
    traded: int = 0
    working: tuple[WorkingOrder, ...] = ()
    unresolved: tuple[UnresolvedOrder, ...] = ()
    fill_age: float = inf
    listed: bool = True

    @property
    def is_flat(self) -> bool:
        """Whether nothing is held and nothing works."""
        return not self.net and not self.has_working

    @property
    def is_missing(self) -> bool:
        """Whether the position book leaves out a position in which orders have traded today."""
        return not self.listed and self.traded > 0

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
    def safe_to_close(self) -> int:
        """Units that can be squared off now without any chance of a reversal, should every open exit trade too."""
        units = [order.units for order in self.working] + [order.units for order in self.unresolved]
        exits = sum(abs(each) for each in units if each * self.net < 0)
        return max(0, abs(self.net) - exits)


def position_state(
    key: PositionKey,
    orders: Iterable[Order],
    positions: Iterable[Position],
    entries: Iterable[JournalEntry],
    now: datetime,
) -> PositionState:
    """Put together what order book, position book and journal say of one position.

    Args:
        key: which position.
        orders: the order book.
        positions: the net position book.
        entries: the journal's recent entries for the same contract and product.
        now: UTC.
    """
    own = [order for order in orders if key_of(order) == key]
    shown = [
        WorkingOrder(order.order_id, order.side.sign * order.could_trade, _urgency(order), row=order)
        for order in own
        if order.is_working
    ]
    accepted, unresolved = unseen(entries, own, now)
    nets = [position.net for position in positions if position.key == key]
    return PositionState(
        net=sum(nets),
        filled=sum(order.side.sign * order.filled for order in own),
        traded=sum(order.filled for order in own),
        working=(*shown, *accepted),
        unresolved=unresolved,
        fill_age=_fill_age(own, now),
        listed=bool(nets),
    )


def carried_at_start(product: str) -> int | None:
    """What a position brought into the day where that is certain: an intraday product brings nothing."""
    return 0 if product == Product.MIS else None


def agrees(seen: PositionState, carried: int | None) -> bool:
    """Whether the position book shows exactly what was carried plus what the order book says was filled."""
    return carried is not None and seen.net == carried + seen.filled


def may_hide(seen: PositionState, *, is_proven: bool) -> bool:
    """Whether a position that the position book shows flat, or not at all, may be open all the same.

    Working orders that the order book shows are no position yet; those it does not show may have traded.

    Args:
        seen: what the books say of it.
        is_proven: whether what was carried and what was filled make exactly this position.
    """
    if seen.unresolved or any(order.is_unseen for order in seen.working):
        return True
    return not is_proven and (seen.is_missing or seen.fill_age < SETTLE_SECONDS)


def _urgency(order: Order) -> Urgency:
    if order.is_conditional:
        return Urgency.WAITING
    return Urgency.IMMEDIATE if order.price_type in {PriceType.MARKET, PriceType.SL_M} else Urgency.RESTING


def _urgency_of(price_type: str) -> Urgency:
    if PriceType(price_type).has_trigger:
        return Urgency.WAITING
    return Urgency.IMMEDIATE if price_type == PriceType.MARKET else Urgency.RESTING


def _fill_age(orders: Iterable[Order], now: datetime) -> float:
    wall_clock = now.astimezone(IST).replace(tzinfo=None)
    youngest = inf
    for order in orders:
        if order.filled:
            age = 0.0 if order.updated_at is None else (wall_clock - order.updated_at).total_seconds()
            youngest = min(youngest, age if age >= _RECENT_SECONDS else 0.0)
    return youngest


def unseen(
    entries: Iterable[JournalEntry], orders: Iterable[Order], now: datetime
) -> tuple[list[WorkingOrder], tuple[UnresolvedOrder, ...]]:
    """Return the accepted orders that the book does not show yet, and the orders of unknown outcome.

    An order is known by its identifier or by its id, since not every book is certain to return identifiers.
    """
    shown = {mark for order in orders for mark in (order.identifier, order.order_id) if mark}
    accepted: list[WorkingOrder] = []
    unresolved: list[UnresolvedOrder] = []
    for entry in entries:
        intent = entry.intent
        if not shown.isdisjoint({intent.identifier, entry.order_id}) or now - intent.made_at > VISIBLE_WITHIN:
            continue
        units = Side(intent.side).sign * intent.quantity
        if entry.is_live:
            accepted.append(WorkingOrder(entry.order_id, units, _urgency_of(intent.price_type), is_unseen=True))
        elif entry.state.is_open:
            waits = entry.state is not IntentState.UNKNOWN
            unresolved.append(UnresolvedOrder(intent.identifier, units, waits, intent.made_at + VISIBLE_WITHIN))
    return accepted, tuple(unresolved)


def is_settled(entry: JournalEntry, read_at: datetime) -> bool:
    """Whether an order of unknown outcome is taken for one that never arrived, by an order book that does not show it.

    A conversion or a square-off of the broker has no order that could show.
    """
    could_show = entry.intent.price_type in set(PriceType) and REQUEST_ENDED in entry.note
    return could_show and entry.state.is_open and read_at - entry.intent.made_at > SETTLED_AFTER
