"""The emergency exit: cancel, wait, re-read, square off, and believe only the books."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, TypeAlias, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.close_all.report import CloseReport
from jainam_prop.application.close_all.run import CloseRun
from jainam_prop.application.close_all.steps import CloseSteps
from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.application.ports.runtime import Clock, SymbolGuard
from jainam_prop.application.positions.books import Books
from jainam_prop.application.positions.exposure_reader import ExposureReader
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.positions.close_all import ClosePlan, plan_close_all
from jainam_prop.domain.sessions.session import Session

_GUARD_SECONDS: Final = 1.0
"""How long to line up for guards at a time, when there is nothing else to do."""

Progress: TypeAlias = Callable[[CloseReport], None]


@final
@dataclass(frozen=True, slots=True)
class CloseAllPositions:
    """Squares off every open position and reports what the books show afterwards, position by position."""

    instruments: InstrumentStore
    books: Books
    exposures: ExposureReader
    guard: SymbolGuard
    steps: CloseSteps
    clock: Clock
    timing: Timing

    def __call__(
        self,
        session: Session,
        products: frozenset[str] | None = None,
        progress: Progress = lambda _report: None,
    ) -> Result[CloseReport, BrokerError]:
        """Close all positions; fails only when the books cannot be read or no exit may pass, and then nothing was done.

        Working orders of the positions go first. No leg ever sends more units than a settled position book shows less
        every exit that could still trade, so that nothing is reversed. A leg about which somebody else is deciding
        waits for its guard for half of the time, since that may be another close; an exit goes on without it then. No
        leg stops the others, whether it fails, waits or is not certain yet. Flat is said after a last look at all.

        Args:
            session: whose positions.
            products: only these; None is all.
            progress: told how far the close has come, at the start and whenever that has changed.
        """
        began = self.clock.monotonic()
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))  # whose positions these are is not certain either
        planned = self.plan(session, products)
        if is_successful(planned) and planned.unwrap().is_empty:
            planned = self.plan(session, products)  # two books that show nothing prove more than one
        if not is_successful(planned):
            return Failure(planned.failure())
        held_back = None if planned.unwrap().is_empty else self.steps.place.gate.admit(reduces=True)
        if held_back is not None:  # to cancel stops and then send nothing would leave positions without any
            return Failure(held_back)
        recorded = self.steps.put_on_record(planned.unwrap())
        if not is_successful(recorded):
            return Failure(recorded.failure())
        run = CloseRun(session, planned.unwrap(), products, Deadline(began + self.timing.close_all))
        run.looked_at, run.unguarded_at = began, began + self.timing.close_all / 2
        with ExitStack() as guards:
            self._claim(run, guards, 0.0)
            run.tell(progress)
            self.steps.begin(run)
            self._square_off(run, guards, progress)
            problem = self.steps.last_look(run)
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

    def _square_off(self, run: CloseRun, guards: ExitStack, progress: Progress) -> None:
        """Look, act, and look again, until everything is decided or for a call's time nothing could be done."""
        patience, is_idle = self.steps.soon(run), False
        not_before = max(run.looked_at, self.clock.monotonic() - self.timing.poll)
        while True:
            if self._claim(run, guards, _GUARD_SECONDS if is_idle else 0.0):
                patience, not_before = self.steps.soon(run), self.clock.monotonic()
            self.steps.look(run, not_before)
            run.tell(progress)
            is_over = not run.unguarded and not patience.allows(self.clock.monotonic(), self.timing.poll)
            is_idle = not (self.steps.act(run) or (is_over and self.steps.take_back(run)))
            if not is_idle:
                patience = self.steps.soon(run)
            elif is_over or not run.is_waiting:
                return
            elif not run.unguarded:
                self.clock.sleep(self.timing.poll)
            not_before = self.clock.monotonic()

    def _claim(self, run: CloseRun, guards: ExitStack, seconds: float) -> bool:
        """Take the guards that come free within so many seconds, and do without them once their time has come.

        Returns whether any leg may go now that might not before.
        """
        until, gained = Deadline(self.clock.monotonic() + seconds), False
        for course in run.unguarded:
            with ExitStack() as claim:
                left = until.remaining(self.clock.monotonic())
                is_held = claim.enter_context(self.guard.hold(course.leg.key, left, reduces=True))
                if is_held or self.clock.monotonic() >= run.unguarded_at:
                    guards.push(claim.pop_all())
                    course.is_guarded = gained = True
        return gained
