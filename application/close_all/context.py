"""The context of one emergency close: its legs, its cancels, and its report."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.application.books.reconcile import Reading
from jainam_prop.application.close_all.leg import CloseLeg
from jainam_prop.application.close_all.report import CloseReport, left_open
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, may_be_repeated
from jainam_prop.domain.orders.order import Order, OrderState, PriceType
from jainam_prop.domain.positions.close_all import ClosePlan, Leg
from jainam_prop.domain.positions.position import PositionKey, key_of
from jainam_prop.domain.sessions.session import Session

_ASKED_AT_MOST: Final = 2


@final
class CloseContext:
    """The plan of a close, with what was done and read so far; used by one thread but for the legs while they are sent.

    Attributes:
        looked_at: the moment since which the books of the last look were read, on the monotonic clock.
        unguarded_at: from then on legs go without a lock that another process still holds.
        cleared_at: until then accepted cancels are waited for.
        read_seconds: time of the next read of the books; longer after one that failed.
    """

    def __init__(
        self, session: Session, plan: ClosePlan, deadline: Deadline, began: float, *, keep_entries: bool = False
    ) -> None:
        """Start a plan for the session that owns the positions; ``keep_entries`` spares orders of flat contracts."""
        self._keep_entries = keep_entries
        self.session = session
        self.plan = plan
        self.deadline = deadline
        self.legs = self._legs_of((*plan.legs, *plan.doubtful))
        self.looked_at = began
        self.unguarded_at = (began + deadline.at) / 2
        self.cleared_at = 0.0
        self.read_seconds = 0.0
        self._asked: dict[str, int] = {}
        self._refused: frozenset[str] = frozenset()
        self._reported: CloseReport | None = None
        self._working = {order.order_id: order for order in (*plan.cancels, *plan.entries)}
        self._cancelled: dict[str, None] = {}
        self._ended: set[str] = set()

    def _legs_of(self, planned: Iterable[Leg]) -> list[CloseLeg]:
        return sorted((CloseLeg(leg, keep_entries=self._keep_entries) for leg in planned), key=lambda leg: leg.key)

    @property
    def is_waiting(self) -> bool:
        """Whether another look may show something else of any leg."""
        return any(leg.is_waiting for leg in self.legs)

    @property
    def is_pending(self) -> bool:
        """Whether the broker's next answer may let a leg go on: it is not known yet, or its order was not sent."""
        return any(leg.is_pending for leg in self.legs)

    @property
    def unguarded(self) -> list[CloseLeg]:
        """The legs that another process may be deciding about."""
        return [leg for leg in self.legs if not leg.is_guarded]

    def read(self, readings: Mapping[PositionKey, Reading], orders: Iterable[Order], now: float) -> None:
        """Record a read of the books at a moment."""
        shown = {order.order_id: order for order in orders}
        for leg in self.legs:
            if leg.key in readings:
                leg.read(readings[leg.key])
            leg.watched(shown, self._asked, now)
        for order in shown.values():
            self._note_cancelled(order)

    def _note_cancelled(self, order: Order) -> None:
        if order.is_working:
            self._working[order.order_id] = order
            return
        self._ended.add(order.order_id)
        was_asked = order.order_id in self._asked and order.order_id not in self._cancelled
        if was_asked and order.state is OrderState.CANCELLED:
            self._cancelled[order.order_id] = None
            before = self._working.get(order.order_id, order)
            for leg in self.legs:
                if leg.key == key_of(order):
                    leg.cancelled(before)

    @property
    def entries_left(self) -> list[str]:
        """The entries of the plan that were not seen to end."""
        return [order.order_id for order in self.plan.entries if order.order_id not in self._ended]

    @property
    def cancels_left(self) -> list[str]:
        """The entries, and the working orders of legs under lock, for which no cancel was requested yet."""
        keys = {leg.key for leg in self.legs if leg.is_guarded}
        own = [each for each in self.plan.cancels if key_of(each) in keys and not _closes_at_market(each, self.legs)]
        return [each.order_id for each in (*self.plan.entries, *own) if each.order_id not in self._asked]

    def asked(self, outcomes: Mapping[str, Result[str, BrokerError]]) -> None:
        """Record how requested cancels were answered; one that was never sent does not count."""
        for order_id, outcome in outcomes.items():
            if is_successful(outcome) or not may_be_repeated(outcome.failure()):
                self._asked[order_id] = self._asked.get(order_id, 0) + 1
        refused = frozenset(order_id for order_id, outcome in outcomes.items() if not is_successful(outcome))
        self._refused = (self._refused - outcomes.keys()) | refused

    def adopt(self, plan: ClosePlan) -> bool:
        """Add the positions and entries that a later plan finds and this one did not know.

        Returns whether there were any, or a position of orders that work is not known yet.
        """
        left = {skip.key for skip in plan.skipped}
        old = tuple(skip for skip in self.plan.skipped if skip.net or skip.key in left)
        known = {leg.key for leg in self.legs} | {skip.key for skip in old}
        entries = () if self._keep_entries else tuple(each for each in plan.entries if each not in self.plan.entries)
        legs = tuple(leg for leg in plan.legs if leg.key not in known)
        doubtful = tuple(leg for leg in plan.doubtful if leg.key not in known)
        skipped = tuple(skip for skip in plan.skipped if skip.key not in known)
        self.plan = replace(
            self.plan,
            cancels=(*self.plan.cancels, *(order for order in plan.cancels if key_of(order) not in known)),
            legs=(*self.plan.legs, *legs),
            doubtful=(*self.plan.doubtful, *doubtful),
            skipped=(*old, *skipped),
            entries=(*self.plan.entries, *entries),
        )
        self._working |= {order.order_id: order for order in entries}
        self.legs = sorted((*self.legs, *self._legs_of((*legs, *doubtful))), key=lambda leg: leg.key)
        return bool(legs or doubtful or skipped or entries) or any(not skip.net for skip in old)

    def ready(self, now: float) -> list[CloseLeg]:
        """Return the legs to send at a moment, without those with a cancelled order that has not ended yet."""
        return [leg for leg in self.legs if leg.can_send and now >= leg.rests_until and not self._is_clearing(leg, now)]

    def _is_clearing(self, leg: CloseLeg, now: float) -> bool:
        agreed = self._asked.keys() - self._refused
        return now < self.cleared_at and not agreed.isdisjoint(leg.obstacles(now))

    def in_the_way(self, now: float) -> list[str]:
        """Return the orders to cancel at a moment: those found since the plan, and once more those refused before.

        One that still works long after the broker accepted its cancel was refused by the exchange.
        """
        return [
            order_id
            for leg in self.legs
            for order_id in leg.obstacles(now)
            if order_id not in self._asked
            or (self._asked[order_id] < _ASKED_AT_MOST and (order_id in self._refused or now >= self.cleared_at))
        ]

    def to_take_back(self) -> list[str]:
        """Return the closing orders that rest and for which no cancel was requested yet."""
        return [order_id for leg in self.legs for order_id in leg.resting if order_id not in self._asked]

    def report_progress(self, progress: Callable[[CloseReport], None]) -> None:
        """Call ``progress`` with the report so far, where it has changed."""
        report = self.report()
        if report != self._reported:
            self._reported = report
            progress(report)

    def report(self, problem: str = "") -> CloseReport:
        """Return the report so far, with the legs in the order of the plan."""
        by_key = {leg.key: leg for leg in self.legs if not leg.was_flat}
        planned = [leg.key for leg in (*self.plan.legs, *self.plan.doubtful)]
        reports = [by_key[key].report() for key in planned if key in by_key]
        return CloseReport(
            (*reports, *left_open(self.plan.skipped)), tuple(self._cancelled), problem, len(self.plan.deliveries)
        )


def _closes_at_market(order: Order, legs: Iterable[CloseLeg]) -> bool:
    """Whether an order is an exit under way, which another close may have sent."""
    is_exit = any(leg.key == key_of(order) and order.side is leg.closing_side for leg in legs)
    return is_exit and order.price_type is PriceType.MARKET
