"""One position of an emergency close: what was read and sent, and its state."""

from collections.abc import Container, Mapping
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.application.books.reconcile import Reading
from jainam_prop.application.close_all.report import LegReport, LegState
from jainam_prop.application.orders.place import Placement
from jainam_prop.application.orders.protective_stops import StopChanges
from jainam_prop.domain.errors import (
    BrokerError,
    OutcomeUnknown,
    PartlyPlaced,
    Rejected,
    SideEffects,
    may_be_repeated,
    root_cause,
)
from jainam_prop.domain.orders.order import Order, OrderRequest, OrderState, PriceType, Product, Side
from jainam_prop.domain.positions.close_all import Leg
from jainam_prop.domain.positions.position import closing_side
from jainam_prop.domain.positions.position_state import PositionState, Urgency, WorkingOrder

_PASSES: Final = 2
"""Closing orders that count: a first, and one for what is left; not those that the exchange ended early by itself."""
_PAUSE_SECONDS: Final = 3.0
"""Until another is sent after one that the exchange ended with nothing traded."""
_PATIENCE_SECONDS: Final = 5.0
"""How long an exit at market that is not of this close may take, before it is cancelled like any other order."""


@final
class CloseLeg:
    """One position of an emergency close.

    Used by one thread at a time: a task runner's while it sends, the caller's otherwise.

    Attributes:
        rests_until: monotonic; no other closing order goes before.
        is_guarded: whether the lock of the position is held, or was waited for long enough.
        was_sent: whether the broker answered its latest closing order, or may have it.
        protection: what became of its stops, where they were put back or lost.
    """

    def __init__(self, leg: Leg, *, keep_entries: bool = False) -> None:
        """Start with a planned leg, of which nothing is certain yet."""
        self._keep_entries = keep_entries
        self.key = leg.key
        self.instrument = leg.instrument
        self.order_ids: tuple[str, ...] = ()
        self.is_guarded = False
        self._held = leg.net
        self._delivered = leg.delivered
        self._sent = 0
        self._reading: Reading | None = None
        self._seen: PositionState | None = None
        self._error: BrokerError | None = None
        self._first_seen: dict[str, float] = {}
        self._lost: set[str] = set()
        self._ended_early: set[str] = set()
        self.rests_until = 0.0
        self._stops: dict[str, Order] = {}
        self.protection = SideEffects()
        self.was_sent = False

    @property
    def is_closed(self) -> bool:
        """Whether a settled book shows it flat with nothing left that could trade."""
        return self._remaining == 0 and not self._has_open_orders

    @property
    def was_flat(self) -> bool:
        """Whether it only looked as if it might have been open."""
        return self._held == 0 and self._remaining == 0 and (self.is_closed or self._keep_entries)

    @property
    def can_send(self) -> bool:
        """Whether a closing order may go: the position is certain, units are free, and none was refused before."""
        return self.is_guarded and self._may_send_again and self._units > 0

    @property
    def is_waiting(self) -> bool:
        """Whether another look may show something else: the books disagree, or orders are still on their way."""
        if self.is_closed:
            return False
        if self._remaining is None or self._has_open_orders or not self.is_guarded:
            return True
        return self._may_send_again and self._units > 0

    @property
    def is_pending(self) -> bool:
        """Whether the broker's next answer may let it go on: it is not known yet, or its order was not sent or lost."""
        if self.is_closed:
            return False
        is_lost = self._seen is not None and bool(self._seen.unresolved)
        return is_lost or self._remaining is None or (self._may_send_again and self._units > 0)

    def obstacles(self, now: float) -> tuple[str, ...]:
        """Orders of others that still work for the contract; ``now`` is monotonic.

        An order at market that closes is no obstacle for a while: another close may have sent it.
        """
        if self._seen is None or (not self._held and self._keep_entries):
            return ()
        return tuple(
            order.order_id
            for order in self._seen.working
            if order.order_id not in self.order_ids and not self._is_an_exit_under_way(order, now)
        )

    def _is_an_exit_under_way(self, order: WorkingOrder, now: float) -> bool:
        if order.urgency is not Urgency.IMMEDIATE or order.units * (self._remaining or 0) >= 0:
            return False
        return now - self._first_seen.setdefault(order.order_id, now) < _PATIENCE_SECONDS

    def stops_to_restore(self) -> StopChanges | None:
        """Return its stops that were seen cancelled, where no exit follows them any more; None otherwise."""
        if self._may_have_exited or self.is_closed or not self._stops or self._remaining == 0:
            return None
        return StopChanges(cancelled=list(self._stops.values()))

    @property
    def lost_protection(self) -> SideEffects:
        """Say that its stops stay cancelled although it may still be open: one that fired then could reverse it."""
        if self.is_closed or not self._stops or self._remaining == 0:
            return SideEffects()
        stops = ", ".join(self._stops)
        words = f"The position has lost protection: stop {stops} was not put back, since other orders close its units."
        if self._may_have_exited:
            words = f"The position may have lost protection: stop {stops} was cancelled, the exit may still trade."
        return SideEffects(words, is_unprotected=True)

    @property
    def _may_have_exited(self) -> bool:
        """Whether a closing order may have traded, or may still do so, without a read that shows it."""
        if self._error is not None and isinstance(root_cause(self._error), OutcomeUnknown):
            return True
        if self._seen is None:
            return bool(self.order_ids)
        return any(order.order_id in self.order_ids for order in self._seen.working)

    @property
    def closing_side(self) -> Side | None:
        """The side that reduces it; None while it only may be open."""
        return closing_side(self._held) if self._held else None

    @property
    def room(self) -> int:
        """Units that stops may close: those that are held, or were when that is not known, and no exit may close."""
        if self._seen is None:
            return abs(self._held)
        return min(abs(self._remaining or 0), self._seen.safe_to_close)

    @property
    def resting(self) -> tuple[str, ...]:
        """Closing orders that the market has left behind, where another may follow at the price of that moment."""
        if self._seen is None or not self._may_send_again:
            return ()
        return tuple(order.order_id for order in self._seen.working if order.order_id in self.order_ids)

    def read(self, reading: Reading) -> None:
        """Record the latest read of the position."""
        self._reading, self._seen = reading, reading.value_or(None)
        self._settle_unknown()
        self._held = self._held or self._remaining or 0

    def _settle_unknown(self) -> None:
        """Forget a closing order of unknown outcome once a read shows what became of it, or that it never arrived."""
        cause = None if self._error is None else root_cause(self._error)
        self._lost |= {cause.identifier} if isinstance(cause, OutcomeUnknown) and cause.identifier else set()
        if self._seen is None or not isinstance(cause, OutcomeUnknown):
            return
        if cause.identifier not in {one.identifier for one in self._seen.unresolved}:
            self._error = None

    def order(self) -> OrderRequest:
        """Return the market order for what may safely be closed now."""
        if self._seen is None:
            message = "an order for a position that is not known"
            raise AssertionError(message)
        return OrderRequest(
            instrument=self.instrument,
            side=closing_side(self._seen.net),
            product=Product(self.key.product),
            price_type=PriceType.MARKET,
            quantity=self._units,
        )

    def sent(self, outcome: Result[Placement, BrokerError]) -> None:
        """Record how the broker answered the closing order."""
        self._error = None if is_successful(outcome) else outcome.failure()
        self.was_sent = self._error is None or not may_be_repeated(self._error)
        self._sent += self.was_sent
        if self._error is None:
            self.order_ids += outcome.unwrap().order_ids
        elif isinstance(self._error, PartlyPlaced):
            self.order_ids += self._error.order_ids

    def watched(self, shown: Mapping[str, Order], taken_back: Container[str], now: float) -> None:
        """Record the order book: a closing order may be refused after it was accepted, and stops end as cancelled."""
        found = [each.order_id for each in shown.values() if each.identifier in self._lost]
        self.order_ids += tuple(order_id for order_id in found if order_id not in self.order_ids)
        for order in (shown[order_id] for order_id in self.order_ids if order_id in shown):
            if order.state is OrderState.REJECTED:
                self._error = Rejected(order.reason or "rejected without a reason")
            is_new = order.has_ended_early and order.order_id not in self._ended_early
            if is_new and (order.filled or order.order_id not in taken_back):
                self._ended_early.add(order.order_id)
                self.rests_until = now if order.filled else now + _PAUSE_SECONDS

    def cancelled(self, order: Order) -> None:
        """Record an order of this position that was seen cancelled, by its row before that."""
        if order.is_conditional and order.side is self.closing_side:
            self._stops[order.order_id] = order

    def report(self) -> LegReport:
        """Return the state of the position, with the broker's words where it refused."""
        state, reason = self._verdict()
        reason = self.protection.said_with(reason)
        return LegReport(self.key, self.instrument.symbol, self._held, self._remaining, self.order_ids, state, reason)

    def _verdict(self) -> tuple[LegState, str]:
        if self.is_closed:
            return LegState.CLOSED, ""
        if self._error is not None:
            return _state_of(self._error), self._error.message
        if self._reading is None:
            return LegState.UNKNOWN, "not looked at yet" if self.is_guarded else "another process is deciding about it"
        if self._seen is None:
            return LegState.UNKNOWN, self._reading.failure().message
        return LegState.UNKNOWN, self._what_is_open(self._seen)

    def _what_is_open(self, seen: PositionState) -> str:
        if seen.doubt:
            return seen.doubt
        if seen.unresolved:
            return f"the outcome of order {', '.join(one.identifier for one in seen.unresolved)} is unknown"
        if seen.working:
            return "orders of this position are still working"
        lot = self.instrument.lot_size
        if abs(seen.net) < lot:
            return f"{seen.net} units remain, less than one lot of {lot}: they cannot be traded"
        return f"{seen.net} units remain"

    @property
    def _may_send_again(self) -> bool:
        return self._sent < _PASSES + len(self._ended_early) and (self._error is None or may_be_repeated(self._error))

    @property
    def _remaining(self) -> int | None:
        """Units that are held, None while that is not certain."""
        return None if self._seen is None or self._seen.doubt else self._closable

    @property
    def _closable(self) -> int:
        """Signed units that may be closed as far as the position is known, without deliveries."""
        net = 0 if self._seen is None else self._seen.net
        return min(0, net + self._delivered) if net < 0 else net

    @property
    def _units(self) -> int:
        if self._seen is None:
            return 0
        lot = self.instrument.lot_size
        return min(self._seen.safe_to_close, abs(self._closable)) // lot * lot

    @property
    def _has_open_orders(self) -> bool:
        return self._seen is not None and self._seen.has_working


def _state_of(error: BrokerError) -> LegState:
    cause = root_cause(error)
    if isinstance(cause, OutcomeUnknown):
        return LegState.UNKNOWN
    return LegState.NOT_SENT if may_be_repeated(cause) else LegState.REJECTED
