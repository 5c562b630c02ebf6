"""State of one account on one day: orders, fills and net positions, kept by events and reconciled by books.

Every source may be late, incomplete or repeated: reads of the order book and of the position book, events of the order
socket, replies to our own commands, and the journal, by which the processes of one store learn of each other's orders.
An order's filled units only grow and an order that has ended stays ended, so a fill counts once, however often and in
whichever order it is heard.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.orders.order import Order, PriceType, Product, Trade
from jainam_prop.domain.positions.net_position import (
    ABSENCES,
    ENOUGH,
    SEVERAL,
    Doubtful,
    NetEvidence,
    NetPosition,
    Trust,
)
from jainam_prop.domain.positions.position import Position, PositionKey, key_of

SAME_MOMENT_SECONDS: Final = 2.0
"""A fill that was heard, or stamped by the broker, within this time of a position-book read may or may not be in it.
Assumed: the clocks of broker and client differ by less; ``doctor`` compares them."""

LOST_SECONDS: Final = 15.0
"""The least time for which order books must have left out an order that they showed working before it has ended."""
NEVER_SHOWN_SECONDS: Final = 120.0
"""The same for an order that the broker accepted and no book has ever shown (assumed: books show orders by then)."""


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """What is known of one order of the day.

    Attributes:
        sign: +1 for a purchase, -1 for a sale.
        filled, could_trade: units, never negative; `could_trade` is zero once it has ended.
        price_type: as sent or shown; None for words of the broker that are not understood.
        sent_at: when this store sent it, monotonic seconds; None for an order of another terminal.
        missing: consecutive order-book reads that left it out although they should show it.
        missing_since: when the first of these reads began, monotonic seconds.
        row: the newest row that an order book or an event showed; None while the broker has only accepted it.
    """

    order_id: str
    identifier: str
    key: PositionKey
    sign: int
    filled: int
    could_trade: int
    price_type: PriceType | None = None
    sent_at: float | None = None
    missing: int = 0
    missing_since: float = 0.0
    row: Order | None = field(default=None, compare=False, repr=False)

    @property
    def is_working(self) -> bool:
        """Whether it may still trade."""
        return self.could_trade > 0

    @property
    def units(self) -> int:
        """Signed units that it may still trade."""
        return self.sign * self.could_trade


@dataclass(slots=True)
class AccountState:
    """Orders and net positions of one account on one day; not safe across threads, the caller holds a lock.

    Attributes:
        epoch: wall clock (UTC) at monotonic zero, by which the broker's stamps are compared with our own moments.
        intraday: products that carry nothing into the day.
        orders: every order of the day by the broker's id.
        version: grows with every change of an order.
        moment: the present, monotonic seconds; set before anything is taken in.
    """

    epoch: datetime
    intraday: frozenset[str] = frozenset({Product.MIS})
    orders: dict[str, KnownOrder] = field(default_factory=dict)
    version: int = 0
    moment: float = 0.0
    _stamps_ahead: float = 0.0  # seconds by which the broker's stamps were from our future: they place no fill then
    _evidence: dict[PositionKey, NetEvidence] = field(default_factory=dict)
    _executions: dict[str, dict[str, int]] = field(default_factory=dict)
    _working: dict[PositionKey, dict[str, None]] = field(default_factory=dict)
    _looks: int = 0

    def accept(self, order: KnownOrder) -> None:
        """Take in an order that the broker accepted from this store, whether or not a book shows it yet."""
        known = self.orders.get(order.order_id)
        self._keep(order if known is None else replace(known, sent_at=order.sent_at, identifier=order.identifier))

    def see_order(self, order: Order, heard_at: float | None = None) -> None:
        """Take in one row of an order; ``heard_at`` is the monotonic moment of an event of a current feed."""
        known = self.orders.get(order.order_id)
        if known is not None and (known.key, known.sign) != (key_of(order), order.side.sign):
            return  # a row that contradicts what the order was sent or first shown with says nothing
        self._take(known or _first_seen(order), order, heard_at)

    def see_trade(self, trade: Trade, heard_at: float | None = None) -> None:
        """Take in one execution; one that was counted before is ignored."""
        executions = self._executions.setdefault(trade.order_id, {})
        if trade.trade_id in executions:
            return
        executions[trade.trade_id] = trade.quantity
        key = PositionKey(trade.instrument, trade.product)
        known = self.orders.get(trade.order_id)
        if known is None:
            known = KnownOrder(trade.order_id, trade.identifier, key, trade.side.sign, 0, 0)
        elif (known.key, known.sign) != (key, trade.side.sign):
            return
        total = sum(executions.values())
        if total > known.filled:
            left = max(0, known.could_trade - (total - known.filled))
            self._fill(known, replace(known, filled=total, could_trade=left), trade.executed_at, heard_at)
        else:
            self._keep(known)

    def see_order_book(self, orders: Iterable[Order], began: float) -> None:
        """Take in a whole order book, of which the read began at a monotonic moment.

        A working order that the book leaves out is counted as missing; after `SEVERAL` such reads over `LOST_SECONDS`
        or `NEVER_SHOWN_SECONDS` it has ended, with the fills that were known.
        """
        self.moment = max(self.moment, began)
        shown = {order.order_id: order for order in orders}
        before = {key: evidence.filled for key, evidence in self._evidence.items()}
        gains: dict[PositionKey, list[int]] = {}
        for order in shown.values():
            known = self.orders.get(order.order_id)
            filled = 0 if known is None else known.filled
            self.see_order(order)
            if order.filled > filled:
                gains.setdefault(key_of(order), []).append(order.side.sign * (order.filled - filled))
        for key, units in gains.items():
            self._of(key).widen(before.get(key, 0), units)
        for known in [each for each in self.orders.values() if each.is_working and each.order_id not in shown]:
            if known.sent_at is None or known.sent_at < began:
                self._miss(known, began)

    def see_position_book(
        self, positions: Iterable[Position], ended: float, uncertain: Mapping[PositionKey, Sequence[int]] | None = None
    ) -> None:
        """Take in a whole position book; its read ended at a monotonic moment, and the order book was read with it.

        ``uncertain`` are the signed units of orders of unknown outcome, by position.
        """
        rows: dict[PositionKey, set[Position]] = {}
        for position in positions:
            rows.setdefault(position.key, set()).add(position)
        for key in self._evidence.keys() | rows.keys() | self._working.keys():
            found = rows.get(key, set())
            if len(found) <= 1:  # rows of one position that differ name no figure
                net = next((position.net for position in found), None)
                self._of(key).see_book(net, ended, self._in_flight(key, (uncertain or {}).get(key, ())))
        self._looks += 1

    def see_positions_of_today(self, positions: Iterable[Position]) -> None:
        """Take in the position book's view of today's trades alone, read after a whole one."""
        nets = {position.key: position.net for position in positions}
        for key, evidence in self._evidence.items():
            if evidence.is_early:
                evidence.see_today(nets.get(key, 0))

    def is_early(self, key: PositionKey) -> bool:
        """Whether the view of the day is needed to tell carried units from fills."""
        return self._of(key).is_early

    def position(self, key: PositionKey) -> NetPosition:
        """Return a net position as far as the evidence goes."""
        return self._of(key).position()

    def difference(self, key: PositionKey) -> int | None:
        """Return the signed units that the position book shows more than fills and carried units; None is not known.

        A book without a row shows none.
        """
        known = self._of(key)
        return None if known.carried is None else (known.book or 0) - known.carried - known.filled

    def overdue(self, key: PositionKey, reads: int = ENOUGH) -> Doubtful | None:
        """Return both figures of a position of which the book has shown an earlier one for too long to be late."""
        return self._of(key).overdue(reads)

    def filled(self, key: PositionKey) -> int:
        """Return the signed units that today's known fills add up to."""
        return self._of(key).filled

    def is_settled(self, key: PositionKey) -> bool:
        """Whether a decision about a position needs no position book: nothing contradicts, no order is missing."""
        return self._of(key).is_settled and not any(order.missing for order in self.working(key))

    @property
    def is_surveyed(self) -> bool:
        """Whether enough whole position books were seen to know that nothing else was carried into the day."""
        return self._looks >= ABSENCES

    def settled_at(self, key: PositionKey) -> float:
        """Return when a book settled the carried units, monotonic seconds; minus infinity before any."""
        return self._of(key).settled_at

    def settle(self, key: PositionKey, carried: int, filled: int, at: float) -> None:
        """Take over carried units that another process settled when it knew fills of so many signed units."""
        self._of(key).settle(carried, filled, at)

    def convert(self, key: PositionKey, units: int, at: float) -> None:
        """Take in signed units that a verified command moved in from another product, or out to it."""
        self._of(key).convert(units, at)

    def trust(self, choice: Trust, at: float) -> dict[PositionKey, Doubtful]:
        """End every doubt by the figure that a person chose, and return what contradicted each other."""
        chosen = {key: evidence.trust(choice, at) for key, evidence in self._evidence.items()}
        return {key: doubt for key, doubt in chosen.items() if doubt is not None}

    def unsettle(self, key: PositionKey) -> None:
        """Forget carried units that a conversion changes."""
        self._of(key).unsettle()

    def newly_settled(self) -> dict[PositionKey, tuple[int, int, float]]:
        """Return what a book settled since the last call: carried units, fills known then, and the monotonic moment."""
        return {
            key: fresh for key, evidence in self._evidence.items() if (fresh := evidence.take_settled()) is not None
        }

    def working(self, key: PositionKey) -> tuple[KnownOrder, ...]:
        """Return the orders of a position that may still trade."""
        return tuple(self.orders[order_id] for order_id in self._working.get(key, ()))

    def is_behind(self, began: float) -> bool:
        """Whether an order book, of which the read began at a monotonic moment, lacks an order that was accepted."""
        return any(
            order.is_working and order.row is None and (order.sent_at or began) < began - SAME_MOMENT_SECONDS
            for order in self.orders.values()
        )

    def named(self) -> set[PositionKey]:
        """Return every position that an order or a book has named today."""
        return self._evidence.keys() | self._working.keys()

    def _of(self, key: PositionKey) -> NetEvidence:
        evidence = self._evidence.get(key)
        if evidence is None:
            begins_at_zero = key.product in self.intraday or self.is_surveyed
            evidence = self._evidence[key] = NetEvidence(carried=0 if begins_at_zero else None)
        return evidence

    def _keep(self, order: KnownOrder) -> None:
        self.version += 1
        self.orders[order.order_id] = order
        working = self._working.setdefault(order.key, {})
        if order.is_working:
            working[order.order_id] = None
        else:
            working.pop(order.order_id, None)

    def _take(self, known: KnownOrder, row: Order, heard_at: float | None) -> None:
        """Merge a row into what is known: fills only grow, and what has ended stays ended."""
        if known.row == row and not known.missing:
            return
        has_ended = (known.row is not None and not known.is_working) or not row.is_working
        is_older = row.filled < known.filled or (known.row is not None and _is_before(row, known.row))
        left = known.could_trade if is_older else row.could_trade
        merged = replace(
            known,
            identifier=known.identifier or row.identifier,
            filled=max(known.filled, row.filled),
            could_trade=0 if has_ended else left,
            price_type=known.price_type if is_older else row.price_type,
            missing=0,
            row=known.row if is_older and known.row is not None else row,
        )
        self._fill(known, merged, row.updated_at, heard_at)

    def _fill(self, before: KnownOrder, after: KnownOrder, stamp: datetime | None, heard_at: float | None) -> None:
        self._keep(after)
        gained = after.filled - before.filled
        if gained:
            units, told = after.sign * gained, self._told(stamp)
            happened_after = _after(after, told, heard_at)
            evidence = self._of(after.key)
            evidence.add_fill(units, happened_after=happened_after, learned_at=self.moment, stamped=told)

    def _told(self, stamp: datetime | None) -> float | None:
        """Return a stamp of the broker as a monotonic moment, None where its stamps place no fill."""
        if stamp is None:
            return None
        told = (stamp.replace(tzinfo=IST) - self.epoch).total_seconds()
        self._stamps_ahead = max(self._stamps_ahead, told - self.moment)
        return told if self._stamps_ahead <= SAME_MOMENT_SECONDS else None

    def _miss(self, order: KnownOrder, began: float) -> None:
        since = order.missing_since if order.missing else began
        missing = order.missing + 1
        limit = NEVER_SHOWN_SECONDS if order.row is None else LOST_SECONDS
        ended = missing >= SEVERAL and began - since >= limit
        left = 0 if ended else order.could_trade
        self._keep(replace(order, missing=missing, missing_since=since, could_trade=left))

    def _in_flight(self, key: PositionKey, uncertain: Sequence[int]) -> tuple[int, int]:
        units = [order.units for order in self.working(key)] + list(uncertain)
        return sum(each for each in units if each < 0), sum(each for each in units if each > 0)


def _after(order: KnownOrder, told: float | None, heard_at: float | None) -> float | None:
    """Return a monotonic moment after which a fill certainly happened, None when nothing tells."""
    moments = [] if order.sent_at is None else [order.sent_at]
    moments += [moment - SAME_MOMENT_SECONDS for moment in (told, heard_at) if moment is not None]
    return max(moments, default=None)


def _first_seen(order: Order) -> KnownOrder:
    return KnownOrder(order.order_id, order.identifier, key_of(order), order.side.sign, 0, order.quantity)


def _is_before(row: Order, known: Order) -> bool:
    return row.updated_at is not None and known.updated_at is not None and row.updated_at < known.updated_at
