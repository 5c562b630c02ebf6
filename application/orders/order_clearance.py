"""Taking orders out of the way: cancel them, and wait until the book shows that they ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.application.orders.order_canceller import OrderCanceller
from jainam_prop.application.orders.order_watch import OrderWatch
from jainam_prop.application.ports.runtime import Clock, Crew
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class OrderClearance:
    """Cancels orders side by side; what came of it is for the next look at the books to say."""

    canceller: OrderCanceller
    watch: OrderWatch
    crew: Crew
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, order_ids: Sequence[str], deadline: Deadline) -> None:
        """Cancel orders and wait until all have ended, but no longer than a single call takes after the last cancel."""
        if not order_ids:
            return
        self.ask(session, order_ids, deadline)
        until = Deadline(min(deadline.at, self.clock.monotonic() + self.timing.call))
        self.watch.until_ended(session, set(order_ids), until)

    def ask(self, session: Session, order_ids: Sequence[str], deadline: Deadline) -> frozenset[str]:
        """Cancel orders without waiting for their end, and return those for which the broker did not agree."""
        outcomes = self.crew.run([self._task(session, order_id, deadline) for order_id in order_ids])
        pairs = zip(order_ids, outcomes, strict=True)
        return frozenset(order_id for order_id, outcome in pairs if not is_successful(outcome))

    def _task(self, session: Session, order_id: str, deadline: Deadline) -> Callable[[], Result[str, BrokerError]]:
        return lambda: self.canceller(session, order_id, deadline)
