"""The single steps of an emergency close."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Result, Success

from jainam_prop.application.close_all.leg_course import LegCourse
from jainam_prop.application.close_all.run import CloseRun
from jainam_prop.application.orders.announcement import announce
from jainam_prop.application.orders.order_clearance import OrderClearance
from jainam_prop.application.orders.place import PlaceOrder
from jainam_prop.application.ports.runtime import Clock, Crew
from jainam_prop.application.positions.books import Books
from jainam_prop.application.positions.exposure_reader import ExposureReader
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.positions.close_all import ClosePlan

_FRESH_SECONDS: Final = 1.5
"""A leg that waited longer for its turn is looked at again before it is sent; the position book allows one read a
second."""


@final
@dataclass(frozen=True, slots=True)
class CloseSteps:
    """Looks, cancels and sends for a close that says when."""

    books: Books
    exposures: ExposureReader
    clearance: OrderClearance
    place: PlaceOrder
    crew: Crew
    clock: Clock
    timing: Timing

    def put_on_record(self, plan: ClosePlan) -> Result[None, BrokerError]:
        """Write down that stops will be cancelled; where that cannot be written, no closing order may follow them."""
        if not plan.cancels or not plan.legs:
            return Success(None)
        leg, note = plan.legs[0], f"{len(plan.cancels)} orders, to close {len(plan.legs)} positions"
        return announce(self.place.sender, leg.instrument, leg.key.product, -leg.net, note)

    def begin(self, run: CloseRun) -> None:
        """Ask for the cancels of the plan; a book that leaves one of its orders out is not believed from now on."""
        self.exposures.expect(run.session, run.plan.cancels)
        self._cancel(run, [order.order_id for order in run.plan.cancels])

    def look(self, run: CloseRun, not_before: float) -> None:
        """Look once at the legs that are not closed and about which nobody else decides."""
        run.looked_at, soon = not_before, self.soon(run)
        keys = [course.leg.key for course in run.courses if course.is_guarded and not course.is_closed]
        if keys:
            readings = self.exposures.look(run.session, keys, soon, not_before)
            run.read(readings, self.books.orders(run.session, soon, not_before).value_or(()))

    def act(self, run: CloseRun) -> bool:
        """Send what may go and cancel what is in the way; False when there was neither."""
        ready = run.ready(self.clock.monotonic())
        self.crew.run([partial(self._send, run, course) for course in ready])
        return self._cancel(run, run.in_the_way()) or bool(ready)

    def take_back(self, run: CloseRun) -> bool:
        """Cancel closing orders that rest, as a protected one does when the market has left its limit behind.

        Only while another order may follow at the price of that moment: the last one stays, since it may yet fill.
        """
        return self._cancel(run, run.to_take_back())

    def last_look(self, run: CloseRun) -> str:
        """Judge all legs by the books of the last look, and say what else is open in them; "" when nothing is."""
        soon, moment = self.soon(run), run.looked_at
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

    def soon(self, run: CloseRun) -> Deadline:
        """A stage gets as long as a single call, never past the whole deadline."""
        return Deadline(min(run.deadline.at, self.clock.monotonic() + self.timing.call))

    def _send(self, run: CloseRun, course: LegCourse) -> None:
        moment = self.clock.monotonic() - _FRESH_SECONDS
        if run.looked_at < moment:
            key = course.leg.key
            course.read(self.exposures.look(run.session, (key,), self.soon(run), moment)[key])
        if course.can_send:
            course.sent(self.place.send(run.session, course.order(), run.deadline, reduces=True))

    def _cancel(self, run: CloseRun, order_ids: Sequence[str]) -> bool:
        if order_ids:
            run.asked(order_ids, self.clearance.ask(run.session, order_ids, run.deadline))
            run.cleared_at = self.clock.monotonic() + self.timing.call / 2
        return bool(order_ids)
