"""The emergency close of all positions: cancel, wait, re-read, square off, verify by the books."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.books import Books
from jainam_prop.application.books.reconcile import PositionReconciler
from jainam_prop.application.close_all.context import CloseContext
from jainam_prop.application.close_all.leg import CloseLeg
from jainam_prop.application.close_all.report import CloseReport
from jainam_prop.application.orders.cancel import OrderCanceller
from jainam_prop.application.orders.place import PlaceOrder
from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.application.ports.runtime import Clock, SymbolGuard, TaskRunner
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.positions.close_all import ClosePlan, plan_close_all
from jainam_prop.domain.sessions.session import Session

_LOCK_SECONDS: Final = 1.0
"""How long to wait for locks at a time, when there is nothing else to do."""
_FRESH_SECONDS: Final = 1.5
"""A leg that waited longer for its turn is read again before it is sent; the position book allows one read a second."""

Progress: TypeAlias = Callable[[CloseReport], None]


@final
@dataclass(frozen=True, slots=True)
class CloseAllPositions:
    """Squares off every open position and reports what the books show afterwards, position by position."""

    instruments: InstrumentStore
    books: Books
    positions: PositionReconciler
    guard: SymbolGuard
    canceller: OrderCanceller
    place: PlaceOrder
    tasks: TaskRunner
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
        every exit that could still trade, so that nothing is reversed. A leg that another process decides about waits
        for its lock for half of the time, since that may be another close, and then goes on without it. No leg stops
        the others, whether it fails, waits or is not certain yet. Flat is reported only after a last read of all.

        Args:
            session: the account of the positions.
            products: only these; None is all.
            progress: called with the report so far, at the start and whenever it has changed.
        """
        began = self.clock.monotonic()
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))  # nor is it certain which positions are its own
        planned = self.plan(session, products)
        if is_successful(planned) and planned.unwrap().is_empty:
            planned = self.plan(session, products)  # two books that show nothing prove more than one
        if not is_successful(planned):
            return Failure(planned.failure())
        plan = planned.unwrap()
        held_back = None if plan.is_empty else self.place.gate.admit(reduces=True)
        if held_back is not None:  # to cancel stops and then send nothing would leave positions without any
            return Failure(held_back)
        recorded = self._journal_cancels(plan)
        if not is_successful(recorded):
            return Failure(recorded.failure())
        context = CloseContext(session, plan, products, Deadline(began + self.timing.close_all))
        context.looked_at, context.unguarded_at = began, began + self.timing.close_all / 2
        with ExitStack() as locks:
            self._claim(context, locks, 0.0)
            context.report_progress(progress)
            self.positions.expect(session, plan.cancels)
            self._cancel(context, [order.order_id for order in plan.cancels])
            self._square_off(context, locks, progress)
            problem = self._last_look(context)
        return Success(context.report(problem))

    def plan(self, session: Session, products: frozenset[str] | None = None) -> Result[ClosePlan, BrokerError]:
        """Read the books and return what a close would do, without doing it."""
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        positions = self.books.positions(session, deadline)
        if not is_successful(positions):
            return Failure(positions.failure())
        orders = self.books.orders(session, deadline)
        if not is_successful(orders):
            return Failure(orders.failure())
        books = positions.unwrap(), orders.unwrap()
        return self.positions.hidden(session, books[1], books[0]).map(
            lambda hidden: plan_close_all(*books, self.instruments.find_key, products, hidden)
        )

    def _journal_cancels(self, plan: ClosePlan) -> Result[None, BrokerError]:
        """Record that orders will be cancelled; where that cannot be written, no closing order may follow them."""
        if not plan.cancels or not plan.legs:
            return Success(None)
        leg, note = plan.legs[0], f"{len(plan.cancels)} orders, to close {len(plan.legs)} positions"
        return self.canceller.journal_cancels(leg.instrument, leg.key.product, -leg.net, note)

    def _square_off(self, context: CloseContext, locks: ExitStack, progress: Progress) -> None:
        """Read, act, and read again, until everything is decided or for a call's time nothing could be done."""
        patience, is_idle = self._soon(context), False
        not_before = max(context.looked_at, self.clock.monotonic() - self.timing.poll)
        while True:
            if self._claim(context, locks, _LOCK_SECONDS if is_idle else 0.0):
                patience, not_before = self._soon(context), self.clock.monotonic()
            self._look(context, not_before)
            context.report_progress(progress)
            is_over = not context.unguarded and not patience.allows(self.clock.monotonic(), self.timing.poll)
            # Last, closing orders that rest are taken back, as long as another may follow at the price of that moment.
            is_idle = not (self._act(context) or (is_over and self._cancel(context, context.to_take_back())))
            if not is_idle:
                patience = self._soon(context)
            elif is_over or not context.is_waiting:
                return
            elif not context.unguarded:
                self.clock.sleep(self.timing.poll)
            not_before = self.clock.monotonic()

    def _claim(self, context: CloseContext, locks: ExitStack, seconds: float) -> bool:
        """Take the locks that come free within so many seconds, and do without them once their time has come.

        Returns whether any leg may go now that might not before.
        """
        until, gained = Deadline(self.clock.monotonic() + seconds), False
        for leg in context.unguarded:
            with ExitStack() as claim:
                left = until.remaining(self.clock.monotonic())
                is_held = claim.enter_context(self.guard.hold(leg.key, left, reduces=True))
                if is_held or self.clock.monotonic() >= context.unguarded_at:
                    locks.push(claim.pop_all())
                    leg.is_guarded = gained = True
        return gained

    def _look(self, context: CloseContext, not_before: float) -> None:
        """Read the legs once that are not closed and that no other process decides about."""
        context.looked_at, soon = not_before, self._soon(context)
        keys = [leg.key for leg in context.legs if leg.is_guarded and not leg.is_closed]
        if keys:
            readings = self.positions.look(context.session, keys, soon, not_before)
            context.read(readings, self.books.orders(context.session, soon, not_before).value_or(()))

    def _act(self, context: CloseContext) -> bool:
        """Send what may go and cancel what is in the way; False when there was neither."""
        ready = context.ready(self.clock.monotonic())
        self.tasks.run([partial(self._send, context, leg) for leg in ready])
        return self._cancel(context, context.in_the_way()) or bool(ready)

    def _send(self, context: CloseContext, leg: CloseLeg) -> None:
        moment = self.clock.monotonic() - _FRESH_SECONDS
        if context.looked_at < moment:
            leg.read(self.positions.look(context.session, (leg.key,), self._soon(context), moment)[leg.key])
        if leg.can_send:
            leg.sent(self.place.send(context.session, leg.order(), context.deadline, reduces=True))

    def _cancel(self, context: CloseContext, order_ids: Sequence[str]) -> bool:
        if order_ids:
            outcomes = self.canceller.cancel_many(context.session, order_ids, context.deadline)
            refused = frozenset(order_id for order_id, outcome in outcomes.items() if not is_successful(outcome))
            context.asked(order_ids, refused)
            context.cleared_at = self.clock.monotonic() + self.timing.call / 2
        return bool(order_ids)

    def _last_look(self, context: CloseContext) -> str:
        """Judge all legs by the books of the last read, and say what else is open in them; "" when nothing is."""
        soon, moment, session = self._soon(context), context.looked_at, context.session
        positions = self.books.positions(session, soon, moment)
        orders = self.books.orders(session, soon, moment)
        if not is_successful(positions):
            return f"the last look at the positions failed: {positions.failure().message}"
        if not is_successful(orders):
            return f"the last look at the orders failed: {orders.failure().message}"
        hidden = self.positions.hidden(session, orders.unwrap(), positions.unwrap())
        if not is_successful(hidden):
            return f"the last look at the journal failed: {hidden.failure().message}"
        keys = [leg.key for leg in context.legs]
        context.read(self.positions.look(session, keys, soon, moment) if keys else {}, orders.unwrap())
        return context.opened_meanwhile(positions.unwrap(), hidden.unwrap())

    def _soon(self, context: CloseContext) -> Deadline:
        """Return the deadline of one step: as long as a single call, never past the whole deadline."""
        return Deadline(min(context.deadline.at, self.clock.monotonic() + self.timing.call))
