"""The emergency exit: cancel, wait, re-read, square off, and believe only the books."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeAlias, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books import Books
from jainam_prop.application.close_report import CloseReport
from jainam_prop.application.close_run import CloseRun
from jainam_prop.application.exposure_reader import ExposureReader
from jainam_prop.application.leg_course import LegCourse
from jainam_prop.application.order_clearance import OrderClearance
from jainam_prop.application.ports.clock import Clock
from jainam_prop.application.ports.crew import Crew
from jainam_prop.application.ports.instrument_store import InstrumentStore
from jainam_prop.application.ports.symbol_guard import SymbolGuard
from jainam_prop.application.timing import Timing
from jainam_prop.application.use_cases.place_order import PlaceOrder
from jainam_prop.domain.close_all import ClosePlan, plan_close_all
from jainam_prop.domain.errors import BrokerError
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
        Working orders of the positions go first. No leg ever sends more units than a settled position book shows less
        every exit that could still trade, so that nothing is reversed. One failing leg does not stop the others, nor
        does one that is not certain yet. Flat is only said after a last look at all of them.

        Args:
            session: whose positions.
            products: only these; None is all.
            progress: told how far the close has come, at the start and whenever that has changed.
        """
        began = self.clock.monotonic()
        planned = self.plan(session, products)
        if not is_successful(planned):
            return Failure(planned.failure())
        run = CloseRun(session, planned.unwrap(), products, Deadline(began + self.timing.close_all))
        with self._guarded(run, began):
            progress(run.report())
            self._ask_for_cancels(run, [order.order_id for order in run.plan.cancels])
            looked_at = self._square_off(run, max(began, self.clock.monotonic() - self.timing.poll), progress)
            problem = self._last_look(run, looked_at)
        return Success(run.report(problem))

    def plan(self, session: Session, products: frozenset[str] | None = None) -> Result[ClosePlan, BrokerError]:
        """Read the books and say what a close would do, without doing it."""
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        positions = self.books.positions(session, deadline)
        if not is_successful(positions):
            return Failure(positions.failure())
        orders = self.books.orders(session, deadline)
        if not is_successful(orders):
            return Failure(orders.failure())
        books = positions.unwrap(), orders.unwrap()
        return self.exposures.hidden(session, books[1], books[0]).map(
            lambda hidden: plan_close_all(*books, self.instruments.find_key, products, hidden)
        )

    @contextmanager
    def _guarded(self, run: CloseRun, began: float) -> Iterator[None]:
        """Hold the guards that can be had within the time of a single call, all of them together."""
        until = Deadline(began + self.timing.call)
        with ExitStack() as guards:
            for key in sorted(course.leg.key for course in run.courses):
                seconds = until.remaining(self.clock.monotonic())
                guards.enter_context(self.guard.hold(key, seconds, reduces=True))
            yield

    def _square_off(self, run: CloseRun, not_before: float, progress: Progress) -> float:
        """Look, act, and look again, until everything is decided or for a call's time nothing could be done.

        Returns the moment since which the books of the last look were read, on the monotonic clock.
        """
        patience, told = self._soon(run), run.report()
        while True:
            self._look(run, not_before)
            told = self._tell(run, told, progress)
            is_over = not patience.allows(self.clock.monotonic(), self.timing.poll)
            if self._act(run) or (is_over and self._take_back(run)):
                patience = self._soon(run)
            elif is_over or not run.is_waiting:
                return not_before
            else:
                self.clock.sleep(self.timing.poll)
            not_before = self.clock.monotonic()

    def _tell(self, run: CloseRun, told: CloseReport, progress: Progress) -> CloseReport:
        report = run.report()
        if report != told:
            progress(report)
        return report

    def _look(self, run: CloseRun, not_before: float) -> None:
        soon = self._soon(run)
        keys = [course.leg.key for course in run.courses if not course.is_closed]
        readings = self.exposures.look(run.session, keys, soon, not_before) if keys else {}
        orders = self.books.orders(run.session, soon, not_before).value_or(()) if keys else ()
        run.read(readings, orders)

    def _act(self, run: CloseRun) -> bool:
        """Send what may go and cancel what is in the way; False when there was neither."""
        ready = [course for course in run.courses if course.can_send]
        self.crew.run([lambda course=course: self._send(run, course) for course in ready])  # type: ignore[misc]
        in_the_way = run.in_the_way()
        self._ask_for_cancels(run, in_the_way)
        return bool(ready or in_the_way)

    def _take_back(self, run: CloseRun) -> bool:
        """Cancel closing orders that rest, as a protected one does when the market has left its limit behind.

        Only while another order may follow at the price of that moment: the last one stays, since it may yet fill.
        """
        resting = run.to_take_back()
        self._ask_for_cancels(run, resting)
        return bool(resting)

    def _send(self, run: CloseRun, course: LegCourse) -> None:
        course.sent(self.place.send(run.session, course.order(), run.deadline, reduces=True))

    def _ask_for_cancels(self, run: CloseRun, order_ids: list[str]) -> None:
        if order_ids:
            run.asked(order_ids, self.clearance.ask(run.session, order_ids, run.deadline))

    def _last_look(self, run: CloseRun, moment: float) -> str:
        """Judge all legs by the same books, and say what is open in them of which the plan did not know."""
        soon = self._soon(run)
        positions = self.books.positions(run.session, soon, moment)
        orders = self.books.orders(run.session, soon, moment)
        if not is_successful(positions):
            return f"the last look at the positions failed: {positions.failure().message}"
        if not is_successful(orders):
            return f"the last look at the orders failed: {orders.failure().message}"
        hidden = self.exposures.hidden(run.session, orders.unwrap(), positions.unwrap())
        if not is_successful(hidden):
            return f"the last look at the journal failed: {hidden.failure().message}"
        keys = [course.leg.key for course in run.courses]
        run.read(self.exposures.look(run.session, keys, soon, moment) if keys else {}, orders.unwrap())
        return run.opened_meanwhile(positions.unwrap(), hidden.unwrap())

    def _soon(self, run: CloseRun) -> Deadline:
        """A stage gets as long as a single call, never past the whole deadline."""
        return Deadline(min(run.deadline.at, self.clock.monotonic() + self.timing.call))
