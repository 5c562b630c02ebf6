"""One position of an emergency close: what was read and sent, and its state."""

from collections.abc import Mapping
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.application.books.reconcile import Reading
from jainam_prop.application.close_all.report import LegReport, LegState
from jainam_prop.application.orders.place import Placement
from jainam_prop.domain.errors import (
    BrokerError,
    OutcomeUnknown,
    PartlyPlaced,
    Rejected,
    may_be_repeated,
    root_cause,
)
from jainam_prop.domain.orders.order import Order, OrderRequest, OrderState, PriceType, Product
from jainam_prop.domain.positions.close_all import Leg
from jainam_prop.domain.positions.position import closing_side
from jainam_prop.domain.positions.position_state import PositionState

_PASSES: Final = 2
"""A first square off, and one more for what a confirmed look shows to remain."""


@final
class CloseLeg:
    """One position of an emergency close.

    Used by one thread at a time: a task runner's while it sends, the caller's otherwise.

    Attributes:
        is_guarded: whether the lock of the position is held, or was waited for long enough.
    """

    def __init__(self, leg: Leg) -> None:
        """Start with a planned leg, of which nothing is certain yet."""
        self.key = leg.key
        self._instrument = leg.instrument
        self.order_ids: tuple[str, ...] = ()
        self.is_guarded = False
        self._held = leg.net
        self._sent = 0
        self._reading: Reading | None = None
        self._error: BrokerError | None = None

    @property
    def is_closed(self) -> bool:
        """Whether a settled book shows it flat with nothing left that could trade."""
        return self._remaining == 0 and not self._has_open_orders

    @property
    def was_flat(self) -> bool:
        """Whether it only looked as if it might have been open."""
        return self._held == 0 and self.is_closed

    @property
    def can_send(self) -> bool:
        """Whether a closing order may go: the position is certain, units are free, and none was refused before."""
        return self.is_guarded and self._may_send_again and self._units > 0

    @property
    def is_waiting(self) -> bool:
        """Whether another look may show something else: the books disagree, or orders are still on their way."""
        return not self.is_closed and (self._remaining is None or self._has_open_orders or not self.is_guarded)

    @property
    def obstacles(self) -> tuple[str, ...]:
        """Orders of others that still work for a position that is, or was, to be closed."""
        if self._seen is None or not self._held:
            return ()
        return tuple(order.order_id for order in self._seen.working if order.order_id not in self.order_ids)

    @property
    def resting(self) -> tuple[str, ...]:
        """Closing orders that the market has left behind, where another may follow at the price of that moment."""
        if self._seen is None or not self._may_send_again:
            return ()
        return tuple(order.order_id for order in self._seen.working if order.order_id in self.order_ids)

    def read(self, reading: Reading) -> None:
        """Record the latest read of the position."""
        self._reading = reading
        self._held = self._held or self._remaining or 0

    def order(self) -> OrderRequest:
        """Return the market order for what may safely be closed now."""
        remaining = self._remaining
        if remaining is None:
            message = "an order for a position that is not known"
            raise AssertionError(message)
        return OrderRequest(
            instrument=self._instrument,
            side=closing_side(remaining),
            product=Product(self.key.product),
            price_type=PriceType.MARKET,
            quantity=self._units,
        )

    def sent(self, outcome: Result[Placement, BrokerError]) -> None:
        """Record how the broker answered the closing order."""
        self._sent += 1
        self._error = None if is_successful(outcome) else outcome.failure()
        if self._error is None:
            self.order_ids += outcome.unwrap().order_ids
        elif isinstance(self._error, PartlyPlaced):
            self.order_ids += self._error.order_ids

    def watched(self, shown: Mapping[str, Order]) -> None:
        """Record the order book: a closing order may be refused after it was accepted."""
        for order_id in self.order_ids:
            order = shown.get(order_id)
            if order is not None and order.state is OrderState.REJECTED:
                self._error = Rejected(order.reason or "rejected without a reason")

    def report(self) -> LegReport:
        """Return the state of the position, with the broker's words where it refused."""
        state, reason = self._verdict()
        return LegReport(self.key, self._instrument.symbol, self._held, self._remaining, self.order_ids, state, reason)

    def _verdict(self) -> tuple[LegState, str]:
        if self.is_closed:
            return LegState.CLOSED, ""
        if self._error is not None:
            unknown = isinstance(root_cause(self._error), OutcomeUnknown)
            return (LegState.UNKNOWN if unknown else LegState.REJECTED), self._error.message
        if self._reading is None:
            return LegState.UNKNOWN, "not looked at yet" if self.is_guarded else "another process is deciding about it"
        if not is_successful(self._reading):
            return LegState.UNKNOWN, self._reading.failure().message
        return LegState.UNKNOWN, self._what_is_open(self._reading.unwrap())

    def _what_is_open(self, seen: PositionState) -> str:
        if seen.unresolved:
            return f"the outcome of order {', '.join(one.identifier for one in seen.unresolved)} is unknown"
        if seen.working:
            return "orders of this position are still working"
        return f"{seen.net} units remain"

    @property
    def _may_send_again(self) -> bool:
        return self._sent < _PASSES and (self._error is None or may_be_repeated(self._error))

    @property
    def _seen(self) -> PositionState | None:
        if self._reading is None or not is_successful(self._reading):
            return None
        return self._reading.unwrap()

    @property
    def _remaining(self) -> int | None:
        return None if self._seen is None else self._seen.net

    @property
    def _units(self) -> int:
        return 0 if self._seen is None else self._seen.safe_to_close

    @property
    def _has_open_orders(self) -> bool:
        return self._seen is not None and self._seen.has_working
