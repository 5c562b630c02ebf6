"""The emergency exit: cancel, wait, re-read, square off, and believe only the books."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TypeAlias, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books import Books
from jainam_prop.application.close_report import CloseReport, LegReport, LegState
from jainam_prop.application.exposure_reader import ExposureReader
from jainam_prop.application.leg_course import LegCourse
from jainam_prop.application.order_clearance import OrderClearance
from jainam_prop.application.order_watch import OrderWatch
from jainam_prop.application.ports.clock import Clock
from jainam_prop.application.ports.crew import Crew
from jainam_prop.application.ports.instrument_store import InstrumentStore
from jainam_prop.application.ports.symbol_guard import SymbolGuard
from jainam_prop.application.timing import Timing
from jainam_prop.application.use_cases.place_order import PlaceOrder
from jainam_prop.domain.close_all import ClosePlan, plan_close_all
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.order import Order
from jainam_prop.domain.pacing import Deadline
from jainam_prop.domain.session import Session

Progress: TypeAlias = Callable[[CloseReport], None]


@final
@dataclass(frozen=True, slots=True)
class CloseAllPositions:
    """Squares off every open position and reports what the books show afterwards, position by position."""

    instruments: InstrumentStore
    books: Books
    exposures: ExposureReader
    clearance: OrderClearance
    watch: OrderWatch
    guard: SymbolGuard
    place: PlaceOrder
    crew: Crew
    clock: Clock
    timing: Timing

    def __call__(
        self,
        session: Session,
        products: frozenset[str] | None = None,
        progress: Progress = lambda _report: None,
    ) -> Result[CloseReport, BrokerError]:
        """Close all positions; fails only when the books cannot be read, and then nothing was done.

        Smart orders of the same positions are waited for, but not for ever: an exit goes on without its guard.
        Working orders of the positions go first and are waited for. No leg ever sends more units than a settled
        position book shows less every exit that could still trade, so that nothing is reversed. One failing leg does
        not stop the others.

        Args:
            session: whose positions.
            products: only these; None is all.
            progress: told how far the close has come, after every stage.
        """
        began = self.clock.monotonic()
        planned = self.plan(session, products)
        if not is_successful(planned):
            return Failure(planned.failure())
        plan = planned.unwrap()
        run = _Run(session, plan, [LegCourse(leg) for leg in plan.legs], Deadline(began + self.timing.close_all))
        with ExitStack() as guards:
            for key in sorted(course.leg.key for course in run.courses):
                guards.enter_context(self.guard.hold(key, self.timing.call, reduces=True))
            progress(run.report())
            self.clearance(session, [order.order_id for order in plan.cancels], run.deadline, self._soon(run))
            self._square_off(run, None if plan.cancels else began, progress)
        return Success(run.report(self._opened_meanwhile(run, products)))

    def plan(self, session: Session, products: frozenset[str] | None = None) -> Result[ClosePlan, BrokerError]:
        """Read the books and say what a close would do, without doing it."""
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        positions = self.books.positions(session, deadline)
        if not is_successful(positions):
            return Failure(positions.failure())
        orders = self.books.orders(session, deadline)
        if not is_successful(orders):
            return Failure(orders.failure())
        return Success(plan_close_all(positions.unwrap(), orders.unwrap(), self.instruments.find_key, products))

    def _square_off(self, run: "_Run", not_before: float | None, progress: Progress) -> None:
        """Send what is certain at once, then look again, with patience, until nothing more can be sent.

        A leg sends twice at most, so this ends.
        """
        self._look(run, not_before, once=True)
        while True:
            progress(run.report())
            ready = [course for course in run.courses if course.can_send]
            self.crew.run([self._send_task(run, course) for course in ready])
            ids = {order_id for course in ready for order_id in course.order_ids}
            ended = self.watch.until_ended(run.session, ids, self._soon(run))
            for course in ready:
                course.watched(ended)
            self._take_back(run, [course for course in ready if course.may_send_again], ended)
            self._look(run)
            if not any(course.can_send for course in run.courses):
                progress(run.report())
                return

    def _take_back(self, run: "_Run", courses: Sequence[LegCourse], ended: Mapping[str, Order]) -> None:
        """Cancel closing orders that rest, as a protected one does when the market has left its limit behind.

        Only while another order may follow at the price of that moment: the last one stays, since it may yet fill.
        """
        resting = [order_id for course in courses for order_id in course.order_ids if order_id not in ended]
        self.clearance(run.session, resting, run.deadline, self._soon(run))

    def _look(self, run: "_Run", not_before: float | None = None, *, once: bool = False) -> None:
        keys = [course.leg.key for course in run.courses if not course.is_closed]
        readings = self.exposures.many(run.session, keys, self._soon(run), not_before, once=once) if keys else {}
        for course in run.courses:
            if course.leg.key in readings:
                course.read(readings[course.leg.key])

    def _send_task(self, run: "_Run", course: LegCourse) -> Callable[[], None]:
        return lambda: course.sent(self.place.send(run.session, course.order(), run.deadline, reduces=True))

    def _opened_meanwhile(self, run: "_Run", products: frozenset[str] | None) -> str:
        """Look whether any position in scope is open of which the plan did not know."""
        known = {leg.key for leg in run.plan.legs} | {skip.key for skip in run.plan.skipped}
        if not known:
            return ""
        positions = self.books.positions(run.session, self._soon(run), self.clock.monotonic() - self.timing.poll)
        if not is_successful(positions):
            return f"the last look at the positions failed: {positions.failure().message}"
        opened = [
            position
            for position in positions.unwrap()
            if position.net and position.key not in known and (products is None or position.key.product in products)
        ]
        return f"{len(opened)} positions were opened meanwhile" if opened else ""

    def _soon(self, run: "_Run") -> Deadline:
        """A stage gets as long as a single call, never past the whole deadline."""
        return Deadline(min(run.deadline.at, self.clock.monotonic() + self.timing.call))


@dataclass(frozen=True, slots=True)
class _Run:
    """One emergency close under way."""

    session: Session
    plan: ClosePlan
    courses: Sequence[LegCourse]
    deadline: Deadline

    def report(self, problem: str = "") -> CloseReport:
        skipped = [
            LegReport(skip.key, skip.broker_symbol, skip.net, skip.net, (), LegState.SKIPPED, skip.reason)
            for skip in self.plan.skipped
        ]
        return CloseReport((*(course.report() for course in self.courses), *skipped), len(self.plan.cancels), problem)
