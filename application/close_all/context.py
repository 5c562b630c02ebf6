"""The context of one emergency close: its legs, its cancels, and its report."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, final

from jainam_prop.application.books.reconcile import Reading
from jainam_prop.application.close_all.leg import CloseLeg
from jainam_prop.application.close_all.report import CloseReport, LegReport, LegState
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.positions.close_all import ClosePlan
from jainam_prop.domain.positions.position import Position, PositionKey
from jainam_prop.domain.sessions.session import Session

_ASKED_AT_MOST: Final = 2


@final
class CloseContext:
    """The plan of a close, with what was done and read so far; used by one thread but for the legs while they are sent.

    Attributes:
        looked_at: the moment since which the books of the last look were read, on the monotonic clock.
        unguarded_at: from then on legs go without a lock that another process still holds.
        cleared_at: until then accepted cancels are waited for.
    """

    def __init__(self, session: Session, plan: ClosePlan, products: frozenset[str] | None, deadline: Deadline) -> None:
        """Start a plan for the session that owns the positions."""
        self.session = session
        self.plan = plan
        self.deadline = deadline
        self.legs = sorted((CloseLeg(planned) for planned in (*plan.legs, *plan.doubtful)), key=lambda leg: leg.key)
        self.looked_at = 0.0
        self.unguarded_at = deadline.at
        self.cleared_at = 0.0
        self._products = products
        self._asked: dict[str, int] = {}
        self._refused: frozenset[str] = frozenset()
        self._reported: CloseReport | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether another look may show something else of any leg."""
        return any(leg.is_waiting for leg in self.legs)

    @property
    def unguarded(self) -> list[CloseLeg]:
        """The legs that another process may be deciding about."""
        return [leg for leg in self.legs if not leg.is_guarded]

    def read(self, readings: Mapping[PositionKey, Reading], orders: Iterable[Order]) -> None:
        """Record a read of the books."""
        shown = {order.order_id: order for order in orders}
        for leg in self.legs:
            if leg.key in readings:
                leg.read(readings[leg.key])
            leg.watched(shown)

    def asked(self, order_ids: Sequence[str], refused: frozenset[str]) -> None:
        """Record which cancels were requested, and which of them were not accepted."""
        for order_id in order_ids:
            self._asked[order_id] = self._asked.get(order_id, 0) + 1
        self._refused = (self._refused - frozenset(order_ids)) | refused

    def ready(self, now: float) -> list[CloseLeg]:
        """Return the legs to send at a moment, without those with a cancelled order that has not ended yet."""
        return [leg for leg in self.legs if leg.can_send and not self._is_clearing(leg, now)]

    def _is_clearing(self, leg: CloseLeg, now: float) -> bool:
        agreed = self._asked.keys() - self._refused
        return now < self.cleared_at and not agreed.isdisjoint(leg.obstacles)

    def in_the_way(self) -> list[str]:
        """Return the orders to cancel now: those found since the plan was made, and once more those refused before."""
        return [
            order_id
            for leg in self.legs
            for order_id in leg.obstacles
            if order_id not in self._asked or (order_id in self._refused and self._asked[order_id] < _ASKED_AT_MOST)
        ]

    def to_take_back(self) -> list[str]:
        """Return the closing orders that rest and for which no cancel was requested yet."""
        return [order_id for leg in self.legs for order_id in leg.resting if order_id not in self._asked]

    def opened_meanwhile(self, positions: Iterable[Position], hidden: Iterable[PositionKey]) -> str:
        """Say how many positions in scope are open, or may be, of which the plan did not know; "" when none is."""
        planned = {leg.key for leg in self.legs} | {skip.key for skip in self.plan.skipped}
        found = {position.key for position in positions if position.net} | set(hidden)
        opened = [key for key in found - planned if self._products is None or key.product in self._products]
        return f"{len(opened)} positions were opened meanwhile" if opened else ""

    def report_progress(self, progress: Callable[[CloseReport], None]) -> None:
        """Call ``progress`` with the report so far, where it has changed."""
        report = self.report()
        if report != self._reported:
            self._reported = report
            progress(report)

    def report(self, problem: str = "") -> CloseReport:
        """Return the report so far, with the legs in the order of the plan."""
        skipped = [
            LegReport(skip.key, skip.broker_symbol, skip.net, skip.net, (), LegState.SKIPPED, skip.reason)
            for skip in self.plan.skipped
        ]
        by_key = {leg.key: leg for leg in self.legs if not leg.was_flat}
        planned = [leg.key for leg in (*self.plan.legs, *self.plan.doubtful)]
        reports = [by_key[key].report() for key in planned if key in by_key]
        return CloseReport((*reports, *skipped), len(self.plan.cancels), problem)
