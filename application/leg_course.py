"""The course of one position through an emergency close."""

from collections.abc import Mapping
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.application.close_report import LegReport, LegState
from jainam_prop.application.exposure_reader import Reading
from jainam_prop.application.use_cases.place_order import Placement
from jainam_prop.domain.close_all import Leg
from jainam_prop.domain.errors import BrokerError, OutcomeUnknown, PartlyPlaced, Rejected
from jainam_prop.domain.exposure import Snapshot
from jainam_prop.domain.order import Order, OrderRequest, OrderState, PriceType, Product
from jainam_prop.domain.position import closing_side

_MOST_SENDS: Final = 2
"""A first closing order, and one more for what a certain look shows to remain."""


@final
class LegCourse:
    """What was read and sent for one position, and what that amounts to.

    Used by one thread at a time: the crew's while it sends, the closer's otherwise.
    """

    def __init__(self, leg: Leg) -> None:
        """Start with a planned leg, of which nothing is certain yet."""
        self.leg = leg
        self.order_ids: tuple[str, ...] = ()
        self._reading: Reading | None = None
        self._error: BrokerError | None = None
        self._sends = 0

    @property
    def is_closed(self) -> bool:
        """Whether a settled book shows it flat with nothing left that could trade."""
        return self._remaining == 0 and not self._has_open_orders

    @property
    def can_send(self) -> bool:
        """Whether a closing order may go: the position is certain, units are free, and none was refused before."""
        return self.may_send_again and self._units > 0

    @property
    def may_send_again(self) -> bool:
        """Whether another closing order may follow, should units be free then."""
        return self._error is None and self._sends < _MOST_SENDS

    def read(self, reading: Reading) -> None:
        """Take in the latest look at the position."""
        self._reading = reading

    def order(self) -> OrderRequest:
        """Return the market order for what may safely be closed now."""
        remaining = self._remaining
        if remaining is None:
            message = "an order for a position that is not known"
            raise AssertionError(message)
        return OrderRequest(
            instrument=self.leg.instrument,
            side=closing_side(remaining),
            product=Product(self.leg.key.product),
            price_type=PriceType.MARKET,
            quantity=self._units,
        )

    def sent(self, outcome: Result[Placement, BrokerError]) -> None:
        """Take in how the broker answered the closing order."""
        self._sends += 1
        if is_successful(outcome):
            self.order_ids += outcome.unwrap().order_ids
            return
        self._error = outcome.failure()
        if isinstance(self._error, PartlyPlaced):
            self.order_ids += self._error.order_ids

    def watched(self, ended: Mapping[str, Order]) -> None:
        """Take in the last state of the closing orders that have ended."""
        for order_id in self.order_ids:
            order = ended.get(order_id)
            if order is not None and order.state is OrderState.REJECTED:
                self._error = Rejected(order.reason or "rejected without a reason")

    def report(self) -> LegReport:
        """Say how the position stands, in the broker's words where it refused."""
        state, reason = self._verdict()
        return LegReport(
            self.leg.key, self.leg.instrument.symbol, self.leg.net, self._remaining, self.order_ids, state, reason
        )

    def _verdict(self) -> tuple[LegState, str]:
        if self.is_closed:
            return LegState.CLOSED, ""
        if self._error is not None:
            unknown = isinstance(self._error, OutcomeUnknown | PartlyPlaced)
            return (LegState.UNKNOWN if unknown else LegState.REJECTED), self._error.message
        if self._reading is None:
            return LegState.UNKNOWN, "not looked at yet"
        if not is_successful(self._reading):
            return LegState.UNKNOWN, self._reading.failure().message
        if self._has_open_orders:
            return LegState.UNKNOWN, "orders of this position are still working"
        return LegState.UNKNOWN, f"{self._remaining} units remain"

    @property
    def _seen(self) -> Snapshot | None:
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
